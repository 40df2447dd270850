//! The libvirt daemons that run in our network namespace, from `/proc`. Asks none of them anything.

use std::borrow::Cow;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::namespace::{self, MANAGER, Namespace};
use super::{Look, PROC, Unseen, Whose, apart};

/// The daemons that keep networks, or have them kept by another.
const PROGRAMS: [&str; 5] = ["libvirtd", "virtnetworkd", "virtqemud", "virtlxcd", "virtxend"];

/// Those of them that keep networks themselves.
const KEEPERS: [&str; 2] = ["libvirtd", "virtnetworkd"];

/// The namespace in which all processes are seen. Its number is the same on every Linux.
const ALL_PROCESSES: &str = "pid:[4026531836]";

/// A libvirt daemon of root's. One of another user's own makes no networks of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Daemon {
    /// The process.
    pub pid: i32,
    /// Its program, such as `libvirtd`.
    pub program: Cow<'static, str>,
}

impl Daemon {
    /// Looks for those in our network namespace, by number.
    ///
    /// # Errors
    /// [`Unseen`] says why they are not known, as for users who are not root, and in containers, which may share the
    /// host's network and not see its processes.
    pub async fn all() -> Look<Vec<Self>> {
        apart(|| look(Path::new(PROC), 0)).await
    }

    /// The process that answers where `process` listens: of what the service manager listens for, the only daemon that
    /// keeps networks.
    pub(crate) fn answering(process: Option<i32>, daemons: &Look<Vec<Self>>) -> Option<i32> {
        let is_manager = namespace::program(Path::new(PROC), process?).is_some_and(|name| name == MANAGER);
        let mut keepers = daemons.iter().flatten().filter(|daemon| daemon.keeps_networks());
        match (is_manager, keepers.next(), keepers.next()) {
            (true, Some(only), None) => Some(only.pid),
            _ => process,
        }
    }

    /// Whether it keeps networks itself.
    #[must_use]
    pub fn keeps_networks(&self) -> bool {
        KEEPERS.contains(&self.program.as_ref())
    }
}

impl std::fmt::Display for Daemon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (PID {})", self.program, self.pid)
    }
}

/// The daemons of one user.
fn look(proc: &Path, owner: u32) -> Look<Vec<Daemon>> {
    let ours = Namespace::of(proc, Whose::Ours)?;
    let hidden = || Unseen::NoPermission { what: "which libvirt daemons run".to_owned() };
    // The first process is always there, but not shown where a mount option hides the processes of others.
    if !proc.join("1/comm").exists() {
        return Err(hidden());
    }
    let processes = proc.join("thread-self/ns/pid");
    let processes = fs::read_link(&processes).map_err(|error| Unseen::reading(&processes, &error))?;
    // A network namespace other than the container's own was made in it, and who uses it is seen.
    let may_be_shared = || Namespace::of_process(proc, "1").map_or(true, |containers| containers == ours);
    if processes != Path::new(ALL_PROCESSES) && may_be_shared() {
        return Err(Unseen::Contained);
    }
    let mut found: Vec<(i32, Daemon)> = Vec::new();
    for (pid, process) in namespace::processes(proc)? {
        let Some((parent, program)) = daemon(&process, owner) else { continue };
        match Namespace::of_process(proc, &pid.to_string()) {
            Ok(theirs) if theirs == ours => found.push((parent, Daemon { pid, program: program.into() })),
            // Another's, or it ended meanwhile.
            Ok(_) | Err(Unseen::NotThere(_)) => {}
            Err(Unseen::NoPermission { .. }) => return Err(hidden()),
            Err(reason) => return Err(reason),
        }
    }
    let pids: Vec<i32> = found.iter().map(|(_, daemon)| daemon.pid).collect();
    // A daemon's child is the daemon still, until it becomes the tool that it was made for.
    let is_child = |parent: &i32| pids.contains(parent);
    Ok(found.into_iter().filter(|(parent, _)| !is_child(parent)).map(|(_, daemon)| daemon).collect())
}

