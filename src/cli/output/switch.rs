//! What `net-disable` and `net-enable` print: for each network what was found and done, a verdict, and the command
//! that undoes it.

use super::document::Document;
use super::inspect::{self, aspects, branch, facts, guest_line, line};
use crate::cli::report::File;
use crate::cli::report::inspect::{Evidence, GuestTie};
use crate::cli::report::switch::{
    Attached, Goal, NetworkSwitch, Outcome, Step, SwitchStep, SwitchedNetwork, Verdict,
};

/// Guests that have a line each.
const GUESTS_MAX: usize = 16;

/// A block for each network; for several, a line that counts; last, the command that restores what was before.
pub(super) fn render(out: &mut Vec<u8>, switch: &NetworkSwitch, document: &Document) {
    let uri = document.uri.as_deref().unwrap_or_default();
    let place = inspect::on_host(switch.hostname.as_deref(), uri);
    for network in &switch.networks {
        block(out, network, switch, &place);
    }
    if switch.networks.len() != 1 {
        line(out, &summary(switch, uri));
    }
    if !switch.undo.is_empty() {
        line(out, "undo:");
        render_undo(out, switch);
    }
}

/// The commands that restore what was before, alone on their line: a shell can be given the line as it stands.
pub(super) fn render_undo(out: &mut Vec<u8>, switch: &NetworkSwitch) {
    if !switch.undo.is_empty() {
        line(out, &switch.undo.join("; "));
    }
}

/// What must not be lost where stdout is: which network is how, and what undoes it.
pub(super) fn lost(switch: &NetworkSwitch) -> Vec<u8> {
    let mut out = Vec::new();
    for network in &switch.networks {
        line(&mut out, &format!("{}: {}", network.given, verdict(network.verdict, goal_words(switch))));
    }
    if !switch.undo.is_empty() {
        line(&mut out, &format!("undo: {}", switch.undo.join("; ")));
    }
    out
}

fn block(out: &mut Vec<u8>, network: &SwitchedNetwork, switch: &NetworkSwitch, place: &str) {
    match &network.identity {
        Some(identity) => {
            out.extend_from_slice(identity.name.bytes());
            line(out, &format!(" ({:.8}) on {place}", identity.uuid));
        }
        None => line(out, &format!("{} on {place}", network.given)),
    }
    if switch.goal == Goal::Disabled {
        for guest in network.attached.iter().take(GUESTS_MAX) {
            branch(out, "attached", "guest", &attached(guest));
        }
        if let Some(more) = network.attached.len().checked_sub(GUESTS_MAX).filter(|more| *more > 0) {
            branch(out, "attached", "guest", &format!("{more} more"));
        }
        let is_told = network.evidence.is_some() && network.verdict != Verdict::Refused;
        if let Some(reason) = network.members_unseen.as_ref().filter(|_| !is_told) {
            line(out, &format!("  not seen  members of the bridge: {reason}"));
        }
    }
    for step in network.steps.iter().filter(|_| network.verdict != Verdict::Refused) {
        line(out, &step_line(step, network));
    }
    if let Some(evidence) = network.evidence.as_ref().filter(|_| network.verdict != Verdict::Refused) {
        on_host(out, evidence, network, switch);
    }
    for note in &network.notes {
        branch(out, "note", "", note);
    }
    let goal = format!("{}{}", goal_words(switch), proof(network));
    line(out, &format!("verdict: {}", verdict(network.verdict, &goal)));
}

/// What of the network is on its host now. Who is attached has been told.
fn on_host(out: &mut Vec<u8>, evidence: &Evidence, network: &SwitchedNetwork, switch: &NetworkSwitch) {
    facts(out, &evidence.findings);
    let is_disabled = switch.goal == Goal::Disabled && !matches!(network.verdict, Verdict::Failed);
    for guest in &evidence.guests {
        match guest.tie {
            GuestTie::CutOff => {}
            GuestTie::Needs if is_disabled => {}
            _ => continue,
        }
        guest_line(out, guest, !is_disabled);
    }
    for command in &evidence.repair {
        branch(out, "repair", "", command);
    }
}

/// Whether the host bears the verdict out.
fn proof(network: &SwitchedNetwork) -> String {
    let Some(evidence) = &network.evidence else { return String::new() };
    match network.verdict {
        Verdict::Done | Verdict::AlreadySo if evidence.verified => ", verified".to_owned(),
        Verdict::Done | Verdict::AlreadySo => {
            format!(", not verified: {}", evidence.unverified.join("; "))
        }
        Verdict::LeftBehind => format!(", but LEFT BEHIND: {}", aspects(evidence, "left")),
        Verdict::Degraded => format!(", but DEGRADED: it lacks {}", aspects(evidence, "missing")),
        _ => String::new(),
    }
}

