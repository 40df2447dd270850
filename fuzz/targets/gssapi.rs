//! What servers, KDCs and Kerberos' files may say in GSSAPI; its layer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| virtwire_fuzz::gssapi(input));
