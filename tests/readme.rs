//! README stays true: every command of ours that it names is run, and the Rust program in it is compiled.
#![cfg(all(feature = "cli", feature = "page", feature = "testdaemon"))]

use std::process::Command;

const README: &str = include_str!("../README.md");

/// The arguments of every command of ours: after a prompt, or between backquotes in the operator's table.
fn commands() -> Vec<String> {
    let prompts = README.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned);
    let cells = README.lines().filter(|line| line.starts_with("| `")).flat_map(|line| {
        line.split('|').filter_map(|cell| Some(cell.trim().strip_prefix('`')?.strip_suffix('`')?.to_owned()))
    });
    let ours = |command: String| {
        let arguments = command.strip_prefix("cargo run --release -- ").or(command.strip_prefix("virtwire "));
        arguments.map(str::to_owned)
    };
    prompts.chain(cells).filter_map(ours).collect()
}

#[test]
fn every_command_of_the_readme_succeeds() {
    let commands = commands();
    assert_eq!(commands.len(), 10, "{commands:?}");
    let folder = std::env::temp_dir().join(format!("virtwire-readme-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("hosts.txt"), "test:///default\n").unwrap();
    for arguments in commands {
        let output = Command::new("sh")
            .args(["-c", &format!("{} {arguments}", env!("CARGO_BIN_EXE_virtwire"))])
            .env("VIRSH_DEFAULT_CONNECT_URI", "test:///default")
            .current_dir(&folder)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "virtwire {arguments}: {stderr}");
        let is_elsewhere = arguments.contains(" > ");
        assert!(is_elsewhere || !output.stdout.is_empty(), "virtwire {arguments} prints something");
    }
    assert!(std::fs::read_to_string(folder.join("report.html")).unwrap().starts_with("<!doctype html>"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn every_command_of_the_help_is_in_the_readme() {
    let output = Command::new(env!("CARGO_BIN_EXE_virtwire")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let commands: Vec<&str> =
        help.lines().filter_map(|line| line.strip_prefix("  net-")?.split(' ').next()).collect();
    assert!(commands.len() >= 14, "{commands:?}");
    for command in commands {
        assert!(README.contains(&format!("`net-{command}`")), "net-{command}");
    }
}

#[test]
fn the_links_of_the_readme_lead_somewhere() {
    let targets: Vec<&str> = README.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(targets.len() >= 3, "{targets:?}");
    for target in targets {
        let (path, section) = target.split_once('#').unwrap_or((target, ""));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/").to_owned() + path;
        assert!(std::path::Path::new(&path).exists(), "{target}");
        if !section.is_empty() {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut sections = text.lines().filter(|line| line.starts_with('#')).map(anchor);
            assert!(sections.any(|anchor| anchor == section), "{target}");
        }
    }
}

/// What a heading is linked to by: its words in lower case, joined by dashes.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    words.chars().filter(|character| character.is_alphanumeric() || *character == '-').collect()
}
