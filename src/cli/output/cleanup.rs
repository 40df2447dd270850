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
    match (cleanup.items.is_empty(), cleanup.apply) {
        (true, _) if is_well => Some("verdict: nothing was left behind".to_owned()),
        (true, _) => None,
        (false, false) => Some("# virtwire net-cleanup --apply runs these".to_owned()),
        (false, true) if is_well => Some("verdict: cleaned up, verified".to_owned()),
        (false, true) => Some("verdict: not all was removed".to_owned()),
    }
}
