//! What holds for DIGEST-MD5 and its layer, whatever the server says.

#![allow(clippy::expect_used, reason = "a check fails by panicking")]

use bytes::BytesMut;

use super::super::fuzzing::pieces;
use super::cipher::Cipher;
use super::{Confidential, DigestMd5, Directives, MAXBUF, Mechanism, SecurityLayer, State};
use crate::auth::Credentials;

/// Takes a challenge and what follows; asserts that it is done where the server has proven that it knows the password, and
/// nowhere else.
pub(in crate::auth::sasl) fn exchange(input: &[u8], is_confidential: bool) {
    let login = Credentials::new("alice", "sesame").realm("r");
    let client = DigestMd5::new(&login, "host", is_confidential).expect("random numbers");
    let mut client = DigestMd5 { nonce: "N".to_owned(), ..client };
    assert!(client.start().is_none());
    for piece in pieces(input).take(3) {
        let honest = match &client.state {
            State::Proof { proof, .. } => Some(proof.clone()),
            _ => None,
        };
        let message = match (piece.split_first(), &honest) {
            (Some((b'*', rest)), Some(proof)) => [b"rspauth=", proof.as_bytes(), rest].concat(),
            _ => piece.to_vec(),
        };
        let answer = client.step(&message);
        if client.is_done() {
            let said = Directives::read(&message).expect("it was understood");
            assert_eq!(said.one("rspauth").expect("once"), honest.as_ref().map(String::as_bytes));
            break;
        }
        let Ok(answer) = answer else { return };
        if let State::Proof { layer, .. } = &client.state {
            assert_eq!(layer.is_some(), is_confidential);
            let said = Directives::read(&answer).expect("our own answer");
            assert_eq!(said.one("username").expect("once"), Some(&b"alice"[..]));
        }
    }
    let is_done = client.is_done();
    assert_eq!(Box::new(client).layer().is_some(), is_done && is_confidential);
}

/// Opens pieces that the server protected, or altered ones, or anything.
pub(in crate::auth::sasl) fn layer(input: &[u8]) {
    let Some((which, rest)) = input.split_first() else { return };
    let ciphers: Vec<_> =
        [&b"rc4"[..], b"3des", b"rc4-56", b"des"].into_iter().filter_map(Cipher::named).collect();
    let Some(cipher) = ciphers.get(usize::from(*which) % ciphers.len()) else { return };
    let session = [*which; 16];
    let mut client = Confidential::new(*cipher, &session, MAXBUF);
    let mut server = Confidential::of_server(*cipher, &session, MAXBUF);
    for piece in pieces(rest).take(8) {
        let Some((how, content)) = piece.split_first() else { continue };
        let mut wire = BytesMut::new();
        if how % 4 == 3 {
            wire.extend_from_slice(content);
            assert!(client.open(&mut wire).is_none(), "nobody can have made it");
            return;
        }
        server.protect(content, &mut wire);
        if how % 4 == 2 {
            let at = usize::from(*how) % wire.len();
            wire.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= how | 1);
            assert!(client.open(&mut wire).is_none(), "it was altered");
            return;
        }
        assert!(client.open(&mut wire).is_some() && wire == content);
    }
}
