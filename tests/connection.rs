//! The client against a server that is played frame by frame, on a clock that only the tests move.

mod peer;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use peer::Peer;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};
use virtwire::protocol::error_body::{ErrorBody, code, domain};
use virtwire::protocol::keepalive::{Ping, Pong};
use virtwire::protocol::procedure::Procedure;
use virtwire::protocol::remote::auth::{AuthList, AuthListReply, AuthPolkit, AuthPolkitReply, AuthType};
use virtwire::protocol::remote::connect::{
    ConnectClose, ConnectEventConnectionClosed, ConnectGetHostname, ConnectGetLibVersion,
    ConnectGetLibVersionReply, ConnectOpen, ConnectSupportsFeature,
};
use virtwire::protocol::remote::network::{NetworkCreate, NetworkGetMetadata};
use virtwire::protocol::remote::{Network, Text, Uuid};
use virtwire::protocol::xdr::List;
use virtwire::{Connection, ErrorKind, Options, Timeouts};

fn start_network() -> NetworkCreate {
    NetworkCreate { net: Network { name: Text::from_static("default"), uuid: Uuid([7; 16]) } }
}

async fn answer_version(peer: &mut Peer) {
    let call = peer.expect::<ConnectGetLibVersion>().await;
    peer.reply(&call, &ConnectGetLibVersionReply { lib_ver: 9_000_000 }).await;
}

#[test]
fn a_handle_can_be_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Connection>();
}

