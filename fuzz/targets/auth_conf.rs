//! The text of an auth.conf: what it says of a host, written and read again, is the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::auth_conf(input));
