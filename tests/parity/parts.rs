//! Parts of networks: ports, leases, sections, titles, descriptions, metadata, and what XPath selects.

use super::cases::words;
use super::compare::Tally;
use super::lab::run::{DEADLINE, Output, run};
use super::lab::state::State;
use super::lab::{Lab, virtwire_path};
use super::{Twins, ask};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

const PORT: &str = "5d744f21-ba4a-4d6e-bdb2-30a35ff3207d";
const PORT_XML: &str = "<networkport><uuid>5d744f21-ba4a-4d6e-bdb2-30a35ff3207d</uuid><owner><name>g</name>\
    <uuid>06578fc1-c686-46fa-bc2c-83893b466a6f</uuid></owner><mac address='52:54:00:7b:35:93'/></networkport>";
const OTHER_PORT_XML: &str = "<networkport><uuid>0d744f21-ba4a-4d6e-bdb2-30a35ff3207d</uuid><owner><name>g&amp;h</name>\
    <uuid>06578fc1-c686-46fa-bc2c-83893b466a6f</uuid></owner><mac address='52:54:00:7b:35:94'/></networkport>";

/// On two daemons with `default` running; PORT stands for the UUID above.
const PORTS: [(&str, i32); 25] = [
    ("net-port-list default", 0),
    ("-q net-port-list default", 0),
    ("net-port-create default port.xml", 0),
    ("net-port-create default port.xml", 1),
    ("-q net-port-create --file other.xml --network default", 0),
    ("net-port-create default missing.xml", 1),
    ("net-port-create no-such port.xml", 3),
    ("net-port-create default root.xml", 1),
    ("-r net-port-create default port.xml", 5),
    ("net-port-list default", 0),
    ("net-port-list --table default", 0),
    ("-q net-port-list default", 0),
    ("net-port-list default --uuid", 0),
    ("-q net-port-list --uuid --network default", 0),
    ("net-port-list default --uuid --table", 2),
    ("net-port-list no-such", 3),
    ("net-port-dumpxml default PORT", 0),
    ("net-port-dumpxml --port PORT default", 0),
    ("-q net-port-dumpxml default PORT --xpath //owner/name", 0),
    ("net-port-dumpxml default PORT --xpath //mac/@address --wrap", 0),
    ("net-port-delete default PORT", 0),
    ("-q net-port-delete --network=default --port=0d744f21-ba4a-4d6e-bdb2-30a35ff3207d", 0),
    ("net-port-list default", 0),
    ("net-destroy default", 0),
    ("net-port-list default", 1),
];

/// virsh exits with 0 though it did nothing; virtwire does not.
const PORT_FAULTS: [(&str, i32); 5] = [
    ("net-port-dumpxml default PORT", 3),
    ("net-port-dumpxml default bogus", 3),
    ("net-port-dumpxml no-such PORT", 3),
    ("net-port-delete default PORT", 3),
    ("net-port-delete no-such PORT", 3),
];

/// Whether this lab's virsh does.
fn knows_xpath(lab: &Lab) -> bool {
    lab.version() >= [8, 5, 0]
}

fn port_words(line: &str) -> Vec<String> {
    words(&line.replace("PORT", PORT))
}

#[test]
fn ports_are_made_listed_and_removed_as_by_virsh() {
    let mut tally = Tally::new("net-port-list, -create, -dumpxml, -delete");
    let Some(twins) = Twins::start(State::One) else { return };
    for (name, xml) in [("port.xml", PORT_XML), ("other.xml", OTHER_PORT_XML), ("root.xml", "<network/>")] {
        fs::write(twins.dir().join(name), xml).expect("the folder is ours");
    }
    for (line, code) in PORT_FAULTS {
        let args = port_words(line);
        let (theirs, ours) = twins.run(&args);
        assert!(theirs.ok(), "{line}: virsh no longer exits with 0: {theirs:?}");
        let failed = Output { code: Some(1), ..theirs };
        tally.same("faults of virsh's", &args, code, &failed, &ours);
    }
    let cases = PORTS.iter().filter(|(line, _)| !line.contains("--xpath") || knows_xpath(&twins.theirs));
    let cases: Vec<_> = cases.collect();
    for (line, code) in &cases {
        twins.compare(&mut tally, "ports", &port_words(line), *code);
    }
    twins.assert_equal("after all ports");
    tally.finish(cases.len() + PORT_FAULTS.len());
}

