//! `net-update`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use virtwire::{Section, UpdateCommand};

use super::{lookup, xml_file};
use crate::cli::args::{Affected, NetUpdate};
use crate::cli::failure::{Failure, Kind};
use crate::cli::report::{Report, parts};
use crate::cli::session::Session;

/// The words for what is done, and what they mean.
pub(in crate::cli) const COMMANDS: [(&str, UpdateCommand); 5] = [
    ("add-last", UpdateCommand::AddLast),
    ("add", UpdateCommand::AddLast),
    ("add-first", UpdateCommand::AddFirst),
    ("delete", UpdateCommand::Delete),
    ("modify", UpdateCommand::Modify),
];

/// The words for parts of a network, and what they mean.
pub(in crate::cli) const SECTIONS: [(&str, Section); 12] = [
    ("bridge", Section::Bridge),
    ("domain", Section::Domain),
    ("ip", Section::Ip),
    ("ip-dhcp-host", Section::IpDhcpHost),
    ("ip-dhcp-range", Section::IpDhcpRange),
    ("forward", Section::Forward),
    ("forward-interface", Section::ForwardInterface),
    ("forward-pf", Section::ForwardPf),
    ("portgroup", Section::Portgroup),
    ("dns-host", Section::DnsHost),
    ("dns-txt", Section::DnsTxt),
    ("dns-srv", Section::DnsSrv),
];

/// A file is read before connecting, and what is wrong with the words is told after the network was found, as by virsh.
pub(super) async fn run(session: &Session, args: &NetUpdate) -> Result<Report, Failure> {
    check_exclusive(&args.affected)?;
    let xml = element(&args.xml);
    let network = lookup::network(session, args.network.given()).await?;
    let command = named("command", &args.command, &COMMANDS)?;
    let section = named("section", &args.section, &SECTIONS)?;
    let parent = args.parent_index.as_deref().map(parent).transpose()?.flatten();
    let affect = args.affected.affect();
    let done = network.update(command, section, parent, &xml?, affect).await;
    done.map_err(|error| session.failure(format!("Failed to update network {}", network.name()), &error))?;
    let Affected { mut live, mut config, .. } = args.affected;
    if !live && !config {
        // It was done: that it cannot be told where changes nothing about it.
        live = network.is_active().await.unwrap_or(true);
        config = !live;
    }
    let word = COMMANDS.iter().find(|(_, known)| *known == command).map_or("", |(word, _)| word);
    Ok(Report::NetworkUpdate(parts::NetworkUpdate {
        identity: (&network).into(),
        update: word.to_owned(),
        section: args.section.clone(),
        live,
        config,
    }))
}

/// Either of --live and --config contradicts --current.
pub(super) fn check_exclusive(affected: &Affected) -> Result<(), Failure> {
    let other = match affected {
        Affected { live: true, current: true, .. } => "live",
        Affected { config: true, current: true, .. } => "config",
        _ => return Ok(()),
    };
    Err(exclusive("current", other))
}

/// Two options that contradict each other.
pub(super) fn exclusive(one: &str, other: &str) -> Failure {
    Failure::new(Kind::Usage, format!("Options --{one} and --{other} are mutually exclusive"))
}

fn named<T: Copy>(what: &str, word: &str, known: &[(&str, T)]) -> Result<T, Failure> {
    if word.is_empty() {
        return Err(lookup::empty_option(what));
    }
    let found = known.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let failure = Failure::new(Kind::Usage, format!("unrecognized {what} name '{word}'"));
        failure.advice(format!("possible are {}", names.join(", ")))
    })
}

/// A negative number leaves the choice to libvirt, as leaving the option out does.
fn parent(word: &str) -> Result<Option<u32>, Failure> {
    let malformed = || {
        let message =
            format!("Numeric value '{word}' for <parent-index> option is malformed or out of range");
        Failure::new(Kind::Usage, message)
    };
    let number: i32 = word.trim_start().parse().map_err(|_| malformed())?;
    Ok(u32::try_from(number).ok())
}

/// The XML itself, which begins as XML does, or the file that holds it.
fn element(given: &OsStr) -> Result<Vec<u8>, Failure> {
    match given.as_bytes() {
        [] => Err(lookup::empty_option("xml")),
        xml @ [b'<', ..] => Ok(xml.to_vec()),
        _ => xml_file::read(Path::new(given)),
    }
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, SECTIONS, named, parent};

    #[test]
    fn words_have_the_numbers_of_libvirt() {
        let commands: Vec<_> =
            COMMANDS.iter().map(|(word, command)| format!("{word} {}", *command as u32)).collect();
        assert_eq!(commands, ["add-last 3", "add 3", "add-first 4", "delete 2", "modify 1"]);
        let sections: Vec<u32> = SECTIONS.iter().map(|(_, section)| *section as u32).collect();
        assert_eq!(sections, (1..=12).collect::<Vec<_>>());
        assert!(named("command", "Add", &COMMANDS).is_err());
        assert!(named("section", "none", &SECTIONS).is_err());
    }

    #[test]
    fn a_parent_is_a_decimal_number() {
        assert_eq!(parent("1").ok(), Some(Some(1)));
        assert_eq!(parent("-1").ok(), Some(None));
        for word in ["", "x", "0x1", "1 ", "2147483648"] {
            assert!(parent(word).is_err(), "{word}");
        }
    }
}
