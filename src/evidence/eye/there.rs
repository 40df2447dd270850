//! Looking at the host at the other end of ssh, by a virtwire on that host: the one that is installed there, or a copy
//! that is put into a private folder and is gone from there before it runs. What comes back is anyone's: it is bounded.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::timeout;

use super::copy::{NOT_KEPT, OTHER_KIND, WHOLE, kind_of_this_program, read, sender};
use super::read::{self, Read};
use super::sight::{Answer, FORMAT, Greeting, Question, Sight};
use crate::connection::{Connection, Elsewhere};
use crate::error::Seconds;
use crate::host::{Look, Unseen};
use crate::transport::{Said, Terminal};

/// How a host says that it has none, or none that runs.
const ABSENT: i32 = 127;
const NOT_RUNNABLE: i32 = 126;

/// Most bytes of an answer: far more than 30,000 firewall rules take.
const ANSWER_MAX: u64 = 64 * 1024 * 1024;

/// Most characters of a reason that comes from there.
const REASON_MAX: usize = 500;

/// How long a copy may take to arrive.
const COPYING: Duration = Duration::from_secs(120);

/// How long an ssh that has nothing more to say may take to end.
const END: Duration = Duration::from_secs(1);

/// Runs the virtwire that is installed.
const INSTALLED: &str = "command -v virtwire >/dev/null || exit 127; exec virtwire look";

/// A virtwire that looks at its own host.
#[derive(Debug)]
pub(crate) struct There {
    host: String,
    /// The question, which is always the same.
    question: Vec<u8>,
    within: Duration,
    child: Child,
    /// Until the login is done.
    terminal: Option<Terminal>,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    said: Said,
    /// Why nothing can be asked any more. An answer that was not waited for would be taken for that to the next question.
    lost: Option<String>,
}

impl There {
    /// The virtwire on the host of this connection's daemon; `None` where the connection was not made by ssh.
    pub(super) async fn of(connection: &Connection) -> Option<Look<Self>> {
        let elsewhere = connection.elsewhere()?;
        let opened = Self::open(elsewhere).await;
        Some(opened.map_err(|reason| Unseen::NotLookedThere { host: elsewhere.shell.host.clone(), reason }))
    }

