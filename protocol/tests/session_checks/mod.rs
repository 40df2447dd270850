//! What must hold for a session whatever bytes come, in whatever pieces: for property tests and for the fuzzer.

use std::iter;

use bytes::BufMut;
use virtwire_protocol::frame::FrameError;
use virtwire_protocol::remote::network::NetworkLookupByName;
use virtwire_protocol::session::{self, Incoming, Outgoing, Session};

/// The program and the procedure of the calls that are in flight, with serials 1 to 4; nobody waits for the last.
pub(crate) const CALL: (u32, i32) = (0x2000_8086, 46);

/// The first byte says how many of the next ones are the sizes of the pieces in which the rest comes.
pub(crate) fn check(input: &[u8]) {
    let Some((&count, rest)) = input.split_first() else { return };
    let (sizes, bytes) = rest.split_at(usize::from(count).min(rest.len()));
    pieces_make_no_difference(bytes, sizes);
}

/// Asserts that the session says the same of `bytes` in one piece and in pieces of `sizes` (the last one repeated).
pub(crate) fn pieces_make_no_difference(bytes: &[u8], sizes: &[u8]) {
    let whole = receive(iter::once(bytes));
    let in_pieces = receive(pieces(bytes, sizes));
    assert_eq!(whole, in_pieces);
    for incoming in &whole.incoming {
        if let Incoming::Reply(_, frame) = incoming {
            // Malformed or not: it is a value, or an error of this call.
            drop(session::value::<NetworkLookupByName>(frame));
        }
    }
}

/// All that can be seen of a session.
#[derive(Debug, PartialEq)]
struct Seen {
    incoming: Vec<Incoming>,
    error: Option<FrameError>,
    unsent: Vec<u8>,
    in_flight: usize,
    is_within_a_frame: bool,
}

fn receive<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Seen {
    let mut session = Session::tapped(Box::new(|record| assert!(record.to_string().chars().count() < 1_200)));
    let (program, procedure) = CALL;
    for _ in 0..4 {
        session.call(Outgoing::raw(program, 1, procedure, &[]).expect("it is small"));
    }
    session.abandon(4);
    session.sent(usize::MAX);
    let (mut incoming, mut error) = (Vec::new(), None);
    for piece in pieces {
        session.buffer().put_slice(piece);
        // Whatever comes behind an error changes nothing.
        error = iter::from_fn(|| session.next_incoming().transpose())
            .find_map(|next| next.map(|next| incoming.push(next)).err());
    }
    Seen {
        incoming,
        error,
        unsent: session.unsent().to_vec(),
        in_flight: session.in_flight(),
        is_within_a_frame: error.is_none() && session.is_within_a_frame(),
    }
}

fn pieces<'a>(mut bytes: &'a [u8], sizes: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let last = sizes.last().copied().unwrap_or(1);
    let mut sizes = sizes.iter().copied().chain(iter::repeat(last));
    iter::from_fn(move || {
        let size = usize::from(sizes.next()?.max(1)).min(bytes.len());
        let (piece, rest) = bytes.split_at(size);
        bytes = rest;
        (size > 0).then_some(piece)
    })
}
