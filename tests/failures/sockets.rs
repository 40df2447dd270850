//! Sockets that do not lead to a daemon.

use super::assert_not_connected;
use super::lab::relay::uri;
use super::lab::run::{DEADLINE, Output, run};
use super::lab::{Lab, virtwire_path};
use super::peer::Folder;
use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

fn list(folder: &Folder, socket: &Path) -> Output {
    let mut command = folder.client();
    run(command.args(["-c", &uri(socket), "net-list", "--all"]), DEADLINE)
}

#[test]
fn no_socket_is_unreachable_and_the_path_is_named() {
    let folder = Folder::new();
    let path = folder.path().join("no-such-socket");
    let output = list(&folder, &path);
    assert_not_connected(&output, 4);
    assert!(output.err().contains(&path.display().to_string()), "{}", output.err());
    assert!(output.err().contains("is the daemon running?"), "{}", output.err());
}

#[test]
fn a_socket_without_a_listener_is_unreachable() {
    let folder = Folder::new();
    let path = folder.path().join("refused");
    drop(UnixListener::bind(&path).expect("the folder is ours"));
    let output = list(&folder, &path);
    assert_not_connected(&output, 4);
    assert!(output.err().contains("refused"), "{}", output.err());
}

#[test]
fn what_is_no_socket_is_unreachable() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    fs::write(&file, "").expect("the folder is ours");
    for path in [file.as_path(), folder.path()] {
        let output = list(&folder, path);
        assert_not_connected(&output, 4);
        assert!(output.err().contains("this is no socket"), "{}", output.err());
    }
}

#[test]
fn a_path_that_no_socket_can_have_is_wrong_usage() {
    let folder = Folder::new();
    let output = list(&folder, &folder.path().join("x".repeat(200)));
    assert_not_connected(&output, 2);
    assert!(output.err().contains("1 to 107 are possible"), "{}", output.err());
}

#[test]
fn a_full_backlog_is_waited_for_no_longer_than_the_deadline() {
    let folder = Folder::new();
    let path = folder.path().join("full");
    let _listener = UnixListener::bind(&path).expect("the folder is ours");
    // Nobody accepts: once the backlog is full, connecting waits. Those that wait here end with the test's process.
    let (sender, receiver) = mpsc::channel();
    for _ in 0..5000 {
        let (path, sender) = (path.clone(), sender.clone());
        thread::spawn(move || sender.send(UnixStream::connect(path)));
        if receiver.recv_timeout(Duration::from_millis(300)).is_err() {
            break;
        }
    }
    let begun = Instant::now();
    let mut command = folder.client();
    command.args(["--timeout", "1", "-c", &uri(&path), "net-list"]);
    assert_not_connected(&run(&mut command, DEADLINE), 4);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// Runs the program under test as a user who may do nothing.
fn as_nobody(lab: &Lab, args: &[&str]) -> Output {
    let program = lab.dir().join("virtwire-for-all");
    // By another process: one that another test starts meanwhile would hold the file open for writing, and it could not
    // be run.
    let mut copy = lab.client("install");
    run(copy.args(["--mode=755", &virtwire_path()]).arg(&program), DEADLINE).expect_ok();
    let mut command = lab.client("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    run(command.arg(program).args(args), DEADLINE)
}

#[test]
fn who_may_not_use_the_socket_is_denied_and_told_what_to_do() {
    let Some(lab) = Lab::start() else { return };
    let output = as_nobody(&lab, &["-c", &lab.uri(), "net-list"]);
    assert_not_connected(&output, 5);
    assert!(output.err().contains("ermission denied"), "{}", output.err());
    assert!(output.err().contains("use sudo"), "{}", output.err());
    assert!(!output.err().contains("usermod"), "nobody is to join root's group: {}", output.err());
    std::os::unix::fs::chown(lab.socket(), None, Some(1)).expect("the socket is ours");
    let output = as_nobody(&lab, &["-c", &lab.uri(), "net-list"]);
    assert!(output.err().contains("usermod -aG daemon USER"), "{}", output.err());
    assert!(output.err().contains(&lab.socket().display().to_string()), "{}", output.err());
}

#[test]
fn who_may_only_look_may_look() {
    let Some(lab) = Lab::start() else { return };
    let read_only = uri(&lab.socket_ro());
    let output = as_nobody(&lab, &["-r", "-c", &read_only, "net-list", "--name"]).expect_ok();
    assert_eq!(output.out(), "\n");
}

#[test]
fn a_user_without_a_session_daemon_is_shown_the_way_to_the_hosts() {
    let Some(lab) = Lab::start() else { return };
    for args in [&["net-list"][..], &["-c", "qemu:///session", "net-list"]] {
        let output = as_nobody(&lab, args);
        assert_eq!(output.code, Some(4), "{output:?}");
        assert!(output.err().contains("qemu:///system"), "{}", output.err());
    }
    let started = run(lab.client("pgrep").args(["-u", "65534", "-x", "libvirtd"]), DEADLINE);
    assert_eq!(started.out(), "", "a session daemon was started");
}
