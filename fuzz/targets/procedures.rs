//! One procedure's arguments, reply or event: received, or made and damaged.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::procedures(input));
