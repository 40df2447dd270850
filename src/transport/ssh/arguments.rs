//! The words that `ssh` is given. They are those of libvirt's own client, but for what that leaves out.

use super::seconds;
use crate::error::{Error, Result};
use crate::transport::Route;
use crate::uri::Uri;

/// All but the command that runs there. Where somebody may be asked, a host that does not answer is given up sooner than the
/// login, whose time is a person's.
pub(super) fn of(route: &Route<'_>, may_ask: bool) -> Result<Vec<String>> {
    let uri = route.uri;
    let methods = Methods::of(uri)?;
    let mut words = Vec::new();
    let mut add = |new: &[&str]| words.extend(new.iter().map(|word| (*word).to_owned()));
    if let Some(port) = uri.port() {
        add(&["-p", &port.to_string()]);
    }
    if let Some(user) = uri.user() {
        add(&["-l", user]);
    }
    if let Some(keyfile) = uri.parameter("keyfile").filter(|_| methods.as_ref().is_none_or(|m| m.keys)) {
        add(&["-i", keyfile]);
    }
    add(&["-T", "-e", "none"]);
    let methods = methods.map(|methods| methods.options()).unwrap_or_default();
    for option in batch_mode(route)?.into_iter().chain(host_key_options(uri)?).chain(methods) {
        add(&["-o", &option]);
    }
    if let Some(limit) = Some(route.within).filter(|_| may_ask).and_then(seconds) {
        add(&["-o", &format!("ConnectTimeout={limit}")]);
    }
    add(&["--", uri.host()]);
    Ok(words)
}

/// Where nothing is to be asked.
fn batch_mode(route: &Route<'_>) -> Result<Option<String>> {
    let is_silent = route.uri.flag("no_tty")? || !route.ssh_may_ask;
    Ok(is_silent.then(|| "BatchMode=yes".to_owned()))
}

/// Which host keys are taken: of an option given twice, ssh takes the first.
fn host_key_options(uri: &Uri) -> Result<Vec<String>> {
    let mut options = Vec::new();
    if uri.flag("no_verify")? {
        options.push("StrictHostKeyChecking=no".to_owned());
    }
    if let Some(verify) = uri.parameter("known_hosts_verify") {
        let checking = match verify.to_ascii_lowercase().as_str() {
            "normal" => "ask",
            "auto" => "accept-new",
            "ignore" => "no",
            _ => {
                return Err(Error::invalid(format!(
                    "Invalid host key verification method: '{verify}'; normal, auto and ignore are possible"
                )));
            }
        };
        options.push(format!("StrictHostKeyChecking={checking}"));
    }
    if let Some(path) = uri.parameter("known_hosts") {
        if path.is_empty() || path.contains(|c: char| c.is_control() || "\"\\$".contains(c)) {
            return Err(Error::invalid(format!("known_hosts: ssh cannot be given the path '{path}'")));
        }
        options.push(format!("UserKnownHostsFile=\"{}\"", path.replace('%', "%%")));
    }
    Ok(options)
}

/// The ways to log in that `sshauth` allows, and no other.
struct Methods {
    /// As ssh names them, in the user's order.
    names: Vec<&'static str>,
    keys: bool,
    agent: bool,
}

impl Methods {
    fn of(uri: &Uri) -> Result<Option<Self>> {
        let Some(list) = uri.parameter("sshauth") else { return Ok(None) };
        let mut methods = Self { names: Vec::new(), keys: false, agent: false };
        for method in list.split(',') {
            let name = match method.to_ascii_lowercase().as_str() {
                "agent" => {
                    methods.agent = true;
                    "publickey"
                }
                "privkey" => {
                    methods.keys = true;
                    "publickey"
                }
                "password" => "password",
                "keyboard-interactive" => "keyboard-interactive",
                _ => {
                    return Err(Error::invalid(format!(
                        "Invalid authentication method: '{method}'; agent, privkey, password and \
                         keyboard-interactive are possible"
                    )));
                }
            };
            if !methods.names.contains(&name) {
                methods.names.push(name);
            }
        }
        Ok(Some(methods))
    }

    fn options(&self) -> Vec<String> {
        let mut options = vec![format!("PreferredAuthentications={}", self.names.join(","))];
        match (self.keys, self.agent) {
            (true, false) => options.push("IdentityAgent=none".to_owned()),
            (false, true) => options.push("IdentityFile=none".to_owned()),
            _ => {}
        }
        options
    }
}