/// What libvirt's helper writes: one lease of each kind; 4102444800 is in the year 2100, 1000000000 is long over.
const LEASES: &str = r#"[
  {"ip-address": "192.168.122.9", "mac-address": "52:54:00:AA:00:02", "expiry-time": 4102444800, "hostname": "gr-e"},
  {"ip-address": "192.168.122.10", "mac-address": "52:54:00:aa:00:01", "expiry-time": 0, "client-id": "01:52:54:00:aa:00:01"},
  {"ip-address": "192.168.122.11", "mac-address": "52:54:00:aa:00:00", "expiry-time": 1000000000},
  {"ip-address": "fd00::1:9", "mac-address": "52:54:00:aa:00:02", "expiry-time": 4102444801, "iaid": "1", "client-id": "00:01", "hostname": "ab"}
]
"#;

#[test]
fn leases_are_those_of_virsh_in_every_time_zone() {
    let mut tally = Tally::new("net-dhcp-leases");
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    fs::write(lab.dir().join("lib/dnsmasq/virbr0.status"), LEASES).expect("libvirtd has made its folder");
    let zones = ["", "UTC", "Europe/Berlin", "America/St_Johns", "CET-1CEST,M3.5.0,M10.5.0/3", "No/Such"];
    for zone in zones {
        for line in ["net-dhcp-leases default", "-q net-dhcp-leases --network default"] {
            let run_one = |program: &str| {
                let mut command = lab.client(program);
                run(command.env("TZ", zone).args(["-c", &lab.uri()]).args(words(line)), DEADLINE)
            };
            tally.same(zone, &words(line), 0, &run_one("virsh"), &run_one(&virtwire_path()));
        }
    }
    let asked = [
        ("net-dhcp-leases default --mac 52:54:00:AA:00:01", 0),
        ("net-dhcp-leases default 52:54:0:aa:0:2", 0),
        ("net-dhcp-leases default --mac=52:54:00:00:00:00", 0),
        ("net-dhcp-leases default bogus", 1),
        ("net-dhcp-leases default --mac=", 2),
        ("-r net-dhcp-leases default", 0),
        ("net-dhcp-leases no-such", 3),
    ];
    for (line, code) in asked {
        let (theirs, ours) = ask(&lab, &words(line));
        tally.same("leases", &words(line), code, &theirs, &ours);
    }
    tally.finish(zones.len() * 2 + asked.len());
}

#[test]
fn a_guest_that_asked_for_an_address_is_listed_as_by_virsh() {
    let mut tally = Tally::new("net-dhcp-leases, a real one");
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let script = |name: &str| format!("{}/tests/parity/{name}", env!("CARGO_MANIFEST_DIR"));
    let guest = lab.exec(&["sh", &script("guest.sh"), &script("dhcp_client.py")]).expect_ok();
    let args = words("net-dhcp-leases default");
    // dnsmasq tells libvirt's helper of a lease after the guest, which need not have written it down yet.
    let end = Instant::now() + DEADLINE;
    while !lab.virtwire(&["net-dhcp-leases", "default"]).out().contains("guest-1") && Instant::now() < end {
        thread::sleep(Duration::from_millis(50));
    }
    let (theirs, ours) = ask(&lab, &args);
    tally.same("a guest", &args, 0, &theirs, &ours);
    let listed = ours.out();
    assert!(listed.contains(&format!(" {}/24 ", guest.out().trim())), "{guest:?}: {listed}");
    assert!(listed.contains(" 52:54:00:77:69:99 ") && listed.contains(" guest-1 "), "{listed}");
    tally.finish(1);
}

