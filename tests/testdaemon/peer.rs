//! A client by hand: one call after the other over any stream, every wait with a deadline.

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use virtwire::testdaemon::Hypervisor;
use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::frame::Frame;
use virtwire_protocol::remote::auth::AuthList;
use virtwire_protocol::remote::connect::ConnectOpen;
use virtwire_protocol::remote::network::{NetworkDefineXml, NetworkGetXmlDesc, NetworkLookupByName};
use virtwire_protocol::remote::{Network, Text};
use virtwire_protocol::session::{Incoming, Outgoing, ReplyError, Session, value};
use virtwire_protocol::{Call, Event, xdr};

/// How long anything may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// What a server answers: a reply, or its error.
pub(crate) type Answer<C> = Result<<C as Call>::Reply, Box<ErrorBody>>;

pub(crate) async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what).await.expect("it is done in time")
}

pub(crate) struct Peer {
    pub(crate) stream: DuplexStream,
    session: Session,
    events: Vec<Frame>,
}

impl Peer {
    /// A connection on which nothing has been said yet.
    pub(crate) fn connect(hypervisor: &Hypervisor) -> Self {
        let (stream, server) = tokio::io::duplex(4096);
        let hypervisor = hypervisor.clone();
        tokio::spawn(async move { hypervisor.serve(server).await });
        Self { stream, session: Session::default(), events: Vec::new() }
    }

    /// An open connection.
    pub(crate) async fn open(hypervisor: &Hypervisor) -> Self {
        Self::open_with(hypervisor, 0).await
    }

    pub(crate) async fn open_with(hypervisor: &Hypervisor, flags: u32) -> Self {
        let mut peer = Self::connect(hypervisor);
        peer.ok(&AuthList {}).await;
        let name = Some(text("test:///default"));
        peer.ok(&ConnectOpen { name, flags }).await;
        peer
    }

    pub(crate) async fn call<C: Call>(&mut self, call: &C) -> Answer<C> {
        self.session.call(Outgoing::new(call).unwrap());
        loop {
            match self.next().await.expect("the server still answers") {
                Incoming::Reply(_, frame) => {
                    return value::<C>(&frame).map_err(|error| match error {
                        ReplyError::Server(error) => error,
                        other => panic!("{other}"),
                    });
                }
                Incoming::Event(frame) => self.events.push(frame),
                other => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn ok<C: Call>(&mut self, call: &C) -> C::Reply {
        self.call(call).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Code and text of the error that the call fails with.
    pub(crate) async fn error<C: Call>(&mut self, call: &C) -> (i32, String) {
        match self.call(call).await {
            Ok(_) => panic!("it was done"),
            Err(error) => (error.code, error.to_string()),
        }
    }

    /// The next event.
    pub(crate) async fn event<E: Event>(&mut self) -> E {
        while self.events.is_empty() {
            match self.next().await.expect("the server still talks") {
                Incoming::Event(frame) => self.events.push(frame),
                other => panic!("{other:?}"),
            }
        }
        let frame = self.events.remove(0);
        assert_eq!(frame.header.proc, E::INFO.number);
        xdr::from_bytes(&frame.payload).unwrap()
    }

    /// Events that came while calls were answered.
    pub(crate) fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// What comes next; `None` where the server has closed.
    pub(crate) async fn next(&mut self) -> Option<Incoming> {
        within(async {
            loop {
                if let Some(incoming) = self.session.next_incoming().unwrap() {
                    return Some(incoming);
                }
                let unsent = self.session.unsent().to_vec();
                if !unsent.is_empty() {
                    self.stream.write_all(&unsent).await.unwrap();
                    self.session.sent(unsent.len());
                }
                if self.stream.read_buf(self.session.buffer()).await.unwrap() == 0 {
                    return None;
                }
            }
        })
        .await
    }

    pub(crate) async fn define(&mut self, xml: &str) -> Network {
        self.ok(&NetworkDefineXml { xml: text(xml) }).await.net
    }

    pub(crate) async fn lookup(&mut self, name: &str) -> Network {
        self.ok(&NetworkLookupByName { name: text(name) }).await.net
    }

    pub(crate) async fn xml(&mut self, net: &Network, flags: u32) -> String {
        let net = net.clone();
        let reply = self.ok(&NetworkGetXmlDesc { net, flags }).await;
        reply.xml.to_string_lossy().into_owned()
    }
}

pub(crate) fn text(text: &str) -> Text {
    Text::try_from(text).unwrap()
}
