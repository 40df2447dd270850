//! What the program does for a shell and its reader: completion in real shells, manual pages, versions.
//! Shells that are not installed are skipped loudly, or fail the test where `VIRTWIRE_TEST_REAL=1`.
#![cfg(all(
    feature = "cli",
    feature = "completions",
    feature = "json",
    feature = "man",
    feature = "net-event",
    feature = "testdaemon"
))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helper fails the test"
)]

mod cli;

use std::io::Write;
use std::path::Path;
use std::process::Command;

use cli::{Folder, Said, say, server, test, virtwire};
use virtwire::testdaemon::Hypervisor;

/// Networks whose names a shell must quote.
fn shell(program: &str, folder: &Folder, script: &str) -> Option<Said> {
    if !Path::new("/usr/bin").join(program).exists() && !Path::new("/bin").join(program).exists() {
        assert!(
            std::env::var_os("VIRTWIRE_TEST_REAL").is_none_or(|v| v != "1"),
            "{program} is not installed"
        );
        let _ = writeln!(std::io::stderr(), "\nSKIPPED {program}: it is not installed\n");
        return None;
    }
    let mut uri = server::hypervisor(folder, Hypervisor::default(), "test+unix:///default");
    for (file, name) in [("1", "my net"), ("2", "a:b"), ("3", "other")] {
        let xml = folder.file(file, format!("<network><name>{name}</name></network>").as_bytes());
        assert_eq!(say(&mut virtwire(&["-c", &uri, "net-define", &xml])).code(), 0);
    }
    let script = folder.file("script", script.as_bytes());
    let binary = Path::new(env!("CARGO_BIN_EXE_virtwire")).parent().unwrap().display().to_string();
    let mut command = Command::new(program);
    if program == "bash" {
        command.arg("--norc");
    } else if program == "zsh" {
        command.arg("-f");
    }
    command.arg(script).env_clear().env("HOME", folder.path("")).env("LC_ALL", "C.UTF-8").env("TERM", "dumb");
    command.env("PATH", format!("{binary}:/usr/bin:/bin")).current_dir(folder.path(""));
    command.env("LIBVIRT_DEFAULT_URI", std::mem::take(&mut uri));
    Some(say(&mut command))
}

