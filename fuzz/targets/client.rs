//! The whole client against an arbitrary server.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::client(input));
