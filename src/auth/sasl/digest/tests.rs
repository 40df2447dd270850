//! The mechanism against RFC 2831's example and against conversations that libsasl had with itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::BytesMut;

use super::*;

fn client(
    login: Credentials,
    service: &'static str,
    host: &str,
    nonce: &str,
    is_confidential: bool,
) -> DigestMd5 {
    let (host, nonce) = (host.to_owned(), nonce.to_owned());
    DigestMd5 { login, service, host, nonce, is_confidential, state: State::First }
}

fn answer(client: &mut DigestMd5, challenge: &str) -> String {
    let answer = client.step(challenge.as_bytes()).unwrap();
    String::from_utf8(answer.to_vec()).unwrap()
}

#[test]
fn the_example_of_rfc_2831_is_spoken_to_the_letter() {
    let login = Credentials::new("chris", "secret");
    let mut client = client(login, "imap", "elwood.innosoft.com", "OA6MHXh6VqTrRk", false);
    assert!(client.start().is_none());
    let challenge = "realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorithm=md5-sess,charset=utf-8";
    let expected = "username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",cnonce=\"OA6MHXh6VqTrRk\",\
                    nc=00000001,qop=auth,charset=utf-8,digest-uri=\"imap/elwood.innosoft.com\",\
                    response=d388dad90d4bbd760a152321f2143af7";
    assert_eq!(answer(&mut client, challenge), expected);
    assert!(!client.is_done());
    assert_eq!(client.step(b"rspauth=ea40f60335c427b5527b84dbabcdfffd").unwrap().as_slice(), b"");
    assert!(client.is_done());
    assert!(Box::new(client).layer().is_none());
}

/// What libsasl 2.1.27 said to itself, with alice's password `sesame`.
struct Real {
    cipher: &'static str,
    nonce: &'static str,
    cnonce: &'static str,
    response: &'static str,
    rspauth: &'static str,
    /// `srv message 1` and a zero, protected.
    from_server: &'static str,
    /// `client message 1` and a zero, protected.
    from_client: &'static str,
}

const REAL: [Real; 3] = [
    Real {
        cipher: "rc4",
        nonce: "tpjyx+y5UzAtjHO5m5oKuAzY5a6pdnVeVBxkQlcqM/w=",
        cnonce: "dN9I29kXH/Q9q1bduodDwYnITImnqjxpiERWrjXEHIA=",
        response: "c60a57df4bc48c9806daa3d8a0211342",
        rspauth: "f4ba1e8a70121172e7e1b674cfe2019b",
        from_server: "AAAAHgp+R3976wSNOQt4u5yv/YEbajXZymOXDAABAAAAAA==",
        from_client: "AAAAIcHztTMWuHIUJUU8AM62rdwKmncQIo8KUXw4dgABAAAAAA==",
    },
    Real {
        cipher: "3des",
        nonce: "QiAaa2sT1Jcpt8btkXPfptLp245HhGOTvI/XnI3zY2E=",
        cnonce: "sId7mnObDh7qAezVFewzbzCeSF9GUa03BxkFFPr8k+M=",
        response: "d815c865d8e96fb166d5a41cc603a7a3",
        rspauth: "e0debb6bc3e843ae052bbf4089a64400",
        from_server: "AAAAJgs/y/X9JUPf8j+ey5qjA6f8WSK9/whle5G9+NEwRONqAAEAAAAA",
        from_client: "AAAAJh77UfQS3VcvELG1pCiX3gD9njZ6yEtRCJA/zdTW61WXAAEAAAAA",
    },
    Real {
        cipher: "rc4-56",
        nonce: "04cALLb+i6jwAwrhiF+iFKRAGtTcCFxM8mDK7s/C3s0=",
        cnonce: "+Z3TmWbji5VmF3FXay9Hk9iC1vi5NVZVbFmnBKFiqOY=",
        response: "07c64cfe245a613bf9f4db3d13148277",
        rspauth: "d19b2f8abcd7b435d99c545b2ab2a5c1",
        from_server: "AAAAHp/QiYXOnmP3EuCX7vc2ZdcTFSk+MdWBJAABAAAAAA==",
        from_client: "AAAAIctgai+hwVHPYJ0na/QQtstBp7+gFNZP5lZtHwABAAAAAA==",
    },
];

