//! How the program ends: exit codes, the two lines of an error, and the one JSON document.

#![cfg(all(feature = "cli", feature = "json", feature = "testdaemon"))]
#![allow(clippy::expect_used, reason = "a test's helper fails the test")]

mod cli;

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::time::{Duration, Instant};

use cli::server::{self, DESTROY};
use cli::{Folder, say, test, virtwire};
use virtwire::testdaemon::Hypervisor;

const UUID: &str = "5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122";

#[test]
fn what_is_done_ends_with_0() {
    let said = test(&["net-destroy", "default"]);
    assert_eq!((said.code(), said.out.as_str(), said.err.as_str()), (0, "Network default destroyed\n\n", ""));
    let said = test(&["-q", "net-autostart", "--network", UUID]);
    assert_eq!((said.code(), said.out.as_str(), said.err.as_str()), (0, "", ""));
}

#[test]
fn what_libvirt_refuses_ends_with_1() {
    let said = test(&["net-start", "default"]);
    assert_eq!((said.code(), said.out.as_str()), (1, "\n"));
    let message = "Requested operation is not valid: network is already active";
    assert_eq!(said.err, format!("error: Failed to start network default\nerror: {message}\n"));

    let said = test(&["-o", "json", "net-start", "default"]);
    let document = said.json();
    assert_eq!(said.code(), 1);
    assert_eq!(document["error"]["kind"], "libvirt");
    assert_eq!(document["error"]["code"], 1);
    assert_eq!(document["error"]["message"], message);
    assert_eq!(document["error"]["libvirt"]["code"], 55);
    assert_eq!(document.get("result"), None);
}

#[test]
fn wrong_usage_ends_with_2_and_two_lines() {
    let said = test(&["net-info"]);
    assert_eq!((said.code(), said.out.as_str()), (2, ""));
    assert_eq!(
        said.err,
        "error: command 'net-info' requires <network> option\nerror: 'virtwire net-info --help' shows how it is used\n"
    );
    for args in [&["--timeout", "0", "net-list"][..], &["net-lst"], &["net-list", "--al"], &[]] {
        let said = test(args);
        assert_eq!((said.code(), said.err.lines().count(), said.out.as_str()), (2, 2, ""), "{args:?}");
    }
    let json = test(&["-o", "json", "net-list", "--al"]).json();
    assert_eq!(json["command"], "net-list");
    assert_eq!(json["uri"], serde_json::Value::Null);
    assert_eq!(json["error"]["kind"], "usage");
}

/// Each of them would be one more network to switch.
#[test]
fn a_word_that_looks_like_an_option_is_no_network_to_switch() {
    let folder = Folder::new("dash");
    let uri = server::hypervisor(&folder, Hypervisor::default(), "qemu:///system");
    let run = |args: &[&str]| say(&mut virtwire(&[&["-c", &uri], args].concat()));
    for args in [
        &["net-disable", "default", "-q"][..],
        &["net-disable", "-n"],
        &["net-disable", "default", "-o", "json"],
        &["net-disable", "default", ""],
        &["net-disable", "--network", ""],
    ] {
        let said = run(args);
        assert_eq!(
            (said.code(), said.out.as_str(), said.err.lines().count()),
            (2, "", 2),
            "{args:?}: {said:?}"
        );
    }
    let empty = run(&["net-disable", ""]);
    assert_eq!(empty.first_error(), "error: Failed to get option 'network': Option argument is empty");
    for args in [&["net-disable", "--network", "-n"][..], &["net-disable", "--", "-n"]] {
        let said = run(args);
        assert_eq!(said.code(), 3, "{said:?}");
        assert!(said.err.contains("no network with matching name '-n'"), "{said:?}");
    }
    assert_eq!(run(&["-q", "net-list", "--all"]).out, " default   active   no   yes\n");
}

#[test]
fn a_network_that_is_not_there_ends_with_3_and_the_names_that_are() {
    let said = test(&["net-info", "nope"]);
    assert_eq!((said.code(), said.out.as_str()), (3, "\n"));
    assert_eq!(
        said.err,
        "error: failed to get network 'nope'\nerror: Network not found: no network with matching name 'nope'; \
         the networks at test:///default are 'default'\n"
    );
    let json = test(&["-o", "json", "net-destroy", "nope"]).json();
    assert_eq!(json["error"]["kind"], "not-found");
    assert_eq!(json["error"]["code"], 3);
    assert_eq!(json["error"]["advice"], "the networks at test:///default are 'default'");
}

