//! `man`: manual pages.

use std::fs;
use std::path::Path;

use crate::cli::args::Man;
use crate::cli::failure::{Failure, Kind};
use crate::cli::man::{Page, pages};
use crate::cli::output::shown_path;
use crate::cli::report::{Report, Text};

pub(super) fn run(args: &Man) -> Result<Report, Failure> {
    match &args.save_to {
        Some(folder) => save(folder),
        None => print(args.command.as_deref()),
    }
}

fn print(command: Option<&str>) -> Result<Report, Failure> {
    let name = command.map_or("virtwire".to_owned(), |command| format!("virtwire-{command}"));
    let Some(page) = pages().find(|page| page.name == name) else {
        let message = format!("there is no command '{}'", command.unwrap_or_default());
        return Err(
            Failure::new(Kind::Usage, message).advice("'virtwire --help' lists the commands".to_owned())
        );
    };
    Ok(Report::Text(Text { text: page.text }))
}

fn save(folder: &Path) -> Result<Report, Failure> {
    let mut text = String::new();
    for Page { name, text: page } in pages() {
        let file = folder.join(format!("{name}.1"));
        let failed = |error| Failure::io(format!("Failed to write {}", shown_path(&file)), &error);
        fs::write(&file, page).map_err(failed)?;
        text.push_str(&format!("{}\n", file.display()));
    }
    Ok(Report::Text(Text { text }))
}
