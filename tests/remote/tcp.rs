//! Plain TCP, to a real daemon.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::lab::run::{DEADLINE, Output, run};
use crate::lab::state::State;
use crate::lab::{Lab, virtwire_path};

/// A daemon that listens on plain TCP and asks nobody who they are.
const OPEN: &str = "listen_tls = 0\nlisten_tcp = 1\nauth_tcp = \"none\"\n";

/// Two names: one with an address that nobody has and one that the daemon has, one with a dead address alone.
const HOSTS: &str =
    "127.0.0.1 localhost\n203.0.113.1 half\n127.0.0.1 half\n203.0.113.1 dead\n203.0.113.2 dead\n";

/// A daemon at 127.0.0.1 and 2001:db8::7. What is sent to 203.0.113.0/24 is lost without a word, as behind a firewall.
fn open() -> Option<Lab> {
    asking("127.0.0.1")
}

/// Like [`open`], on a host that asks this name server.
fn asking(name_server: &str) -> Option<Lab> {
    let lab = Lab::builder()
        .listen()
        .config(OPEN)
        .file("hosts", HOSTS)
        .mount("hosts", "/etc/hosts")
        .file("resolv.conf", format!("nameserver {name_server}\n"))
        .mount("resolv.conf", "/etc/resolv.conf")
        .start()?;
    for command in [
        "ip address add 2001:db8::7/128 dev lo",
        "ip address add fe80::7/64 dev lo",
        "ip route add default dev lo",
        "iptables -I INPUT -d 203.0.113.0/24 -j DROP",
        "ip route add unreachable 198.51.100.0/24",
    ] {
        lab.exec(&command.split(' ').collect::<Vec<_>>()).expect_ok();
    }
    Some(lab)
}

fn list(lab: &Lab, program: &str, options: &[&str], uri: &str) -> Output {
    let mut client = lab.client_inside(program);
    run(client.args(options).args(["-c", uri, "net-list", "--all"]), DEADLINE)
}

fn virtwire(lab: &Lab, uri: &str) -> Output {
    list(lab, &virtwire_path(), &["--timeout", "1"], uri)
}

#[test]
fn the_networks_of_a_daemon_are_listed_over_tcp_as_virsh_lists_them() {
    let Some(lab) = open() else { return };
    lab.bring(State::One);
    for uri in [
        "qemu+tcp://127.0.0.1/system",
        "qemu+tcp://[::1]/system",
        "qemu+tcp://[2001:db8::7]/system",
        "qemu+tcp://[fe80::7%25lo]:16509/system",
        "qemu+tcp:///system",
        "qemu+TCP://localhost:16509/system?no_tty=1&pkipat=unknown",
        "remote+tcp://127.0.0.1/?name=qemu:///system",
    ] {
        let (ours, virsh) = (list(&lab, &virtwire_path(), &[], uri), list(&lab, "virsh", &[], uri));
        assert_eq!((ours.out(), ours.err()), (virsh.expect_ok().out(), String::new()), "{uri}");
    }
}

#[test]
fn a_host_of_which_one_address_is_dead_is_reached_at_the_other() {
    let Some(lab) = open() else { return };
    let begin = Instant::now();
    virtwire(&lab, "qemu+tcp://half/system").expect_ok();
    assert!(begin.elapsed() < Duration::from_secs(1), "the dead address was not waited for");
}

#[test]
fn an_address_that_does_not_answer_fails_in_the_stated_time_and_is_named() {
    let Some(lab) = open() else { return };
    for (uri, said) in [
        ("qemu+tcp://203.0.113.1/system", "'203.0.113.1:16509': no answer in 1 seconds"),
        (
            "qemu+tcp://dead:7/system",
            "'dead:7': 203.0.113.1: no answer in 1 seconds; 203.0.113.2: no answer in 1 seconds",
        ),
    ] {
        let begin = Instant::now();
        let output = virtwire(&lab, uri);
        assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
        assert!(output.err().contains(&format!("unable to connect to server at {said}")), "{}", output.err());
        assert!(output.err().contains("does a firewall let port"), "{}", output.err());
        assert_eq!(output.code, Some(4));
    }
}

#[test]
fn a_port_where_nobody_listens_is_told_as_virsh_tells_it_and_how_to_have_it_listen() {
    let Some(lab) = open() else { return };
    let uri = "qemu+tcp://127.0.0.1:7/system";
    let (ours, virsh) = (virtwire(&lab, uri), list(&lab, "virsh", &[], uri));
    let said = "error: unable to connect to server at '127.0.0.1:7': Connection refused";
    assert!(virsh.err().contains(said), "{}", virsh.err());
    assert!(ours.err().contains(&said["error: ".len()..]), "{}", ours.err());
    assert!(ours.err().contains("nothing listens at port 7"), "{}", ours.err());
    assert_eq!(ours.code, Some(4));
}

#[test]
fn a_name_that_nobody_knows_is_told_as_virsh_tells_it() {
    let Some(lab) = open() else { return };
    lab.serve_name("somebody.invalid");
    let uri = "qemu+tcp://nobody.invalid/system";
    let (ours, virsh) = (virtwire(&lab, uri), list(&lab, "virsh", &[], uri));
    let said = "Unable to resolve address 'nobody.invalid' service '16509': ";
    assert!(virsh.err().contains(said), "{}", virsh.err());
    assert!(ours.err().contains(said), "{}", ours.err());
    assert!(ours.err().contains("/etc/hosts"), "{}", ours.err());
    assert_eq!(ours.code, Some(4));
}

#[test]
fn a_name_server_that_does_not_answer_is_not_waited_for() {
    let Some(lab) = asking("203.0.113.1") else { return };
    let begin = Instant::now();
    let output = virtwire(&lab, "qemu+tcp://nobody.invalid/system");
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    let said = "looking up the addresses of nobody.invalid took longer than 1 seconds";
    assert!(output.err().contains(said), "{}", output.err());
    assert!(output.err().contains("/etc/resolv.conf"), "{}", output.err());
    assert_eq!(output.code, Some(4));
}

#[test]
fn a_host_that_no_route_leads_to_is_told_as_virsh_tells_it() {
    let Some(lab) = open() else { return };
    let uri = "qemu+tcp://198.51.100.1/system";
    let (ours, virsh) = (virtwire(&lab, uri), list(&lab, "virsh", &[], uri));
    let said = "unable to connect to server at '198.51.100.1:16509': No route to host";
    assert!(virsh.err().contains(said), "{}", virsh.err());
    assert!(ours.err().contains(said), "{}", ours.err());
    assert_eq!(ours.code, Some(4));
}

#[test]
fn a_port_for_tls_that_is_spoken_to_without_tls_names_the_uri_that_reaches_it() {
    let key =
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=host", "-keyout", "-", "-out", "-"];
    let pair = run(Command::new("openssl").args(key), DEADLINE).expect_ok().stdout;
    let paths =
        ["key_file", "cert_file", "ca_file"].map(|name| format!("{name} = \"/etc/libvirt/pair.pem\"\n"));
    let config = format!("listen_tls = 1\n{}tls_no_sanity_certificate = 1\n", paths.concat());
    let Some(lab) = Lab::builder().listen().config(&config).file("etc/pair.pem", pair).start() else {
        return;
    };
    let output = virtwire(&lab, "qemu+tcp://127.0.0.1:16514/system");
    assert!(output.err().contains("127.0.0.1:16514"), "{}", output.err());
    assert!(output.err().contains("qemu+tls://127.0.0.1:16514/..."), "{}", output.err());
}
