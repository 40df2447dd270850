//! Decides whether this machine can run a lab, and what it means when it cannot. Starts nothing.

use super::daemons;
use super::rootfs::{self, Rootfs};
use std::io::Write;
use std::path::Path;

/// True if labs can run here. Where they cannot: a failed test if `VIRTWIRE_TEST_REAL=1` demands them, else a loud
/// word on stderr and false. No root of a suite is demanded, nor modular daemons, but by `VIRTWIRE_TEST_LIBVIRT`.
pub(super) fn open(programs: &[&str], rootfs: Option<&Rootfs>) -> bool {
    let without_root = || Some((rootfs?.missing()?, rootfs::wanted().is_some()));
    let without_programs = || Some((daemons::missing(programs)?, daemons::is_modular_wanted()));
    let missing = missing().map(|missing| (missing, true));
    let Some((missing, needed)) = missing.or_else(without_root).or_else(without_programs) else {
        return true;
    };
    let demanded = needed && std::env::var("VIRTWIRE_TEST_REAL").is_ok_and(|v| v == "1");
    assert!(!demanded, "VIRTWIRE_TEST_REAL=1, but no real libvirtd can be started here: {missing}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not eprintln!: the harness would swallow it, and a skipped test must not look like one that ran.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED {test}: needs a real libvirtd: {missing}\n");
    false
}

/// What a lab needs and this machine lacks.
fn missing() -> Option<String> {
    let own = std::fs::metadata("/proc/self").ok()?;
    if std::os::unix::fs::MetadataExt::uid(&own) != 0 {
        return Some("not root".to_owned());
    }
    let needed = ["libvirtd", "virsh", "ip", "unshare", "nsenter", "dnsmasq", "iptables-save"];
    if let Some(program) = needed.iter().find(|program| !in_path(program)) {
        return Some(format!("no program `{program}` in PATH"));
    }
    let folders = ["/var/lib/libvirt", "/etc/libvirt", "/var/log/libvirt", "/var/cache/libvirt"];
    let folder = folders.iter().find(|folder| !Path::new(folder).is_dir())?;
    Some(format!("no folder {folder}"))
}

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
