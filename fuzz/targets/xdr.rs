//! Every declared type, and every part of one, decoded from the same arbitrary payload.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::xdr(input));
