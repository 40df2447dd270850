//! The dnsmasq processes that libvirt started in one network namespace, from `/proc`. Files that libvirt wrote for them
//! prove nothing: they stay behind.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::namespace::{Namespace, processes};
use super::{Dnsmasq, Look, Unseen, Whose};

/// libvirt's own command lines have some 200 bytes; the name of a network at most 255.
const COMMAND_MAX: u64 = 64 * 1024;

/// Where libvirt keeps the configurations of the processes that it starts: as packaged, and as built by hand.
const FOLDERS: [&str; 2] = ["/var/lib/libvirt/dnsmasq", "/usr/local/var/lib/libvirt/dnsmasq"];

/// The last number of users that are the system's own, and the number of the one that owns nothing.
const SYSTEM_USER_MAX: u32 = 999;
const NOBODY: u32 = 65534;

/// The processes of this namespace, by number.
pub(super) fn look(proc: &Path, whose: Whose) -> Look<Vec<Dnsmasq>> {
    let owner = match Namespace::of(proc, whose) {
        Err(reason) if reason.is_elsewhere() || reason == Unseen::NoProc => return Err(reason),
        owner => owner,
    };
    // The first process is always there, but not shown where a mount option hides the processes of others.
    if File::open(proc.join("1/cmdline")).is_err() {
        return Err(unseen());
    }
    let mut found = Vec::new();
    for (pid, process) in processes(proc)? {
        let Some((network, config)) = command(&process).as_deref().and_then(started_by_libvirt) else {
            continue;
        };
        if !is_privileged(&process) || !runs_dnsmasq(&process) {
            continue;
        }
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

/// Whether root started the process: it is root's, or one of the system's users has rights that only root can give. A
/// command line alone proves nothing: every user may write one.
fn is_privileged(process: &Path) -> bool {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let field =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
    let user: Option<u32> = field("Uid:").and_then(|user| user.parse().ok());
    let has_rights = field("CapEff:").is_some_and(|rights| rights.bytes().any(|digit| digit != b'0'));
    match user {
        Some(0) => true,
        Some(user) => has_rights && (user <= SYSTEM_USER_MAX || user == NOBODY),
        None => false,
    }
}

/// Whether its program is a dnsmasq. Only root may ask that of the processes of others; else its owner vouches for it.
fn runs_dnsmasq(process: &Path) -> bool {
    match fs::read_link(process.join("exe")) {
        // One that was replaced meanwhile ends in ` (deleted)`.
        Ok(program) => program.file_name().is_some_and(|name| name.to_string_lossy().starts_with("dnsmasq")),
        Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
    }
}

/// The network and its configuration, of a command line as libvirt writes it.
fn started_by_libvirt(command: &[u8]) -> Option<(String, PathBuf)> {
    let mut arguments = command.split(|byte| *byte == 0);
    let program = Path::new(OsStr::from_bytes(arguments.next()?)).file_name()?;
    let config = arguments.find_map(|option| option.strip_prefix(b"--conf-file="))?;
    let config = Path::new(OsStr::from_bytes(config));
    if program != "dnsmasq" || !FOLDERS.iter().any(|folder| config.parent() == Some(Path::new(folder))) {
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
            fs::write(process.join("status"), "Name:\tdnsmasq\nUid:\t0\t0\t0\t0\nCapEff:\t0000\n").unwrap();
            symlink("/usr/sbin/dnsmasq", process.join("exe")).unwrap();
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
        let odd = "dnsmasq\0--conf-file=/var/lib/libvirt/dnsmasq/a b\n--conf-file=c.conf";
        assert_eq!(network(odd).as_deref(), Some("a b\n--conf-file=c"));
        for other in [
            "",
            "\0",
            "dnsmasq\0-C\0/etc/dnsmasq.conf",
            "dnsmasq\0--conf-file=/etc/dnsmasq/default.conf",
            "dnsmasq\0--conf-file=/var/lib/libvirt/dnsmasq/default",
            "dnsmasq\0--conf-file=",
            "dnsmasq\0--conf-file=/home/joe/libvirt/dnsmasq/default.conf",
            "dnsmasq\0--conf-file=/var/lib/libvirt/dnsmasq/../x/default.conf",
            "dnsmasq-exporter\0--conf-file=/var/lib/libvirt/dnsmasq/default.conf",
            "vi\0--conf-file=/var/lib/libvirt/dnsmasq/default.conf",
        ] {
            assert_eq!(network(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_another_user_started_under_that_name_does_not_count() {
        let proc =
            proc_with("users", &[("1", "init\0", "net:[1]"), ("thread-self", "virtwire\0", "net:[1]")]);
        let all = [
            ("root", 0, "0000000000000000", "/usr/sbin/dnsmasq", true),
            ("libvirt-dnsmasq", 112, "0000000000003400", "/usr/sbin/dnsmasq", true),
            ("nobody", NOBODY, "0000000000003400", "/usr/sbin/dnsmasq", true),
            ("upgraded", 0, "0000000000000000", "/usr/sbin/dnsmasq (deleted)", true),
            ("system user without rights", 33, "0000000000000000", "/usr/sbin/dnsmasq", false),
            ("nobody without rights", NOBODY, "0000000000000000", "/usr/sbin/dnsmasq", false),
            ("person in a namespace of its own", 1000, "000001ffffffffff", "/usr/sbin/dnsmasq", false),
            ("root's shell", 0, "000001ffffffffff", "/usr/bin/dash", false),
        ];
        for (who, user, rights, program, is_believed) in all {
            let process = proc.join("7");
            fs::create_dir_all(process.join("ns")).unwrap();
            fs::write(process.join("cmdline"), LIBVIRTS).unwrap();
            let status = format!("Uid:\t{user}\t{user}\t{user}\t{user}\nCapEff:\t{rights}\n");
            fs::write(process.join("status"), status).unwrap();
            symlink(program, process.join("exe")).unwrap();
            symlink("net:[1]", process.join("ns/net")).unwrap();
            let seen = look(&proc, Whose::Ours).map(|found| found.len());
            fs::remove_dir_all(&process).unwrap();
            assert_eq!(seen, Ok(usize::from(is_believed)), "{who}");
        }
        fs::remove_dir_all(&proc).unwrap();
    }
}
