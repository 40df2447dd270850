//! Servers that cheat before anything is protected: each has its error, in time.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::net::UnixListener;
use virtwire::protocol::error_body::{ErrorBody, code, domain};
use virtwire::protocol::remote::Text;
use virtwire::protocol::remote::auth::{
    AuthList, AuthListReply, AuthSaslInit, AuthSaslInitReply, AuthSaslStart, AuthSaslStartReply,
    AuthSaslStep, AuthSaslStepReply, AuthType, SaslData,
};
use virtwire::protocol::xdr::{Chars, List, Secret, from_bytes};
use virtwire::{Connection, Credentials, Error, ErrorKind, Options, Timeouts};

use crate::peer::Peer;

/// A folder with a socket in it, gone when dropped.
struct Socket(PathBuf);

impl Socket {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("virtwire-sasl-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).expect("the temporary folder is writable");
        std::fs::write(folder.join("auth.conf"), "# nobody\n").expect("the folder is ours");
        Self(folder)
    }

    fn uri(&self, rest: &str) -> String {
        let folder = self.0.display();
        format!("qemu:///system?socket={folder}/socket&authfile={folder}/auth.conf{rest}")
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn options() -> Options {
    let timeouts = Timeouts::all(Duration::from_secs(2));
    Options::new().timeouts(timeouts).credentials(|_| Ok(Some(Credentials::new("alice", "sesame"))))
}

/// How opening ends at a server that offers these mechanisms and then plays the rest.
async fn opened(
    test: &str,
    list: &str,
    rest: &str,
    play: impl AsyncFnOnce(&mut Peer),
) -> Result<Connection, Error> {
    let socket = Socket::new(test);
    let listener = UnixListener::bind(socket.0.join("socket")).expect("the folder is ours");
    let (mut far, mut peer) = Peer::pair();
    let relay = tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.expect("the client connects");
        tokio::io::copy_bidirectional(&mut near, &mut far).await
    });
    let playing = async {
        let asked = peer.expect::<AuthList>().await;
        let types = List::new(&[AuthType::Sasl]).expect("one is not too many");
        peer.reply(&asked, &AuthListReply { types }).await;
        let init = peer.expect::<AuthSaslInit>().await;
        let mechlist = Text::try_from(list).expect("it is short");
        peer.reply(&init, &AuthSaslInitReply { mechlist }).await;
        play(&mut peer).await;
        // Until the client goes.
        while peer.next().await.is_some() {}
    };
    let uri = socket.uri(rest);
    let begin = Instant::now();
    let options = options();
    let outcome = tokio::select! {
        outcome = options.open(&uri) => outcome,
        () = playing => panic!("{test}: the client went without a word"),
    };
    assert!(begin.elapsed() < Duration::from_secs(8), "{test}: {:?}", begin.elapsed());
    relay.abort();
    outcome
}

fn data(text: &str) -> SaslData {
    Secret(Chars::new(text.as_bytes()).expect("it is short"))
}

/// Plays SCRAM-SHA-256 until the client's nonce is known.
async fn first(peer: &mut Peer) -> (virtwire::protocol::frame::Frame, String) {
    let start = peer.expect::<AuthSaslStart>().await;
    let call: AuthSaslStart = from_bytes(&start.payload).expect("a call");
    assert_eq!((call.mech.to_string().as_str(), call.nil), ("SCRAM-SHA-256", 0));
    let text = String::from_utf8(call.data.0.as_bytes().to_vec()).expect("it is UTF-8");
    let nonce = text.strip_prefix("n,,n=alice,r=").expect("a first message").to_owned();
    (start, nonce)
}

async fn challenged(peer: &mut Peer, message: impl FnOnce(&str) -> String, complete: i32) {
    let (start, nonce) = first(peer).await;
    let data = data(&message(&nonce));
    peer.reply(&start, &AuthSaslStartReply { complete, nil: 0, data }).await;
}

async fn stepped(peer: &mut Peer, complete: i32, nil: i32, text: &str) {
    let step = peer.expect::<AuthSaslStep>().await;
    peer.reply(&step, &AuthSaslStepReply { complete, nil, data: data(text) }).await;
}

