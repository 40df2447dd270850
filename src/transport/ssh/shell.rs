//! Running a script on the host of a server: the one that leads to the server, or another over a login of its own.

use std::time::Duration;

use tokio::process::Command;

use super::terminal::Terminal;
use crate::shell::quoted;

/// How scripts are run on a host.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    /// The host, as the URI names it.
    #[cfg_attr(not(feature = "evidence"), expect(dead_code))]
    pub(crate) host: String,
    /// The program, such as `ssh`.
    pub(crate) program: String,
    /// Its arguments up to the command.
    pub(crate) arguments: Vec<String>,
    /// Whether it may ask a person at our terminal.
    pub(crate) may_ask: bool,
    /// How long a login may take.
    #[cfg_attr(not(feature = "evidence"), expect(dead_code))]
    pub(crate) login: Duration,
}

impl Shell {
    /// A command that runs `script` there, whatever the user's own shell is. One that asks must be in the terminal's
    /// foreground, where Ctrl-C reaches it as well; one that does not is kept from that, so that it ends with us.
    pub(crate) fn command(&self, script: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(format!("sh -c {}", quoted(script))).env("LC_ALL", "C");
        if !self.may_ask {
            command.process_group(0);
        }
        command
    }

    /// The terminal to put back where such a command is ended while it asks.
    pub(crate) fn terminal(&self) -> Option<Terminal> {
        if self.may_ask { Terminal::now() } else { None }
    }
}
