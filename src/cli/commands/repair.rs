//! What repairs a network, as lines for a shell that do what they say when they are followed literally.

use std::path::Path;

use virtwire::evidence::{Health, Inspection, Repair};

use super::undo;
use crate::cli::session::Session;

/// The lines, in the order in which they are to be followed.
pub(super) fn lines(session: &Session, inspection: &Inspection, is_offline: bool) -> Vec<String> {
    let known = &inspection.known;
    let command = |word| undo::command(session.uri(), word, &known.name, known.uuid);
    let mut lines = Vec::new();
    if inspection.judgement.health == Health::LeftBehind {
        // Removing what is left comes before all else. Asking a daemon might start it, and its networks.
        let offline = if is_offline { " --offline" } else { "" };
        let cleanup = command("net-cleanup");
        lines.push(format!("{cleanup}{offline} shows what removes it, and with --apply does it"));
    }
    lines.extend(inspection.judgement.repairs.iter().map(|repair| in_words(repair, session, inspection)));
    lines
}

fn in_words(repair: &Repair, session: &Session, inspection: &Inspection) -> String {
    let condition = inspection.known.told.condition();
    match repair {
        Repair::Reload => format!("systemctl reload {}", unit()),
        Repair::Restart => format!("systemctl restart {}", unit()),
        Repair::StopAndStart => {
            let is_persistent = condition.is_some_and(|condition| condition.is_persistent);
            stop_and_start(session, inspection, is_persistent)
        }
        Repair::SwitchOn(name) => format!("ip link set {name} up"),
        Repair::AddAddress(name, address) => format!("ip address add {address} dev {name}"),
        Repair::Forward(setting) => format!("sysctl -w {setting}=1"),
        Repair::MakeRoom(name) if inspection.known.told.is_active() => {
            format!("rename or remove {name} first: stopping the network would delete it")
        }
        Repair::MakeRoom(name) => format!("the network cannot start while {name} is there"),
        _ => "restart the daemon".to_owned(),
    }
}

/// A transient network's definition is nowhere but in the daemon, and goes when it stops: it is saved first.
fn stop_and_start(session: &Session, inspection: &Inspection, is_persistent: bool) -> String {
    let known = &inspection.known;
    let command = |word| undo::command(session.uri(), word, &known.name, known.uuid);
    if is_persistent {
        return format!("{} && {}", command("net-destroy"), command("net-start"));
    }
    let name = known.uuid.map(|uuid| undo::plain_name(&known.name, uuid)).unwrap_or_default();
    let file = format!("virtwire-{name}.xml");
    let create = undo::file_command(session.uri(), "net-create", &file);
    format!("{} > {file} && {} && {create}", command("net-dumpxml"), command("net-destroy"))
}

/// The service that keeps the networks of this host.
fn unit() -> &'static str {
    if Path::new("/run/libvirt/virtnetworkd-sock").exists() { "virtnetworkd" } else { "libvirtd" }
}
