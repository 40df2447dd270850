//! Each mechanism, with the right password and with wrong ones, and virsh beside.

use crate::lab::state::State;
use crate::server::{USERS, both_agree, both_refused, lab, log_in_as, tcp};

/// All that libsasl's database serves on a unix socket.
const UNIX: [&str; 5] = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN"];

const SOCKET: &str = "qemu:///system";

#[test]
fn every_mechanism_of_a_unix_socket_takes_every_users_password_and_no_other() {
    let Some(lab) = lab("plain digest-md5 scram-sha-1 scram-sha-256 scram-sha-512") else { return };
    lab.bring(State::One);
    both_agree(&lab, SOCKET, &["net-list", "--all"]);
    for mechanism in UNIX {
        let uri = format!("{SOCKET}?auth=sasl.{mechanism}");
        for (name, password, realm) in USERS {
            let authname = realm.map_or(name.to_owned(), |realm| format!("{name}@{realm}"));
            log_in_as(&lab, &authname, password);
            both_agree(&lab, &uri, &["net-list", "--all"]);
        }
        for (name, password) in
            [("alice", "sesam"), ("alice", ""), ("nobody", "sesame"), ("elsewhere", "sesame")]
        {
            log_in_as(&lab, name, password);
            let refused = both_refused(&lab, &uri);
            assert!(refused.err().contains("authentication failed"), "{mechanism} {name}: {}", refused.err());
        }
    }
}

#[test]
fn digest_md5_on_plain_tcp_takes_every_users_password_and_no_other() {
    let Some(lab) = tcp("scram-sha-256 digest-md5") else { return };
    lab.bring(State::One);
    for host in ["127.0.0.1", "localhost"] {
        both_agree(&lab, &format!("qemu+tcp://{host}/system"), &["net-list", "--all"]);
    }
    let uri = "qemu+tcp://localhost/system?auth=sasl.DIGEST-MD5";
    for (name, password, realm) in USERS {
        let authname = realm.map_or(name.to_owned(), |realm| format!("{name}@{realm}"));
        log_in_as(&lab, &authname, password);
        both_agree(&lab, uri, &["net-list", "--all"]);
    }
    for (name, password) in [("alice", "sesam"), ("nobody", "sesame"), ("elsewhere", "sesame")] {
        log_in_as(&lab, name, password);
        let refused = both_refused(&lab, uri);
        assert!(refused.err().contains("authentication failed"), "{name}: {}", refused.err());
    }
}