/// A guest that is attached, in words.
pub(in crate::cli) fn attached(guest: &Attached) -> String {
    match guest {
        Attached::Port { uuid, guest: Some(name) } => format!("guest {name} (port {uuid})"),
        Attached::Port { uuid, guest: None } => format!("a guest that does not tell its name (port {uuid})"),
        Attached::Connections { count: 1 } => "1 connection, by the network's XML".to_owned(),
        Attached::Connections { count } => format!("{count} connections, by the network's XML"),
        Attached::BridgeMember { interface } => format!("interface {interface} (member of the bridge)"),
    }
}

fn step_line(step: &SwitchStep, network: &SwitchedNetwork) -> String {
    let done = match step.outcome {
        Outcome::AlreadySo => "already",
        Outcome::WouldBeDone => "would",
        Outcome::Done if step.step == Step::Save => "saved",
        Outcome::Done | Outcome::SeenDone => "changed",
        Outcome::Failed => "failed",
        Outcome::SeenNotDone => "not yet",
        Outcome::Unknown => "unknown",
        Outcome::NotTried => "not tried",
    };
    let is_change = step.outcome != Outcome::AlreadySo;
    let from_to = |from: &str, to: &str| {
        if is_change { format!("{from} -> {to}") } else { to.to_owned() }
    };
    let vanishes = network.before.is_some_and(|before| !before.persistent);
    let (what, change) = match step.step {
        Step::Save => {
            let file = step.file.as_ref().map(File::to_string).unwrap_or_default();
            let verb = match step.outcome {
                Outcome::Done => "in",
                Outcome::WouldBeDone => "be saved in",
                _ => "saved in",
            };
            ("xml", format!("{verb} {file}"))
        }
        Step::AutostartOn => ("autostart", from_to("no", "yes")),
        Step::AutostartOff => ("autostart", from_to("yes", "no")),
        Step::Start => ("state", from_to("inactive", "active")),
        Step::Stop if vanishes => ("state", from_to("active", "gone")),
        Step::Stop => ("state", from_to("active", "inactive")),
    };
    let remark = match step.outcome {
        Outcome::SeenDone => " (not answered, but seen so afterwards)",
        Outcome::SeenNotDone => " (not answered, and not so when looked at)",
        Outcome::Unknown => " (not answered, and could not be looked at)",
        _ => "",
    };
    format!("  {done:<10} {what:<10} {change}{remark}")
}

fn verdict(verdict: Verdict, goal: &str) -> String {
    match verdict {
        Verdict::AlreadySo => format!("already {goal}; nothing was changed"),
        Verdict::Done | Verdict::LeftBehind | Verdict::Degraded => goal.to_owned(),
        Verdict::WouldBeDone => format!("would be {goal}; nothing was changed"),
        Verdict::Refused => "refused; nothing was changed".to_owned(),
        Verdict::Failed => format!("failed: it is not {goal}"),
        Verdict::NotAsWanted => format!("every step was done, and yet it is not {goal}"),
        Verdict::Unread => "it could not be read; nothing was changed".to_owned(),
        Verdict::NotTried => "not tried; nothing was changed".to_owned(),
        Verdict::Unknown => format!("unknown: whether it is {goal} could not be looked at"),
        Verdict::Absent => "there is no such network; nothing was changed".to_owned(),
    }
}

fn goal_words(switch: &NetworkSwitch) -> &'static str {
    match switch.goal {
        Goal::Disabled => "disabled",
        Goal::Enabled if switch.autostart => "enabled",
        Goal::Enabled => "enabled until the next reboot",
    }
}

fn summary(switch: &NetworkSwitch, uri: &str) -> String {
    let goal = goal_words(switch);
    let counted = |verdicts: &[Verdict], text: &str| {
        let count = switch.networks.iter().filter(|network| verdicts.contains(&network.verdict)).count();
        (count > 0).then(|| format!("{count} {text}"))
    };
    let parts: Vec<String> = [
        counted(&[Verdict::Done], goal),
        counted(&[Verdict::AlreadySo], &format!("already {goal}")),
        counted(&[Verdict::WouldBeDone], &format!("would be {goal}")),
        counted(&[Verdict::Refused], "refused"),
        counted(&[Verdict::Failed], "failed"),
        counted(&[Verdict::Unread], "not read"),
        counted(&[Verdict::NotTried], "not tried"),
        counted(&[Verdict::NotAsWanted], &format!("not {goal}")),
        counted(&[Verdict::LeftBehind], &format!("{goal}, but left behind")),
        counted(&[Verdict::Degraded], &format!("{goal}, but degraded")),
        counted(&[Verdict::Unknown], "unknown"),
        counted(&[Verdict::Absent], "not there"),
    ]
    .into_iter()
    .flatten()
    .collect();
    match switch.networks.len() {
        0 => format!("0 networks: there is none on {uri}"),
        1 => format!("1 network: {}", parts.join(", ")),
        count => format!("{count} networks: {}", parts.join(", ")),
    }
}
