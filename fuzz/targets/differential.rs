//! What our codec and an independent one make of the same payload.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::differential(input));
