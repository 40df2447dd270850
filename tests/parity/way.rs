//! By which way both programs reach the daemons of these tests: the one that `VIRTWIRE_TEST_WAY` names, or the unix socket.

#![allow(clippy::panic, reason = "a wrong variable fails the test")]

use std::env;

use crate::lab::Lab;
use crate::lab::state::State;
use crate::sasl;
use crate::sshd::{Host, PORT};

/// A daemon that both programs reach by the way that is wanted.
pub(crate) fn start() -> Option<Lab> {
    let way = env::var("VIRTWIRE_TEST_WAY").unwrap_or_default();
    match way.as_str() {
        "" | "unix" => Lab::start(),
        "tcp" => {
            let config = "listen_tls = 0\nlisten_tcp = 1\nauth_tcp = \"none\"\n";
            let lab = Lab::builder().listen().config(config).start()?;
            Some(lab.reach_by("qemu+tcp://127.0.0.1/system"))
        }
        "digest-md5" => Some(sasl::tcp("digest-md5")?.reach_by("qemu+tcp://127.0.0.1/system")),
        "ssh" => Some(Host::start()?.lab.reach_by(format!("qemu+ssh://root@127.0.0.1:{PORT}/system"))),
        other => panic!("VIRTWIRE_TEST_WAY={other}: unix, tcp, digest-md5 and ssh are possible"),
    }
}

/// The states that are compared by the way that is wanted: by a slow one, that in which there is something of all.
pub(crate) fn states() -> Vec<State> {
    if env::var_os("VIRTWIRE_TEST_WAY").is_some() { vec![State::Mixed] } else { State::ALL.to_vec() }
}
