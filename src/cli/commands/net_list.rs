//! `net-list`: one round trip, whatever the number of networks; with titles, one more for each.

use std::future::poll_fn;
use std::task::Poll;

use virtwire::protocol::remote::network::list;
use virtwire::{Affect, Connection, Error, ErrorKind, Metadata, Network};

use super::order::by_name;
use crate::cli::args::NetList;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::document::Outcome;
use crate::cli::report::parts::Title;
use crate::cli::report::{ListedNetwork, NetworkList, NetworkState, Report};
use crate::cli::session::Session;

const WHAT: &str = "Failed to list networks";

/// How many networks are asked for their titles at once: no more calls than that are in flight anyway.
const AT_A_TIME: usize = 4;

pub(super) async fn run(session: &Session, args: &NetList) -> Outcome {
    match listed(session, args).await {
        Ok(networks) => Outcome {
            notes: session.note_of_own().filter(|_| networks.is_empty()).into_iter().collect(),
            report: Some(Report::NetworkList(NetworkList { networks })),
            failure: None,
        },
        Err(failure) => failure.into(),
    }
}

async fn listed(session: &Session, args: &NetList) -> Result<Vec<ListedNetwork>, Failure> {
    if [args.table, args.name, args.uuid].into_iter().filter(|is| *is).count() > 1 {
        let message = "Only one argument from --table, --name and --uuid may be specified.";
        return Err(Failure::new(Kind::Usage, message));
    }
    let connection = session.connect().await?;
    let networks = if args.name || args.uuid {
        identities(&connection, args).await
    } else {
        states(&connection, args).await
    };
    networks.map_err(|error| session.failure(WHAT, &error))
}

async fn identities(connection: &Connection, args: &NetList) -> Result<Vec<ListedNetwork>, Error> {
    let networks: Vec<_> = connection.networks(flags(args)).await?.iter().collect();
    let networks = by_name(&networks, |network| network.name().as_bytes());
    let listed = networks.into_iter().map(|network| ListedNetwork {
        identity: network.into(),
        state: None,
        title: None,
    });
    Ok(listed.collect())
}

async fn states(connection: &Connection, args: &NetList) -> Result<Vec<ListedNetwork>, Error> {
    let mut found = connection.network_states().await?;
    found.retain(|found| is_wanted(args, found.into()));
    let found = by_name(&found, |found| found.network.name().as_bytes());
    let each = found.iter().copied().map(|found| ListedNetwork {
        identity: (&found.network).into(),
        state: Some(found.into()),
        title: None,
    });
    let mut listed: Vec<_> = each.collect();
    if args.title {
        add_titles(&found, &mut listed).await?;
    }
    Ok(listed)
}

/// As many questions as there are networks, a few at a time.
async fn add_titles(networks: &[&virtwire::NetworkState], listed: &mut [ListedNetwork]) -> Result<(), Error> {
    for (networks, listed) in networks.chunks(AT_A_TIME).zip(listed.chunks_mut(AT_A_TIME)) {
        let mut asked: Vec<_> = networks.iter().map(|found| Some(Box::pin(title(&found.network)))).collect();
        poll_fn(|cx| -> Poll<Result<(), Error>> {
            for (question, listed) in asked.iter_mut().zip(listed.iter_mut()) {
                if let Some(Poll::Ready(title)) = question.as_mut().map(|asked| asked.as_mut().poll(cx)) {
                    *question = None;
                    listed.title = title?;
                }
            }
            if asked.iter().all(Option::is_none) { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
        .await?;
    }
    Ok(())
}

/// Nothing where there is none, also where the server is older than titles are.
async fn title(network: &Network) -> Result<Option<Title>, Error> {
    match network.metadata(Metadata::Title, Affect::Current).await {
        Ok(title) => Ok(Some(title.as_bytes().into())),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unsupported) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_wanted(args: &NetList, state: NetworkState) -> bool {
    let active = args.all || state.active != args.inactive;
    active
        && of_pair(args.persistent, args.transient, state.persistent)
        && of_pair(args.autostart, args.no_autostart, state.autostart)
}

/// Both of a pair ask for as much as neither.
fn of_pair(wants_yes: bool, wants_no: bool, is: bool) -> bool {
    wants_yes == wants_no || wants_yes == is
}

/// What [`is_wanted`] says, for the server to decide.
fn flags(args: &NetList) -> u32 {
    let asked = [
        (args.all || !args.inactive, list::ACTIVE),
        (args.all || args.inactive, list::INACTIVE),
        (args.persistent, list::PERSISTENT),
        (args.transient, list::TRANSIENT),
        (args.autostart, list::AUTOSTART),
        (args.no_autostart, list::NO_AUTOSTART),
    ];
    let set = asked.into_iter().filter(|(is_asked, _)| *is_asked);
    set.fold(0, |flags, (_, flag)| flags | flag)
}

#[cfg(test)]
mod tests {
    use super::{flags, is_wanted};
    use crate::cli::args::{Arguments, Command, NetList};
    use crate::cli::report::NetworkState;

    fn args(line: &str) -> Option<NetList> {
        let words = ["virtwire", "net-list"].into_iter();
        match Arguments::read(words.chain(line.split_whitespace()).map(Into::into)).1.ok()?.command {
            Command::NetList(args) => Some(args),
            _ => None,
        }
    }

    fn wanted(line: &str) -> Option<String> {
        let args = args(line)?;
        let all = (0..8u8).filter(|bits| bits & 2 != 0 || bits & 1 != 0);
        let shown = all.filter_map(|bits| {
            let state =
                NetworkState { active: bits & 1 != 0, persistent: bits & 2 != 0, autostart: bits & 4 != 0 };
            let word = |is, word| if is { word } else { '-' };
            is_wanted(&args, state).then(|| {
                [word(state.active, 'a'), word(state.persistent, 'p'), word(state.autostart, 's')]
                    .iter()
                    .collect::<String>()
            })
        });
        Some(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn only_active_ones_unless_told_otherwise() {
        assert_eq!(wanted("").as_deref(), Some("a-- ap- a-s aps"));
        assert_eq!(wanted("--inactive").as_deref(), Some("-p- -ps"));
        assert_eq!(wanted("--all").as_deref(), Some("a-- -p- ap- a-s -ps aps"));
        assert_eq!(wanted("--all --inactive"), wanted("--all"));
    }

    #[test]
    fn filters_are_joined_by_and() {
        assert_eq!(wanted("--persistent").as_deref(), Some("ap- aps"));
        assert_eq!(wanted("--inactive --transient").as_deref(), Some(""));
        assert_eq!(wanted("--all --autostart --persistent").as_deref(), Some("-ps aps"));
        assert_eq!(wanted("--no-autostart").as_deref(), Some("a-- ap-"));
    }

    #[test]
    fn both_of_a_pair_are_no_filter() {
        assert_eq!(wanted("--persistent --transient"), wanted(""));
        assert_eq!(wanted("--all --autostart --no-autostart"), wanted("--all"));
    }

    #[test]
    fn the_server_is_asked_for_the_same() {
        for (line, wanted) in [
            ("", 2),
            ("--inactive", 1),
            ("--all", 3),
            ("--all --inactive --persistent", 7),
            ("--transient --autostart", 26),
            ("--no-autostart", 34),
        ] {
            assert_eq!(args(line).as_ref().map(flags), Some(wanted), "{line}");
        }
    }
}
