//! Manual pages, from the declaration of the arguments and from what `--help` says.

use clap::Command;
use clap_mangen::Man;
use roff::{Roff, roman};

use super::args::Arguments;

const EXIT_STATUS: &str = "\
0 done, or already so        5 denied
1 failed                     6 refused, nothing was changed
2 wrong usage                7 not as wanted, or left behind
3 no such network            8 outcome unknown
4 no server answers";

/// One page, in the first section of the manual.
pub(crate) struct Page {
    /// `virtwire`, or `virtwire-COMMAND`.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The program's page, and one for each command that is no secret.
pub(crate) fn pages() -> impl Iterator<Item = Page> {
    let root = Arguments::described();
    let commands: Vec<_> = root.get_subcommands().filter(|command| !command.is_hide_set()).cloned().collect();
    std::iter::once(root).chain(commands).map(page)
}

/// What the help says behind the options stands before them here, line by line as it is there.
fn page(command: Command) -> Page {
    let name = command.get_bin_name().unwrap_or("virtwire").replace(' ', "-");
    let description = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let title = name.to_uppercase();
    let source = format!("virtwire {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.display_name(&name)).title(title).source(source).manual("virtwire");
    let mut text = Vec::new();
    // A Vec takes whatever is written.
    let _ = man.render_title(&mut text);
    let _ = man.render_name_section(&mut text);
    let _ = man.render_synopsis_section(&mut text);
    let _ = section("DESCRIPTION", &description).to_writer(&mut text);
    let _ = man.render_options_section(&mut text);
    let _ = section("EXIT STATUS", EXIT_STATUS).to_writer(&mut text);
    let _ = section("SEE ALSO", if name == "virtwire" { "virsh(1)" } else { "virtwire(1), virsh(1)" })
        .to_writer(&mut text);
    Page { name, text: String::from_utf8_lossy(&text).into_owned() }
}

/// Lines that stay as they are.
fn section(heading: &str, lines: &str) -> Roff {
    let mut section = Roff::new();
    section.control("SH", [heading]).control("nf", []);
    for line in lines.lines() {
        section.text([roman(line)]);
    }
    section.control("fi", []);
    section
}
