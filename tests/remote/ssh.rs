//! Through a real sshd, to a real daemon.

#![allow(clippy::unwrap_used, reason = "a test's helper fails the test")]

use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::lab::run::{DEADLINE, run, wait};
use crate::lab::state::State;
use crate::lab::virtwire_path;
use crate::sshd::{Host, PORT};

/// What stderr says, and the exit code.
#[track_caller]
fn fails(host: &Host, parameters: &str, code: i32, words: &[&str]) {
    let output = host.virtwire(parameters);
    for word in words {
        assert!(output.err().contains(word), "{word:?} is not in: {}", output.err());
    }
    assert_eq!((output.code, output.out().as_str()), (Some(code), ""));
    host.assert_no_ssh_is_left();
}

#[test]
fn the_networks_of_a_host_are_listed_by_ssh_as_virsh_lists_them() {
    let Some(host) = Host::start() else { return };
    host.lab.bring(State::One);
    for parameters in [
        "",
        "proxy=auto",
        "proxy=native",
        "proxy=netcat",
        "netcat=nc",
        "socket=/run/libvirt/libvirt-sock",
        "no_tty=1",
    ] {
        let (ours, virsh) = (host.virtwire(parameters), host.list("virsh", parameters));
        assert_eq!((ours.out(), ours.err()), (virsh.expect_ok().out(), String::new()), "{parameters}");
    }
    host.assert_no_ssh_is_left();
    assert!(!host.lab.log().contains("End of file"), "the daemon saw every client say goodbye");
}

#[test]
fn without_a_helper_netcat_leads_to_the_socket() {
    let Some(host) = Host::start() else { return };
    host.remove("virt-ssh-helper");
    host.virtwire("").expect_ok();
    fails(&host, "proxy=native", 4, &["virt-ssh-helper", "not found", "'?proxy=netcat' does"]);
    host.remove("nc");
    fails(&host, "", 4, &["ssh to 127.0.0.1 failed: sh:", "nc: not found", "install netcat-openbsd there"]);
}

#[test]
fn a_key_that_the_host_does_not_take_is_denied_and_another_can_be_named() {
    let Some(host) = Host::start() else { return };
    host.key("other");
    std::fs::rename(host.path(".ssh/id_ed25519"), host.path("right key")).unwrap();
    let other = format!("no_tty=1&keyfile={}", host.name("other"));
    let by_hand = format!("'ssh -p {PORT} root@127.0.0.1' by hand");
    fails(
        &host,
        &other,
        5,
        &["ssh to 127.0.0.1 failed: root@127.0.0.1: Permission denied (publickey)", &by_hand],
    );
    host.virtwire(&format!("keyfile={}", host.name("right%20key"))).expect_ok();
}

#[test]
fn a_host_that_nobody_knows_is_refused_unless_a_parameter_takes_it() {
    let Some(host) = Host::start() else { return };
    host.write(".ssh/known_hosts", "");
    let said = "ssh to 127.0.0.1 failed: Host key verification failed";
    fails(&host, "no_tty=1", 5, &[said, "once by hand asks whether this host's key is right"]);
    let known = format!("known_hosts={}", host.name("my%20hosts"));
    fails(&host, &format!("no_tty=1&{known}"), 5, &["Host key verification failed"]);
    host.virtwire(&format!("{known}&known_hosts_verify=auto")).expect_ok();
    host.virtwire(&format!("no_tty=1&{known}")).expect_ok();
    fails(&host, "no_tty=1", 5, &["Host key verification failed"]);
    host.virtwire("no_verify=1").expect_ok();
}

#[test]
fn a_host_whose_key_has_changed_is_refused_also_where_new_keys_are_taken() {
    let Some(host) = Host::start() else { return };
    host.key("ssh/another");
    host.know_the_host("ssh/another.pub");
    for parameters in ["", "known_hosts_verify=auto", "known_hosts_verify=normal"] {
        fails(
            &host,
            parameters,
            5,
            &[
                "Host key verification failed",
                "the host shows another key than before",
                "ssh-keygen -R '[127.0.0.1]:2222' forgets the old one",
            ],
        );
    }
}

