//! Running a script on the host of a server: the one that leads to the server, or another over a login of its own.

use tokio::process::Command;

use super::remote::quoted;

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
}

impl Shell {
    /// A command that runs `script` there, whatever the user's own shell is.
    pub(crate) fn command(&self, script: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(format!("sh -c {}", quoted(script))).env("LC_ALL", "C");
        command
    }
}