#[tokio::test(start_paused = true)]
async fn opening_asks_how_to_authenticate_then_opens_and_asks_for_pings_with_the_first_call() {
    let (stream, mut peer) = Peer::pair();
    let options = Options::new().read_only(true);
    let (connection, open) = tokio::join!(options.open_over(stream, "test:///default"), async {
        let list = peer.expect::<AuthList>().await;
        peer.reply(&list, &AuthListReply { types: List::default() }).await;
        let open = peer.expect::<ConnectOpen>().await;
        peer.reply(&open, &()).await;
        open
    });
    let connection = connection.unwrap();
    let sent: ConnectOpen = virtwire::protocol::xdr::from_bytes(&open.payload).unwrap();
    assert_eq!(sent, ConnectOpen { name: Some(Text::from_static("test:///default")), flags: 1 });
    let (version, ()) = tokio::join!(connection.lib_version(), async {
        peer.expect::<ConnectSupportsFeature>().await;
        answer_version(&mut peer).await;
    });
    assert_eq!(version.unwrap().to_string(), "9.0.0");
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_at_any_poll_leaves_the_connection_usable() {
    for polls in 0..6 {
        let (connection, mut peer) = Peer::opened(Options::new().calls_in_flight(1)).await;
        {
            let mut call = pin!(connection.lib_version());
            for _ in 0..polls {
                let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                yield_now().await;
            }
        }
        // The dropped call may or may not have been sent; whatever comes is answered.
        let server = async {
            loop {
                answer_version(&mut peer).await;
            }
        };
        let (version, ()) = tokio::select! {
            version = connection.lib_version() => (version, ()),
            () = server => unreachable!(),
        };
        assert_eq!(version.unwrap().0, 9_000_000, "dropped after {polls} polls");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_counts_as_in_flight_until_its_reply_came() {
    let (connection, mut peer) = Peer::opened(Options::new().calls_in_flight(1)).await;
    let dropped = tokio::spawn({
        let connection = connection.clone();
        async move { connection.lib_version().await }
    });
    let first = peer.expect::<ConnectGetLibVersion>().await;
    dropped.abort();
    let next = tokio::spawn(async move { connection.call(&ConnectGetHostname {}).await.map(drop) });
    assert!(peer.is_quiet().await, "the slot is still taken");
    peer.reply(&first, &ConnectGetLibVersionReply { lib_ver: 1 }).await;
    let second = peer.expect::<ConnectGetHostname>().await;
    peer.error(&second, &ErrorBody::new(code::INTERNAL_ERROR, domain::RPC, "no name")).await;
    assert_eq!(next.await.unwrap().unwrap_err().libvirt().unwrap().code, code::INTERNAL_ERROR);
}

#[tokio::test(start_paused = true)]
async fn four_calls_are_in_flight_and_the_fifth_waits() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let connection = connection.clone();
            tokio::spawn(async move { connection.lib_version().await })
        })
        .collect();
    let mut sent = Vec::new();
    for _ in 0..4 {
        sent.push(peer.expect::<ConnectGetLibVersion>().await);
    }
    assert!(peer.is_quiet().await, "a fifth call is not sent");
    for (number, call) in sent.iter().rev().enumerate() {
        peer.reply(call, &ConnectGetLibVersionReply { lib_ver: number as u64 }).await;
    }
    for _ in 0..2 {
        answer_version(&mut peer).await;
    }
    let mut versions = Vec::new();
    for call in calls {
        versions.push(call.await.unwrap().unwrap().0);
    }
    assert_eq!(versions, [3, 2, 1, 0, 9_000_000, 9_000_000], "replies out of order reach their callers");
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_slot_counts_towards_the_deadline_and_an_unsent_change_has_failed() {
    let (connection, mut peer) = Peer::opened(Options::new().calls_in_flight(1)).await;
    let stuck = connection.clone();
    let stuck =
        tokio::spawn(
            async move { stuck.call_within(&ConnectGetLibVersion {}, Duration::from_secs(300)).await },
        );
    peer.expect::<ConnectGetLibVersion>().await;
    let began = Instant::now();
    let error = connection.call(&start_network()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "network_create (waiting for its turn) took longer than 60 seconds");
    assert_eq!(began.elapsed(), Duration::from_secs(60));
    stuck.abort();
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_sent_and_not_answered_has_an_unknown_outcome() {
    let change = start_network();
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let (outcome, _) = tokio::join!(connection.call(&change), peer.expect::<NetworkCreate>());
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(
        error.to_string(),
        "network_create was sent, but not answered: whether it was done is not known"
    );
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "network_create took longer than 60 seconds");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_not_answered_has_timed_out_after_30_seconds() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let began = Instant::now();
    let (outcome, _) = tokio::join!(connection.lib_version(), peer.expect::<ConnectGetLibVersion>());
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(began.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn when_the_server_goes_away_every_pending_and_later_call_fails_at_once() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let (other, change) = (connection.clone(), start_network());
    let began = Instant::now();
    let (query, change, ()) = tokio::join!(connection.lib_version(), other.call(&change), async move {
        peer.expect::<ConnectGetLibVersion>().await;
        peer.expect::<NetworkCreate>().await;
        drop(peer);
    });
    assert_eq!(query.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(change.unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    let later = connection.call(&start_network()).await.unwrap_err();
    assert_eq!(later.kind(), ErrorKind::Closed, "it was never sent, so it has failed");
    assert_eq!(later.to_string(), "the server closed the connection");
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_speak_the_protocol_is_named_so() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let (outcome, ()) = tokio::join!(connection.lib_version(), async {
        peer.expect::<ConnectGetLibVersion>().await;
        peer.bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(error.to_string(), "the server does not speak libvirt's protocol");
}

#[tokio::test(start_paused = true)]
async fn closing_says_goodbye_and_reads_the_answer() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let (closed, ()) = tokio::join!(connection.close(), async {
        let close = peer.expect::<ConnectClose>().await;
        peer.reply(&close, &()).await;
    });
    closed.unwrap();
    assert_eq!(peer.next().await, None, "the stream ends after the goodbye");
    let later = connection.lib_version().await.unwrap_err();
    assert_eq!(
        (later.kind(), later.to_string()),
        (ErrorKind::Closed, "the connection was closed".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_the_goodbye_is_left_after_a_second() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let began = Instant::now();
    let (closed, _) = tokio::join!(connection.close(), peer.expect::<ConnectClose>());
    assert!(closed.is_err());
    assert_eq!(peer.next().await, None);
    assert_eq!(began.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_says_goodbye_too() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let clone = connection.clone();
    drop(connection);
    assert!(peer.is_quiet().await, "a handle is left");
    drop(clone);
    let close = peer.expect::<ConnectClose>().await;
    peer.reply(&close, &()).await;
    assert_eq!(peer.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn each_step_of_opening_has_ten_seconds_and_its_error_names_it() {
    let (stream, mut silent) = Peer::pair();
    let options = Options::new();
    let began = Instant::now();
    let (opened, _) = tokio::join!(options.open_over(stream, "test:///default"), silent.expect::<AuthList>());
    assert_eq!(opened.unwrap_err().to_string(), "asking how to authenticate took longer than 10 seconds");
    assert_eq!(began.elapsed(), Duration::from_secs(10));

    let (stream, mut peer) = Peer::pair();
    let (opened, ()) = tokio::join!(options.open_over(stream, "test:///default"), async {
        let list = peer.expect::<AuthList>().await;
        sleep(Duration::from_secs(9)).await;
        peer.reply(&list, &AuthListReply { types: List::default() }).await;
        peer.expect::<ConnectOpen>().await;
    });
    let error = opened.unwrap_err();
    assert_eq!(error.to_string(), "opening test:///default took longer than 10 seconds");
    assert_eq!(error.kind(), ErrorKind::Timeout, "nothing was changed by opening");
}

#[tokio::test(start_paused = true)]
async fn the_clock_stands_while_polkit_asks_a_person() {
    let (stream, mut peer) = Peer::pair();
    let options = Options::new().keepalive(None);
    let (opened, ()) = tokio::join!(options.open_over(stream, "test:///default"), async {
        let list = peer.expect::<AuthList>().await;
        let types = List::new(&[AuthType::Polkit]).unwrap();
        peer.reply(&list, &AuthListReply { types }).await;
        let polkit = peer.expect::<AuthPolkit>().await;
        sleep(Duration::from_secs(120)).await;
        peer.reply(&polkit, &AuthPolkitReply { complete: 1 }).await;
        let open = peer.expect::<ConnectOpen>().await;
        peer.reply(&open, &()).await;
    });
    assert!(opened.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_authentication_that_nobody_knows_is_named() {
    let (stream, mut peer) = Peer::pair();
    let options = Options::new();
    let (opened, ()) = tokio::join!(options.open_over(stream, "test:///default"), async {
        let list = peer.expect::<AuthList>().await;
        peer.reply(&list, &AuthListReply { types: List::new(&[AuthType::Unknown(9)]).unwrap() }).await;
    });
    let error = opened.unwrap_err();
    let said = "the server asks for authentication of type 9, which is not known";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Unsupported, said));
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_answered_while_a_call_waits() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let (version, ()) = tokio::join!(connection.lib_version(), async {
        let call = peer.expect::<ConnectGetLibVersion>().await;
        for _ in 0..3 {
            peer.event(&Ping {}).await;
            peer.expect::<Pong>().await;
        }
        peer.reply(&call, &ConnectGetLibVersionReply { lib_ver: 5 }).await;
    });
    assert_eq!(version.unwrap().0, 5);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_events_delays_no_reply() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let (version, ()) = tokio::join!(connection.lib_version(), async {
        let call = peer.expect::<ConnectGetLibVersion>().await;
        for _ in 0..20_000 {
            peer.event(&ConnectEventConnectionClosed { reason: 1 }).await;
        }
        peer.reply(&call, &ConnectGetLibVersionReply { lib_ver: 5 }).await;
    });
    assert_eq!(version.unwrap().0, 5);
}

#[tokio::test(start_paused = true)]
async fn a_procedure_that_is_newer_than_the_server_is_named_so() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let network = start_network().net;
    let call = NetworkGetMetadata { network, r#type: 0, uri: None, flags: 0 };
    let (outcome, ()) = tokio::join!(connection.call(&call), async {
        let call = peer.expect::<NetworkGetMetadata>().await;
        peer.error(&call, &ErrorBody::new(code::RPC, domain::RPC, "unbekannte Prozedur: 445")).await;
        answer_version(&mut peer).await;
    });
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.to_string(), "network_get_metadata needs libvirt 9.7.0 or newer; the server is 9.0.0");
}

#[tokio::test(start_paused = true)]
async fn timeouts_are_the_callers_to_set() {
    let timeouts = Timeouts::all(Duration::from_millis(1500));
    let (connection, mut peer) = Peer::opened(Options::new().timeouts(timeouts)).await;
    let (outcome, _) = tokio::join!(connection.lib_version(), peer.expect::<ConnectGetLibVersion>());
    assert_eq!(outcome.unwrap_err().to_string(), "connect_get_lib_version took longer than 1.5 seconds");
}

#[tokio::test(start_paused = true)]
async fn a_change_stuck_behind_a_peer_that_does_not_read_has_not_been_sent() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    // Fills the pipe, so that nothing behind it can be sent.
    let huge = Text::new(vec![b'x'; 1024 * 1024]).unwrap();
    let filler = virtwire::protocol::remote::network::NetworkDefineXml { xml: huge };
    let filling = connection.clone();
    let filling = tokio::spawn(async move { filling.call(&filler).await.map(drop) });
    yield_now().await;
    let error = connection.call(&start_network()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "it was never sent, so it has failed");
    let filled = filling.await.unwrap().unwrap_err();
    assert_eq!(filled.kind(), ErrorKind::OutcomeUnknown);
    // What was given up is not sent later on either.
    let define = peer.next().await.unwrap();
    assert_eq!(define.header.proc, 41);
    assert!(peer.is_quiet().await);
    assert_eq!(NetworkCreate::INFO.number, 39);
}

#[tokio::test(start_paused = true)]
async fn polling_a_finished_connection_never_hangs() {
    let (connection, peer) = Peer::opened(Options::new()).await;
    drop(peer);
    yield_now().await;
    let mut call = pin!(connection.lib_version());
    let mut polls = 0;
    let outcome = loop {
        polls += 1;
        match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => break outcome,
            Poll::Pending => yield_now().await,
        }
        assert!(polls < 10);
    };
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Closed);
}
