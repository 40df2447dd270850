//! The dnsmasq processes that libvirt started in one network namespace, from `/proc`. Files that libvirt wrote for them
//! prove nothing: they stay behind.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::namespace::Namespace;
use super::{Dnsmasq, Look, Unseen, Whose};

/// libvirt's own command lines have some 200 bytes; the name of a network at most 255.
const COMMAND_MAX: u64 = 64 * 1024;

/// The processes of this namespace, by number.
pub(super) fn look(proc: &Path, whose: Whose) -> Look<Vec<Dnsmasq>> {
    let owner = match Namespace::of(proc, whose) {
        Err(reason @ (Unseen::NotThisHost | Unseen::NoProc)) => return Err(reason),
        owner => owner,
    };
    // The first process is always there, but not shown where a mount option hides the processes of others.
    if File::open(proc.join("1/cmdline")).is_err() {
        return Err(unseen());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(proc).map_err(|error| Unseen::reading(proc, &error))? {
        let entry = entry.map_err(|error| Unseen::reading(proc, &error))?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let Some((network, config)) = command(&entry.path()).as_deref().and_then(started_by_libvirt) else {
            continue;
        };
        match Namespace::of_process(proc, &pid.to_string()) {
            // Where there is none of libvirt's at all, it does not matter that the owner is not known.
            Ok(theirs) if theirs == *owner.as_ref().map_err(Clone::clone)? => {
                found.push(Dnsmasq { pid, network, config });
            }
            // Another's, or it ended meanwhile.
            Ok(_) | Err(Unseen::NotThere(_)) => {}
            Err(Unseen::NoPermission { .. }) => return Err(unseen()),
            Err(reason) => return Err(reason),
        }
    }
    found.sort_by_key(|process: &Dnsmasq| process.pid);
    Ok(found)
}

fn unseen() -> Unseen {
    Unseen::NoPermission { what: "which network namespace dnsmasq is in".to_owned() }
}

/// The command line of a process; `None` if it ended meanwhile.
fn command(process: &Path) -> Option<Vec<u8>> {
    let mut command = Vec::new();
    File::open(process.join("cmdline")).ok()?.take(COMMAND_MAX).read_to_end(&mut command).ok()?;
    Some(command)
}

/// The network and its configuration, of a command line as libvirt writes it.
fn started_by_libvirt(command: &[u8]) -> Option<(String, PathBuf)> {
    let mut arguments = command.split(|byte| *byte == 0);
    let program = Path::new(OsStr::from_bytes(arguments.next()?)).file_name()?;
    let options: Vec<_> = arguments.collect();
    let option = |name: &[u8]| options.iter().find_map(|option| option.strip_prefix(name));
    let config = Path::new(OsStr::from_bytes(option(b"--conf-file=")?));
    // A user's own daemon keeps its files elsewhere, but calls the same helper.
    let has_helper = option(b"--dhcp-script=").is_some_and(|path| path.ends_with(b"/libvirt_leaseshelper"));
    let is_libvirts = has_helper || config.parent().is_some_and(|folder| folder.ends_with("libvirt/dnsmasq"));
    if !is_libvirts || !program.as_bytes().starts_with(b"dnsmasq") {
        return None;
    }
    // The name of a network may have dots of its own.
    let network = config.file_name()?.as_bytes().strip_suffix(b".conf")?;
    Some((String::from_utf8_lossy(network).into_owned(), config.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    const LIBVIRTS: &str = "/usr/sbin/dnsmasq\0--conf-file=/var/lib/libvirt/dnsmasq/default.conf\0--leasefile-ro\0\
        --dhcp-script=/usr/lib/libvirt/libvirt_leaseshelper\0";

    /// Processes with their command lines and network namespaces, `thread-self` among them.
    fn proc_with(name: &str, processes: &[(&str, &str, &str)]) -> PathBuf {
        let proc = std::env::temp_dir().join(format!("virtwire-dnsmasq-{name}-{}", std::process::id()));
        fs::create_dir_all(proc.join("self")).unwrap();
        for (process, command, namespace) in processes {
            let process = proc.join(process);
            fs::create_dir_all(process.join("ns")).unwrap();
            fs::write(process.join("cmdline"), command).unwrap();
            symlink(namespace, process.join("ns/net")).unwrap();
        }
        proc
    }

    fn network(command: &str) -> Option<String> {
        started_by_libvirt(command.as_bytes()).map(|(network, _)| network)
    }

    #[test]
    fn processes_of_the_daemons_namespace_are_told_from_those_with_the_same_command_line() {
        let processes = [
            ("thread-self", "virtwire\0", "net:[1]"),
            ("1", "init\0", "net:[1]"),
            ("30", LIBVIRTS, "net:[1]"),
            ("7", LIBVIRTS, "net:[1]"),
            ("8", LIBVIRTS, "net:[2]"),
            ("9", "", "net:[1]"),
        ];
        let proc = proc_with("two", &processes);
        let pids =
            |whose| look(&proc, whose).map(|found| found.iter().map(|one| one.pid).collect::<Vec<_>>());
        let (ours, theirs, none) =
            (pids(Whose::Ours), pids(Whose::Daemon(Some(8))), pids(Whose::Daemon(Some(1))));
        fs::remove_dir_all(&proc).unwrap();
        assert_eq!((ours, theirs, none), (Ok(vec![7, 30]), Ok(vec![8]), Ok(vec![7, 30])));
    }

    #[test]
    fn where_a_daemon_is_gone_its_processes_are_not_known_unless_there_are_none() {
        let proc = proc_with("gone", &[("1", "init\0", "net:[1]"), ("7", LIBVIRTS, "net:[1]")]);
        let some = look(&proc, Whose::Daemon(Some(99)));
        fs::remove_dir_all(proc.join("7")).unwrap();
        let none = look(&proc, Whose::Daemon(Some(99)));
        fs::remove_dir_all(&proc).unwrap();
        assert_eq!((some, none), (Err(Unseen::NotThere(proc.join("99/ns/net"))), Ok(Vec::new())));
    }

    #[test]
    fn where_processes_are_hidden_or_absent_nothing_is_said() {
        let proc = proc_with("hidden", &[("thread-self", "virtwire\0", "net:[1]")]);
        let hidden = look(&proc, Whose::Ours);
        fs::remove_dir_all(&proc).unwrap();
        assert_eq!(hidden, Err(unseen()));
        assert_eq!(look(&proc, Whose::Ours), Err(Unseen::NoProc));
    }

    #[test]
    fn only_libvirts_own_command_lines_count() {
        assert_eq!(network(LIBVIRTS).as_deref(), Some("default"));
        let helper = "--dhcp-script=/usr/libexec/libvirt_leaseshelper";
        let session = format!("dnsmasq\0--conf-file=/run/user/1000/libvirt/dnsmasq/lib/a.b.conf\0{helper}");
        assert_eq!(network(&session).as_deref(), Some("a.b"));
        let odd = "dnsmasq\0--conf-file=/var/lib/libvirt/dnsmasq/a b\n--conf-file=c.conf";
        assert_eq!(network(odd).as_deref(), Some("a b\n--conf-file=c"));
        for other in [
            "",
            "\0",
            "dnsmasq\0-C\0/etc/dnsmasq.conf",
            "dnsmasq\0--conf-file=/etc/dnsmasq/default.conf",
            "dnsmasq\0--conf-file=/var/lib/libvirt/dnsmasq/default",
            "dnsmasq\0--conf-file=",
            "vi\0--conf-file=/var/lib/libvirt/dnsmasq/default.conf",
        ] {
            assert_eq!(network(other), None, "{other:?}");
        }
    }
}
