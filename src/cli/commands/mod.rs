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
mod order;
mod repair;
#[cfg(feature = "edit")]
mod revise;
mod selected;
#[cfg(feature = "testdaemon")]
mod testd;
pub(super) mod undo;
mod version;
mod xml_file;

use std::pin::Pin;

use virtwire::Network;

use super::args::Command;
#[cfg(feature = "page")]
use super::args::NetInspect;
use super::failure::Failure;
use super::output::Teller;
use super::output::document::Outcome;
use super::report::{Change, NetworkChange, Report};
use super::session::Session;

/// A command at work. Each is compiled by itself: as one function with all the others, each would be larger.
type Work<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// Does what the command says.
#[cfg_attr(not(feature = "net-event"), allow(unused_variables, reason = "no other command tells anything"))]
pub(crate) fn run<'a>(session: &'a Session, command: &'a Command, teller: &'a Teller<'_>) -> Work<'a> {
    match command {
        Command::NetList(args) => Box::pin(net_list::run(session, args)),
        Command::NetInfo(args) => reporting(net_info::run(session, args)),
        Command::NetDumpxml(args) => reporting(net_dumpxml::run(session, args)),
        Command::NetName(args) => reporting(net_name::run(session, args)),
        Command::NetUuid(args) => reporting(net_uuid::run(session, args)),
        Command::NetStart(args) => reporting(net_start::run(session, args)),
        Command::NetCreate(args) => reporting(net_create::run(session, args)),
        Command::NetDefine(args) => reporting(net_define::run(session, args)),
        #[cfg(feature = "net-event")]
        Command::NetEvent(args) => Box::pin(net_event::run(session, args, teller)),
        #[cfg(feature = "edit")]
        Command::NetEdit(args) => reporting(net_edit::run(session, args)),
        Command::NetDestroy(args) => reporting(net_destroy::run(session, args)),
        Command::NetUndefine(args) => reporting(net_undefine::run(session, args)),
        Command::NetAutostart(args) => reporting(net_autostart::run(session, args)),
        Command::NetUpdate(args) => reporting(net_update::run(session, args)),
        #[cfg(feature = "annotations")]
        Command::NetDesc(args) => reporting(net_desc::run(session, args)),
        #[cfg(feature = "annotations")]
        Command::NetMetadata(args) => reporting(net_metadata::run(session, args)),
        Command::NetDhcpLeases(args) => reporting(net_dhcp_leases::run(session, args)),
        #[cfg(feature = "net-port")]
        Command::NetPortList(args) => reporting(net_port::list(session, args)),
        #[cfg(feature = "net-port")]
        Command::NetPortCreate(args) => reporting(net_port::create(session, args)),
        #[cfg(feature = "net-port")]
        Command::NetPortDumpxml(args) => reporting(net_port::dump(session, args)),
        #[cfg(feature = "net-port")]
        Command::NetPortDelete(args) => reporting(net_port::delete(session, args)),
        Command::NetDisable(args) => Box::pin(net_switch::disable(session, args)),
        Command::NetEnable(args) => Box::pin(net_switch::enable(session, args)),
        Command::NetInspect(args) => Box::pin(net_inspect::run(session, args)),
        Command::NetCleanup(args) => Box::pin(net_cleanup::run(session, args)),
        // What the page shows of a host.
        #[cfg(feature = "page")]
        Command::Report(_) => Box::pin(async { net_inspect::run(session, &NetInspect::ALL).await }),
        Command::Version => Box::pin(version::run(session)),
        #[cfg(feature = "ssh")]
        Command::Look => Box::pin(look::run()),
        #[cfg(feature = "completions")]
        Command::Completions(args) => Box::pin(async { completions::run(args) }),
        #[cfg(feature = "man")]
        Command::Man(args) => Box::pin(async { man::run(args).into() }),
        #[cfg(feature = "testdaemon")]
        Command::Testd(args) => Box::pin(testd::run(args)),
    }
}

fn reporting<'a>(work: impl Future<Output = Result<Report, Failure>> + 'a) -> Work<'a> {
    let work: Pin<Box<dyn Future<Output = Result<Report, Failure>> + 'a>> = Box::pin(work);
    Box::pin(async { work.await.into() })
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
