//! Our codec and another's, made from the same RFC, on the same bytes: for the fuzzer, and for the plain test that replays
//! its corpus.

use std::sync::LazyLock;

use bytes::Bytes;
use virtwire_protocol::xdr::{Error, ErrorKind};

use crate::registry::{Decoded, Message, messages};
use crate::walk;

/// The first two bytes say which message, the rest is its payload.
pub(crate) fn check(input: &[u8]) {
    static ALL: LazyLock<Vec<Message>> = LazyLock::new(messages);
    let [high, low, payload @ ..] = input else { return };
    let number = usize::from(u16::from_be_bytes([*high, *low]));
    if let Some(message) = ALL.get(number % ALL.len()) {
        agree(message, &payload.to_vec().into());
    }
}

/// Asserts that both accept the same, take as many bytes for it and write it alike; and that one which refuses alone is
/// ours, for a reason that the other does not look at.
fn agree(message: &Message, payload: &Bytes) {
    let name = &message.name;
    match ((message.decode)(payload), walk::through(&message.schema, payload)) {
        (Ok(ours), Ok((read, theirs))) => {
            assert_eq!(ours.read, read, "{name}: {}", ours.shown);
            assert_eq!(ours.again, theirs, "{name}: {}", ours.shown);
            back(message, &ours);
        }
        (Err(_), Err(_)) => {}
        (Err(Error { kind: ErrorKind::Padding | ErrorKind::Char(_), .. }), Ok(_)) => {}
        (Ok(ours), Err(theirs)) => panic!("{name}: {} is refused: {theirs}", ours.shown),
        (Err(ours), Ok(_)) => panic!("{name}: only we refuse it: {ours}"),
    }
}

/// What we wrote is read by the other, and what that writes is read by us, as the same.
fn back(message: &Message, ours: &Decoded) {
    let (read, theirs) = walk::through(&message.schema, &ours.again).expect("it is well formed");
    assert_eq!(read, ours.again.len(), "{}", message.name);
    assert_eq!((message.decode)(&theirs.into()).as_ref(), Ok(ours), "{}", message.name);
}