#[test]
fn no_server_ends_with_4_and_the_paths_that_were_tried() {
    let folder = Folder::new("no-server");
    let absent = server::uri("qemu:///system", &folder.path("absent"));
    let said = say(&mut virtwire(&["-c", &absent, "net-list"]));
    assert_eq!((said.code(), said.out.as_str()), (4, ""));
    assert_eq!(said.first_error(), "error: failed to connect to the hypervisor");
    assert!(
        said.err.contains("no-server/absent': No such file or directory; is the daemon running?"),
        "{said:?}"
    );
    assert!(said.err.contains("is the daemon running?"), "{said:?}");

    let dead = server::dead(&folder);
    let said = say(&mut virtwire(&["-c", &dead, "-o", "json", "net-list"]));
    assert_eq!(said.code(), 4);
    assert_eq!(said.json()["error"]["kind"], "unreachable");
    assert_eq!(said.json()["uri"], dead.as_str());
}

/// virsh connects before the command where it was given a URI, and within it where it was not.
#[test]
fn the_empty_line_is_there_only_if_the_command_had_begun() {
    let folder = Folder::new("empty-line");
    let uri = server::uri("qemu:///system", &folder.path("absent"));
    let given = say(&mut virtwire(&["-c", &uri, "net-list"]));
    assert_eq!((given.code(), given.out.as_str()), (4, ""));
    for variable in ["VIRSH_DEFAULT_CONNECT_URI", "LIBVIRT_DEFAULT_URI"] {
        let found = say(virtwire(&["net-list"]).env(variable, &uri));
        assert_eq!((found.code(), found.out.as_str()), (4, "\n"), "{variable}");
        let quiet = say(virtwire(&["-q", "net-list"]).env(variable, &uri));
        assert_eq!((quiet.code(), quiet.out.as_str()), (4, ""), "{variable}");
    }
}

#[test]
fn a_server_that_says_nothing_ends_with_4_in_time() {
    let folder = Folder::new("silent");
    let uri = server::silent(&folder, b"");
    let said = say(&mut virtwire(&["-c", &uri, "--timeout", "0.2", "net-destroy", "default"]));
    assert_eq!(said.code(), 4);
    assert!(said.err.contains("took longer than 0.2 seconds"), "{said:?}");
    assert!(said.err.contains("'--timeout SECONDS' waits longer"), "{said:?}");
}

#[test]
fn a_server_that_talks_garbage_ends_with_1() {
    let folder = Folder::new("garbage");
    let uri = server::silent(&folder, b"SSH-2.0-OpenSSH_9.2\r\n");
    let said = say(&mut virtwire(&["-c", &uri, "-o", "json", "net-list"]));
    assert_eq!(said.code(), 1);
    assert_eq!(said.json()["error"]["kind"], "protocol");
}

#[test]
fn a_read_only_connection_ends_with_5() {
    let said = test(&["-r", "net-destroy", "default"]);
    assert_eq!(said.code(), 5);
    assert_eq!(
        said.err,
        "error: Failed to destroy network default\nerror: operation forbidden: read only access prevents \
         virNetworkDestroy; this connection is read-only: leave out -r (--readonly)\n"
    );
}

#[test]
fn a_change_that_is_not_answered_ends_with_8() {
    let folder = Folder::new("unknown");
    let uri = server::mute_from(&folder, DESTROY);
    let args = ["-c", &uri, "--timeout", "0.5", "-o", "json", "net-destroy", "default"];
    let said = say(&mut virtwire(&args));
    assert_eq!(said.code(), 8, "{said:?}");
    assert_eq!(said.json()["error"]["kind"], "outcome-unknown");
    assert!(said.err.contains("look before you repeat it"), "{said:?}");
    let said = say(&mut virtwire(&["-c", &uri, "net-list", "--all", "--name"]));
    assert_eq!((said.code(), said.out.as_str()), (0, "default\n\n"));
}

#[test]
fn a_server_that_is_gone_without_a_word_is_given_up_as_soon_as_was_asked_for() {
    let folder = Folder::new("vanished");
    let uri = server::mute_from(&folder, DESTROY);
    for keepalive in [&["-k", "0.3", "-K", "1"][..], &["--keepalive=0.6", "--keepalive-count", "0"]] {
        let args = [&["-c", &uri, "-o", "json"], keepalive, &["net-destroy", "default"]].concat();
        let began = Instant::now();
        let said = say(&mut virtwire(&args));
        assert_eq!(said.code(), 8, "{said:?}");
        let message = &said.json()["error"]["message"];
        let expected = "network_destroy was sent, but not answered: whether it was done is not known: \
            the server gave no sign of life for 0.6 seconds";
        assert_eq!(message, expected);
        assert!(began.elapsed() < Duration::from_secs(8), "the deadline of a change is 60 seconds");
    }
    let long = test(&["--keepalive-interval", "3", "net-uuid", "--", "default"]);
    assert_eq!(long.code(), 0, "as virsh calls it: {long:?}");
    let args = ["-c", &uri, "-k", "0", "-K", "0", "--timeout", "1", "net-destroy", "default"];
    let said = say(&mut virtwire(&args));
    assert!(said.err.contains("network_destroy took longer than 1 seconds"), "{said:?}");
    let said = test(&["-k", "-1", "net-list"]);
    assert_eq!((said.code(), said.err.lines().count(), said.out.as_str()), (2, 2, ""));
}

