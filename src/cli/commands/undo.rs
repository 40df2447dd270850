//! The commands that undo: whole lines, for a shell.

use virtwire::disable::{Outcome, Report, Undo};
use virtwire::protocol::remote::{Text, Uuid};
use virtwire::shell;

/// What undoes the changes to all networks of a command, those that are alike in one line.
pub(super) struct UndoCommands<'a> {
    uri: &'a str,
    steps: Vec<(Undo, Vec<String>)>,
}

impl<'a> UndoCommands<'a> {
    pub(super) fn new(uri: &'a str) -> Self {
        Self { uri, steps: Vec::new() }
    }

    /// Adds what undoes the changes to one network.
    pub(super) fn add(&mut self, outcome: &Outcome) {
        let Outcome::Found(report) = outcome else { return };
        for step in &report.undo {
            // Only our own commands take several networks.
            let takes_several = matches!(step, Undo::Enable { .. } | Undo::Disable);
            let alike = self.steps.iter_mut().find(|(other, _)| takes_several && other == step);
            match alike {
                Some((_, networks)) => networks.push(plain_name(&report.name, report.uuid)),
                None => self.steps.push((step.clone(), vec![plain_name(&report.name, report.uuid)])),
            }
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.steps.iter().map(|(step, networks)| line(self.uri, &words(step, networks))).collect()
    }
}

/// What undoes the changes to one network.
pub(super) fn commands(uri: &str, report: &Report) -> Vec<String> {
    let network = [plain_name(&report.name, report.uuid)];
    report.undo.iter().map(|step| line(uri, &words(step, &network))).collect()
}

/// The command that shows how a network is.
pub(super) fn look(uri: &str, report: &Report) -> String {
    look_at(uri, &plain_name(&report.name, report.uuid))
}

/// The same, for a network as it was given.
pub(super) fn look_at(uri: &str, given: &str) -> String {
    line(uri, &["net-info".to_owned(), given.to_owned()])
}

fn words(step: &Undo, networks: &[String]) -> Vec<String> {
    let saved;
    let (command, option) = match step {
        Undo::Enable { autostart: true } => ("net-enable", None),
        Undo::Enable { autostart: false } => ("net-enable", Some("--no-autostart")),
        Undo::Disable => ("net-disable", None),
        Undo::Start => ("net-start", None),
        Undo::Stop => ("net-destroy", None),
        Undo::Autostart(true) => ("net-autostart", None),
        Undo::Autostart(false) => ("net-autostart", Some("--disable")),
        Undo::CreateFrom(file) => {
            saved = [file.display().to_string()];
            return ["net-create".to_owned()].into_iter().chain(saved).collect();
        }
    };
    let option = option.map(str::to_owned);
    [command.to_owned()].into_iter().chain(networks.iter().cloned()).chain(option).collect()
}

/// A command of this program's on one network.
pub(in crate::cli) fn command(uri: &str, command: &str, name: &Text, uuid: Option<Uuid>) -> String {
    let network = uuid.map_or_else(|| name.to_string(), |uuid| plain_name(name, uuid));
    line(uri, &[command.to_owned(), network])
}

/// A command of this program's on a file.
pub(super) fn file_command(uri: &str, command: &str, file: &str) -> String {
    line(uri, &[command.to_owned(), file.to_owned()])
}

/// A whole command line of this program's.
fn line(uri: &str, words: &[String]) -> String {
    let own = ["virtwire", "-c", uri].map(str::to_owned);
    shell::line(&own.into_iter().chain(words.iter().cloned()).collect::<Vec<_>>())
}

/// How a network is named in a command: by its name where that is plain and cannot be taken for anything else.
pub(super) fn plain_name(name: &Text, uuid: Uuid) -> String {
    let is_plain = |name: &&str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.:+-".contains(&byte))
            && name.parse::<Uuid>().is_err()
    };
    name.to_str().ok().filter(is_plain).map_or_else(|| uuid.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_a_network_by_its_name_only_where_that_is_plain() {
        let uuid = Uuid([0xab; 16]);
        for name in ["default", "net-1.2_x:y+z", "0"] {
            assert_eq!(plain_name(&Text::from_static(name), uuid), name);
        }
        for name in
            ["", "-x", "two words", "a'b", "ü", "$HOME", "a;b", "77697265-0000-4000-8000-000000000001"]
        {
            assert_eq!(plain_name(&Text::from_static(name), uuid), uuid.to_string(), "{name}");
        }
    }

    #[test]
    fn networks_that_are_undone_alike_share_a_line_of_our_own_commands_only() {
        let networks = ["a", "b"].map(str::to_owned);
        let alike = words(&Undo::Enable { autostart: false }, &networks);
        assert_eq!(alike, ["net-enable", "a", "b", "--no-autostart"]);
        let mut undo = UndoCommands::new("qemu:///system");
        undo.steps = vec![(Undo::Disable, networks.to_vec()), (Undo::Autostart(false), vec!["c".to_owned()])];
        assert_eq!(
            undo.lines(),
            [
                "virtwire -c qemu:///system net-disable a b",
                "virtwire -c qemu:///system net-autostart c --disable"
            ]
        );
    }
}