impl Real {
    fn challenge(&self) -> String {
        format!(
            "nonce=\"{}\",realm=\"vm\",qop=\"auth-conf\",cipher=\"{}\",maxbuf=2048,charset=utf-8,algorithm=md5-sess",
            self.nonce, self.cipher
        )
    }

    fn client(&self) -> DigestMd5 {
        client(Credentials::new("alice", "sesame"), "sample", "vm", self.cnonce, true)
    }

    fn layer(&self) -> Box<dyn SecurityLayer> {
        let mut client = self.client();
        let response = answer(&mut client, &self.challenge());
        assert!(response.ends_with(&format!(",response={}", self.response)), "{response}");
        client.step(format!("rspauth={}", self.rspauth).as_bytes()).unwrap();
        Box::new(client).layer().unwrap()
    }
}

/// A protected piece without its length word.
fn piece(base64: &str) -> BytesMut {
    BytesMut::from(&BASE64.decode(base64).unwrap()[4..])
}

#[test]
fn every_cipher_speaks_as_libsasl_does() {
    for real in REAL {
        let mut layer = real.layer();
        let mut received = piece(real.from_server);
        layer.open(&mut received).unwrap();
        assert_eq!(&received[..], b"srv message 1\0", "{}", real.cipher);
        let mut sent = BytesMut::new();
        layer.protect(b"client message 1\0", &mut sent);
        assert_eq!(sent, piece(real.from_client), "{}", real.cipher);
        assert_eq!((layer.plain_max(), layer.protected_max()), (2048 - 25, 65_536));
    }
}

#[test]
fn a_piece_that_was_altered_anywhere_is_not_opened() {
    for real in REAL {
        let honest = piece(real.from_server);
        for at in 0..honest.len() {
            let mut altered = honest.clone();
            altered[at] ^= 1;
            assert!(real.layer().open(&mut altered).is_none(), "{}, byte {at}", real.cipher);
        }
        for length in 0..honest.len() {
            let mut cut = BytesMut::from(&honest[..length]);
            assert!(real.layer().open(&mut cut).is_none(), "{}, cut to {length}", real.cipher);
        }
    }
}

#[test]
fn a_piece_that_comes_twice_is_not_opened() {
    for real in REAL {
        let mut layer = real.layer();
        layer.open(&mut piece(real.from_server)).unwrap();
        assert!(layer.open(&mut piece(real.from_server)).is_none(), "{}", real.cipher);
    }
}

/// A client's and a server's layer of one session.
fn both_ends(cipher: Cipher) -> [Confidential; 2] {
    [Confidential::new(cipher, &[7; 16], 65_536), Confidential::of_server(cipher, &[7; 16], 65_536)]
}

#[test]
fn pieces_of_every_length_come_through_in_order_and_in_both_directions() {
    for cipher in [Cipher::Rc4, Cipher::TripleDes, Cipher::Rc4Of56] {
        let [mut client, mut server] = both_ends(cipher);
        for length in (0..40).chain([client.plain_max()]) {
            let plain = vec![u8::try_from(length % 251).unwrap(); length];
            for (from, to) in [(0, 1), (1, 0)] {
                let ends = [&mut client, &mut server];
                let mut piece = BytesMut::new();
                ends[from].protect(&plain, &mut piece);
                assert!(piece.len() <= to_max(&plain), "{cipher:?} {length}");
                ends[to].open(&mut piece).unwrap();
                assert_eq!(piece, plain, "{cipher:?} {length}");
            }
        }
    }
}

fn to_max(plain: &[u8]) -> usize {
    plain.len() + OVERHEAD
}

#[test]
fn a_piece_of_our_own_that_is_sent_back_is_not_opened() {
    let [mut client, _] = both_ends(Cipher::Rc4);
    let mut piece = BytesMut::new();
    client.protect(b"hello", &mut piece);
    assert!(client.open(&mut piece).is_none());
}

