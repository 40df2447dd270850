//! `--help`, from what is declared. What it says in words is in `help.rs`.

use super::{ABOUT, COMMANDS, USAGE};
use crate::cli::args::option::{Kind, Opt};
use crate::cli::args::{Globals, Spec};

/// Most columns of a line.
const WIDTH: usize = 80;

/// What the program says of itself.
pub(crate) fn of_program() -> String {
    let mut text = format!("virtwire {}: {ABOUT}\n\nUsage: {USAGE}\n\n", env!("CARGO_PKG_VERSION"));
    add_table(&mut text, "", &Globals::options());
    text + COMMANDS + "\n"
}

/// What a command says of itself.
pub(crate) fn of_command(command: &Spec) -> String {
    let (data, options): (Vec<_>, Vec<_>) =
        command.options().into_iter().partition(|option| option.is_data());
    let mut text = format!("{}\n\nUsage: {}\n\n", command.about(), command.usage());
    add_table(&mut text, "Arguments:\n", &data);
    add_table(&mut text, "Options:\n", &options);
    text + command.after + "\n"
}

/// Lines of two columns, or below each other where they would not fit beside, and an empty one; nothing where all is
/// hidden.
fn add_table(text: &mut String, heading: &str, options: &[&Opt]) {
    let shown = options.iter().filter(|option| !option.is_hidden);
    let rows: Vec<_> = shown.map(|option| (called(option), option)).collect();
    let Some(width) = rows.iter().map(|(called, _)| called.len()).max() else { return };
    let fits = |line: &str| 2 + width + 2 + line.len() <= WIDTH;
    let are_beside = rows.iter().flat_map(|(_, option)| option.help()).all(fits);
    text.push_str(heading);
    for (called, option) in rows {
        let mut left = format!("  {called:width$}  ");
        if !are_beside {
            text.push_str(&format!("  {called}\n"));
            left = " ".repeat(10);
        }
        for line in option.help() {
            text.push_str(&format!("{left}{line}\n"));
            left = " ".repeat(left.len());
        }
    }
    text.push('\n');
}

/// How an option is given.
fn called(option: &Opt) -> String {
    let Opt { short, long, value, kind, .. } = *option;
    if option.is_data() {
        return match kind {
            Kind::Required if option.excludes.is_empty() => format!("<{value}>"),
            Kind::Several => format!("[{value}]..."),
            _ => format!("[{value}]"),
        };
    }
    let short = short.map_or("    ".to_owned(), |short| format!("-{short}, "));
    if option.takes_value() { format!("{short}--{long} <{value}>") } else { format!("{short}--{long}") }
}