/// Parent and program of a process, where it is a daemon of this user's.
fn daemon(process: &Path, owner: u32) -> Option<(i32, &'static str)> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    // The name stands in parentheses, and may have some of its own.
    let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
    let program = PROGRAMS.into_iter().find(|program| *program == name)?;
    let mut rest = rest.split_ascii_whitespace();
    let (state, parent) = (rest.next()?, rest.next()?.parse().ok()?);
    let is_alive = !matches!(state, "Z" | "X");
    let is_owners = fs::metadata(process).ok()?.uid() == owner;
    (is_alive && is_owners).then_some((parent, program))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    /// Processes: number, name, state, parent, network namespace.
    fn proc_with(name: &str, processes: &[(&str, &str, &str, i32, &str)]) -> PathBuf {
        let proc = std::env::temp_dir().join(format!("virtwire-daemons-{name}-{}", std::process::id()));
        fs::create_dir_all(proc.join("self")).unwrap();
        for (pid, name, state, parent, namespace) in processes {
            let process = proc.join(pid);
            fs::create_dir_all(process.join("ns")).unwrap();
            fs::write(process.join("comm"), name).unwrap();
            fs::write(process.join("stat"), format!("{pid} ({name}) {state} {parent} 1 1")).unwrap();
            symlink(namespace, process.join("ns/net")).unwrap();
        }
        symlink(ALL_PROCESSES, proc.join("thread-self/ns/pid")).unwrap();
        proc
    }

    fn owner(proc: &Path) -> u32 {
        fs::metadata(proc).unwrap().uid()
    }

    #[test]
    fn daemons_of_our_network_namespace_are_found_and_no_others() {
        let proc = proc_with(
            "several",
            &[
                ("thread-self", "virtwire", "R", 1, "net:[1]"),
                ("1", "init", "S", 0, "net:[1]"),
                ("40", "virtqemud", "S", 1, "net:[1]"),
                ("30", "libvirtd", "T", 1, "net:[1]"),
                ("31", "libvirtd", "R", 30, "net:[1]"),
                ("50", "libvirtd", "S", 1, "net:[2]"),
                ("60", "libvirtd", "Z", 1, "net:[1]"),
                ("70", "libvirtd-x", "S", 1, "net:[1]"),
            ],
        );
        let (own, others) = (look(&proc, owner(&proc)), look(&proc, owner(&proc) + 1));
        fs::remove_dir_all(&proc).unwrap();
        let own = own.unwrap();
        let said: Vec<String> = own.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["libvirtd (PID 30)", "virtqemud (PID 40)"]);
        assert_eq!(own.iter().map(Daemon::keeps_networks).collect::<Vec<_>>(), [true, false]);
        assert_eq!(others, Ok(Vec::new()));
    }

    #[test]
    fn in_a_container_it_is_not_known_which_daemons_the_host_runs() {
        let processes = [("thread-self", "virtwire", "R", 1, "net:[1]"), ("1", "init", "S", 0, "net:[1]")];
        let proc = proc_with("contained", &processes);
        let seen = look(&proc, owner(&proc));
        fs::remove_file(proc.join("thread-self/ns/pid")).unwrap();
        symlink("pid:[4026532210]", proc.join("thread-self/ns/pid")).unwrap();
        let contained = look(&proc, owner(&proc));
        fs::remove_file(proc.join("thread-self/ns/net")).unwrap();
        symlink("net:[2]", proc.join("thread-self/ns/net")).unwrap();
        let apart = look(&proc, owner(&proc));
        fs::remove_dir_all(&proc).unwrap();
        assert_eq!((seen, contained, apart), (Ok(Vec::new()), Err(Unseen::Contained), Ok(Vec::new())));
    }

    #[test]
    fn where_processes_are_hidden_or_absent_nothing_is_said() {
        let proc = proc_with("hidden", &[("thread-self", "virtwire", "R", 1, "net:[1]")]);
        let hidden = look(&proc, owner(&proc));
        fs::remove_dir_all(&proc).unwrap();
        assert!(matches!(hidden, Err(Unseen::NoPermission { .. })), "{hidden:?}");
        assert_eq!(look(&proc, 0), Err(Unseen::NoProc));
    }
}
