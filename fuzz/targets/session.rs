//! A client's session fed with arbitrary bytes in arbitrary pieces. The first byte says how many of the next ones
//! are the sizes of the pieces.
#![no_main]

#[path = "../../protocol/tests/session_checks/mod.rs"]
mod session_checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&count, rest)) = data.split_first() else {
        return;
    };
    let (sizes, bytes) = rest.split_at(usize::from(count).min(rest.len()));
    session_checks::pieces_make_no_difference(bytes, sizes);
});
