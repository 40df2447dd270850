//! DIGEST-MD5 and its layer over a whole connection, with a server that does as it should until it cheats.

use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;
use virtwire_protocol::frame::{self, Frame, FrameReader, Header, MessageType};
use virtwire_protocol::procedure::Procedure;
use virtwire_protocol::remote::auth::{
    AuthList, AuthListReply, AuthSaslInitReply, AuthSaslStartReply, AuthSaslStep, AuthSaslStepReply, AuthType,
};
use virtwire_protocol::remote::connect::{ConnectGetLibVersion, ConnectGetLibVersionReply, ConnectOpen};
use virtwire_protocol::xdr::{self, List, Xdr};

use super::digest::ServerEnd;
use super::*;
use crate::connection::{Connection, Options, Timeouts};
use crate::error::ErrorKind;
use crate::transport::SecurityLayer;

const NAME: &str = "qemu:///system";
const LONG: Duration = Duration::from_secs(60);

type Cheat = fn(&mut BytesMut);

/// The server's end of a connection.
struct Server {
    stream: DuplexStream,
    reader: FrameReader,
    layer: Option<Box<dyn SecurityLayer>>,
    /// What is done to a protected piece before it is sent.
    cheat: Cheat,
}

impl Server {
    fn pair() -> (DuplexStream, Self) {
        let (client, stream) = duplex(64 * 1024);
        (client, Self { stream, reader: FrameReader::default(), layer: None, cheat: |_| {} })
    }

    async fn expect<C: Procedure>(&mut self) -> Frame {
        loop {
            if let Some(frame) = self.reader.next_frame().unwrap() {
                assert_eq!(frame.header.proc, C::INFO.number);
                return frame;
            }
            let bytes = timeout(LONG, self.receive()).await.unwrap();
            self.reader.buffer();
            self.reader.feed(&bytes);
        }
    }

    async fn receive(&mut self) -> BytesMut {
        let Some(layer) = &mut self.layer else {
            let mut bytes = BytesMut::with_capacity(4096);
            self.stream.read_buf(&mut bytes).await.unwrap();
            return bytes;
        };
        let length = self.stream.read_u32().await.unwrap();
        let mut piece = BytesMut::zeroed(length as usize);
        self.stream.read_exact(&mut piece).await.unwrap();
        layer.open(&mut piece).unwrap();
        piece
    }

