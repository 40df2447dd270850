//! What is declared holds together, and fits a terminal.

use super::*;

/// Most columns that help takes: it is not wrapped.
const WIDTH: usize = 80;

/// What `--help` says of the program, and of each command.
fn helps() -> Vec<String> {
    let helps = COMMANDS.iter().map(help::of_command);
    helps.chain([help::of_program()]).collect()
}

#[test]
fn the_declaration_is_sound() {
    Globals::parser().debug_assert();
    Arguments::described().debug_assert();
    for command in COMMANDS {
        command.parser().debug_assert();
    }
}

#[test]
fn help_fits_a_terminal_of_usual_width() {
    let helps = helps();
    let lines = helps.iter().flat_map(|help| help.lines());
    let wide: Vec<_> = lines.filter(|line| line.chars().count() > WIDTH).collect();
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

/// The parser describes commands itself, for manual pages and completions.
#[cfg(any(feature = "completions", feature = "man"))]
#[test]
fn help_is_what_the_parser_would_say() {
    for command in Arguments::described().get_subcommands_mut().filter(|command| command.get_name() != "help")
    {
        let help = Spec::find(command.get_name()).map(help::of_command);
        assert_eq!(help, Some(command.render_help().to_string()));
    }
}

#[test]
fn every_command_is_told_by_words_of_its_own() {
    let told: std::collections::BTreeSet<_> = COMMANDS.iter().map(Spec::about).collect();
    assert_eq!(told.len(), COMMANDS.len(), "{told:?}");
    assert!(told.iter().all(|words| !words.is_empty() && !words.contains('`')), "{told:?}");
}

#[test]
fn every_command_has_its_word_and_an_example() {
    for Spec { name, after, .. } in COMMANDS.iter().filter(|command| !command.is_hidden) {
        assert!(help::COMMANDS.contains(&format!("  {name} ")), "{name} is missing in the help");
        assert!(after.contains(&format!("virtwire {name}")) || after.contains(name), "{name} has no example");
    }
}

#[test]
fn every_word_is_read_as_its_command() {
    for Spec { name, .. } in COMMANDS {
        let (_, read) = Arguments::read(["virtwire", name, "x"].into_iter().map(Into::into));
        if let Ok(arguments) = read {
            assert_eq!(arguments.command.name(), *name);
        }
    }
}
