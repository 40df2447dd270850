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
