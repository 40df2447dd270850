//! What a server is too old for is said with the libvirt that it takes; what older ones can do, they do.

#![cfg(all(
    feature = "cli",
    feature = "annotations",
    feature = "edit",
    feature = "net-event",
    feature = "net-port"
))]
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod lab;

use lab::Lab;
use lab::run::{DEADLINE, Output, run};
use lab::virtwire_path;
use std::fs;

type Version = [u32; 3];

const ALWAYS: Version = [0, 10, 2];

/// Commands, one after the other on one daemon, and the first libvirt that can do each.
const COMMANDS: [(&[&str], Version); 17] = [
    (&["net-define", "n.xml"], ALWAYS),
    (&["net-define", "--validate", "n.xml"], [7, 7, 0]),
    (&["net-create", "--validate", "t.xml"], [7, 8, 0]),
    (&["net-start", "n"], ALWAYS),
    (&["net-list", "--all", "--title"], ALWAYS),
    (&["net-desc", "n"], ALWAYS),
    (&["net-desc", "n", "a text"], [9, 7, 0]),
    (&["net-desc", "n", "--title", "a title"], [9, 7, 0]),
    (&["net-metadata", "n", "urn:x", "--key", "k", "--set", "<a/>"], [9, 7, 0]),
    (&["net-update", "n", "add", "ip-dhcp-host", "<host mac='52:54:00:00:00:01' ip='10.5.5.7'/>"], ALWAYS),
    (&["net-event", "--event", "lifecycle", "--timeout", "1"], ALWAYS),
    (&["net-dumpxml", "n", "--xpath", "//host"], ALWAYS),
    (&["net-dhcp-leases", "n"], ALWAYS),
    (&["net-port-list", "n"], [5, 5, 0]),
    (&["net-edit", "n"], ALWAYS),
    (&["net-disable", "n"], ALWAYS),
    (&["net-enable", "n"], ALWAYS),
];

fn virtwire(lab: &Lab, args: &[&str]) -> Output {
    let mut command = lab.client(&virtwire_path());
    command.current_dir(lab.dir()).env("EDITOR", "sed -i s/10.5.5.99/10.5.5.98/");
    run(command.args(["-c", &lab.uri()]).args(args), DEADLINE)
}

fn dotted([major, minor, micro]: Version) -> String {
    format!("{major}.{minor}.{micro}")
}

#[test]
fn a_server_that_is_too_old_is_named_with_the_version_that_is_not() {
    let Some(lab) = Lab::start() else { return };
    let network = "<network><name>n</name><uuid>77697265-0000-4000-8000-000000000001</uuid><bridge name='vwold'/><ip address='10.5.5.1' prefix='24'><dhcp>\
        <range start='10.5.5.10' end='10.5.5.99'/></dhcp></ip></network>";
    fs::write(lab.dir().join("n.xml"), network).expect("the folder is ours");
    fs::write(lab.dir().join("t.xml"), "<network><name>t</name></network>").expect("the folder is ours");
    let version = lab.version();
    for (args, since) in COMMANDS {
        let said = virtwire(&lab, args);
        if version >= since {
            // A timeout without an event is virsh's failure, too.
            let code = if args.contains(&"--timeout") { 1 } else { 0 };
            assert_eq!(said.code, Some(code), "{args:?}: {said:?}");
            continue;
        }
        let reason = format!(" needs libvirt {} or newer; the server is {}", dotted(since), dotted(version));
        assert_eq!(said.code, Some(1), "{args:?}: {said:?}");
        assert!(said.err().contains(&reason), "{args:?}: {}", said.err());
    }
    let stored = lab.virsh(&["net-dumpxml", "--inactive", "n"]).expect_ok().out();
    assert!(stored.contains("end='10.5.5.98'"), "edited: {stored}");
    let live = lab.virsh(&["net-list", "--name", "--autostart"]).expect_ok().out();
    assert_eq!(live, "n\n\n");
}

#[test]
fn what_programs_wrote_down_is_read_from_servers_that_cannot_be_asked_for_it() {
    let Some(lab) = Lab::start() else { return };
    let network =
        "<network><name>n</name><metadata><k:a xmlns:k='urn:x' at='1'><k:b/></k:a></metadata></network>";
    fs::write(lab.dir().join("n.xml"), network).expect("the folder is ours");
    virtwire(&lab, &["net-define", "n.xml"]).expect_ok();
    let read = virtwire(&lab, &["net-metadata", "n", "urn:x"]).expect_ok();
    assert_eq!(read.out(), "<a at=\"1\">\n  <b/>\n</a>\n\n");
    let absent = virtwire(&lab, &["net-metadata", "n", "urn:y"]);
    assert_eq!(absent.code, Some(3), "{absent:?}");
    assert!(absent.err().contains("metadata not found: Requested metadata element is not present"));
}
