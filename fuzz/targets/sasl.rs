//! A server's messages in SCRAM, DIGEST-MD5 and those of one message; DIGEST-MD5's layer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::sasl(input));
