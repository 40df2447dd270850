//! Where certificates are looked for: the user's folder, and the host's.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use crate::lab::run::{DEADLINE, Output, run};
use crate::lab::{Lab, virtwire_path};
use crate::{both_list, daemon, pki, said};

/// Somebody who is not root.
const USER: u32 = 65534;

/// virtwire, inside the lab, run by somebody whose home is this.
pub(crate) fn as_user(lab: &Lab, home: &Path, uri: &str) -> Output {
    // The program may lie where only root can go. Another process copies it: what a thread of this one starts meanwhile would
    // hold the copy open for writing, and then nobody may run it.
    let program = lab.dir().join("virtwire");
    run(Command::new("cp").arg(virtwire_path()).arg(&program), DEADLINE).expect_ok();
    program_as_user(lab, &program.display().to_string(), home, uri)
}

fn program_as_user(lab: &Lab, program: &str, home: &Path, uri: &str) -> Output {
    let mut command = lab.client_inside("setpriv");
    command.args([format!("--reuid={USER}"), format!("--regid={USER}")]).args(["--clear-groups", "env"]);
    command.arg(format!("HOME={}", home.display())).args([program, "-c", uri, "net-list", "--all"]);
    run(&mut command, DEADLINE)
}

#[test]
fn a_users_own_certificates_are_found_in_the_home() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let Some(lab) = daemon(&ca, &server).start() else { return };
    let home = lab.dir().join("home");
    let folder = home.join(".pki/libvirt");
    fs::create_dir_all(&folder).expect("the folder is ours");
    pki::fill(&folder, &ca, Some(&me));
    for name in ["cacert.pem", "clientcert.pem", "clientkey.pem"] {
        chown(folder.join(name), Some(USER), None).expect("root gives it away");
    }
    let uri = "qemu+tls://localhost/system";
    let ours = as_user(&lab, &home, uri).expect_ok();
    assert_eq!(ours.err(), "");
    assert_eq!(ours.out(), program_as_user(&lab, "virsh", &home, uri).expect_ok().out());

    // Without a certificate there, the host's would be it, and there is none; the CA's is still found.
    fs::remove_file(folder.join("clientcert.pem")).expect("it is there");
    let (code, why) = said(&as_user(&lab, &home, uri));
    assert_eq!(code, Some(5), "{why}");
    assert!(why.contains("/etc/pki/libvirt/clientcert.pem: No such file or directory"), "{why}");
    let (code, why) = said(&as_user(&lab, Path::new("/nonexistent"), uri));
    assert_eq!(code, Some(2), "{why}");
    assert!(
        why.starts_with("the CA certificate /etc/pki/CA/cacert.pem cannot be read: No such file"),
        "{why}"
    );
}

/// The host's own folder must not be touched: it is there in the lab alone, below an /etc that is a copy.
#[test]
fn the_hosts_certificates_are_found_by_root_and_by_users_who_have_none() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let Some(lab) = daemon(&ca, &server).start() else { return };
    let etc = lab.dir().join("whole-etc");
    let pki_folder = etc.join("pki");
    fs::create_dir_all(pki_folder.join("CA")).expect("the folder is ours");
    fs::create_dir_all(pki_folder.join("libvirt/private")).expect("the folder is ours");
    for file in ["passwd", "group", "nsswitch.conf", "hosts"] {
        pki::copy(&Path::new("/etc").join(file), &etc.join(file));
    }
    pki::copy(&ca.cert, &pki_folder.join("CA/cacert.pem"));
    pki::copy(&me.cert, &pki_folder.join("libvirt/clientcert.pem"));
    pki::copy(&me.key, &pki_folder.join("libvirt/private/clientkey.pem"));
    lab.mount(&etc, "/etc");
    let uri = "qemu+tls://localhost/system";
    assert_eq!(both_list(&lab, uri).err(), "");

    // A key that the user cannot even see counts as none, as for virsh: the daemon then has the say.
    fs::set_permissions(pki_folder.join("libvirt/private"), fs::Permissions::from_mode(0o700))
        .expect("it is ours");
    let (code, why) = said(&as_user(&lab, Path::new("/nonexistent"), uri));
    assert_eq!(code, Some(5), "{why}");
    assert!(why.contains("/etc/pki/libvirt/private/clientkey.pem: Permission denied"), "{why}");
    assert!(!program_as_user(&lab, "virsh", Path::new("/nonexistent"), uri).ok());
}