    async fn open(elsewhere: &Elsewhere) -> Result<Self, String> {
        let Elsewhere { shell, uri, read_only, copy, within } = elsewhere;
        let program = copy.as_deref().map(read).transpose()?;
        let script = program.as_ref().map_or_else(|| INSTALLED.to_owned(), |program| sender(program.len()));
        let mut command = shell.command(&script);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let terminal = shell.terminal();
        let mut child = command.spawn().map_err(|error| format!("ssh cannot be run: {error}"))?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("ssh has no standard input or output".to_owned());
        };
        let question = Question { uri: uri.clone(), read_only: *read_only };
        let mut question = serde_json::to_vec(&question).map_err(|error| error.to_string())?;
        question.push(b'\n');
        let said = Said::on(child.stderr.take());
        let mut there = Self {
            host: shell.host.clone(),
            question,
            within: *within,
            child,
            terminal,
            questions,
            answers: BufReader::new(answers),
            said,
            lost: None,
        };
        let login = if copy.is_some() { shell.login + COPYING } else { shell.login };
        match timeout(login, there.greet(program.as_deref())).await {
            Ok(Ok(())) => Ok(there),
            Ok(Err(reason)) => Err(there.failure(reason, copy.is_some()).await),
            Err(_) => Err(format!("it did not answer within {} seconds", Seconds(login))),
        }
    }

    /// Sends the copy, where there is one, and hears that somebody is there who can be understood.
    async fn greet(&mut self, program: Option<&[u8]>) -> Result<(), String> {
        if let Some(program) = program {
            // A script that ends early says why on the other side.
            let _ = self.send(program).await;
            let _ = self.send(WHOLE.as_bytes()).await;
        }
        let greeting: Greeting = self.hear().await?;
        self.terminal = None;
        if greeting.look == FORMAT {
            return Ok(());
        }
        Err(format!(
            "virtwire {} there tells it in another form: --send-self sends this one",
            brief(&greeting.virtwire)
        ))
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Self { questions, said, .. } = self;
        let sending = async {
            questions.write_all(bytes).await?;
            questions.flush().await
        };
        said.beside(sending).await
    }

    async fn hear<T: Read>(&mut self) -> Result<T, String> {
        let Self { answers, said, .. } = self;
        let mut line = Vec::new();
        let reading = async { answers.take(ANSWER_MAX).read_until(b'\n', &mut line).await };
        said.beside(reading).await.map_err(|error| error.to_string())?;
        if !line.ends_with(b"\n") {
            return Err("it ended without an answer".to_owned());
        }
        let text = std::str::from_utf8(&line).map_err(|error| error.to_string());
        let understood = text.and_then(read::read);
        understood.map_err(|error| format!("its answer cannot be understood: {}", brief(&error)))
    }

    /// Looks once. What keeps it from that keeps it from every later look.
    pub(super) async fn look(&mut self) -> Sight {
        let reason = match &self.lost {
            Some(reason) => reason.clone(),
            None => match self.ask().await {
                Ok(sight) => return sight,
                Err(reason) => reason,
            },
        };
        Sight::unseen(&Unseen::NotLookedThere { host: self.host.clone(), reason })
    }

    async fn ask(&mut self) -> Result<Sight, String> {
        // So it is where this future is dropped.
        self.lost = Some("an earlier look was given up".to_owned());
        let within = self.within;
        let asking = async {
            let question = std::mem::take(&mut self.question);
            let sent = self.send(&question).await;
            self.question = question;
            sent.map_err(|error| error.to_string())?;
            self.hear::<Answer>().await
        };
        let reason = match timeout(within, asking).await {
            Ok(Ok(answer)) => {
                self.lost = None;
                return answer.map_err(|reason| brief(&reason));
            }
            Ok(Err(reason)) => self.failure(reason, false).await,
            Err(_) => format!("it did not answer within {} seconds", Seconds(within)),
        };
        // A folder that is still there goes with it.
        let _ = self.child.start_kill();
        self.lost = Some(reason.clone());
        Err(reason)
    }

    /// Why nobody is there, by how ssh ended and by what it said.
    async fn failure(&mut self, reason: String, is_copy: bool) -> String {
        let Self { child, said, .. } = self;
        let ended = timeout(END, said.beside(child.wait())).await;
        // Others may hold its stderr open.
        let _ = timeout(END, said.rest()).await;
        let code = ended.ok().and_then(Result::ok).and_then(|ended| ended.code());
        let said = said.text();
        let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(brief);
        match (code, last) {
            (Some(ABSENT), _) if !is_copy => {
                "no virtwire is installed there: --send-self sends this one".to_owned()
            }
            (Some(OTHER_KIND), Some(kind)) => {
                format!("this virtwire is for {}, that host is {kind}", kind_of_this_program())
            }
            (Some(NOT_KEPT), Some(said)) => format!("the copy could not be kept there: {said}"),
            (Some(NOT_RUNNABLE), Some(said)) if said.ends_with("Permission denied") => {
                "the folder for temporary files there lets no program run (noexec): install virtwire there"
                    .to_owned()
            }
            (Some(NOT_RUNNABLE | ABSENT), Some(said)) => {
                format!("the copy does not run there: {said} (the static binary runs anywhere)")
            }
            (_, Some(said)) => format!("{reason}: {said}"),
            (_, None) => reason,
        }
    }
}

