//! Whether what is seen here is what the daemon sees: the same network namespace.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Look, Unseen};

/// Whose network is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Whose {
    /// That of the process at the other end of a connection; `None` where that is no process of this host. See
    /// [`Connection::daemon`](crate::Connection::daemon).
    Daemon(Option<i32>),
    /// Our own: no daemon was asked.
    Ours,
}

/// A network namespace, as the link of a process names it: `net:[4026531840]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Namespace(PathBuf);

impl Namespace {
    /// That which is asked for.
    pub(super) fn of(proc: &Path, whose: Whose) -> Look<Self> {
        match whose {
            Whose::Ours => Self::of_process(proc, "thread-self"),
            // 0 is what the kernel says of a process that this one cannot see.
            Whose::Daemon(None | Some(..=0)) => Err(Unseen::NotThisHost),
            Whose::Daemon(Some(daemon)) => {
                if let Some(program) = program(proc, daemon).filter(|program| !may_answer(program)) {
                    return Err(Unseen::Relay { process: daemon, program });
                }
                match Self::of_process(proc, &daemon.to_string()) {
                    Err(Unseen::NoPermission { .. }) => {
                        Err(Unseen::NoPermission { what: "the daemon's network namespace".to_owned() })
                    }
                    seen => seen,
                }
            }
        }
    }

    /// That of a process: a number, or `thread-self`, as a thread may have entered another than its process.
    pub(super) fn of_process(proc: &Path, process: &str) -> Look<Self> {
        if !proc.join("self").exists() {
            return Err(Unseen::NoProc);
        }
        let link = proc.join(process).join("ns/net");
        fs::read_link(&link).map(Self).map_err(|error| Unseen::reading(&link, &error))
    }
}

/// The processes that are shown, each with its folder, by number.
pub(super) fn processes(proc: &Path) -> Look<Vec<(i32, PathBuf)>> {
    let unreadable = |error| Unseen::reading(proc, &error);
    let mut all = Vec::new();
    for entry in fs::read_dir(proc).map_err(unreadable)? {
        let folder = entry.map_err(unreadable)?.path();
        let pid = folder.file_name().and_then(|name| name.to_str()?.parse().ok());
        if let Some(pid) = pid {
            all.push((pid, folder));
        }
    }
    all.sort_unstable_by_key(|(pid, _)| *pid);
    Ok(all)
}

/// The program of a process; `None` if it ended, or is hidden.
pub(super) fn program(proc: &Path, process: i32) -> Option<String> {
    let name = fs::read(proc.join(process.to_string()).join("comm")).ok()?;
    Some(String::from_utf8_lossy(&name).trim_end().to_owned())
}

/// The service manager that listens for daemons of this host.
pub(super) const MANAGER: &str = "systemd";

/// Whether who listens under this name serves networks of this host: a libvirt daemon, also one that runs from where it
/// was built, or a service manager. Whatever else listens passes on what it is told, as `ssh` does.
fn may_answer(program: &str) -> bool {
    let is_daemon = |name: &str| name == "libvirtd" || (name.starts_with("virt") && name.ends_with('d'));
    program == MANAGER || is_daemon(program.strip_prefix("lt-").unwrap_or(program))
}

/// Says that ours is the namespace that is asked for, or why that is not so, or not known.
pub(super) fn same(proc: &Path, whose: Whose) -> Look<()> {
    let Whose::Daemon(daemon) = whose else { return Ok(()) };
    let is_same = Namespace::of(proc, whose)? == Namespace::of(proc, Whose::Ours)?;
    if is_same { Ok(()) } else { Err(Unseen::OtherNamespace { daemon: daemon.unwrap_or_default() }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn proc_with(name: &str, links: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("virtwire-namespace-{name}-{}", std::process::id()));
        for (process, target) in links {
            fs::create_dir_all(root.join(process).join("ns")).unwrap();
            symlink(target, root.join(process).join("ns/net")).unwrap();
        }
        root
    }

    #[test]
    fn only_an_equal_link_is_the_same_namespace() {
        let proc = proc_with(
            "links",
            &[("self", "net:[9]"), ("thread-self", "net:[1]"), ("7", "net:[1]"), ("8", "net:[2]")],
        );
        let seen = [7, 8, 9].map(|pid| same(&proc, Whose::Daemon(Some(pid))));
        fs::remove_dir_all(&proc).unwrap();
        let gone = Unseen::NotThere(proc.join("9/ns/net"));
        assert_eq!(seen, [Ok(()), Err(Unseen::OtherNamespace { daemon: 8 }), Err(gone)]);
    }

    #[test]
    fn what_answers_and_is_no_daemon_is_not_taken_for_one() {
        let proc = proc_with("relay", &[("self", "net:[1]"), ("thread-self", "net:[1]"), ("7", "net:[1]")]);
        let mut seen_of = |program: &str| {
            fs::write(proc.join("7/comm"), format!("{program}\n")).unwrap();
            same(&proc, Whose::Daemon(Some(7)))
        };
        let own = ["libvirtd", "virtqemud", "virtproxyd", "lt-libvirtd", "systemd"].map(&mut seen_of);
        let others = ["ssh", "socat", "libvirtd-proxy", "virtwire"].map(&mut seen_of);
        fs::remove_dir_all(&proc).unwrap();
        assert_eq!(own, [Ok(()), Ok(()), Ok(()), Ok(()), Ok(())]);
        let relay = |program: &str| Err(Unseen::Relay { process: 7, program: program.to_owned() });
        assert_eq!(others, ["ssh", "socat", "libvirtd-proxy", "virtwire"].map(relay));
    }

    #[test]
    fn a_daemon_that_is_no_process_of_this_host_is_not_looked_for() {
        let proc = Path::new("/proc");
        assert_eq!(same(proc, Whose::Daemon(None)), Err(Unseen::NotThisHost));
        assert_eq!(same(proc, Whose::Daemon(Some(0))), Err(Unseen::NotThisHost));
        assert_eq!(same(proc, Whose::Ours), Ok(()));
    }

    #[test]
    fn without_proc_nothing_is_known_of_namespaces() {
        assert_eq!(same(Path::new("/nowhere"), Whose::Daemon(Some(1))), Err(Unseen::NoProc));
    }
}
