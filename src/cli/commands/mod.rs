//! One file a command: it makes the calls and hands back a value. None prints anything.

#[cfg(feature = "completions")]
mod completions;
pub(super) mod judge;
mod leftovers;
#[cfg(feature = "ssh")]
mod look;
mod lookup;
#[cfg(feature = "man")]
mod man;
mod net_autostart;
mod net_cleanup;
mod net_create;
mod net_define;
#[cfg(feature = "annotations")]
mod net_desc;
mod net_destroy;
mod net_dhcp_leases;
mod net_dumpxml;
#[cfg(feature = "edit")]
mod net_edit;
#[cfg(feature = "net-event")]
mod net_event;
mod net_info;
mod net_inspect;
mod net_list;
#[cfg(feature = "annotations")]
mod net_metadata;
mod net_name;
#[cfg(feature = "net-port")]
mod net_port;
mod net_start;
mod net_switch;
mod net_undefine;
pub(super) mod net_update;
mod net_uuid;
mod repair;
#[cfg(feature = "edit")]
mod revise;
mod selected;
#[cfg(feature = "testdaemon")]
mod testd;
pub(super) mod undo;
mod version;
mod xml_file;

use virtwire::Network;

use super::args::Command;
#[cfg(feature = "page")]
use super::args::NetInspect;
use super::output::Teller;
use super::output::document::Outcome;
use super::report::{Change, NetworkChange, Report};
use super::session::Session;

/// Does what the command says.
#[cfg_attr(not(feature = "net-event"), allow(unused_variables, reason = "no other command tells anything"))]
pub(crate) async fn run(session: &Session, command: &Command, teller: &Teller<'_>) -> Outcome {
    match command {
        Command::NetList(args) => net_list::run(session, args).await,
        Command::NetInfo(args) => net_info::run(session, args).await.into(),
        Command::NetDumpxml(args) => net_dumpxml::run(session, args).await.into(),
        Command::NetName(args) => net_name::run(session, args).await.into(),
        Command::NetUuid(args) => net_uuid::run(session, args).await.into(),
        Command::NetStart(args) => net_start::run(session, args).await.into(),
        Command::NetCreate(args) => net_create::run(session, args).await.into(),
        Command::NetDefine(args) => net_define::run(session, args).await.into(),
        #[cfg(feature = "net-event")]
        Command::NetEvent(args) => net_event::run(session, args, teller).await,
        #[cfg(feature = "edit")]
        Command::NetEdit(args) => net_edit::run(session, args).await.into(),
        Command::NetDestroy(args) => net_destroy::run(session, args).await.into(),
        Command::NetUndefine(args) => net_undefine::run(session, args).await.into(),
        Command::NetAutostart(args) => net_autostart::run(session, args).await.into(),
        Command::NetUpdate(args) => net_update::run(session, args).await.into(),
        #[cfg(feature = "annotations")]
        Command::NetDesc(args) => net_desc::run(session, args).await.into(),
        #[cfg(feature = "annotations")]
        Command::NetMetadata(args) => net_metadata::run(session, args).await.into(),
        Command::NetDhcpLeases(args) => net_dhcp_leases::run(session, args).await.into(),
        #[cfg(feature = "net-port")]
        Command::NetPortList(args) => net_port::list(session, args).await.into(),
        #[cfg(feature = "net-port")]
        Command::NetPortCreate(args) => net_port::create(session, args).await.into(),
        #[cfg(feature = "net-port")]
        Command::NetPortDumpxml(args) => net_port::dump(session, args).await.into(),
        #[cfg(feature = "net-port")]
        Command::NetPortDelete(args) => net_port::delete(session, args).await.into(),
        Command::NetDisable(args) => net_switch::disable(session, args).await,
        Command::NetEnable(args) => net_switch::enable(session, args).await,
        Command::NetInspect(args) => net_inspect::run(session, args).await,
        Command::NetCleanup(args) => net_cleanup::run(session, args).await,
        // What the page shows of a host.
        #[cfg(feature = "page")]
        Command::Report(_) => net_inspect::run(session, &NetInspect::ALL).await,
        Command::Version => version::run(session).await,
        #[cfg(feature = "ssh")]
        Command::Look => look::run().await,
        #[cfg(feature = "completions")]
        Command::Completions(args) => completions::run(args),
        #[cfg(feature = "man")]
        Command::Man(args) => man::run(args).into(),
        #[cfg(feature = "testdaemon")]
        Command::Testd(args) => testd::run(args).await,
    }
}

/// What was done to a network that was given by name or UUID.
fn changed(change: Change, network: &Network, given: &str) -> Report {
    Report::NetworkChange(NetworkChange {
        change,
        identity: network.into(),
        given: Some(given.to_owned()),
        file: None,
    })
}
