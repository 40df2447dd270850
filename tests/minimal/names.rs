//! Names of hosts, without a libc on the host: from /etc/hosts, from DNS, and where there is neither.

use crate::lab::Lab;
use crate::lab::run::Output;
use crate::root::Root;

const KNOWN: &str = "hypervisor.example";

/// A daemon that listens on plain TCP, and these files in the empty root.
fn with(files: &[(&str, &str)]) -> Option<Root> {
    let listening = Lab::builder().listen().config("listen_tls = 0\nlisten_tcp = 1\nauth_tcp = \"none\"\n");
    let lab = files.iter().fold(listening, |lab, (path, text)| lab.file(&format!("files/{path}"), *text));
    Root::beside(lab)
}

fn list(root: &Root, host: &str) -> Output {
    root.run(&["-c", &format!("qemu+tcp://{host}/system"), "net-list", "--all", "--name"])
}

/// What was said of a name that leads nowhere.
fn unknown(output: &Output) -> String {
    assert_eq!((output.code, output.out()), (Some(4), String::new()), "{}", output.err());
    output.err()
}

#[test]
fn a_name_in_etc_hosts_leads_to_its_host() {
    let Some(root) = with(&[("etc/hosts", "127.0.0.1 hypervisor.example\n")]) else { return };
    list(&root, KNOWN).expect_ok();
    list(&root, "HyperVisor.Example").expect_ok();
}

#[test]
fn a_name_that_dns_knows_leads_to_its_host_and_no_other_does() {
    let Some(root) = with(&[("etc/resolv.conf", "nameserver 127.0.0.1\n")]) else { return };
    root.lab.serve_name(KNOWN);
    list(&root, KNOWN).expect_ok();
    let said = unknown(&list(&root, "elsewhere.example"));
    assert!(
        said.contains(
            "Unable to resolve address 'elsewhere.example' service '16509': Name or service not known"
        ),
        "{said}"
    );
    assert!(said.contains("is the name right?"), "{said}");
}

#[test]
fn where_no_name_can_be_looked_up_an_address_leads_to_its_host_and_what_is_missing_is_named() {
    let Some(root) = with(&[]) else { return };
    list(&root, "127.0.0.1").expect_ok();
    list(&root, "[::1]").expect_ok();
    let said = unknown(&list(&root, KNOWN));
    let failed = "Unable to resolve address 'hypervisor.example' service '16509': Temporary failure in name resolution";
    assert!(said.contains(failed), "{said}");
    assert!(said.contains("there is neither /etc/hosts nor /etc/resolv.conf here"), "{said}");
}

#[test]
fn where_no_name_server_is_known_that_is_said_of_a_name_that_etc_hosts_lacks() {
    let Some(root) = with(&[("etc/hosts", "127.0.0.1 localhost\n")]) else { return };
    let said = unknown(&list(&root, KNOWN));
    assert!(said.contains("there is no /etc/resolv.conf here"), "{said}");
}