    fn frame<T: Xdr>(call: &Frame, value: &T) -> BytesMut {
        let mut bytes = BytesMut::new();
        let header = Header { r#type: MessageType::Reply, ..call.header.clone() };
        frame::write(&header, value, &mut bytes).unwrap();
        bytes
    }

    async fn reply<T: Xdr>(&mut self, call: &Frame, value: &T) {
        let frame = Self::frame(call, value);
        self.send(&frame).await;
    }

    async fn send(&mut self, bytes: &[u8]) {
        let Some(layer) = &mut self.layer else { return self.stream.write_all(bytes).await.unwrap() };
        let mut wire = BytesMut::new();
        for plain in bytes.chunks(layer.plain_max()) {
            let mut piece = BytesMut::new();
            layer.protect(plain, &mut piece);
            (self.cheat)(&mut piece);
            wire.extend_from_slice(&u32::try_from(piece.len()).unwrap().to_be_bytes());
            wire.extend_from_slice(&piece);
        }
        // The client may have gone, having seen enough.
        let _ = self.stream.write_all(&wire).await;
    }

    /// Authenticates a client by DIGEST-MD5. Behind the last plain reply comes `smuggled`, in the same write.
    async fn authenticate(&mut self, smuggled: &[u8]) {
        let list = self.expect::<AuthList>().await;
        self.reply(&list, &AuthListReply { types: List::new(&[AuthType::Sasl]).unwrap() }).await;
        let init = self.expect::<AuthSaslInit>().await;
        let mechlist = Text::try_from("SCRAM-SHA-256,DIGEST-MD5").unwrap();
        self.reply(&init, &AuthSaslInitReply { mechlist }).await;
        let start = self.expect::<AuthSaslStart>().await;
        let call = xdr::from_bytes::<AuthSaslStart>(&start.payload).unwrap();
        assert_eq!((call.mech.to_string().as_str(), call.nil), ("DIGEST-MD5", 1));
        let challenge = data(ServerEnd::CHALLENGE);
        self.reply(&start, &AuthSaslStartReply { complete: 0, nil: 0, data: challenge }).await;
        let step = self.expect::<AuthSaslStep>().await;
        let call = xdr::from_bytes::<AuthSaslStep>(&step.payload).unwrap();
        let end = ServerEnd::answering(call.data.0.as_bytes(), "alice", "sesame");
        let mut last =
            Self::frame(&step, &AuthSaslStepReply { complete: 1, nil: 0, data: data(&end.rspauth) });
        last.extend_from_slice(smuggled);
        self.send(&last).await;
        self.layer = Some(end.layer);
    }

    /// The same, and OPEN; then answers one question.
    async fn serve_once(&mut self) {
        self.authenticate(b"").await;
        let open = self.expect::<ConnectOpen>().await;
        self.reply(&open, &()).await;
        let question = self.expect::<ConnectGetLibVersion>().await;
        self.reply(&question, &ConnectGetLibVersionReply { lib_ver: 9_000_000 }).await;
    }
}

fn data(text: &str) -> SaslData {
    Secret(Chars::new(text.as_bytes()).unwrap())
}

fn options() -> Options {
    let options = Options::new().keepalive(None).timeouts(Timeouts::all(LONG));
    options.credentials(|wanted| {
        assert_eq!((wanted.host.as_str(), wanted.mechanism.as_str()), ("localhost", "DIGEST-MD5"));
        Ok(Some(Credentials::new("alice", "sesame")))
    })
}

/// How opening ends where the server cheats so.
async fn opened(serve: impl AsyncFnOnce(&mut Server)) -> Result<Connection> {
    let (stream, mut server) = Server::pair();
    let options = options();
    let serving = async {
        serve(&mut server).await;
        server
    };
    let (opened, server) = tokio::join!(timeout(LONG, options.open_over(stream, NAME)), serving);
    drop(server);
    opened.expect("opening ends in time")
}

#[tokio::test]
async fn calls_and_replies_go_through_the_layer() {
    let (stream, mut server) = Server::pair();
    let options = options();
    let client = async {
        let connection = options.open_over(stream, NAME).await?;
        connection.lib_version().await
    };
    let (version, ()) = tokio::join!(client, server.serve_once());
    assert_eq!(version.unwrap().0, 9_000_000);
}

#[tokio::test]
async fn plain_bytes_behind_the_last_plain_reply_end_the_connection() {
    // A whole reply to the OPEN that is to come would need its serial and its turn; part of one would be joined to
    // what comes protected.
    for smuggled in [&b"\0"[..], b"\0\0\0\x1c\x20\x00"] {
        let outcome = opened(async |server| server.authenticate(smuggled).await).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert!(error.to_string().contains("in plain"), "{error}");
    }
}

#[tokio::test]
async fn a_plain_reply_that_nobody_asked_for_is_answer_to_nothing() {
    let outcome = opened(async |server| {
        let mut reply = BytesMut::new();
        let header = Header {
            prog: ConnectOpen::PROGRAM.number,
            vers: 1,
            proc: ConnectOpen::INFO.number,
            r#type: MessageType::Reply,
            serial: 5,
            status: frame::Status::Ok,
        };
        frame::write(&header, &(), &mut reply).unwrap();
        server.authenticate(&reply).await;
        server.expect::<ConnectOpen>().await;
        server.stream.shutdown().await.unwrap();
    })
    .await;
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Closed, "the honest end, not the smuggled reply");
}

#[tokio::test]
async fn every_cheat_with_a_piece_is_an_error_of_the_protocol() {
    let cheats: [(&str, Cheat); 6] = [
        ("altered content", |piece| piece[0] ^= 1),
        ("altered MAC", |piece| {
            let at = piece.len() - 7;
            piece[at] ^= 1;
        }),
        ("another number", |piece| {
            let at = piece.len() - 1;
            piece[at] += 1;
        }),
        ("another version", |piece| {
            let at = piece.len() - 5;
            piece[at] += 1;
        }),
        ("cut", |piece| piece.truncate(15)),
        ("empty", BytesMut::clear),
    ];
    for (name, cheat) in cheats {
        let outcome = opened(async |server| {
            server.cheat = cheat;
            server.authenticate(b"").await;
            let open = server.expect::<ConnectOpen>().await;
            server.reply(&open, &()).await;
        })
        .await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{name}: {error}");
        assert!(error.to_string().starts_with("the SASL security layer is broken"), "{name}: {error}");
    }
}

#[tokio::test]
async fn an_overlong_piece_is_refused_by_its_length_word() {
    let outcome = opened(async |server| {
        server.authenticate(b"").await;
        server.expect::<ConnectOpen>().await;
        server.stream.write_u32(65_537).await.unwrap();
    })
    .await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains("a piece of 65537 bytes; 1 to 65536 are possible"), "{error}");
}

#[tokio::test]
async fn plain_replies_where_protected_ones_are_due_are_refused() {
    let outcome = opened(async |server| {
        server.authenticate(b"").await;
        let open = server.expect::<ConnectOpen>().await;
        server.layer = None;
        // The length word of the first makes a piece that reaches into the second.
        server.reply(&open, &()).await;
        server.reply(&open, &()).await;
    })
    .await;
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Protocol);
}
