//! Looking at the host at the other end of ssh, by a virtwire on that host: the one that is installed there, or a copy
//! that is put into a private folder and is gone with the last question.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::timeout;

use super::sight::{Answer, FORMAT, Greeting, Question, Sight};
use crate::connection::{Connection, Elsewhere};
use crate::host::{Look, Unseen};

/// How a host says that it has none, or none that runs.
const ABSENT: i32 = 127;
const NOT_RUNNABLE: i32 = 126;

/// How the copy's script says that this host is of another kind.
const OTHER_KIND: i32 = 96;

/// Most bytes of an answer: far more than 30,000 firewall rules take.
const ANSWER_MAX: u64 = 64 * 1024 * 1024;

/// Most bytes of what ssh and the program say on standard error that are kept.
const SAID_MAX: u64 = 4096;

/// How long a copy may take to arrive.
const COPYING: Duration = Duration::from_secs(120);

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
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
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
        let mut child = command.spawn().map_err(|error| format!("ssh cannot be run: {error}"))?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("ssh has no standard input or output".to_owned());
        };
        let question = Question { uri: uri.clone(), read_only: *read_only };
        let mut question = serde_json::to_vec(&question).map_err(|error| error.to_string())?;
        question.push(b'\n');
        let mut there = Self {
            host: shell.host.clone(),
            question,
            within: *within,
            child,
            questions,
            answers: BufReader::new(answers),
        };
        match timeout(*within + COPYING, there.greet(program.as_deref())).await {
            Ok(Ok(())) => Ok(there),
            Ok(Err(reason)) => Err(there.failure(reason, copy.is_some()).await),
            Err(_) => Err("it did not answer in time".to_owned()),
        }
    }

    /// Sends the copy, where there is one, and hears that somebody is there who can be understood.
    async fn greet(&mut self, program: Option<&[u8]>) -> Result<(), String> {
        if let Some(program) = program {
            // A script that ends early says why on the other side.
            let _ = self.questions.write_all(program).await;
            let _ = self.questions.flush().await;
        }
        let greeting: Greeting = self.hear().await?;
        if greeting.look == FORMAT {
            return Ok(());
        }
        Err(format!(
            "virtwire {} there tells it in another form: --send-self sends this one",
            greeting.virtwire
        ))
    }

    async fn hear<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, String> {
        let mut line = Vec::new();
        let read = (&mut self.answers).take(ANSWER_MAX).read_until(b'\n', &mut line).await;
        read.map_err(|error| error.to_string())?;
        if !line.ends_with(b"\n") {
            return Err("it ended without an answer".to_owned());
        }
        serde_json::from_slice(&line).map_err(|error| format!("its answer cannot be understood: {error}"))
    }

    /// Looks once. What keeps it from that keeps it from every later look.
    pub(super) async fn look(&mut self) -> Sight {
        let within = self.within;
        let asked = async {
            self.questions.write_all(&self.question).await.map_err(|error| error.to_string())?;
            self.questions.flush().await.map_err(|error| error.to_string())?;
            self.hear::<Answer>().await?
        };
        let reason = match timeout(within, asked).await {
            Ok(Ok(sight)) => return sight,
            Ok(Err(reason)) => reason,
            Err(_) => format!("it did not answer within {} seconds", within.as_secs_f64()),
        };
        Sight::unseen(&Unseen::NotLookedThere { host: self.host.clone(), reason })
    }

    /// Why nobody is there, by how ssh ended and by what it said.
    async fn failure(&mut self, reason: String, is_copy: bool) -> String {
        let mut said = Vec::new();
        let ended = async {
            if let Some(stderr) = self.child.stderr.take() {
                let _ = stderr.take(SAID_MAX).read_to_end(&mut said).await;
            }
            self.child.wait().await
        };
        let code =
            timeout(Duration::from_secs(1), ended).await.ok().and_then(Result::ok).and_then(|it| it.code());
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
        match (code, last) {
            (Some(ABSENT), _) if !is_copy => {
                "no virtwire is installed there: --send-self sends this one".to_owned()
            }
            (Some(OTHER_KIND), Some(kind)) => {
                format!("this virtwire is for {}, that host is {kind}", kind_of_this_program())
            }
            (Some(NOT_RUNNABLE | ABSENT), Some(said)) => {
                format!("the copy does not run there: {said} (the static binary runs anywhere)")
            }
            (_, Some(said)) => format!("{reason}: {said}"),
            (_, None) => reason,
        }
    }
}

fn read(program: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(program)
        .map_err(|error: io::Error| format!("{} cannot be read: {error}", program.display()))
}

/// As `uname -sm` says it.
fn kind_of_this_program() -> String {
    let system = if cfg!(target_os = "linux") { "Linux" } else { std::env::consts::OS };
    format!("{system} {}", std::env::consts::ARCH)
}

/// Takes a program of so many bytes from standard input, runs it on what follows, and leaves nothing behind.
fn sender(size: usize) -> String {
    let kind = kind_of_this_program();
    format!(
        "kind=$(uname -sm); if [ \"$kind\" != '{kind}' ]; then echo \"$kind\" >&2; exit {OTHER_KIND}; fi\n\
         umask 077; folder=$(mktemp -d) || exit 95\n\
         trap 'rm -rf \"$folder\"' EXIT; trap 'exit 1' HUP INT TERM PIPE\n\
         head -c {size} >\"$folder/virtwire\" && chmod 700 \"$folder/virtwire\" || exit 94\n\
         \"$folder/virtwire\" look"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Shell;

    fn elsewhere(program: &str, copy: Option<&Path>) -> Elsewhere {
        // What stands for ssh runs its last argument here.
        let arguments = vec!["-c".to_owned(), program.to_owned(), "ssh".to_owned()];
        Elsewhere {
            shell: Shell { host: "cmp17".to_owned(), program: "sh".to_owned(), arguments },
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
        assert_eq!(std::fs::read_dir(folder.join("tmp")).unwrap().count(), 1);
        let sight = there.look().await;
        let ended = there.child.wait().await.unwrap();
        let left = std::fs::read_dir(folder.join("tmp")).unwrap().count();
        std::fs::remove_dir_all(&folder).unwrap();
        let said = sight.host.namespace.unwrap_err().to_string();
        assert_eq!(said, "nobody could look at cmp17: {uri:qemu:///system,read_only:true}");
        assert_eq!((ended.code(), left), (Some(0), 0));
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