#[test]
fn an_empty_list_of_a_session_daemon_names_the_uri() {
    let folder = Folder::new("session");
    let own = |args: &[&str]| say(&mut with_session_daemon(&folder, args));
    server::hypervisor(&folder, Hypervisor::empty(), "qemu:///system");
    let said = own(&["net-list", "--name"]);
    assert_eq!((said.code(), said.out.as_str()), (0, "\n"), "{said:?}");
    assert!(said.err.starts_with("note: qemu:///session is a daemon of your own"), "{said:?}");
    let json = own(&["-o", "json", "net-list"]).json();
    assert_eq!(json["result"]["networks"], serde_json::json!([]));
    assert_eq!(json["notes"].as_array().map(Vec::len), Some(1));
    let said = own(&["net-info", "default"]);
    assert!(said.err.contains("there is no network at qemu:///session, a daemon of your own"), "{said:?}");
    assert!(said.err.contains("virtwire -c qemu:///system"), "{said:?}");
}

#[test]
fn a_socket_that_was_named_is_not_said_to_be_ones_own() {
    let folder = Folder::new("named");
    let uri = server::hypervisor(&folder, Hypervisor::empty(), "qemu:///session");
    let said = say(&mut virtwire(&["-c", &uri, "net-list", "--name"]));
    assert_eq!((said.code(), said.out.as_str(), said.err.as_str()), (0, "\n", ""));
}

/// The program as a user has it whose session daemon listens on the folder's `hypervisor`. Root has none, so another
/// user stands in for it, who can run neither what lies in root's folders nor write to root's sockets.
fn with_session_daemon(folder: &Folder, args: &[&str]) -> Command {
    let (program, socket) = (folder.path("virtwire"), folder.path("hypervisor"));
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_virtwire"), &program).expect("the folder is ours");
        fs::set_permissions(&socket, Permissions::from_mode(0o777)).expect("the socket is ours");
        fs::create_dir(folder.path("libvirt")).expect("the folder is ours");
        symlink(&socket, folder.path("libvirt/virtqemud-sock")).expect("the folder is ours");
    }
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.args(args).env_clear().env("PATH", "/usr/bin:/bin").env("XDG_RUNTIME_DIR", folder.path(""));
    command
}

#[test]
fn a_uri_that_is_none_ends_with_2() {
    for uri in ["bogus", "qemu:///sys tem", "qemu:///system?mode=bogus"] {
        let said = say(&mut virtwire(&["-c", uri, "net-list"]));
        assert_eq!((said.code(), said.out.as_str()), (2, ""), "{said:?}");
        assert_eq!(said.first_error(), "error: failed to connect to the hypervisor");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_in_one_line() {
    let said = test(&["net-define", "/nonexistent/lab.xml"]);
    assert_eq!((said.code(), said.out.as_str()), (1, "\n"));
    assert_eq!(said.err, "error: Failed to open file '/nonexistent/lab.xml': No such file or directory\n");
    let json = test(&["-o", "json", "net-create", "/"]).json();
    assert_eq!(json["error"]["kind"], "io");
    assert_eq!(json["error"]["message"], "Failed to read file '/': Is a directory");
}

#[test]
fn xml_that_is_wrong_is_told_by_libvirt() {
    let folder = Folder::new("xml");
    let file = folder.file("lab.xml", b"<domain/>");
    let said = test(&["net-define", "--file", &file]);
    assert_eq!(said.code(), 1);
    assert_eq!(said.first_error(), format!("error: Failed to define network from {file}"));
    assert!(said.err.contains("expecting root element of 'network'"), "{said:?}");
    for (command, content) in [("net-define", "<network>"), ("net-create", ""), ("net-define", "no xml")] {
        let said = test(&[command, &folder.file("broken.xml", content.as_bytes())]);
        assert_eq!(said.code(), 1);
        assert!(said.err.ends_with("; nothing was changed; correct the XML\n"), "{said:?}");
    }
}

/// What is shown in its place tells which file was meant.
#[test]
fn a_files_name_that_is_not_utf_8_is_told_byte_for_byte() {
    let name = OsStr::from_bytes(b"/nonexistent/n\xff.xml");
    let mut command = virtwire(&["-c", "test:///default", "net-define"]);
    let output = command.arg(name).output().expect("it starts");
    let message: &[u8] = b"error: Failed to open file '/nonexistent/n\xff.xml': No such file or directory\n";
    assert_eq!(output.stderr, message, "{:?}", String::from_utf8_lossy(&output.stderr));
    let folder = Folder::new("not-utf-8");
    let file = folder.path("").join(OsStr::from_bytes(b"n\xff.xml"));
    fs::write(&file, "<network/>").expect("the folder is ours");
    let said = say(virtwire(&["-c", "test:///default", "net-define"]).arg(&file));
    assert!(said.first_error().starts_with("error: Failed to define network from "), "{said:?}");
    assert!(said.first_error().ends_with("/n\\xff.xml"), "{said:?}");
}
