//! What must hold for the in-memory hypervisor whatever a client sends: for the fuzzer, and for the plain test that replays
//! its corpus.

mod client;

use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex, split};
use tokio::time::{sleep, timeout};
use virtwire::protocol::error_body::ErrorBody;
use virtwire::protocol::frame::{Frame, FrameReader, MessageType, Status};
use virtwire::protocol::{remote, xdr};
use virtwire::testdaemon::Hypervisor;
use virtwire::{Definition, Options, xml};

use self::client::Client;
use crate::filled::Decisions;

/// Longer than any client is served that says nothing more.
const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

/// The input decides what the client sends.
///
/// Asserts that its connection ends when it has; that no call is answered twice, and each answer is as declared; and that
/// the hypervisor then serves others as before, with networks that can be read.
pub(crate) fn check(input: &[u8]) {
    let client = Client::decided_by(&mut Decisions::new(input));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without I/O");
    runtime.block_on(async {
        let hypervisor = Hypervisor::with_networks(2);
        let (near, far) = duplex(client.room);
        let served = async { tokio::join!(hypervisor.serve(far), converse(near, &client)).1 };
        let answers = timeout(FOR_EVER, served).await.expect("the hypervisor lets go of a client");
        judge(&client, &answers);
        serves_others(&hypervisor).await;
    });
}

/// Sends all, and hears all that is answered.
async fn converse(stream: impl AsyncRead + AsyncWrite, client: &Client) -> Vec<Frame> {
    let (mut from, mut to) = split(stream);
    let send = async {
        for piece in client.sent.chunks(client.piece) {
            // The hypervisor may have had enough.
            if to.write_all(piece).await.is_err() {
                break;
            }
        }
        if client.lingers {
            sleep(Duration::from_secs(60)).await;
        }
        // It may have ended the connection already.
        let _ = to.shutdown().await;
    };
    let hear = async {
        sleep(client.deaf_for).await;
        let (mut reader, mut frames) = (FrameReader::default(), Vec::new());
        let mut bytes = BytesMut::with_capacity(4096);
        while matches!(from.read_buf(&mut bytes).await, Ok(count) if count > 0) {
            reader.buffer();
            reader.feed(&bytes.split());
            while let Some(frame) = reader.next_frame().expect("the hypervisor's frames are well formed") {
                frames.push(frame);
            }
        }
        assert!(!reader.is_within_a_frame() || client.was_cut(), "an answer is cut");
        frames
    };
    tokio::join!(send, hear).1
}

/// Each answer is to a call that was sent, and what its row declares.
fn judge(client: &Client, answers: &[Frame]) {
    let mut unanswered = client.calls.clone();
    for frame in answers.iter().filter(|frame| frame.header.r#type == MessageType::Reply) {
        let header = &frame.header;
        let call = (header.prog, header.proc, header.serial);
        if client.is_well_formed {
            let asked = unanswered.iter().position(|asked| *asked == call);
            unanswered.swap_remove(asked.unwrap_or_else(|| panic!("nobody asked {header:?}")));
        }
        match header.status {
            Status::Ok => {
                let row = remote::PROGRAM.procedure(header.proc).expect("no other is answered well");
                client.declared(row.number, &frame.payload);
            }
            _ => drop(xdr::from_bytes::<ErrorBody>(&frame.payload).expect("an error is well formed")),
        }
    }
}

async fn serves_others(hypervisor: &Hypervisor) {
    let (near, far) = duplex(64 * 1024);
    let ask = async {
        let connection = Options::new().open_over(near, "test:///default").await?;
        for state in connection.network_states().await? {
            for which in [Definition::Current, Definition::Inactive] {
                let Ok(text) = state.network.xml_desc(which).await else { continue };
                let read = xml::Element::parse(text.as_bytes()).expect("it is XML");
                let name = read.child_text("name").expect("a network has a name");
                assert_eq!(name.as_bytes(), state.network.name().as_bytes());
            }
            if state.is_active {
                drop(state.network.dhcp_leases(None).await?);
                drop(state.network.ports().await?);
            }
        }
        connection.close().await
    };
    let asked = async { tokio::join!(hypervisor.serve(far), ask).1 };
    let asked = timeout(FOR_EVER, asked).await.expect("others are served in time");
    asked.expect("others are served");
}
