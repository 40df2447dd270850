//! What holds for SCRAM, whatever the server says.

use base64::Engine as _;

use super::super::fuzzing::pieces;
use super::{BASE64, Challenge, Hash, Mechanism, Scram, State};
use crate::auth::Credentials;

const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";

/// Takes messages that are arbitrary, or begin as honest ones do; asserts that it is done where the server has proven that
/// it knows the password, and nowhere else.
pub(in crate::auth::sasl) fn check(hash: Hash, input: &[u8]) {
    let login = Credentials::new("user", "pencil");
    let mut scram = Scram::with_nonce(hash, &login, NONCE.to_owned());
    assert!(scram.start().is_some());
    for piece in pieces(input).take(4) {
        let message = completed(&scram, piece);
        if is_slow(&message) {
            return;
        }
        let honest = honest(&scram);
        let answer = scram.step(&message);
        let said = std::str::from_utf8(&message).ok().and_then(|message| message.split(',').next());
        let is_proven = honest.is_some() && said == honest.as_deref();
        assert_eq!(scram.is_done(), is_proven, "{}", message.escape_ascii());
        if answer.is_err() || scram.is_done() {
            return;
        }
    }
}

/// An arbitrary message; or, where it begins so, one that goes on behind what only an honest server could know.
fn completed(scram: &Scram, piece: &[u8]) -> Vec<u8> {
    match (piece.split_first(), honest(scram)) {
        (Some((b'*', rest)), None) => [b"r=", NONCE.as_bytes(), rest].concat(),
        (Some((b'*', rest)), Some(honest)) => [honest.as_bytes(), rest].concat(),
        _ => piece.to_vec(),
    }
}

/// What proves that the server knows the password, where that is to come next.
fn honest(scram: &Scram) -> Option<String> {
    let State::Proof { server_key, signed } = &scram.state else { return None };
    Some(format!("v={}", BASE64.encode(&*scram.hash.hmac(server_key, signed.as_bytes()))))
}

/// Whether it asks for so many rounds that a fuzzer would get nowhere.
fn is_slow(message: &[u8]) -> bool {
    let message = std::str::from_utf8(message).unwrap_or_default();
    Challenge::read(message, NONCE).is_ok_and(|challenge| challenge.rounds > 4_200)
}
