//! The conversation that goes wrong: open, list, change, close. What came of each part is a value.

use virtwire::protocol::remote::Network;
use virtwire::protocol::remote::network::NetworkSetAutostart;
use virtwire::{Connection, ErrorKind};

use super::desk::Desk;
use super::lab::relay::From;
use super::proxy::{Fault, Seen};

/// Numbers of procedures.
pub(crate) const OPEN: u32 = 1;
pub(crate) const CLOSE: u32 = 2;
pub(crate) const LIST: u32 = 283;
pub(crate) const CHANGE: u32 = 48;

/// What became of a part; `None` where it was not come to.
pub(crate) type Part = Option<Result<(), ErrorKind>>;

/// What became of each part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) opened: Part,
    pub(crate) listed: Part,
    pub(crate) changed: Part,
    pub(crate) closed: Part,
}

/// All went well.
pub(crate) const WELL: Told =
    Told { opened: Some(Ok(())), listed: Some(Ok(())), changed: Some(Ok(())), closed: Some(Ok(())) };

/// Sets autostart of a place's network, which has none, through its proxy.
#[track_caller]
pub(crate) fn converse(desk: &Desk, fault: Fault) -> Told {
    desk.bring(false, false);
    let network = desk.truth();
    desk.proxy.suffer(fault);
    desk.run(async {
        let connection: Connection = match desk.options().open(&desk.proxy.uri()).await {
            Ok(connection) => connection,
            Err(error) => {
                return Told { opened: Some(Err(kind(&error))), listed: None, changed: None, closed: None };
            }
        };
        let listed = connection.network_states().await.map(drop);
        let net = Network { name: network.name().clone(), uuid: network.uuid() };
        let call = NetworkSetAutostart { net, autostart: 1 };
        let changed = connection.call(&call).await;
        let closed = connection.close().await;
        let part = |outcome: virtwire::Result<()>| Some(outcome.map_err(|error| kind(&error)));
        Told { opened: Some(Ok(())), listed: part(listed), changed: part(changed), closed: part(closed) }
    })
}

/// The kind of an error, which is not that the connection's own task panicked: that would look like a lost connection.
pub(crate) fn kind(error: &virtwire::Error) -> ErrorKind {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        assert!(!error.to_string().contains("panicked"), "{error}");
        cause = error.source();
    }
    error.kind()
}

/// How many frames of this procedure went on unharmed.
pub(crate) fn passed(seen: &[Seen], from: From, procedure: u32) -> usize {
    let is_one = |frame: &&Seen| frame.from == from && frame.procedure == procedure && frame.passed;
    seen.iter().filter(is_one).count()
}
