//! One client's connection: frames in, answers and events out, pings in between. It holds no more than one frame, one
//! answer and two bounded buffers, whatever the client does or does not read.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::{Interval, MissedTickBehavior, interval_at};
use virtwire_protocol::frame::{self, Frame, FrameReader, Header, MessageType, Status};
use virtwire_protocol::keepalive;
use virtwire_protocol::service::Service;

use super::client::Client;
use super::state::State;
use super::{connect, domain, lease, metadata, network, port, update};

/// While more than this waits to be read by the client, nothing more of it is read or answered.
const UNREAD_MAX: usize = 256 * 1024;

/// How often a client that asked for it is pinged, and how many pings may stay unanswered: libvirtd's own values.
const PING_EVERY: Duration = Duration::from_secs(5);
const PINGS_UNANSWERED: u32 = 5;

static SERVICE: LazyLock<Service<Client>> = LazyLock::new(|| {
    let service = domain::register(connect::register(Service::new()));
    let service = port::register(network::register(service));
    metadata::register(lease::register(update::register(service)))
});

/// The connection is over: by a goodbye, an error, or what cannot be understood.
struct Over;

struct Connection<S> {
    stream: S,
    client: Client,
    reader: FrameReader,
    /// What the client has not taken yet.
    unread: BytesMut,
    is_flushed: bool,
    pings: Option<Pings>,
}

struct Pings {
    timer: Interval,
    unanswered: u32,
}

/// Serves one client until it is gone. Dropping the future ends the connection at once.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(shared: Arc<Mutex<State>>, stream: S) {
    let mut connection = Connection {
        stream,
        client: Client::enter(shared),
        reader: FrameReader::default(),
        unread: BytesMut::new(),
        is_flushed: true,
        pings: None,
    };
    poll_fn(|cx| match connection.poll(cx) {
        Poll::Ready(Ok(()) | Err(Over)) => Poll::Ready(()),
        Poll::Pending => Poll::Pending,
    })
    .await;
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Over>> {
        loop {
            let has_more = self.answer()?;
            self.take_events(cx)?;
            self.ping(cx)?;
            let has_written = self.write(cx)?;
            if self.client.is_closing {
                return if has_written { Poll::Ready(Ok(())) } else { Poll::Pending };
            }
            if self.is_choked() {
                return Poll::Pending;
            }
            // What has come already is answered before more is read.
            if !has_more {
                ready!(self.read(cx))?;
            }
        }
    }

    fn is_choked(&self) -> bool {
        self.unread.len() >= UNREAD_MAX
    }

    /// Answers the frames that have come, as far as the client takes the answers; true where some may be left.
    fn answer(&mut self) -> Result<bool, Over> {
        while !self.is_choked() && !self.client.is_closing {
            let Some(frame) = self.reader.next_frame().map_err(|_| Over)? else {
                return Ok(false);
            };
            if let Some(pings) = &mut self.pings {
                pings.unanswered = 0;
            }
            match frame.header.r#type {
                MessageType::Call => self.answer_call(&frame),
                _ => SERVICE.answer(&mut self.client, &frame, &mut self.unread),
            }
        }
        Ok(true)
    }

    fn answer_call(&mut self, frame: &Frame) {
        match self.client.admit(&frame.header) {
            Ok(()) => SERVICE.answer(&mut self.client, frame, &mut self.unread),
            Err(error) => {
                let header =
                    Header { r#type: MessageType::Reply, status: Status::Error, ..frame.header.clone() };
                // An error's few texts are far below a frame's limit.
                let _ = frame::write(&header, &*error, &mut self.unread);
            }
        }
    }

    fn take_events(&mut self, cx: &Context<'_>) -> Result<(), Over> {
        let (number, is_choked) = (self.client.number, self.is_choked());
        let mut state = self.client.state();
        let taken = if is_choked {
            state.listeners.watch(number, cx)
        } else {
            state.listeners.take(number, cx, &mut self.unread)
        };
        taken.map_err(|_| Over)
    }

    /// Pings the client where it is time to, if it asked for pings.
    fn ping(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        if !self.client.wants_pings {
            return Ok(());
        }
        let pings = self.pings.get_or_insert_with(Pings::new);
        while pings.timer.poll_tick(cx).is_ready() {
            if pings.unanswered >= PINGS_UNANSWERED {
                return Err(Over);
            }
            pings.unanswered += 1;
            keepalive::write_ping(&mut self.unread);
        }
        Ok(())
    }

    /// Writes what the stream takes; true when nothing is left.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, Over> {
        while !self.unread.is_empty() {
            match Pin::new(&mut self.stream).poll_write(cx, &self.unread) {
                Poll::Pending => return Ok(false),
                Poll::Ready(Err(_) | Ok(0)) => return Err(Over),
                Poll::Ready(Ok(count)) => self.unread.advance(count),
            }
            self.is_flushed = false;
        }
        if !self.is_flushed {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Pending => return Ok(false),
                Poll::Ready(flushed) => flushed.map_err(|_| Over)?,
            }
            self.is_flushed = true;
        }
        Ok(true)
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Over>> {
        let buffer = self.reader.buffer();
        // Reading holds nothing between polls, so the future may be made anew for each.
        let count = ready!(pin!(self.stream.read_buf(buffer)).poll(cx)).map_err(|_| Over)?;
        if count == 0 {
            self.client.is_closing = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl Pings {
    fn new() -> Self {
        let mut timer = interval_at(tokio::time::Instant::now() + PING_EVERY, PING_EVERY);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { timer, unanswered: 0 }
    }
}