#[test]
fn only_the_ways_to_log_in_that_are_allowed_are_tried() {
    let Some(host) = Host::start() else { return };
    host.virtwire("sshauth=privkey").expect_ok();
    host.virtwire("sshauth=password,PRIVKEY").expect_ok();
    for methods in ["agent", "password,keyboard-interactive"] {
        fails(&host, &format!("no_tty=1&sshauth={methods}"), 5, &["Permission denied (publickey)"]);
    }
    fails(&host, "sshauth=gssapi", 2, &["Invalid authentication method: 'gssapi'; agent, privkey"]);
    fails(&host, "known_hosts_verify=maybe", 2, &["Invalid host key verification method: 'maybe'"]);
}

#[test]
fn a_socket_that_is_not_there_or_that_nobody_serves_is_told_from_a_login_that_failed() {
    let Some(mut host) = Host::start() else { return };
    fails(
        &host,
        "socket=/nonexistent",
        4,
        &["/nonexistent: No such file or directory", "the login did well"],
    );
    host.lab.kill9();
    for proxy in ["native", "netcat"] {
        fails(&host, &format!("proxy={proxy}"), 4, &["Connection refused", "is the daemon running there?"]);
    }
}

#[test]
fn a_socket_of_any_name_is_reached_and_nothing_in_it_acts_on_a_shell() {
    let Some(host) = Host::start() else { return };
    let odd = host.name("a 'b' \"c\" $(touch gone) `touch gone` ;&");
    std::os::unix::fs::symlink(host.lab.socket(), &odd).unwrap();
    let encoded: String = odd.bytes().map(|byte| format!("%{byte:02X}")).collect();
    host.virtwire(&format!("socket={encoded}")).expect_ok();
    assert!(!host.path("gone").exists());
}

#[test]
fn what_cannot_be_meant_is_refused_before_ssh_is_started() {
    let Some(host) = Host::start() else { return };
    let recorder = host.program("recorder", &format!("#!/bin/sh\n: >{}\n", host.name("was-started")));
    for (parameters, code, said) in [
        ("mode=direct", 1, "Operation not supported: Cannot use direct socket mode for ssh transport"),
        ("mode=odd", 2, "unknown mode 'odd'"),
        ("proxy=odd", 2, "unknown proxy 'odd'"),
        ("proxy=native&netcat=nc", 2, "netcat is not valid with proxy=native"),
        ("proxy=native&socket=/s", 2, "socket is not valid with proxy=native"),
        ("socket=", 2, "the path of the socket has 0 bytes"),
        ("no_tty=maybe", 2, "Failed to parse value of URI component no_tty"),
        ("pkipath=/pki", 2, "pkipath has no effect over ssh; qemu+tls has it"),
        ("known_hosts=%22", 2, "known_hosts: ssh cannot be given the path"),
    ] {
        fails(&host, &format!("{parameters}&command={recorder}"), code, &[said]);
    }
    let uri = format!("qemu+ssh://-oProxyCommand=x/system?command={recorder}");
    let output = run(host.lab.client_inside(&virtwire_path()).args(["-c", &uri, "net-list"]), DEADLINE);
    assert!(output.err().contains("the host '-oProxyCommand=x', which cannot be one"), "{}", output.err());
    assert!(!host.path("was-started").exists());
    fails(
        &host,
        "command=/nonexistent/ssh",
        4,
        &["cannot run '/nonexistent/ssh': No such file or directory"],
    );
}

/// A virtwire that has heard of an event by ssh, and waits for more.
fn listening(host: &Host) -> Child {
    let uri = format!("qemu+ssh://root@127.0.0.1:{PORT}/system");
    let mut events = host.lab.client_inside(&virtwire_path());
    events.args(["-c", &uri, "net-event", "--event", "lifecycle", "--loop"]);
    let mut events = events.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = events.stdout.take().unwrap();
    let heard = std::thread::spawn(move || stdout.read(&mut [0; 1]).map(|_| stdout));
    await_that(|| {
        for change in ["net-destroy", "net-start"] {
            host.lab.virsh(&[change, "default"]).expect_ok();
        }
        heard.is_finished()
    });
    events.stdout = heard.join().unwrap().ok();
    events
}

