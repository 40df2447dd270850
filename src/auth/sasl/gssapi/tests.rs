//! The whole mechanism, with a server that does as it should until it cheats.

use der::Decode;
use der::asn1::Any;

use super::context::{ANSWER, AP_REP, AP_REQ, AUTHENTICATOR, framed, unframed};
use super::crypto::{Etype, Key};
use super::messages::{
    ApRep, ApReq, Authenticator, EncApRepPart, Encrypted, EncryptionKey, Name, Text, VERSION, number, tagged,
    untagged,
};
use super::ticket::{Principal, Ticket};
use super::tickets::Clock;
use super::*;

fn key(etype: Etype, fill: u8) -> Key {
    Key::new(etype.number(), Zeroizing::new(vec![fill; etype.key_bytes()])).unwrap()
}

fn client(etype: Etype, is_confidential: bool) -> Gssapi {
    let realm = Text::new("R");
    let ticket = Ticket {
        client: Principal { realm: realm.clone(), name: Name { kind: 1, parts: vec![Text::new("alice")] } },
        server: Principal::service("libvirt", "host", &realm),
        key: key(etype, 1),
        end: u64::MAX,
        ticket: Any::from_der(&[0x61, 1, 5]).unwrap(),
    };
    let (initiator, token) = Initiator::new(&ticket, Clock { offset: 0 }).unwrap();
    Gssapi { initiator, token: Zeroizing::new(token), is_confidential, state: State::Proof }
}

/// A server that has read a client's first message.
struct Server {
    session: Key,
    said: Authenticator,
    own: Option<Key>,
}

impl Server {
    fn reading(token: &[u8], etype: Etype, own: Option<Key>) -> Self {
        let session = key(etype, 1);
        let (kind, message) = unframed(token).unwrap();
        assert_eq!(kind, AP_REQ);
        let proof: ApReq = untagged(number::AP_REQ, &message).unwrap();
        assert_eq!((proof.ticket.value(), proof.options.raw_bytes()), (&[5][..], &[0x20, 0, 0, 0][..]));
        let said = proof.authenticator.opened(&session, AUTHENTICATOR).unwrap();
        let said: Authenticator = untagged(number::AUTHENTICATOR, &said).unwrap();
        Self { session, said, own }
    }

    fn part(&self) -> EncApRepPart {
        let subkey = self.own.as_ref().map(EncryptionKey::of);
        EncApRepPart { time: self.said.time, micros: self.said.micros, subkey, number: Some(77) }
    }

    fn answer(&self, part: EncApRepPart) -> Vec<u8> {
        let part = tagged(number::ENC_AP_REP_PART, part).unwrap();
        let part = Encrypted::by(&self.session, ANSWER, &part).unwrap();
        framed(
            AP_REP,
            &tagged(number::AP_REP, ApRep { version: VERSION, number: number::AP_REP, part }).unwrap(),
        )
        .unwrap()
    }

    fn wrapping(self) -> Wrapping {
        let own = self.own.is_some();
        let key = self.own.unwrap_or_else(|| self.said.subkey.unwrap().key().unwrap());
        Wrapping::of_server(&key, own, 77, self.said.number.unwrap())
    }
}

/// A client and a server that know each other.
fn proven(etype: Etype, is_confidential: bool, own: Option<Key>) -> (Gssapi, Wrapping) {
    let mut client = client(etype, is_confidential);
    let server = Server::reading(&client.start().unwrap(), etype, own);
    assert!(client.step(&server.answer(server.part())).unwrap().is_empty());
    assert!(!client.is_done());
    (client, server.wrapping())
}

