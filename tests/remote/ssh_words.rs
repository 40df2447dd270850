//! What ssh is told to do: the same as by virsh, for the same URI. No host is needed for that, only a program in ssh's place
//! that writes its arguments down.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation fails the test")]

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

/// The words that each of two hosts' ssh is given, where a command is for both.
fn told_both(name: &str, options: &[&str]) -> [String; 2] {
    let folders = ["one", "other"].map(|host| Folder::new(&format!("{name}-{host}")));
    let uris = [0, 1].map(|at: usize| format!("qemu+ssh://host{at}/system?{}", folders[at].command()));
    let mut command = client("setsid", &folders[0].0);
    command.arg("--wait").arg(virtwire_path()).args(options);
    run(command.args(["-c", &uris[0], "-c", &uris[1], "net-list"]), DEADLINE);
    folders.map(|folder| fs::read_to_string(folder.0.join("record")).unwrap())
}

#[test]
fn of_several_hosts_at_once_ssh_asks_nothing() {
    let asks_nothing = |told: [String; 2]| told.map(|words| words.contains("-o\0BatchMode=yes\0"));
    assert_eq!(asks_nothing(told_both("at-once", &[])), [true, true]);
    assert_eq!(asks_nothing(told_both("in-turn", &["--parallel", "1"])), [false, false]);
}

#[test]
fn what_cannot_be_asked_for_beside_others_is_said_to_be_so() {
    let folder = Folder::new("denied");
    folder.program("ssh", "echo 'me@host: Permission denied (publickey,password).' >&2; exit 255");
    let uri = |host| format!("qemu+ssh://{host}/system?{}", folder.command());
    let said = |uris: &[String]| {
        let mut command = client(&virtwire_path(), &folder.0);
        run(command.args(uris.iter().flat_map(|uri| ["-c", uri])).arg("net-list"), DEADLINE)
    };
    let advice = "; of several hosts at once ssh asks nothing: '--parallel 1' lets it";
    let (one, two) = (said(&[uri("a")]), said(&[uri("a"), uri("b")]));
    assert_eq!((one.code, two.code), (Some(5), Some(5)));
    assert!(!one.err().contains(advice), "{}", one.err());
    assert_eq!(two.err().matches(advice).count(), 2, "{}", two.err());
}

#[test]
fn an_ssh_that_may_ask_nothing_is_in_a_group_of_its_own_so_that_ctrl_c_does_not_reach_it() {
    let folder = Folder::new("group");
    let record = folder.0.join("record").display().to_string();
    folder
        .program("ssh", &format!("read -r _ _ _ _ group _ </proc/$$/stat; echo $$ $group >{record}; exit 1"));
    let is_alone = |parameters: &str| {
        let uri = format!("qemu+ssh://host/system?{}{parameters}", folder.command());
        let mut command = client("script", &folder.0);
        let line = format!("{} -c '{uri}' net-list", virtwire_path());
        run(command.args(["-qec", &line, "/dev/null"]), DEADLINE);
        let words = fs::read_to_string(&record).unwrap();
        let (process, group) = words.trim().split_once(' ').unwrap();
        process == group
    };
    assert!(is_alone("&no_tty=1"));
    assert!(!is_alone(""), "it must be able to ask");
}

#[test]
fn a_terminal_is_put_back_where_ssh_is_ended_while_it_asks() {
    let folder = Folder::new("terminal");
    let begun = folder.0.join("begun").display().to_string();
    folder.program("ssh", &format!("stty -echo </dev/tty; : >{begun}; exec sleep 60"));
    let uri = format!("qemu+ssh://host/system?{}", folder.command());
    let mut command = client("script", &folder.0);
    let line = format!("{} --host-timeout 1 -c '{uri}' net-list; stty -a", virtwire_path());
    let said = run(command.args(["-qec", &line, "/dev/null"]), DEADLINE).out();
    assert!(folder.0.join("begun").exists(), "{said}");
    assert!(said.contains(" echo ") && !said.contains("-echo "), "{said}");
}

#[test]
fn a_login_that_prints_is_said_to_be_in_the_way() {
    let folder = Folder::new("prints");
    folder.program("ssh", "echo 'Welcome to cmp17'; exec sleep 5");
    let uri = format!("qemu+ssh://me@cmp17:2222/system?{}", folder.command());
    let mut command = client(&virtwire_path(), &folder.0);
    let output = run(command.args(["-c", &uri, "net-list"]), DEADLINE);
    let said = output.err();
    assert_eq!(output.code, Some(4), "{said}");
    assert!(said.contains("what came from cmp17 by ssh begins with 'Welc', which no daemon says"), "{said}");
    assert!(said.contains("'ssh -p 2222 me@cmp17 true' by hand must print nothing"), "{said}");
}

#[test]
fn an_ssh_that_says_more_and_more_holds_nothing_up() {
    let folder = Folder::new("flood");
    folder.program("ssh", "yes >&2 & exec sleep 60");
    let uri = format!("qemu+ssh://host/system?{}&no_tty=1", folder.command());
    let mut command = client(&virtwire_path(), &folder.0);
    let said = run(command.args(["--timeout", "1", "-c", &uri, "net-list"]), DEADLINE);
    let late = "reaching the daemon on host by ssh took longer than 1 seconds; is the host up, does its daemon answer, and does ssh ask what nobody answers?";
    assert!(said.err().contains(late), "{}", said.err());
    assert_eq!(said.code, Some(4));
}

#[test]
fn names_that_act_on_a_shell_are_nobodys() {
    let folder = Folder::new("names");
    for place in ["h;id", "$(id)@host", "-l@host", "a%20b@host", "a%0Ab@host", "a%60id%60@host"] {
        let uri = format!("qemu+ssh://{place}/system?{}", folder.command());
        let mut command = client(&virtwire_path(), &folder.0);
        let said = run(command.args(["-c", &uri, "net-list"]), DEADLINE);
        assert!(said.err().contains(", which cannot be one"), "{place}: {}", said.err());
        assert_eq!(said.code, Some(2), "{place}");
    }
    assert!(!folder.0.join("record").exists());
}

#[tokio::test]
async fn a_program_that_is_killed_leaves_no_trace_in_the_process_table() {
    let folder = Folder::new("zombies");
    folder.program("zombie-ssh", "read -r never");
    let uri = format!("qemu+ssh://host/system?no_tty=1&command={}", folder.0.join("zombie-ssh").display());
    let quick = virtwire::Timeouts::all(std::time::Duration::from_millis(200));
    for _ in 0..3 {
        let error = virtwire::Options::new().timeouts(quick).open(&uri).await.unwrap_err();
        assert_eq!(error.kind(), virtwire::ErrorKind::Timeout);
    }
    let left = || {
        let stats = fs::read_dir("/proc").unwrap().flatten();
        let stats = stats.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok());
        stats.filter(|stat| stat.contains("(zombie-ssh)")).collect::<Vec<_>>()
    };
    for _ in 0..100 {
        if left().is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(left(), Vec::<String>::new());
}