#[test]
fn bash_completes_commands_options_uris_and_networks() {
    let script = r#"
source <(virtwire completions bash)
try() {
    COMP_LINE="$1" COMP_POINT=${#1}
    _virtwire_complete 2>/dev/null
    echo "$1=$(printf '[%s]' "${COMPREPLY[@]}")"
}
try 'virtwire net-l'
try 'virtwire net-list --p'
try 'virtwire net-start '
try 'virtwire net-destroy d'
try 'virtwire net-info --network o'
try 'virtwire net-info my'
try 'virtwire net-info my\ '
try 'virtwire net-info a:'
try 'virtwire net-disable default o'
try 'virtwire -c test:///default net-info d'
try 'virtwire -c qemu:///nowhere?socket=/nonexistent net-info d'
try 'virtwire -c qemu:///s'
try 'virtwire -o j'
try 'virtwire net-update default add-'
try 'virtwire net-update default add ip-dhcp-'
try 'virtwire net-update default --section dns-'
try 'virtwire net-event --event '
try 'virtwire net-event default l'
"#;
    let Some(said) = shell("bash", &Folder::new("bash"), script) else { return };
    let expected = r"virtwire net-l=[net-list]
virtwire net-list --p=[--persistent]
virtwire net-start =[a:b][my\ net][other][--help]
virtwire net-destroy d=[default]
virtwire net-info --network o=[other]
virtwire net-info my=[my\ net]
virtwire net-info my\ =[my\ net]
virtwire net-info a:=[b]
virtwire net-disable default o=[other]
virtwire -c test:///default net-info d=[default]
virtwire -c qemu:///nowhere?socket=/nonexistent net-info d=[]
virtwire -c qemu:///s=[///session][///system]
virtwire -o j=[json][jsonl]
virtwire net-update default add-=[add-first][add-last]
virtwire net-update default add ip-dhcp-=[ip-dhcp-host][ip-dhcp-range]
virtwire net-update default --section dns-=[dns-host][dns-srv][dns-txt]
virtwire net-event --event =[lifecycle][metadata-change]
virtwire net-event default l=[lifecycle]
";
    assert_eq!((said.out.as_str(), said.err.as_str()), (expected, ""));
}

#[test]
fn fish_completes_networks_and_describes_commands() {
    let script = r#"
virtwire completions fish | source
complete -C 'virtwire net-destroy '
complete -C 'virtwire net-lis'
complete -C 'virtwire net-info m'
"#;
    let Some(said) = shell("fish", &Folder::new("fish"), script) else { return };
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(lines[0], "default", "{said:?}");
    assert!(lines.iter().any(|line| line.starts_with("net-list\tList networks")), "{said:?}");
    assert!(lines.contains(&"my net"), "{said:?}");
}

#[test]
fn zsh_completes_a_network_on_a_real_prompt() {
    let script = r#"
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; autoload -U compinit; compinit -u -D; source <(virtwire completions zsh); echo rea''dy"
zpty -r -m shell out '*ready*'
zpty -w -n shell $'virtwire net-uuid oth\t'
zpty -r -m shell out '*net-uuid other*'
print completed
"#;
    let Some(said) = shell("zsh", &Folder::new("zsh"), script) else { return };
    assert_eq!(said.out, "completed\n", "{said:?}");
}

#[test]
fn every_command_has_a_manual_page_that_man_can_show() {
    let folder = Folder::new("man");
    let said = test(&["man", "--save-to", folder.path("").to_str().unwrap()]);
    assert_eq!(said.code(), 0, "{said:?}");
    let pages: Vec<_> = said.out.lines().collect();
    assert!(pages.len() > 13, "{pages:?}");
    for page in ["virtwire.1", "virtwire-net-disable.1", "virtwire-version.1"] {
        assert!(pages.contains(&folder.path(page).to_str().unwrap()), "{page}: {pages:?}");
    }
    let printed = test(&["man", "net-list"]);
    assert_eq!(printed.out, std::fs::read_to_string(folder.path("virtwire-net-list.1")).unwrap());
    if Path::new("/usr/bin/man").exists() {
        for page in pages {
            let said = say(Command::new("man").args(["--warnings", "-l", page]).env("LC_ALL", "C.UTF-8"));
            assert_eq!((said.code(), said.err.as_str()), (0, ""), "{page}");
            assert!(said.out.contains("SYNOPSIS") && said.out.contains("EXIT STATUS"), "{page}");
        }
    }
}

#[test]
fn a_page_that_is_not_there_and_a_folder_that_is_not_there_are_said() {
    let said = test(&["man", "net-lst"]);
    assert_eq!((said.code(), said.first_error()), (2, "error: there is no command 'net-lst'"));
    let said = test(&["man", "--save-to", "/nonexistent"]);
    assert_eq!(said.code(), 1);
    assert_eq!(said.first_error(), "error: Failed to write /nonexistent/virtwire.1");
}

#[test]
fn versions_are_told_of_both_ends_and_of_this_one_where_there_is_no_other() {
    let own = env!("CARGO_PKG_VERSION");
    let said = test(&["version"]);
    assert_eq!((said.code(), said.err.as_str()), (0, ""));
    let mut lines = said.out.lines();
    assert_eq!(lines.next(), Some(format!("virtwire    {own}").as_str()));
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with(&format!("protocol    virtwire-protocol {own}: libvirt's remote protocol 1,"))
    );
    assert_eq!(lines.next(), Some("server      libvirt 12.8.0 at test:///default"));
    assert_eq!(lines.next(), Some("hypervisor  TEST 0.0.2"));
    assert_eq!(lines.next(), None);

    let folder = Folder::new("version");
    let said = say(&mut virtwire(&["-c", &server::dead(&folder), "version"]));
    assert_eq!((said.code(), said.out.lines().count()), (4, 2));

    let json = test(&["-o", "json", "version"]).json();
    assert_eq!(json["result"]["server"], "12.8.0");
    assert_eq!(json["result"]["hypervisor"]["kind"], "TEST");
    // The option of the same name opens nothing.
    assert_eq!(test(&["--version"]).out, format!("virtwire {own}\n"));
}

/// Runs a command line with a terminal of its own.
fn on_a_terminal(words: &str, variables: &[(&str, &str)]) -> Said {
    let line = format!("{} -c test:///default {words}", env!("CARGO_BIN_EXE_virtwire"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env_clear().env("PATH", "/usr/bin:/bin");
    say(command.envs(variables.iter().copied()).stdin(std::process::Stdio::null()))
}

#[test]
fn colours_are_for_terminals_that_want_them_and_never_in_virshs_output() {
    let painted = on_a_terminal("net-disable default", &[("TERM", "xterm")]);
    assert!(painted.out.contains("  \u{1b}[32mchanged\u{1b}[0m    state"), "{painted:?}");
    for variables in [[("TERM", "xterm"), ("NO_COLOR", "1")], [("TERM", "dumb"), ("LC_ALL", "C")]] {
        let plain = on_a_terminal("net-disable default", &variables);
        assert!(plain.out.contains("  changed    state") && !plain.out.contains('\u{1b}'), "{plain:?}");
    }
    let error = on_a_terminal("net-info nothing", &[("TERM", "xterm")]);
    assert!(error.out.contains("\u{1b}[31merror:\u{1b}[0m failed to get network"), "{error:?}");
    let list = on_a_terminal("net-list --all", &[("TERM", "xterm")]);
    assert!(list.out.contains("default") && !list.out.contains('\u{1b}'), "{list:?}");
    assert!(!test(&["net-disable", "default"]).out.contains('\u{1b}'));
}
