//! What one look shows, and how it is told to a virtwire elsewhere: a line of JSON for each that asks.

use std::io;
use std::pin::pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use crate::connection::Options;
use crate::error::Result;
use crate::host::{Daemon, Host, Look, Unseen, Whose};

/// How looks are told. Another number cannot be understood.
pub(super) const FORMAT: u32 = 1;

/// How long the next question is waited for: whoever asks may be gone without a word, and ssh there does not notice.
const IDLE: Duration = Duration::from_secs(3600);

/// Most bytes of a question.
const QUESTION_MAX: u64 = 16 * 1024;

/// What was seen of a host, and of the daemons that run on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sight {
    /// The host's own name, where it was looked at.
    pub hostname: Option<String>,
    /// The process that serves the connection, where it is known.
    pub daemon: Option<i32>,
    /// What the host showed.
    pub host: Host,
    /// The daemons that run there.
    pub daemons: Look<Vec<Daemon>>,
}

/// What is said before any question.
#[derive(Debug, Serialize)]
pub(super) struct Greeting {
    pub(super) look: u32,
    pub(super) virtwire: String,
}

/// Whose host is to be looked at: that of the daemon of a URI of this host.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) uri: String,
    pub(super) read_only: bool,
}

/// What was seen, or why the daemon could not be asked who it is.
pub(super) type Answer = std::result::Result<Sight, String>;

impl Sight {
    /// Looks at this host.
    pub(super) async fn here(whose: Whose) -> Self {
        let (host, daemons) = tokio::join!(Host::look(whose), Daemon::all());
        let daemon = if let Whose::Daemon(daemon) = whose { daemon } else { None };
        let daemon = Daemon::answering(daemon, &daemons);
        let hostname = host.namespace.as_ref().ok().and_then(|()| Host::name());
        Self { hostname, daemon, host, daemons }
    }

    /// Nothing was seen.
    pub(super) fn unseen(reason: &Unseen) -> Self {
        Self { hostname: None, daemon: None, host: Host::unseen(reason), daemons: Err(reason.clone()) }
    }
}

/// Looks at this host for a virtwire elsewhere, which asks by lines on `questions`, until there are no more, or none came
/// for an hour. Each look opens a connection to the daemon, to learn which process it is, and changes nothing.
///
/// # Errors
/// Where nobody reads the answers any more.
pub async fn looks(
    questions: impl AsyncRead + Unpin,
    mut answers: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let greeting = Greeting { look: FORMAT, virtwire: env!("CARGO_PKG_VERSION").to_owned() };
    say(&mut answers, &greeting).await?;
    let mut questions = BufReader::new(questions);
    loop {
        let mut line = String::new();
        let question = (&mut questions).take(QUESTION_MAX);
        let read = timeout(IDLE, pin!(question).read_line(&mut line)).await;
        if read.unwrap_or(Ok(0))? == 0 {
            return Ok(());
        }
        let answer: Answer = match serde_json::from_str::<Question>(&line) {
            Ok(question) => look(&question).await.map_err(|error| error.to_string()),
            Err(error) => Err(format!("the question cannot be understood: {error}")),
        };
        say(&mut answers, &answer).await?;
    }
}

async fn look(question: &Question) -> Result<Sight> {
    let connection = Options::new().read_only(question.read_only).open(&question.uri).await?;
    let sight = Sight::here(Whose::Daemon(connection.daemon())).await;
    // All is seen: that nobody answers is of no concern.
    let _ = connection.close().await;
    Ok(sight)
}

async fn say(to: &mut (impl AsyncWrite + Unpin), what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line).await?;
    to.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Backend;

    #[tokio::test]
    async fn what_was_seen_comes_back_as_it_was() {
        let sight = Sight::here(Whose::Ours).await;
        let told = serde_json::to_string(&sight).unwrap();
        let heard: Sight = serde_json::from_str(&told).unwrap();
        assert_eq!(format!("{heard:?}"), format!("{sight:?}"));
        let mut unseen = Sight::unseen(&Unseen::no_tool(&["nft"]));
        unseen.host.firewall.push((Backend::Nftables, Err(Unseen::OtherNamespace { daemon: 7 })));
        let told = serde_json::to_string(&unseen).unwrap();
        let heard: Sight = serde_json::from_str(&told).unwrap();
        assert_eq!(format!("{heard:?}"), format!("{unseen:?}"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_nothing_for_an_hour_is_waited_for_no_longer() {
        let (_asker, questions) = tokio::io::duplex(64);
        let begin = tokio::time::Instant::now();
        looks(questions, tokio::io::sink()).await.unwrap();
        assert_eq!(begin.elapsed(), IDLE);
    }

    #[tokio::test]
    async fn each_question_gets_a_line_and_one_that_is_none_is_said_to_be() {
        let questions = b"{\"uri\":\"qemu:///system?socket=/nonexistent\",\"read_only\":false}\n?\n";
        let mut answers = Vec::new();
        looks(&questions[..], &mut answers).await.unwrap();
        let answers = String::from_utf8(answers).unwrap();
        let lines: Vec<&str> = answers.lines().collect();
        assert_eq!(lines[0], format!("{{\"look\":1,\"virtwire\":\"{}\"}}", env!("CARGO_PKG_VERSION")));
        assert!(lines[1].starts_with("{\"Err\":\"no libvirt daemon answers at /nonexistent"), "{}", lines[1]);
        assert!(lines[2].starts_with("{\"Err\":\"the question cannot be understood"), "{}", lines[2]);
        assert_eq!(lines.len(), 3);
    }
}