/// What somebody else said, in a line that can be read.
fn brief(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_MAX).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::transport::Shell;

    fn elsewhere(program: &str, copy: Option<&Path>) -> Elsewhere {
        // What stands for ssh runs its last argument here.
        let arguments = vec!["-c".to_owned(), program.to_owned(), "ssh".to_owned()];
        Elsewhere {
            shell: Shell {
                host: "cmp17".to_owned(),
                program: "sh".to_owned(),
                arguments,
                may_ask: false,
                login: Duration::from_secs(5),
            },
            uri: "qemu:///system".to_owned(),
            read_only: true,
            copy: copy.map(Path::to_owned),
            within: Duration::from_secs(5),
        }
    }

    async fn why(program: &str, copy: Option<&Path>) -> String {
        There::open(&elsewhere(program, copy)).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_host_without_a_virtwire_is_said_to_have_none() {
        let absent = "no virtwire is installed there: --send-self sends this one";
        assert_eq!(why("PATH=/nonexistent; eval \"$1\"", None).await, absent);
        assert_eq!(why("exit 127", None).await, absent);
    }

    #[tokio::test]
    async fn what_ssh_says_is_in_the_reason() {
        let reason =
            why("echo 'a warning' >&2; echo 'Permission denied (publickey).' >&2; exit 255", None).await;
        assert_eq!(reason, "it ended without an answer: Permission denied (publickey).");
    }

    #[tokio::test]
    async fn another_form_and_what_is_no_answer_are_refused() {
        let other = "echo '{\"look\":2,\"virtwire\":\"9.9\"}'";
        assert_eq!(
            why(other, None).await,
            "virtwire 9.9 there tells it in another form: --send-self sends this one"
        );
        let reason = why("echo Welcome to cmp17", None).await;
        assert!(reason.starts_with("its answer cannot be understood"), "{reason}");
    }

    #[tokio::test]
    async fn a_copy_is_run_where_it_came_whole_and_nothing_of_it_stays() {
        let folder = std::env::temp_dir().join(format!("virtwire-there-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("tmp")).unwrap();
        let program = folder.join("program");
        // Bytes that a shell would stumble over, behind a script that does what a virtwire does.
        let script = "#!/bin/sh\necho '{\"look\":1,\"virtwire\":\"0\"}'\nread question\n\
                      echo \"{\\\"Err\\\":\\\"$(echo \"$question\" | tr -d '\\\"')\\\"}\"\nexit 0\n";
        let bytes = [script.as_bytes(), &[0; 100_000]].concat();
        std::fs::write(&program, bytes).unwrap();
        let ssh = format!("export TMPDIR={}; eval \"$2\"", folder.join("tmp").display());
        let mut shell = elsewhere(&ssh, Some(&program));
        shell.shell.arguments.push("host".to_owned());
        let mut there = There::open(&shell).await.unwrap();
        assert_eq!(std::fs::read_dir(folder.join("tmp")).unwrap().count(), 0, "before it has ended");
        let sight = there.look().await;
        let ended = there.child.wait().await.unwrap();
        let left = std::fs::read_dir(folder.join("tmp")).unwrap().count();
        std::fs::remove_dir_all(&folder).unwrap();
        let said = sight.host.namespace.unwrap_err().to_string();
        assert_eq!(said, "nobody could look at cmp17: {uri:qemu:///system,read_only:true}");
        assert_eq!((ended.code(), left), (Some(0), 0));
    }

    /// What is put in ssh's place, with a folder of its own for temporary files and one before its PATH.
    async fn sending(name: &str, bin: &[(&str, &str)], before: &str) -> (String, usize) {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("virtwire-{name}-{}", std::process::id()));
        for made in ["tmp", "bin"] {
            std::fs::create_dir_all(folder.join(made)).unwrap();
        }
        for (program, text) in bin {
            let path = folder.join("bin").join(program);
            std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let program = folder.join("program");
        std::fs::write(&program, [b"#!/bin/sh\nexit 7\n".as_slice(), &[0; 100_000]].concat()).unwrap();
        let shown = folder.display();
        let ssh = format!("export TMPDIR={shown}/tmp PATH={shown}/bin:$PATH; {before} eval \"$1\"");
        let reason = why(&ssh, Some(&program)).await;
        let left = std::fs::read_dir(folder.join("tmp")).unwrap().count();
        std::fs::remove_dir_all(&folder).unwrap();
        (reason, left)
    }

    #[tokio::test]
    async fn a_copy_that_did_not_come_whole_is_not_run_and_is_removed() {
        // The connection is lost in the middle: what reads it sees an end.
        let cut = "head -c 500 |";
        let (reason, left) = sending("cut", &[], cut).await;
        assert_eq!((reason.as_str(), left), ("it ended without an answer", 0));
    }

    #[tokio::test]
    async fn a_host_that_cannot_keep_the_copy_is_said_to_be_one() {
        let full = "echo \"head: write error: No space left on device\" >&2; exit 1";
        let (reason, left) = sending("full", &[("head", full)], "").await;
        let said = "the copy could not be kept there: head: write error: No space left on device";
        assert_eq!((reason.as_str(), left), (said, 0));
    }

    #[tokio::test]
    async fn a_folder_where_nothing_runs_is_said_to_be_one() {
        let denied = "echo 'sh: 1: exec: /proc/self/fd/3: Permission denied' >&2; exit 126";
        assert_eq!(
            why(denied, Some(&std::env::current_exe().unwrap())).await,
            "the folder for temporary files there lets no program run (noexec): install virtwire there"
        );
    }

    #[tokio::test]
    async fn a_host_that_is_talkative_on_stderr_is_heard_all_the_same() {
        let talkative = "yes welcome | head -c 1000000 >&2; echo '{\"look\":1,\"virtwire\":\"0\"}'; read question;
                         yes goodbye | head -c 1000000 >&2; echo '{\"Err\":\"no daemon\"}'; echo the last >&2; exit 3";
        let mut there = There::open(&elsewhere(talkative, None)).await.unwrap();
        let reason = |sight: Sight| sight.host.namespace.unwrap_err().to_string();
        assert_eq!(reason(there.look().await), "nobody could look at cmp17: no daemon");
        let ended = "nobody could look at cmp17: ";
        let said = reason(there.look().await);
        assert!(said.starts_with(ended) && said.ends_with(": the last"), "{said}");
    }

    #[tokio::test]
    async fn an_answer_that_came_too_late_is_not_taken_for_the_next() {
        let slow = "echo '{\"look\":1,\"virtwire\":\"0\"}'; read question; sleep 1;
                    echo '{\"Err\":\"the first\"}'; read question; echo '{\"Err\":\"the second\"}'; read end";
        for is_dropped in [false, true] {
            let mut there = There::open(&elsewhere(slow, None)).await.unwrap();
            there.within = Duration::from_millis(200);
            if is_dropped {
                assert!(timeout(Duration::from_millis(50), there.look()).await.is_err());
            } else {
                there.look().await;
            }
            there.within = Duration::from_secs(5);
            let said = there.look().await.host.namespace.unwrap_err().to_string();
            let expected = if is_dropped {
                "nobody could look at cmp17: an earlier look was given up"
            } else {
                "nobody could look at cmp17: it did not answer within 0.2 seconds"
            };
            assert_eq!(said, expected);
        }
    }

    #[tokio::test]
    async fn what_a_host_says_of_why_is_short_and_cannot_be_acted_on() {
        let long = "echo '{\"look\":1,\"virtwire\":\"0\"}'; read question;
                    printf '{\"Err\":\"a\\\\nb\\\\u001b[31m%s\"}\\n' $(yes x | head -n 5000 | tr -d '\\n')";
        let mut there = There::open(&elsewhere(long, None)).await.unwrap();
        let said = there.look().await.host.namespace.unwrap_err().to_string();
        assert!(said.starts_with("nobody could look at cmp17: a b [31mxxx"), "{said}");
        assert!(said.len() < 600 && !said.contains(char::is_control), "{}", said.len());
    }

    #[tokio::test]
    async fn a_host_of_another_kind_gets_no_copy() {
        let program = std::env::current_exe().unwrap();
        let ssh =
            "bin=$(mktemp -d); printf '#!/bin/sh\necho Linux riscv64\n' >$bin/uname; chmod +x $bin/uname
                   (PATH=$bin:$PATH; eval \"$1\"); code=$?; rm -r $bin; exit $code";
        let reason = why(ssh, Some(&program)).await;
        assert_eq!(
            reason,
            format!("this virtwire is for {}, that host is Linux riscv64", kind_of_this_program())
        );
    }
}
