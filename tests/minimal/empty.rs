//! The empty root: what is asked of the daemon goes as anywhere, and what is not to be seen of its host is named as not
//! seen.

use crate::lab::Lab;
use crate::lab::run::Output;
use crate::lab::state::State;
use crate::root::{NOBODY, Root};

/// What no host could show, and why: nothing is `gone`, `missing` or `left`.
const UNVERIFIED: [&str; 4] = [
    "  unverified bridge, dnsmasq, rules: /proc is not mounted",
    "  unverified rules: no tool to ask: iptables-nft-save is not installed",
    "  unverified rules: no tool to ask: ip6tables-nft-save is not installed",
    "  unverified rules: no tool to ask: nft is not installed",
];

/// Those who are in the root: its owner, and an ordinary user whom the daemon lets in.
const USERS: [&str; 2] = ["0:0", NOBODY];

fn with_default() -> Option<Root> {
    let root = Root::beside(Lab::builder().config("unix_sock_rw_perms = \"0777\""))?;
    root.lab.bring(State::One);
    Some(root)
}

fn system(root: &Root, user: &str, arguments: &[&str]) -> Output {
    root.run_as(user, "", &[&["-c", "qemu:///system"], arguments].concat())
}

/// A report's lines of what could not be seen, and its verdict, without the reasons that follow.
#[track_caller]
fn says_what_is_unseen(output: &Output, verdict: &str) {
    let said = output.out();
    let unverified: Vec<_> = said.lines().filter(|line| line.starts_with("  unverified ")).collect();
    assert_eq!(unverified, UNVERIFIED, "{said}");
    for word in ["gone", "not seen", "present", "missing", "left"] {
        assert!(
            !said.lines().any(|line| line.trim_start().starts_with(&format!("{word} "))),
            "{word}: {said}"
        );
    }
    assert!(said.contains(&format!("\nverdict: {verdict}, not verified: /proc is not mounted; ")), "{said}");
}

#[test]
fn networks_are_listed_as_virsh_lists_them() {
    let Some(root) = with_default() else { return };
    let virsh = root.lab.virsh(&["net-list", "--all"]).expect_ok().out();
    for user in USERS {
        let ours = system(&root, user, &["net-list", "--all"]);
        assert_eq!((ours.code, ours.out(), ours.err()), (Some(0), virsh.clone(), String::new()), "{user}");
    }
    assert_eq!(root.run(&["net-list", "--all"]).expect_ok().out(), virsh, "root needs to name no daemon");
}

#[test]
fn every_question_is_answered_as_virsh_answers_it() {
    let Some(root) = with_default() else { return };
    for question in [
        &["net-info", "default"][..],
        &["net-dumpxml", "default"],
        &["net-dumpxml", "default", "--inactive"],
        &["net-uuid", "default"],
        &["net-dhcp-leases", "default"],
        &["net-port-list", "default"],
    ] {
        let virsh = root.lab.virsh(question).expect_ok().out();
        assert_eq!(system(&root, NOBODY, question).expect_ok().out(), virsh, "{question:?}");
    }
}

#[test]
fn a_network_is_switched_off_and_on_and_what_cannot_be_seen_of_it_is_named() {
    let Some(root) = with_default() else { return };
    for user in USERS {
        let off = system(&root, user, &["net-disable", "default"]).expect_ok();
        says_what_is_unseen(&off, "disabled");
        assert!(!root.lab.bridge_exists("virbr0"), "{user}");
        let on = system(&root, user, &["net-enable", "default"]).expect_ok();
        says_what_is_unseen(&on, "enabled");
        assert!(root.lab.bridge_exists("virbr0"), "{user}");
    }
}

#[test]
fn an_inspection_tells_what_the_daemon_tells_and_that_no_more_can_be_seen() {
    let Some(root) = with_default() else { return };
    for user in USERS {
        let shown = system(&root, user, &["net-inspect", "default"]).expect_ok();
        says_what_is_unseen(&shown, "enabled until the next reboot");
        assert!(
            shown.out().contains("\n  by xml     dhcp       192.168.122.2 - 192.168.122.254, 0 leases\n")
        );
        let expected = system(&root, user, &["net-inspect", "default", "--expect", "enabled"]).expect_ok();
        assert!(expected.out().contains(", not verified: /proc is not mounted; "), "{}", expected.out());
    }
}

#[test]
fn without_files_and_proc_nothing_is_said_to_be_off() {
    let Some(root) = Root::start() else { return };
    let named = root.run(&["net-inspect", "--offline", "default", "--expect", "disabled"]);
    assert_eq!(named.code, Some(4), "{}", named.out());
    assert!(named.out().contains("/proc is not mounted"), "{}", named.out());
    let any = root.run(&["net-inspect", "--offline", "--expect", "disabled"]);
    assert_eq!(any.code, Some(4), "{}", any.out());
    let all = root.run(&["net-inspect", "--offline"]);
    assert_eq!((all.code, all.out()), (Some(4), String::new()));
    let cleaned = root.run(&["net-cleanup", "--offline", "--apply"]);
    assert_eq!((cleaned.code, cleaned.err()), (Some(4), "error: /proc is not mounted\n".to_owned()));
}

#[test]
fn what_fails_says_why_in_the_same_words_and_codes_as_anywhere() {
    let Some(root) = with_default() else { return };
    for (user, arguments, code, said) in [
        ("0:0", &["net-start", "nothing"][..], 3, "the networks at qemu:///system are 'default'"),
        (NOBODY, &["net-list"], 2, "neither XDG_RUNTIME_DIR nor HOME is set"),
        (
            "0:0",
            &["-c", "network:///system?mode=direct", "net-list"],
            4,
            "'/run/libvirt/virtnetworkd-sock': No such file",
        ),
        ("0:0", &["-r", "-c", "qemu:///system", "net-disable"], 5, "leave out -r (--readonly)"),
        (
            "0:0",
            &["-c", "qemu+ssh://127.0.0.1/system", "net-list"],
            4,
            "cannot run 'ssh': No such file or directory",
        ),
        (
            "0:0",
            &["-c", "qemu+tls://127.0.0.1/system", "net-list"],
            2,
            "/etc/pki/CA/cacert.pem cannot be read",
        ),
        ("0:0", &["net-edit", "default"], 1, "Failed to make a file to edit in /tmp"),
        (NOBODY, &["man", "--save-to", "/"], 1, "Read-only file system"),
    ] {
        let output = root.run_as(user, "", arguments);
        assert_eq!(output.code, Some(code), "{arguments:?}: {}", output.err());
        assert!(output.err().contains(said), "{arguments:?}: {}", output.err());
    }
}

#[test]
fn a_hypervisor_in_memory_needs_nothing_either() {
    let Some(root) = Root::start() else { return };
    let listed = root.run_as(NOBODY, "", &["-c", "test:///default", "net-list"]).expect_ok();
    assert!(listed.out().contains(" default   active   no          yes\n"), "{}", listed.out());
}
