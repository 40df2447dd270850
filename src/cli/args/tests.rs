//! What is declared holds together, and fits a terminal.

use super::*;

/// Most columns that help takes: it is not wrapped.
const WIDTH: usize = 80;

#[test]
fn the_declaration_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn help_fits_a_terminal_of_usual_width() {
    let root = Arguments::command();
    let names = root.get_subcommands().map(|command| vec!["virtwire", command.get_name(), "--help"]);
    let names: Vec<_> = names.chain([vec!["virtwire", "--help"]]).collect();
    let mut wide = Vec::new();
    for words in names {
        let help = Arguments::command().try_get_matches_from(&words).err().map(|help| help.to_string());
        let help = help.unwrap_or_default();
        let lines = help.lines().filter(|line| line.chars().count() > WIDTH);
        wide.extend(lines.map(|line| format!("{words:?}: {line}")));
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

#[test]
fn every_command_is_told_by_words_of_its_own() {
    let root = Arguments::all();
    let told: Vec<_> = root.get_subcommands().filter_map(|command| command.get_about()).collect();
    assert_eq!(told.len(), root.get_subcommands().count());
    let told: Vec<_> = told.into_iter().map(ToString::to_string).collect();
    assert!(told.iter().all(|words| !words.contains('`')), "{told:?}");
    let different: std::collections::BTreeSet<_> = told.iter().collect();
    assert_eq!(different.len(), told.len(), "{told:?}");
}

#[test]
fn every_command_has_its_word_and_an_example() -> Result<(), clap::Error> {
    let root = Arguments::all();
    let is_ours = |command: &&clap::Command| !command.is_hide_set() && command.get_name() != "help";
    for command in root.get_subcommands().filter(is_ours) {
        let name = command.get_name();
        assert!(help::COMMANDS.contains(&format!("  {name} ")), "{name} is missing in the help");
        let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let line = example.lines().find(|line| line.contains(&format!("virtwire {name}")));
        assert!(line.is_some() || example.contains(name), "{name} has no example");
        let words = ["virtwire", name, "x"];
        if let Ok(parsed) = Arguments::try_parse_from(words) {
            assert_eq!(parsed.command.name(), name);
        }
    }
    Ok(())
}
