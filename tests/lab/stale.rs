//! Names of labs, which say who owns them, so that what a killed run left behind can be told from what a parallel
//! run still uses. Must not remove a lab whose owner lives.

use super::run::{DEADLINE, run};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

const PREFIX: &str = "vwlab";

/// A name that no other lab on this machine has, and its folder (which is not made yet).
pub(super) fn new_name() -> (String, PathBuf) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let pid = std::process::id();
    let start = start_time(pid).expect("this process runs");
    let name = format!("{PREFIX}-{pid}-{start}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let dir = std::env::temp_dir().join(&name);
    (name, dir)
}

/// Removes, once in this process, the labs whose owners are dead.
pub(super) fn sweep_once() {
    static SWEPT: Once = Once::new();
    SWEPT.call_once(|| {
        let names: BTreeSet<_> = [std::env::temp_dir(), PathBuf::from("/run/netns")]
            .iter()
            .flat_map(|folder| entries(folder))
            .filter(|name| is_stale(name))
            .collect();
        for name in names {
            let dir = std::env::temp_dir().join(&name);
            run(Command::new("sh").args([super::namespaces::KEEPER, "down", &name]).arg(dir), DEADLINE);
        }
    });
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Is this the name of a lab, and is the process that owned it gone? A pid used again has another start time.
fn is_stale(name: &str) -> bool {
    let parts: Vec<_> = name.split('-').collect();
    let [PREFIX, pid, start, _] = parts.as_slice() else {
        return false;
    };
    let Ok(pid) = pid.parse() else { return false };
    start_time(pid).as_deref() != Some(*start)
}

/// When a process started, in clock ticks since boot (field 22 of its stat, counted behind the name in brackets).
fn start_time(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(19).map(str::to_owned)
}