/// On two daemons with `default` running; words of which one has blanks stand by themselves.
const UPDATES: [(&[&str], i32); 27] = [
    (&["net-update", "default", "add", "ip-dhcp-host", HOST], 0),
    (&["net-update", "default", "add", "ip-dhcp-host", HOST], 1),
    (&["net-update", "default", "add-last", "ip-dhcp-host", "host.xml", "--config"], 0),
    (&["net-update", "default", "modify", "ip-dhcp-host", NAMED, "--live", "--config"], 1),
    (&["net-update", "default", "add-first", "ip-dhcp-host", SECOND, "--live", "--config"], 0),
    (&["-q", "net-update", "default", "modify", "ip-dhcp-host", NAMED], 0),
    (&["net-update", "default", "delete", "ip-dhcp-host", SECOND, "--current"], 0),
    (&["net-update", "--network", "default", "--xml", SECOND, "delete", "ip-dhcp-host", "--config"], 0),
    (&["net-update", "default", "delete", "ip-dhcp-host", SECOND, "--live"], 1),
    (&["net-update", "default", "add", "dns-host", DNS, "--parent-index", "0"], 0),
    (&["net-update", "default", "add", "dns-txt", "<txt name='a' value='b'/>", "-1"], 0),
    (&["net-update", "default", "add", "portgroup", "<portgroup name='p'/>", "--config"], 0),
    (&["net-update", "default", "delete", "ip-dhcp-range", RANGE, "--config"], 0),
    (&["net-update", "default", "add", "ip-dhcp-range", RANGE, "--config", "--parent-index=0"], 0),
    (&["net-update", "default", "add", "ip-dhcp-range", RANGE, "--config", "--parent-index=7"], 1),
    (&["net-update", "default", "add", "bridge", "<bridge/>"], 1),
    (&["net-update", "default", "add", "dns-srv", "<host"], 1),
    (&["net-update", "default", "bogus", "dns-srv", "<srv/>"], 2),
    (&["net-update", "default", "add", "bogus", "<srv/>"], 2),
    (&["net-update", "default", "", "dns-srv", "<srv/>"], 2),
    (&["net-update", "default", "add", "dns-srv", ""], 2),
    (&["net-update", "default", "add", "dns-srv", "missing.xml"], 1),
    (&["net-update", "default", "add", "dns-srv", "<srv/>", "--parent-index", "0x1"], 2),
    (&["net-update", "default", "add", "dns-srv", "<srv/>", "--current", "--live"], 2),
    (&["net-update", "default", "add", "dns-srv", "<srv/>", "--config", "--current"], 2),
    (&["net-update", "no-such", "add", "dns-srv", "<srv/>"], 3),
    (&["-r", "net-update", "default", "add", "ip-dhcp-host", HOST], 5),
];
const HOST: &str = "<host mac='52:54:00:00:00:01' ip='192.168.122.10'/>";
const NAMED: &str = "<host mac='52:54:00:00:00:01' name='n' ip='192.168.122.10'/>";
const SECOND: &str = "<host mac='52:54:00:00:00:02' ip='192.168.122.11'/>";
const DNS: &str = "<host ip='192.168.122.77'><hostname>n</hostname></host>";
const RANGE: &str = "<range start='192.168.122.2' end='192.168.122.254'/>";

#[test]
fn updates_do_and_say_what_those_of_virsh_do_and_say() {
    let mut tally = Tally::new("net-update");
    let Some(twins) = Twins::start(State::One) else { return };
    fs::write(twins.dir().join("host.xml"), "<host mac='52:54:00:00:00:03' ip='192.168.122.12'/>\n")
        .expect("the folder is ours");
    compare_all(&mut tally, &twins, &UPDATES);
    twins.assert_equal("after all updates");
    tally.finish(UPDATES.len());
}

fn compare_all(tally: &mut Tally, twins: &Twins, cases: &[(&[&str], i32)]) {
    for (args, code) in cases {
        let args: Vec<_> = args.iter().map(|&word| word.to_owned()).collect();
        twins.compare(tally, "parts", &args, *code);
    }
}

/// All but values, which are no nodes, are printed.
const XPATHS: [(&str, i32); 24] = [
    ("//range", 0),
    ("//@*", 0),
    ("/network/ip", 0),
    ("ip/dhcp", 0),
    (".//dhcp/range/@end", 0),
    ("//name/text()", 0),
    ("//text()", 0),
    ("//node()", 0),
    ("//*", 0),
    ("/", 0),
    (".", 0),
    ("//nosuch", 0),
    ("//ip | //name", 0),
    ("//comment()", 0),
    ("(//port | //range)[2]", 0),
    ("//mac/following-sibling::*", 0),
    ("//port/preceding::*", 0),
    ("ancestor::*", 0),
    ("//ip[@address='192.168.122.1']/@netmask", 0),
    ("//*[local-name()='range' and starts-with(@start, '192')]/..", 0),
    ("//*[local-name()='inner']", 0),
    ("//metadata", 0),
    ("count(//ip)", 2),
    ("string(//name)", 2),
];