fn honest(nonce: &str) -> String {
    format!("r={nonce}xyz,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
}

const SCRAM: &str = "SCRAM-SHA-256";

#[tokio::test]
async fn a_server_that_cannot_prove_itself_is_not_believed_though_it_says_complete() {
    for (test, last, nil) in [
        ("wrong-signature", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", 0),
        ("no-signature", "", 0),
        ("nil", "", 1),
        ("garbage", "v=!", 0),
    ] {
        let outcome = opened(test, SCRAM, "", async |peer| {
            challenged(peer, honest, 0).await;
            stepped(peer, 1, nil, last).await;
        })
        .await;
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Protocol, "{test}");
    }
}

#[tokio::test]
async fn complete_before_the_proof_is_not_believed() {
    let outcome = opened("early", SCRAM, "", async |peer| {
        challenged(peer, |_| String::new(), 1).await;
    })
    .await;
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Protocol);
    let outcome = opened("early-salt", SCRAM, "", async |peer| challenged(peer, honest, 1).await).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains("before its proof"), "{error}");
}

#[tokio::test]
async fn a_server_that_wants_us_to_hash_for_ever_is_refused_at_once() {
    let begin = Instant::now();
    let outcome = opened("rounds", SCRAM, "", async |peer| {
        challenged(peer, |nonce| format!("r={nonce}x,s=QQ==,i=4294967295"), 0).await;
    })
    .await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains("4294967295 rounds"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_answer_to_another_client_is_refused() {
    let outcome = opened("nonce", SCRAM, "", async |peer| {
        challenged(peer, |_| honest("another"), 0).await;
    })
    .await;
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_server_that_never_ends_is_left() {
    let outcome = opened("endless", "PLAIN", "", async |peer| {
        let start = peer.expect::<AuthSaslStart>().await;
        peer.reply(&start, &AuthSaslStartReply { complete: 0, nil: 1, data: data("") }).await;
        loop {
            stepped(peer, 0, 0, "").await;
        }
    })
    .await;
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn silence_at_any_step_ends_in_time_and_names_the_step() {
    let outcome = opened("silent-start", SCRAM, "", async |peer| drop(first(peer).await)).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "authenticating by SCRAM-SHA-256 took longer than 2 seconds");
    let outcome = opened("silent-step", SCRAM, "", async |peer| challenged(peer, honest, 0).await).await;
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_list_of_garbage_is_no_list_and_no_less_than_demanded_is_done() {
    for (test, list, rest) in [
        ("garbage-list", "\u{1b}[2J,\u{fe}", ""),
        ("empty-list", "", ""),
        ("anonymous", "ANONYMOUS", ""),
        ("kerberos", "GSSAPI", ""),
        ("less", "PLAIN,SCRAM-SHA-1", "&auth=sasl.SCRAM-SHA-256"),
        ("polkit", "PLAIN", "&auth=sasl.polkit"),
    ] {
        let error = opened(test, list, rest, async |_| ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{test}: {error}");
        assert!(error.advice().is_some(), "{test}");
        assert!(!error.to_string().contains('\u{1b}'), "{test}");
    }
}

#[tokio::test]
async fn a_refusal_keeps_the_servers_words_and_says_what_to_do() {
    let outcome = opened("refused", SCRAM, "", async |peer| {
        challenged(peer, honest, 0).await;
        let step = peer.expect::<AuthSaslStep>().await;
        peer.error(&step, &ErrorBody::new(code::AUTH_FAILED, domain::RPC, "authentication failed")).await;
    })
    .await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(error.libvirt().expect("the server's own").code, code::AUTH_FAILED);
    let advice = error.advice().expect("advice");
    assert!(advice.contains("'alice'") && advice.contains("saslpasswd2"), "{advice}");
    assert!(!format!("{error:?} {error} {advice}").contains("sesame"));
}

#[tokio::test]
async fn a_person_who_declines_or_fails_to_answer_ends_the_opening() {
    let (stream, mut peer) = Peer::pair();
    let declining = Options::new().credentials(|wanted| {
        assert_eq!((wanted.host.as_str(), wanted.has_password), ("localhost", false));
        Ok(None)
    });
    let serving = async {
        let asked = peer.expect::<AuthList>().await;
        let types = List::new(&[AuthType::Sasl]).expect("one is not too many");
        peer.reply(&asked, &AuthListReply { types }).await;
        let init = peer.expect::<AuthSaslInit>().await;
        let mechlist = Text::try_from("DIGEST-MD5").expect("it is short");
        peer.reply(&init, &AuthSaslInitReply { mechlist }).await;
    };
    let (outcome, ()) = tokio::join!(declining.open_over(stream, "qemu:///system"), serving);
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(error.to_string().contains("wants a name and a password (DIGEST-MD5)"), "{error}");
}
