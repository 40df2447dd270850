//! By which way both programs reach the daemons of these tests: the one that `VIRTWIRE_TEST_WAY` names, or the unix socket.

#![allow(clippy::panic, reason = "a wrong variable fails the test")]

use std::env;

use crate::lab::state::State;
use crate::lab::{Lab, LabBuilder};
use crate::pki;
use crate::sasl;
use crate::sshd::{Host, PORT};
use crate::tls;

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
        "tls" => Some(over_tls(|builder| builder)?),
        "tls-scram" => {
            Some(over_tls(|builder| sasl::asking(builder, "scram-sha-256").config("auth_tls = \"sasl\""))?)
        }
        "ssh" => Some(Host::start()?.lab.reach_by(format!("qemu+ssh://root@127.0.0.1:{PORT}/system"))),
        other => {
            panic!("VIRTWIRE_TEST_WAY={other}: unix, tcp, digest-md5, tls, tls-scram and ssh are possible")
        }
    }
}

fn is_slow() -> bool {
    env::var("VIRTWIRE_TEST_WAY").is_ok_and(|way| !way.is_empty())
}

fn over_tls(more: impl FnOnce(LabBuilder) -> LabBuilder) -> Option<Lab> {
    let (ca, server, client) = tls::usual();
    let folder = pki::client_folder("parity", &ca, Some(&client));
    Some(more(tls::daemon(&ca, &server)).start()?.reach_by(tls::uri("127.0.0.1", &folder)))
}

/// The states that are compared by the way that is wanted: by a slow one, that in which there is something of all.
pub(crate) fn states() -> Vec<State> {
    if is_slow() { vec![State::Mixed] } else { State::ALL.to_vec() }
}

/// The cases that are compared by the way that is wanted: by a slow one, some of all kinds.
pub(crate) fn some<T>(cases: Vec<T>) -> Vec<T> {
    let step = if is_slow() { 7 } else { 1 };
    cases.into_iter().step_by(step).collect()
}
