//! What holds for GSSAPI, whatever the server, the KDC or the files of Kerberos say.

#![allow(clippy::expect_used, reason = "a check fails by panicking")]

use std::path::Path;

use bytes::BytesMut;
use der::Decode;
use der::asn1::Any;

use super::super::fuzzing::pieces;
use super::config::Config;
use super::context::{ANSWER, AP_REP, framed};
use super::crypto::{Etype, Key};
use super::messages::{ApRep, Encrypted, KdcRep, KrbError, Name, Text, VERSION, number, tagged, untagged};
use super::ticket::{Principal, Ticket};
use super::tickets::{Clock, understood};
use super::wrap::Wrapping;
use super::{
    Confidential, Gssapi, Initiator, MAXBUF, Mechanism, SecurityLayer, State, Zeroizing, ccache, refusal,
};

/// The first byte says who speaks, and what of it is honest: nothing is believed that was not said by who has the key.
///
/// # Panics
/// Where that is not so.
pub fn gssapi(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else { return };
    match how % 8 {
        0 => cache(rest),
        1 => config(rest),
        2 => assert!(client(true).step(rest).is_err(), "nobody can have made it"),
        3 => proof(rest),
        4 => offer(rest, how & 8 == 0),
        5 => wrapped(rest),
        6 => assert!(understood(rest, &ticket(), 7).is_err(), "nobody can have made it"),
        _ => ticket_given(rest),
    }
}

fn key(fill: u8) -> Key {
    let etype = Etype::Aes256Sha1;
    Key::new(etype.number(), Zeroizing::new(vec![fill; etype.key_bytes()])).expect("its key has this length")
}

fn ticket() -> Ticket {
    let realm = Text::new("R");
    Ticket {
        client: Principal { realm: realm.clone(), name: Name { kind: 1, parts: vec![Text::new("alice")] } },
        server: Principal::service("libvirt", "host", &realm),
        key: key(1),
        end: u64::MAX,
        ticket: Any::from_der(&[0x61, 1, 5]).expect("DER"),
    }
}

fn client(is_confidential: bool) -> Gssapi {
    let (initiator, token) = Initiator::new(&ticket(), Clock { offset: 0 }).expect("a ticket's own proof");
    Gssapi { initiator, token: Zeroizing::new(token), is_confidential, state: State::Proof }
}

/// A file of tickets: as many as it has room for.
fn cache(file: &[u8]) {
    if let Some(cache) = ccache::parse(Path::new("cache"), file) {
        // Each has at least its two principals' words, its times and its counts.
        assert!(cache.tickets.len() * 64 <= file.len());
        drop(format!("{cache:?}"));
    }
}

/// A krb5.conf, which includes no other.
fn config(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    if text.contains("include") {
        return;
    }
    let mut config = Config::default();
    if config.add(&text, 0).is_ok() {
        let said = [config.setting("default_ccache_name"), config.realm_of("a.b.example.org")];
        assert!(said.into_iter().flatten().all(|value| text.contains(value)), "{said:?}");
        assert!(config.kdcs("R").iter().all(|kdc| !kdc.host.is_empty()));
    }
}

/// A server that has the key, and says anything by it.
fn proof(said: &[u8]) {
    let part = Encrypted::by(&key(1), ANSWER, said).expect("it can be encrypted");
    let answer = ApRep { version: VERSION, number: number::AP_REP, part };
    let token =
        framed(AP_REP, &tagged(number::AP_REP, answer).expect("it can be written")).expect("and framed");
    let mut client = client(true);
    // The time that it should know is this moment's, to the microsecond.
    assert!(client.step(&token).is_err() && !client.is_done());
}

/// A server that was believed, and offers anything.
fn offer(said: &[u8], is_confidential: bool) {
    let (ours, theirs) = (Wrapping::new(&key(3), true, 5, 6), Wrapping::of_server(&key(3), true, 6, 5));
    let mut client = client(is_confidential);
    client.state = State::Layers(ours);
    let mut theirs = theirs;
    let answered = client.step(&theirs.sign(said));
    let is_fit = said.len() == 4
        && said.first().is_some_and(|layers| layers & if is_confidential { 4 } else { 1 } != 0);
    assert!(answered.is_err() || is_fit, "{said:?}");
    assert_eq!(answered.is_ok(), client.is_done());
    if let Ok(answer) = answered {
        assert!(theirs.open(&answer).is_some_and(|(answer, is_sealed)| answer.len() == 4 && !is_sealed));
    }
}

/// Messages that the server wrapped, or altered ones, or anything.
fn wrapped(input: &[u8]) {
    let wrapping = Wrapping::new(&key(3), false, 5, 6);
    let mut server = Wrapping::of_server(&key(3), false, 6, 5);
    let mut layer = Confidential { wrapping, maxbuf: MAXBUF as usize };
    for piece in pieces(input).take(8) {
        let Some((how, content)) = piece.split_first() else { continue };
        let mut wire = BytesMut::from(content);
        match how % 4 {
            0 => wire = server.seal(content).expect("random numbers").as_slice().into(),
            1 => wire = server.sign(content).as_slice().into(),
            2 => {
                wire = server.seal(content).expect("random numbers").as_slice().into();
                // How far it is turned is nobody's secret, and all the way round is not at all.
                let at = Some(usize::from(*how) % wire.len()).filter(|at| !(6..8).contains(at));
                wire.iter_mut().skip(at.unwrap_or(8)).take(1).for_each(|byte| *byte ^= how | 1);
            }
            _ => {}
        }
        let opened = layer.open(&mut wire);
        assert_eq!(opened.is_some(), how % 4 == 0, "what was sealed is opened, and nothing else");
        if opened.is_none() {
            return;
        }
        assert_eq!(wire, content);
    }
}

/// A KDC that has the key, and says anything by it; or an error of its own.
fn ticket_given(input: &[u8]) {
    if let Some(error) = untagged::<KrbError>(number::ERROR, input) {
        let told = refusal::refused(
            &error,
            &Principal::service("libvirt", "host", &Text::new("R")),
            Clock { offset: 0 }.now(),
        );
        assert!(!told.to_string().chars().any(char::is_control), "{told}");
    }
    let asked = ticket();
    let reply = KdcRep {
        version: VERSION,
        number: number::TGS_REP,
        padata: None,
        client_realm: asked.client.realm.clone(),
        client: asked.client.name.clone(),
        ticket: asked.ticket.clone(),
        part: Encrypted::by(&key(1), super::tickets::ANSWER, input).expect("it can be encrypted"),
    };
    let reply = tagged(number::TGS_REP, reply).expect("it can be written");
    if let Ok(given) = understood(&reply, &asked, 7) {
        assert_eq!(given.client, asked.client);
        drop(format!("{given:?}"));
    }
}
