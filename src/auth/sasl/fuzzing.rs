//! What holds for SASL's mechanisms, whatever the server says.

use super::choose::{Way, choose};
use super::digest;
use super::mechanism::Mechanism;
use super::plain::OneMessage;
use super::scram::{self, Hash};
use crate::auth::Credentials;

/// Feeds a mechanism, which the first byte chooses, with a server's messages: none is done before the server has proven
/// itself, and what protects a connection opens nothing that was altered.
///
/// # Panics
/// Where that is not so.
pub fn sasl(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else { return };
    match how % 8 {
        0 => scram::fuzzing::check(Hash::Sha1, rest),
        1 => scram::fuzzing::check(Hash::Sha256, rest),
        2 => scram::fuzzing::check(Hash::Sha512, rest),
        3 => digest::fuzzing::exchange(rest, true),
        4 => digest::fuzzing::exchange(rest, false),
        5 => digest::fuzzing::layer(rest),
        6 => one_message(rest),
        _ => choice(rest),
    }
}

/// The pieces of an input: each has its length before it.
pub(super) fn pieces(mut input: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = input.split_first()?;
        let (piece, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        input = rest;
        Some(piece)
    })
}

/// What says all at once answers nothing.
fn one_message(input: &[u8]) {
    let login = Credentials::new("alice", "sesame");
    for mut mechanism in [OneMessage::plain(&login), OneMessage::external(), OneMessage::anonymous()] {
        assert!(mechanism.start().is_some() && mechanism.is_done());
        assert!(mechanism.step(input).is_err());
    }
}

/// Of what a server offers, only what was offered is chosen, and on an open way nothing that others could read.
fn choice(list: &[u8]) {
    let text = String::from_utf8_lossy(list).to_ascii_uppercase();
    for way in [Way::Private, Way::ToAnyone, Way::Open] {
        for demanded in [None, Some("PLAIN"), Some("DIGEST-MD5"), Some("GSSAPI")] {
            let Ok(chosen) = choose(list, demanded, way) else { continue };
            assert!(text.contains(chosen.name()) && demanded.is_none_or(|name| name == chosen.name()));
            assert!(way != Way::Open || matches!(chosen.name(), "DIGEST-MD5" | "GSSAPI"), "{chosen:?}");
            assert!(way != Way::ToAnyone || demanded.is_some() || chosen.name() != "PLAIN");
        }
    }
}