#[test]
fn both_prove_themselves_and_agree_on_a_layer() {
    for etype in Etype::ALL {
        for own in [None, Some(key(Etype::Aes256Sha1, 2))] {
            let (mut client, mut server) = proven(etype, true, own);
            let answer = client.step(&server.sign(&[5, 0, 0x20, 0])).unwrap();
            let (answer, is_sealed) = server.open(&answer).unwrap();
            assert_eq!((&**answer, is_sealed), (&[4, 1, 0, 0][..], false), "{etype:?}");
            assert!(client.is_done());
            let mut layer = Box::new(client).layer().unwrap();
            assert_eq!(layer.plain_max(), 0x2000 - OVERHEAD);
            let mut out = bytes::BytesMut::new();
            layer.protect(b"hello", &mut out);
            assert_eq!(server.open(&out).unwrap(), (Zeroizing::new(b"hello".to_vec()), true));
        }
    }
}

#[test]
fn where_nobody_reads_along_there_is_no_layer() {
    let (mut client, mut server) = proven(Etype::Aes256Sha1, false, None);
    let answer = client.step(&server.sign(&[7, 1, 0, 0])).unwrap();
    assert_eq!(**server.open(&answer).unwrap().0, [1, 0, 0, 0]);
    assert!(client.is_done() && Box::new(client).layer().is_none());
}

#[test]
fn a_proof_that_is_not_to_this_question_is_refused() {
    let etype = Etype::Aes128Sha1;
    let changes: [fn(&mut EncApRepPart); 2] = [
        |part| part.micros ^= 1,
        |part| part.time = der::asn1::GeneralizedTime::from_unix_duration(Duration::from_secs(1)).unwrap(),
    ];
    for change in changes {
        let mut client = client(etype, true);
        let server = Server::reading(&client.start().unwrap(), etype, None);
        let mut part = server.part();
        change(&mut part);
        let error = client.step(&server.answer(part)).unwrap_err();
        assert_eq!(error.to_string(), "the server could not prove that it is libvirt/host@R");
    }
    let mut client = client(etype, true);
    let server = Server::reading(&client.start().unwrap(), etype, None);
    let impostor = Server { session: key(etype, 9), said: server.said, own: None };
    let error = client.step(&impostor.answer(impostor.part())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[test]
fn a_cut_or_altered_proof_is_an_error() {
    let etype = Etype::Aes256Sha384;
    let mut one = client(etype, true);
    let server = Server::reading(&one.start().unwrap(), etype, None);
    let honest = server.answer(server.part());
    for at in 0..honest.len() {
        let mut wrong = honest.clone();
        wrong[at] ^= 1;
        for message in [&wrong[..], &honest[..at]] {
            one.state = State::Proof;
            assert!(one.step(message).is_err(), "{at}");
        }
    }
    one.state = State::Proof;
    assert!(one.step(&honest).is_ok());
}

#[test]
fn an_offer_that_does_not_fit_is_refused_by_name() {
    let told = |is_confidential, offer: &[u8]| {
        let (mut client, mut server) = proven(Etype::Aes256Sha1, is_confidential, None);
        client.step(&server.sign(offer)).unwrap_err().to_string()
    };
    assert_eq!(
        told(true, &[3, 1, 0, 0]),
        "the server offers GSSAPI without encryption, which plain TCP wants"
    );
    let breach = "the server does not authenticate as it should: ";
    assert_eq!(told(true, &[4, 0, 0, 72]), format!("{breach}it takes pieces of 72 bytes only"));
    assert_eq!(
        told(false, &[6, 1, 0, 0]),
        format!("{breach}it wants GSSAPI with a layer where none is needed")
    );
    assert_eq!(told(true, &[4, 1, 0]), format!("{breach}its offer of layers cannot be understood"));
    let (mut client, _) = proven(Etype::Aes256Sha1, true, None);
    let error = client.step(&[4, 1, 0, 0]).unwrap_err().to_string();
    assert_eq!(error, format!("{breach}its offer of layers was altered on its way"));
}

#[test]
fn nothing_secret_is_shown() {
    let (client, _) = proven(Etype::Aes256Sha1, true, None);
    let shown = format!("{client:?}");
    assert!(shown.contains("Key(Aes256Sha1)") && shown.contains("Wrapping { next: "), "{shown}");
}
