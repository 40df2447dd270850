//! Plain TCP.

use crate::lab::Lab;
use crate::lab::run::{DEADLINE, run};
use crate::lab::state::State;
use crate::lab::virtwire_path;

/// A daemon that listens on plain TCP and asks nobody who they are.
const OPEN: &str = "listen_tls = 0\nlisten_tcp = 1\nauth_tcp = \"none\"\n";

#[test]
fn the_networks_of_a_daemon_are_listed_over_tcp() {
    let Some(lab) = Lab::builder().listen().config(OPEN).start() else { return };
    lab.bring(State::One);
    for uri in ["qemu+tcp://127.0.0.1/system", "qemu+tcp://localhost:16509/system"] {
        let list = |program: &str| {
            run(lab.client_inside(program).args(["-c", uri, "net-list", "--all"]), DEADLINE).expect_ok().out()
        };
        assert_eq!(list(&virtwire_path()), list("virsh"), "{uri}");
    }
}
