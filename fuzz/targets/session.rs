//! A client's session fed with arbitrary bytes in arbitrary pieces.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::session(input));
