//! What ssh is told to do: the same as by virsh, for the same URI. No host is needed for that, only a program in ssh's place
//! that writes its arguments down.

#![allow(clippy::unwrap_used, reason = "a test's helper fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lab::run::{DEADLINE, run};
use crate::lab::{client, virtwire_path};

/// Hosts by the programs that they have to lead to a daemon.
const HOSTS: [(&str, &[&str]); 3] = [
    ("with a helper", &["virt-ssh-helper", "nc"]),
    ("with nc -q", &["nc", "my nc"]),
    ("with another nc", &["other/nc"]),
];

/// A program that says how it was called, unless it is asked whether it knows `-q`.
const SAYS: &str = r#"printf '<%s>\n' "${0##*/}" "$@""#;
const KNOWS_Q: &str = r#"[ $# != 1 ] || { echo "nc: option requires an argument -- 'q'" >&2; exit 1; }"#;
const KNOWS_NO_Q: &str = r#"[ "$1" != -q ] || { echo "nc: invalid option -- 'q'" >&2; exit 1; }"#;

/// A folder with a program in ssh's place, and one for the PATH of each host.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Self(std::env::temp_dir().join(format!("virtwire-{name}-{}", std::process::id())));
        let record = folder.0.join("record").display().to_string();
        folder.program("ssh", &format!("printf '%s\\0' \"$@\" >{record}; exit 1"));
        for (host, programs) in HOSTS {
            for program in programs {
                let text = match *program {
                    "virt-ssh-helper" => SAYS.to_owned(),
                    "other/nc" => format!("{KNOWS_NO_Q}\n{SAYS}"),
                    _ => format!("{KNOWS_Q}\n{SAYS}"),
                };
                let program = program.trim_start_matches("other/");
                folder.program(&format!("{host}/{program}"), &text);
            }
            for program in ["sh", "grep", "which"] {
                let found = run(Command::new("which").arg(program), DEADLINE).expect_ok().out();
                symlink(found.trim(), folder.0.join(host).join(program)).unwrap();
            }
        }
        folder
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The parameter by which the folder's program is taken for ssh.
    fn command(&self) -> String {
        format!("command={}", self.0.join("ssh").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What ssh was given, and what its last word does on each host.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    words: Vec<String>,
    does: BTreeMap<&'static str, String>,
}

fn told(folder: &Path, program: &str, options: &[&str], uri: &str) -> Told {
    let record = folder.join("record");
    let _ = fs::remove_file(&record);
    // Without a terminal, whatever the tests have.
    let mut command = client("setsid", folder);
    run(command.arg("--wait").arg(program).args(options).args(["-c", uri, "net-list"]), DEADLINE);
    let record = fs::read_to_string(&record).unwrap_or_default();
    let mut words: Vec<_> = record.split_terminator('\0').map(str::to_owned).collect();
    let script = words.pop().unwrap_or_default();
    let does = HOSTS.map(|(host, _)| {
        let mut shell = Command::new("/bin/sh");
        let output = run(shell.args(["-c", &script]).env("PATH", folder.join(host)), DEADLINE);
        (host, output.out())
    });
    Told { words, does: does.into() }
}

#[test]
fn ssh_is_given_the_words_that_virsh_gives_it_and_they_do_the_same() {
    let folder = Folder::new("same-words");
    for (place, parameters) in [
        ("host/system", ""),
        ("/system", ""),
        ("me@host:2222/system", ""),
        ("[2001:db8::7]/system", ""),
        ("host/system", "keyfile=/a%20key"),
        ("host/system", "no_tty=1"),
        ("host/system", "no_tty=0&no_verify=0"),
        ("me@host:22/system", "no_verify=1&no_tty=1&keyfile=k"),
        ("host/system", "proxy=auto"),
        ("host/system", "proxy=native"),
        ("host/system", "proxy=netcat"),
        ("host/system", "netcat=my%20nc"),
        ("host/system", "netcat=nc&socket=/run/s"),
        ("host/system", "socket=/run/libvirt/libvirt-sock"),
        ("host/system", "mode=legacy"),
        ("host/system", "name=lxc:///system"),
        ("host/system", "unknown=1"),
        ("host/session", "proxy=native"),
        ("host/session", "socket=/home/me/s"),
    ] {
        for options in [[].as_slice(), &["-r"]] {
            let uri = format!("qemu+ssh://{place}?{parameters}&{}", folder.command());
            let [ours, virsh] =
                [virtwire_path().as_str(), "virsh"].map(|who| told(&folder.0, who, options, &uri));
            assert!(virsh.words.contains(&"--".to_owned()), "{uri}: {virsh:?}");
            assert!(virsh.does.values().any(|does| !does.is_empty()), "{uri}: {virsh:?}");
            assert_eq!(ours, virsh, "{uri}");
        }
    }
}

#[test]
fn a_users_own_daemon_is_looked_for_by_the_helper_alone() {
    let folder = Folder::new("session");
    let uri = format!("qemu+ssh://host/session?{}", folder.command());
    let ours = told(&folder.0, &virtwire_path(), &[], &uri);
    let helper = "<virt-ssh-helper>\n<qemu:///session>\n".to_owned();
    assert_eq!(ours.does.into_values().collect::<Vec<_>>(), [helper, String::new(), String::new()]);
    for parameter in ["proxy=netcat", "netcat=nc"] {
        let told = told(&folder.0, &virtwire_path(), &[], &format!("{uri}&{parameter}"));
        assert_eq!(told.words, Vec::<String>::new(), "{parameter}");
    }
}

#[test]
fn a_configured_proxy_is_taken_where_the_uri_names_none() {
    let folder = Folder::new("proxy");
    let config = virtwire::config::Config::parse("remote_proxy = 'netcat'").unwrap();
    let uri = format!("qemu+ssh://host/system?no_tty=1&{}", folder.command());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let uri = virtwire::uri::Uri::parse(&uri).unwrap();
    let error = runtime.block_on(virtwire::Options::new().open_uri(&uri, &config)).unwrap_err();
    assert_eq!(error.to_string(), "ssh to host failed: it ended with exit code 1");
    let record = fs::read_to_string(folder.0.join("record")).unwrap();
    assert!(!record.contains("virt-ssh-helper") && record.contains("nc -U"), "{record}");
}
