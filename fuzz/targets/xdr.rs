//! Every declared type decoded from the same arbitrary bytes.
#![no_main]

#[path = "../../protocol/tests/frame_payload_checks/mod.rs"]
mod frame_payload_checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    frame_payload_checks::every_type_round_trips(&data.to_vec().into());
});
