//! Finds the system's own tools and asks them, with a deadline and a bound on what they print. Starts nothing that
//! changes the host.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

use super::{Look, Unseen};

/// How long a tool may take. Rules in tens of thousands take a second or two.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// Most bytes that a tool may print: some 100 000 rules.
const OUTPUT_MAX: u64 = 64 * 1024 * 1024;

/// Most bytes of a tool's complaint that are kept.
const COMPLAINT_MAX: u64 = 4096;

/// Where administrators' tools are, also for users whose PATH does not say so.
const FOLDERS: [&str; 4] = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin"];

/// The first of these tools that is installed.
pub(super) fn find(names: &[&str]) -> Option<PathBuf> {
    Some(found(names)?.1)
}

/// How the first of these tools that is installed is called: by its name where PATH has it, else with its folder.
pub(crate) fn command(names: &[&str]) -> String {
    match found(names) {
        Some((_, tool, false)) => tool.display().to_string(),
        Some((name, ..)) => name.to_owned(),
        None => names.first().copied().unwrap_or_default().to_owned(),
    }
}

/// The name of the first of these tools that is installed, where it is, and whether PATH has it.
fn found<'a>(names: &[&'a str]) -> Option<(&'a str, PathBuf, bool)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<(PathBuf, bool)> = Vec::new();
    folders.extend(std::env::split_paths(&path).map(|folder| (folder, true)));
    folders.extend(FOLDERS.map(|folder| (folder.into(), false)));
    for name in names {
        for (folder, is_in_path) in &folders {
            let tool = folder.join(name);
            if folder.is_absolute() && tool.is_file() {
                return Some((name, tool, *is_in_path));
            }
        }
    }
    None
}

/// What a tool prints; it is stopped at the deadline, and when the caller goes away.
pub(super) async fn ask(tool: &Path, arguments: &[&str]) -> Look<String> {
    let mut command = Command::new(tool);
    command.args(arguments).env("LC_ALL", "C");
    let message = match run(command).await {
        None => {
            return Err(Unseen::TimedOut { what: tool.display().to_string(), seconds: DEADLINE.as_secs() });
        }
        Some(Err(error)) => error.to_string(),
        Some(Ok(Ended { printed: None, .. })) => "it prints more than 64 MiB".to_owned(),
        Some(Ok(Ended { printed: Some(printed), status, .. })) if status.success() => return Ok(printed),
        Some(Ok(Ended { complaint, status, .. })) => {
            // The first line that says something.
            let mut said = complaint.lines().map(str::trim).filter(|line| !line.is_empty());
            said.next().map_or_else(|| status.to_string(), str::to_owned)
        }
    };
    Err(Unseen::ToolFailed { tool: tool.to_owned(), message })
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// What it printed; `None` where that is more than may be, or it cannot be read.
    printed: Option<String>,
    /// The first of what it said on stderr.
    pub(crate) complaint: String,
}

/// Runs a command; `None`: it was stopped at the deadline, as it is when the caller goes away.
pub(crate) async fn run(mut command: Command) -> Option<io::Result<Ended>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    timeout(DEADLINE, end(command)).await.ok()
}

async fn end(mut command: Command) -> io::Result<Ended> {
    let mut child = command.spawn()?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let (printed, complaint) = tokio::join!(printed(Box::new(stdout)), complaint(Box::new(stderr)));
    let complaint = complaint.unwrap_or_default();
    Ok(Ended { status: child.wait().await?, printed, complaint })
}

type Pipe = dyn AsyncRead + Send + Unpin;

async fn printed(mut pipe: Box<Pipe>) -> Option<String> {
    let bytes = up_to(&mut *pipe, OUTPUT_MAX + 1).await.ok()?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= OUTPUT_MAX);
    fits.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

async fn complaint(mut pipe: Box<Pipe>) -> io::Result<String> {
    let bytes = up_to(&mut *pipe, COMPLAINT_MAX).await?;
    // The rest is read, too: the tool would stop at a pipe that nobody reads.
    while !up_to(&mut *pipe, COMPLAINT_MAX).await?.is_empty() {}
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn up_to(pipe: &mut Pipe, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.take(max).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tool_that_fails_is_quoted() {
        let tool = Path::new("/bin/sh");
        let said = ask(tool, &["-c", "echo; echo >&2; echo no such table >&2; exit 1"]).await;
        let message = "no such table".to_owned();
        assert_eq!(said, Err(Unseen::ToolFailed { tool: tool.to_owned(), message }));
        let silent = ask(tool, &["-c", "exit 3"]).await;
        let message = "exit status: 3".to_owned();
        assert_eq!(silent, Err(Unseen::ToolFailed { tool: tool.to_owned(), message }));
        let absent = ask(Path::new("/nowhere/nft"), &[]).await;
        assert!(matches!(absent, Err(Unseen::ToolFailed { .. })), "{absent:?}");
    }

    #[tokio::test]
    async fn what_a_tool_prints_is_bounded() {
        let said = ask(Path::new("/bin/sh"), &["-c", "head -c 70000000 /dev/zero"]).await;
        let message = "it prints more than 64 MiB".to_owned();
        assert_eq!(said, Err(Unseen::ToolFailed { tool: "/bin/sh".into(), message }));
        let most = ask(Path::new("/bin/sh"), &["-c", "printf héllo; head -c 100000 /dev/zero >&2"]).await;
        assert_eq!(most.as_deref(), Ok("héllo"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_tool_that_hangs_is_stopped_at_the_deadline() {
        let said = ask(Path::new("/bin/sleep"), &["3600"]).await;
        assert_eq!(said, Err(Unseen::TimedOut { what: "/bin/sleep".to_owned(), seconds: 10 }));
    }

    #[test]
    fn tools_of_administrators_are_found_whatever_the_path() {
        assert_eq!(find(&["no-such-tool-anywhere"]), None);
        assert!(find(&["no-such-tool-anywhere", "sh"]).is_some());
        assert_eq!(command(&["no-such-tool-anywhere", "sh"]), "sh");
        assert_eq!(command(&["no-such-tool-anywhere"]), "no-such-tool-anywhere");
    }
}
