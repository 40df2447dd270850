//! What `net-cleanup` prints: the commands, and what became of them.

use super::document::Document;
use super::inspect::branch;
use crate::cli::report::cleanup::{CleanupItem, ItemOutcome, NetworkCleanup};
use crate::cli::status::Status;

/// Without `--apply`, a script: commands to run, and whose they are as comments. With it, a line for each item.
pub(super) fn render(out: &mut Vec<u8>, cleanup: &NetworkCleanup, document: &Document) {
    let mut network = None;
    for item in &cleanup.items {
        if network != Some(&item.network) {
            heading(out, item, cleanup);
            network = Some(&item.network);
        }
        if cleanup.apply {
            let reason = item.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            branch(out, word(item.outcome), item.kind.as_str(), &format!("{}{reason}", item.command));
        } else {
            line(out, &item.command);
        }
    }
    if !cleanup.apply && !cleanup.members.is_empty() {
        line(out, &format!("# this would cut off {}", cleanup.members.join(", ")));
    }
    if let Some(verdict) = verdict(cleanup, document) {
        line(out, &verdict);
    }
}

fn line(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}

fn heading(out: &mut Vec<u8>, item: &CleanupItem, cleanup: &NetworkCleanup) {
    let whose = match &item.network {
        Some(name) => format!("left behind by {name}"),
        None => "left behind by networks that nobody knows".to_owned(),
    };
    let on = cleanup.hostname.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
    let mark = if cleanup.apply { "" } else { "# " };
    line(out, &format!("{mark}{whose}{on}"));
}

fn word(outcome: ItemOutcome) -> &'static str {
    match outcome {
        ItemOutcome::WouldBeDone => "would",
        ItemOutcome::Done => "removed",
        ItemOutcome::WasGone => "gone",
        ItemOutcome::LeftAlone => "left",
        ItemOutcome::Failed => "failed",
    }
}

fn verdict(cleanup: &NetworkCleanup, document: &Document) -> Option<String> {
    let is_well = document.status() == Status::Done;
    let reasons = cleanup.unseen.join("; ");
    let is_verified = reasons.is_empty();
    let is_done = |item: &CleanupItem| item.outcome == ItemOutcome::Done;
    let said = match (cleanup.items.is_empty(), cleanup.apply) {
        (true, _) if is_well && is_verified => "verdict: nothing was left behind".to_owned(),
        (true, _) if is_well => {
            format!("verdict: nothing was seen to be left behind, not verified: {reasons}")
        }
        (true, _) => return None,
        (false, false) if document.status() == Status::LeftBehind => {
            let more = if is_verified { String::new() } else { format!("\n# there may be more: {reasons}") };
            let allowed = if cleanup.members.is_empty() { "" } else { " --allow-attached" };
            format!("# virtwire net-cleanup --apply{allowed} runs these{more}")
        }
        (false, false) => return None,
        (false, true) if is_well && is_verified => "verdict: cleaned up, verified".to_owned(),
        (false, true) if is_well => format!("verdict: cleaned up, not verified: {reasons}"),
        (false, true) if cleanup.items.iter().any(is_done) => "verdict: not all was removed".to_owned(),
        (false, true) => "verdict: nothing was removed".to_owned(),
    };
    Some(said)
}