const ANNOTATED: &str = "<network><name>annotated</name><uuid>77697265-0000-4000-8000-0000000000ab</uuid>\
    <metadata><a:app xmlns:a='urn:a' a:x='ä'> <a:inner>ü &lt;</a:inner>\n<!-- said --><b xmlns='urn:b'>  </b></a:app></metadata>\
    <bridge name='vwnote'/><domain name='größe.example'/></network>";

#[test]
fn xpath_selects_and_prints_what_virsh_selects_and_prints() {
    let mut tally = Tally::new("net-dumpxml --xpath");
    let Some(lab) = Lab::start() else { return };
    if !knows_xpath(&lab) {
        return;
    }
    lab.bring(State::One);
    let file = lab.dir().join("annotated.xml");
    fs::write(&file, ANNOTATED).expect("the folder is ours");
    lab.virsh(&["net-define", &file.display().to_string()]).expect_ok();
    for (xpath, code) in XPATHS {
        for network in ["default", "annotated"] {
            for more in [&[][..], &["--wrap"], &["--inactive"]] {
                let args = [&["net-dumpxml", network, "--xpath", xpath], more].concat();
                let args: Vec<_> = args.iter().map(|&word| word.to_owned()).collect();
                let (mut theirs, ours) = ask(&lab, &args);
                theirs.stdout = as_newer(&theirs.out()).into_bytes();
                tally.same("xpath", &args, code, &theirs, &ours);
            }
        }
    }
    tally.finish(XPATHS.len() * 6);
}

/// The XML libraries of older hosts write numbers for what is not ASCII in attributes.
fn as_newer(out: &str) -> String {
    [("&#xE4;", "ä"), ("&#xF6;", "ö"), ("&#xDF;", "ß")]
        .iter()
        .fold(out.to_owned(), |out, (number, c)| out.replace(number, c))
}

/// On two daemons of 9.7 or later, with `default` running.
const ANNOTATIONS: [(&[&str], i32); 38] = [
    (&["net-desc", "default"], 0),
    (&["-q", "net-desc", "default"], 0),
    (&["net-desc", "default", "--title"], 0),
    (&["net-list", "--all", "--title"], 0),
    (&["net-desc", "default", "for", "tests", " two  blanks"], 0),
    (&["net-desc", "default"], 0),
    (&["-q", "net-desc", "default", "--live"], 0),
    (&["net-desc", "default", "--config"], 0),
    (&["net-desc", "--title", "default", "Größe & <so>", "--config", "--live"], 1),
    (&["net-desc", "--title", "default", "Größe & <so>", "--config"], 0),
    (&["net-desc", "--title", "default", "--config"], 0),
    (&["net-desc", "--title", "default", "--new-desc", "two", "words"], 0),
    (&["net-desc", "default", "--title", "two\nlines"], 1),
    (&["net-desc", "default", "--new-desc", "line\nbreak\n"], 0),
    (&["net-desc", "default"], 0),
    (&["net-list", "--all", "--title"], 0),
    (&["-q", "net-list", "--title"], 0),
    (&["net-list", "--name", "--title"], 0),
    (&["net-desc", "default", "--live", ""], 0),
    (&["net-desc", "default", "--live"], 0),
    (&["net-desc", "default", "--current", "--config"], 2),
    (&["net-desc", "default", "--live", "--current"], 2),
    (&["net-desc", "no-such"], 3),
    (&["-r", "net-desc", "default", "x"], 5),
    (&["net-metadata", "default", "urn:a", "--set", "<a/>"], 2),
    (&["net-metadata", "default", "urn:a", "--key", "k", "--set", "<a x='1'><b>ä</b></a>"], 0),
    (&["net-metadata", "default", "urn:a"], 0),
    (&["-q", "net-metadata", "default", "--uri", "urn:a", "--live"], 0),
    (&["net-metadata", "default", "urn:b", "k2", "<c/>", "--live", "--config"], 0),
    (&["net-metadata", "default", "urn:b", "--config"], 0),
    (&["net-metadata", "default", "urn:c", "--key", "k", "--set", "<a"], 1),
    (&["net-metadata", "default", "urn:b", "--remove", "--config"], 0),
    (&["net-metadata", "default", "urn:b", "--remove", "--config"], 0),
    (&["net-metadata", "default", "urn:b", "--remove", "--edit"], 2),
    (&["net-metadata", "default", "urn:b", "--key", "k", "--set", "<a/>", "--edit"], 2),
    (&["net-metadata", "default", "urn:b", "--set", "<a/>", "--remove"], 2),
    (&["net-metadata", "default", "urn:b", "--edit"], 2),
    (&["net-metadata", "no-such", "urn:b"], 3),
];