#[test]
fn a_server_that_does_not_know_the_password_is_found_out() {
    for proof in ["rspauth=00000000000000000000000000000000", "rspauth=", "", "rspauth=\"", "nonce=x"] {
        let mut client = REAL[0].client();
        answer(&mut client, &REAL[0].challenge());
        let error = client.step(proof.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{proof}");
        assert!(!client.is_done(), "{proof}");
    }
}

#[test]
fn the_strongest_cipher_is_agreed_on_and_never_none() {
    let chosen = |rest: &str| {
        let mut client = client(Credentials::new("alice", "sesame"), "libvirt", "vm", "n", true);
        let challenge = format!("nonce=\"x\",algorithm=md5-sess,{rest}");
        let answer = client.step(challenge.as_bytes());
        answer.map(|answer| String::from_utf8(answer.to_vec()).unwrap())
    };
    let has = |rest: &str, what: &str| chosen(rest).unwrap().contains(what);
    assert!(has(
        "qop=\"auth,auth-int,auth-conf\",cipher=\"rc4-40,des,rc4-56,3des,rc4\"",
        ",qop=auth-conf,cipher=rc4,maxbuf=65536,"
    ));
    assert!(has("qop=\"auth-conf\",cipher=\"rc4-56,3des\"", ",cipher=3des,"));
    for weak in
        ["qop=\"auth\"", "qop=\"auth-int\"", "qop=\"auth-conf\",cipher=\"des,rc4-40\"", "cipher=\"rc4\""]
    {
        assert_eq!(chosen(weak).unwrap_err().kind(), ErrorKind::Denied, "{weak}");
    }
    let small = chosen("qop=\"auth-conf\",cipher=\"rc4\",maxbuf=25").unwrap_err();
    assert_eq!(small.kind(), ErrorKind::Protocol);
}

#[test]
fn on_a_private_way_no_layer_is_agreed_on() {
    let answered = |challenge: &str| {
        client(Credentials::new("a", "b"), "libvirt", "h", "n", false).step(challenge.as_bytes())
    };
    let answer = answered("nonce=\"x\",algorithm=md5-sess,qop=\"auth,auth-conf\",cipher=\"rc4\"").unwrap();
    assert!(String::from_utf8_lossy(&answer).contains(",qop=auth,digest-uri=\"libvirt/h\","));
    let error = answered("nonce=\"x\",algorithm=md5-sess,qop=\"auth-conf\",cipher=\"rc4\"").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[test]
fn one_realm_is_the_servers_to_choose_and_of_several_the_users() {
    let realm = |login: Credentials, realms: &str| {
        let mut client = client(login, "libvirt", "host", "n", false);
        let answer = answer(&mut client, &format!("{realms}nonce=\"x\",algorithm=md5-sess"));
        answer.split("realm=").nth(1).unwrap().split(',').next().unwrap().to_owned()
    };
    let login = || Credentials::new("a", "b");
    let several = "realm=\"first\",realm=\"sec\\\"ond\",";
    assert_eq!(realm(login().realm("mine"), "realm=\"theirs\","), "\"theirs\"");
    assert_eq!(realm(login().realm("sec\"ond"), several), "\"sec\\\"ond\"");
    assert_eq!(realm(login().realm("mine"), several), "\"first\"");
    assert_eq!(realm(login().realm("mine"), ""), "\"mine\"");
    assert_eq!(realm(login(), ""), "\"host\"");
}

#[test]
fn what_iso_8859_1_can_say_is_hashed_in_it() {
    assert_eq!(latin("pässwörd".as_bytes()).as_slice(), b"p\xe4ssw\xf6rd");
    assert_eq!(latin("κ".as_bytes()).as_slice(), "κ".as_bytes());
    assert_eq!(latin(b"\xff\xfe").as_slice(), b"\xff\xfe");
}

#[test]
fn a_challenge_that_is_none_is_an_error_and_not_answered() {
    for challenge in ["", "nonce=", "algorithm=md5-sess", "realm=\"x"] {
        let error = REAL[0].client().step(challenge.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{challenge}");
    }
}
