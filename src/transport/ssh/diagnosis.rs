//! What an ended program said, as an error: its last words, what kind of failure they tell of, and what to do about it.
//! Reads texts of OpenSSH, of shells, of netcats and of virt-ssh-helper, and does nothing.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use crate::error::{Error, ErrorKind};
use crate::shell;

/// Most characters of what was said that are told.
const WORDS_MAX: usize = 500;

/// What a program was to lead to.
pub(super) enum Target {
    /// A host, by ssh, what a person types to log in there, and by which name its key is known.
    Host { name: String, by_hand: String, key_name: String },
    /// Wherever a command of the user's own leads.
    Command(String),
}

impl Target {
    fn name(&self) -> String {
        match self {
            Self::Host { name, .. } => format!("ssh to {name}"),
            Self::Command(path) => format!("the command '{path}'"),
        }
    }

    /// What to do where the program is not there.
    pub(super) fn without_program(&self) -> Option<String> {
        matches!(self, Self::Host { .. }).then(|| {
            "install OpenSSH's client (openssh-client), or name a program like it by '?command=PATH'"
                .to_owned()
        })
    }
}

/// The error of a stream whose program ended: before the server was reached, or midway.
pub(super) fn of(target: &Target, said: &str, ended: Option<ExitStatus>, was_reached: bool) -> Error {
    let why = last_words(said).unwrap_or_else(|| how(ended));
    let known = match target {
        Target::Host { by_hand, key_name, .. } => known(said, by_hand, key_name),
        Target::Command(_) => None,
    };
    if was_reached {
        let advice = "what broke off is the way to the daemon, which may well run: try again";
        return Error::way(ErrorKind::Closed, format!("{} ended: {why}", target.name()), Some(advice.into()));
    }
    let (kind, advice) = match known {
        Some((kind, advice)) => (kind, Some(advice)),
        None => (ErrorKind::Unreachable, None),
    };
    Error::way(kind, format!("{} failed: {why}", target.name()), advice)
}

/// The last line that says something, and the one before where the last is the same for several causes. A line without an
/// end is cut.
fn last_words(said: &str) -> Option<String> {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<_> = lines.filter(|line| !line.starts_with("Warning: Permanently added")).collect();
    let words = match lines.as_slice() {
        [.., before, last @ "Host key verification failed."] => format!("{before} {last}"),
        [.., before, last] if before.starts_with("Warning: Identity file ") => format!("{before} {last}"),
        [.., last] => (*last).to_owned(),
        [] => return None,
    };
    Some(words.chars().take(WORDS_MAX).collect())
}

/// How a program ended that said nothing.
fn how(ended: Option<ExitStatus>) -> String {
    match ended.map(|status| (status.code(), status.signal())) {
        Some((Some(code), _)) => format!("it ended with exit code {code}"),
        Some((None, Some(signal))) => format!("it was ended by signal {signal}"),
        _ => "it ended".to_owned(),
    }
}

/// What well-known words mean, first match first.
fn known(said: &str, by_hand: &str, key_name: &str) -> Option<(ErrorKind, String)> {
    use ErrorKind::{Denied, Unreachable};
    let has = |word: &str| said.contains(word);
    let (kind, advice) = if has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        let forget = shell::line(&["ssh-keygen", "-R", key_name]);
        (
            Denied,
            format!("the host shows another key than before: find out why; {forget} forgets the old one"),
        )
    } else if has("Host key verification failed") {
        let advice = format!(
            "'{by_hand}' once by hand asks whether this host's key is right; '?known_hosts_verify=auto' takes new keys unseen"
        );
        (Denied, advice)
    } else if has("Permission denied (") || has("Too many authentication failures") {
        let advice = format!(
            "'{by_hand}' by hand shows whether the host takes your key: 'ssh-add' gives the agent one, '?keyfile=PATH' names one"
        );
        (Denied, advice)
    } else if has("Could not resolve hostname") {
        (Unreachable, "is the name right? /etc/hosts or a Host in ~/.ssh/config makes it known".to_owned())
    } else if has("ssh: connect to host") && has("Connection refused") {
        (
            Unreachable,
            "the host is there, but no sshd listens at that port: HOST:PORT names another".to_owned(),
        )
    } else if has("ssh: connect to host") {
        (Unreachable, "is the host up, and does a firewall let ssh through?".to_owned())
    } else {
        return beyond_ssh(said).map(|(kind, advice)| (kind, advice.to_owned()));
    };
    Some((kind, advice))
}

/// What means that the login did well, and the rest of the way did not.
fn beyond_ssh(said: &str) -> Option<(ErrorKind, &'static str)> {
    use ErrorKind::{Denied, Unreachable};
    let has = |word: &str| said.contains(word);
    let has_no =
        |program: &str| said.lines().any(|line| line.contains(program) && line.ends_with("not found"));
    Some(if has_no("virt-ssh-helper") {
        (
            Unreachable,
            "virt-ssh-helper comes with libvirt's daemons since 6.8; without it there, '?proxy=netcat' does",
        )
    } else if has(": not found") || has("command not found") {
        (
            Unreachable,
            "install netcat-openbsd there, or name one by '?netcat=PATH'; libvirt's daemons since 6.8 bring \
             virt-ssh-helper, which needs none",
        )
    } else if has("invalid option -- 'U'") {
        (
            Unreachable,
            "the host's nc knows no unix sockets: install netcat-openbsd there, or name one by '?netcat=PATH'",
        )
    } else if has("No such file or directory") || has("Connection refused") {
        (
            Unreachable,
            "the login did well; is the daemon running there? 'systemctl start libvirtd' starts it; '?socket=PATH' names \
             another socket",
        )
    } else if has("Permission denied") {
        (
            Denied,
            "the login did well, but that user may not use the daemon's socket: log in as root, or have the user join the \
             group libvirt there",
        )
    } else {
        return None;
    })
}