#[test]
fn descriptions_titles_and_metadata_are_those_of_virsh() {
    let mut tally = Tally::new("net-desc, net-metadata, net-list --title");
    let newest = || Lab::builder().libvirt_of("sid").start();
    let (Some(theirs), Some(ours)) = (newest(), newest()) else { return };
    theirs.bring(State::One);
    ours.bring(State::One);
    let twins = Twins { theirs, ours };
    let (theirs, ours) = twins.run(&words("net-metadata default urn:a"));
    assert!(
        theirs.ok() && theirs.out() == "\n\n",
        "virsh no longer takes nothing for an empty element: {theirs:?}"
    );
    assert!(ours.code == Some(3) && ours.out() == "\n", "{ours:?}");
    compare_all(&mut tally, &twins, &ANNOTATIONS);
    for (editor, args) in EDITED {
        let run_one = |program: &str, lab: &Lab| {
            let mut command = lab.client(program);
            run(command.env("EDITOR", editor).args(["-c", &lab.uri()]).args(args), DEADLINE)
        };
        let args: Vec<_> = args.iter().map(|&word| word.to_owned()).collect();
        tally.same(
            editor,
            &args,
            0,
            &run_one("virsh", &twins.theirs),
            &run_one(&virtwire_path(), &twins.ours),
        );
    }
    twins.assert_equal("after all annotations");
    tally.finish(ANNOTATIONS.len() + EDITED.len());
}

/// An editor, and what it is started for.
const EDITED: [(&str, &[&str]); 6] = [
    ("true", &["net-desc", "default", "--edit"]),
    ("echo edited >", &["net-desc", "default", "--edit"]),
    ("echo 'a title' >", &["net-desc", "default", "--title", "--edit"]),
    ("true", &["net-metadata", "default", "urn:a", "--key", "k", "--edit"]),
    ("echo '<edited/>' >", &["net-metadata", "default", "urn:a", "--key", "k", "--edit"]),
    ("echo '<made/>' >", &["net-metadata", "default", "urn:new", "--key", "n", "--edit"]),
];

#[test]
fn every_command_and_option_of_the_newest_virsh_is_known() {
    let Some(lab) = Lab::builder().libvirt_of("sid").start() else { return };
    let help = |args: &[&str]| run(lab.client("virsh").args(args), DEADLINE).expect_ok().out();
    let list = help(&["help", "network"]);
    let commands = list.lines().filter_map(|line| line.split_whitespace().next());
    let commands: Vec<_> = commands.filter(|word| word.starts_with("net-")).collect();
    assert_eq!(commands.len(), 21, "{list}");
    for command in commands {
        let text = help(&["help", command]);
        let options = text.split("OPTIONS").nth(1).expect("there are options");
        let options = options.lines().filter_map(|line| line.split_whitespace().next());
        for option in options.map(|word| word.trim_matches(['[', ']'])) {
            let said = run(lab.client(&virtwire_path()).args([command, option, "x", option]), DEADLINE);
            assert_eq!(said.code, Some(2), "{command} {option}: {said:?}");
            let is_known = !said.err().contains("doesn't support") && !said.err().contains("unknown command");
            assert!(is_known, "{command} {option}: {said:?}");
        }
    }
}
