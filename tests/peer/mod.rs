//! A server's end of a connection that a test plays by hand, frame by frame.

#![allow(dead_code, reason = "each test uses its own part")]
#![allow(unreachable_pub, reason = "a module of each test that names it")]
#![allow(clippy::expect_used, reason = "a test's helper fails the test")]

use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::UnixListener;
use tokio::time::timeout;
use virtwire::protocol::error_body::ErrorBody;
use virtwire::protocol::frame::{self, Frame, FrameReader, Header, MessageType, Status};
use virtwire::protocol::procedure::{Event, Procedure};
use virtwire::protocol::remote::auth::{AuthList, AuthListReply, AuthType};
use virtwire::protocol::remote::connect::{ConnectOpen, ConnectSupportsFeature, ConnectSupportsFeatureReply};
use virtwire::protocol::xdr::{List, Xdr};
use virtwire::{Connection, Options};

pub struct Peer {
    stream: DuplexStream,
    reader: FrameReader,
}

impl Peer {
    /// A stream for a client, and the other end of it.
    pub fn pair() -> (DuplexStream, Self) {
        let (client, stream) = tokio::io::duplex(64 * 1024);
        (client, Self { stream, reader: FrameReader::default() })
    }

    /// The next client of a socket.
    pub async fn accept(listener: &UnixListener) -> Self {
        let accepted = timeout(Duration::from_secs(30), listener.accept()).await.expect("a client in time");
        let (mut client, _) = accepted.expect("a socket accepts");
        let (mut near, peer) = Self::pair();
        tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut near).await });
        peer
    }

    /// A client's connection that is open, and the other end of it. No pings are asked for.
    pub async fn opened(options: Options) -> (Connection, Self) {
        let (stream, mut peer) = Self::pair();
        let options = options.keepalive(None);
        let opening = options.open_over(stream, "test:///default");
        let (connection, ()) = tokio::join!(opening, peer.open());
        (connection.expect("the peer opens every connection"), peer)
    }

    /// Like [`Peer::opened`], with what the options say of keepalive, which this server knows.
    pub async fn opened_with_keepalive(options: Options) -> (Connection, Self) {
        let (stream, mut peer) = Self::pair();
        let opening = options.open_over(stream, "test:///default");
        let (connection, ()) = tokio::join!(opening, peer.open());
        let question = peer.expect::<ConnectSupportsFeature>().await;
        peer.reply(&question, &ConnectSupportsFeatureReply { supported: 1 }).await;
        (connection.expect("the peer opens every connection"), peer)
    }

    /// Answers AUTH_LIST by "none", and OPEN.
    pub async fn open(&mut self) {
        let list = self.expect::<AuthList>().await;
        let types = List::new(&[AuthType::None]).expect("one is not too many");
        self.reply(&list, &AuthListReply { types }).await;
        let open = self.expect::<ConnectOpen>().await;
        self.reply(&open, &()).await;
    }

    /// The next frame, or nothing where the client closed.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.reader.next_frame().expect("the client's frames are well formed") {
                return Some(frame);
            }
            if self.stream.read_buf(self.reader.buffer()).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// The next frame, which is to be a call of `C`.
    pub async fn expect<C: Procedure>(&mut self) -> Frame {
        let frame = timeout(Duration::from_secs(600), self.next()).await.expect("a call in time");
        let frame = frame.expect("a call, and not the end");
        assert_eq!((frame.header.prog, frame.header.proc), (C::PROGRAM.number, C::INFO.number));
        frame
    }

    /// Whether nothing comes in a second.
    pub async fn is_quiet(&mut self) -> bool {
        timeout(Duration::from_secs(1), self.next()).await.is_err()
    }

    pub async fn reply<T: Xdr>(&mut self, call: &Frame, value: &T) {
        self.send(&Header { r#type: MessageType::Reply, ..call.header.clone() }, value).await;
    }

    pub async fn error(&mut self, call: &Frame, error: &ErrorBody) {
        let header = Header { r#type: MessageType::Reply, status: Status::Error, ..call.header.clone() };
        self.send(&header, error).await;
    }

    pub async fn event<E: Event>(&mut self, event: &E) {
        let header = Header {
            prog: E::PROGRAM.number,
            vers: E::PROGRAM.version,
            proc: E::INFO.number,
            r#type: MessageType::Message,
            serial: 0,
            status: Status::Ok,
        };
        self.send(&header, event).await;
    }

    pub async fn send<T: Xdr>(&mut self, header: &Header, body: &T) {
        let mut out = BytesMut::new();
        frame::write(header, body, &mut out).expect("a small frame");
        self.bytes(&out).await;
    }

    pub async fn bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the client reads");
    }
}