#[test]
fn an_ssh_ends_also_where_nobody_could_end_it() {
    let Some(host) = Host::start() else { return };
    host.lab.bring(State::One);
    let mut events = listening(&host);
    assert_eq!(host.processes("ssh").len(), 1);
    events.kill().unwrap();
    events.wait().unwrap();
    await_that(|| host.processes("ssh").is_empty() && host.processes("virt-ssh-helper").is_empty());
}

/// A network whose change takes its time: a hook of libvirt's waits.
fn slow_to_stop(host: &mut Host) {
    std::fs::create_dir_all(host.path("etc/hooks")).unwrap();
    let waits = host.name("waits");
    host.program(
        "etc/hooks/network",
        &format!("#!/bin/sh\n[ \"$2\" != stopped ] || {{ : >{waits}; sleep 3; }}\n"),
    );
    host.lab.kill9();
    host.lab.restart();
    host.lab.bring(State::One);
}

#[test]
fn ctrl_c_at_the_terminal_ends_ssh_as_well_and_what_became_of_the_change_is_told_all_the_same() {
    let Some(mut host) = Host::start() else { return };
    slow_to_stop(&mut host);
    for (no_tty, said) in [
        ("", "active -> inactive (not answered, but seen so afterwards)"),
        ("no_tty=1", "active -> inactive\r"),
    ] {
        host.lab.virsh(&["net-start", "default"]);
        let uri = format!("qemu+ssh://root@127.0.0.1:{PORT}/system?{no_tty}");
        let line = format!("trap : INT; {} -c '{uri}' net-disable default", virtwire_path());
        let mut script = host.lab.client_inside("script");
        let script = script.args(["-qec", &line, "/dev/null"]);
        let mut child =
            script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The change is under way.
        await_that(|| std::fs::remove_file(host.path("waits")).is_ok());
        child.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
        let code = wait(&mut child, DEADLINE).flatten();
        let output = child.wait_with_output().unwrap();
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(out.contains("interrupted: waiting for the change under way"), "{out}");
        assert!(out.contains(said), "{no_tty}: {out}");
        assert_eq!(code, Some(0), "{out}");
        host.assert_no_ssh_is_left();
    }
}

#[test]
fn an_ssh_that_is_killed_midway_ends_the_connection_with_its_name() {
    let Some(host) = Host::start() else { return };
    host.lab.bring(State::One);
    for (victim, said) in [
        ("ssh", "ssh to 127.0.0.1 ended: it was ended by signal 9"),
        ("sshd", "ssh to 127.0.0.1 ended: Connection to 127.0.0.1 closed by remote host"),
    ] {
        let mut events = listening(&host);
        let pids = host.processes(victim);
        // The first sshd listens, the others serve the connection.
        let pids = if victim == "sshd" { &pids[1..] } else { &pids[..] };
        for pid in pids {
            host.lab.exec(&["kill", "-9", pid]);
        }
        let code = wait(&mut events, DEADLINE).flatten();
        let output = events.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(said), "{stderr}");
        assert_eq!(code, Some(4));
        host.assert_no_ssh_is_left();
    }
}

#[test]
fn the_clock_of_opening_stands_while_a_person_may_be_asked_and_only_then() {
    let Some(host) = Host::start() else { return };
    // In place of somebody who takes their time to find the passphrase.
    let slow = host.program("slow", "#!/bin/sh\nsleep 2\nexec ssh \"$@\"\n");
    let uri = |more: &str| format!("qemu+ssh://root@127.0.0.1:{PORT}/system?command={slow}{more}");
    let ask = |before: &[&str], more: &str| {
        let line = format!("{} --timeout 1 -c '{}' net-list", virtwire_path(), uri(more));
        let mut command = host.lab.client_inside(before[0]);
        run(command.args(&before[1..]).arg(line).args(["/dev/null"]), DEADLINE)
    };
    let (with, without): (&[&str], &[&str]) = (&["script", "-qec"], &["setsid", "--wait", "sh", "-c"]);
    ask(with, "").expect_ok();
    let said = "reaching the daemon on 127.0.0.1 by ssh took longer than 1 seconds";
    for output in [ask(without, ""), ask(with, "&no_tty=1")] {
        assert!((output.out() + &output.err()).contains(said), "{} {}", output.out(), output.err());
        assert_eq!(output.code, Some(4));
    }
}

fn await_that(mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < end, "it never is so");
        sleep(Duration::from_millis(20));
    }
}
