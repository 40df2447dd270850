//! What net-inspect, net-cleanup, net-disable and net-enable say of a host is what is so there: on real daemons, with
//! real bridges, dnsmasq, rules and guests, and with all that can go wrong with them.
#![cfg(all(feature = "cli", feature = "exports", feature = "json"))]
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod backends;
mod crash;
mod drift;
mod expect;
mod formats;
mod guests;
#[path = "../lab/mod.rs"]
mod lab;
mod modes;
mod others;
mod whole;

use lab::run::{DEADLINE, Output, run};
use lab::{Lab, virtwire_path};
use std::fs;

/// virtwire on the host whose daemon, bridges and rules these are, as far as it can tell.
pub(crate) fn at_home(lab: &Lab, args: &[&str]) -> Output {
    run(lab.client_inside(&virtwire_path()).args(args), DEADLINE)
}

/// What is said where [`hides_ports`], and nft is asked.
pub(crate) const HALF_SHOWN: &str = "not verified: nft does not show all that iptables' rules say";

/// Whether the lab's iptables is that of 7.0: it matches ports by extensions, of which nft tells no more than the name.
pub(crate) fn hides_ports(lab: &Lab) -> bool {
    lab.version() < [9, 0, 0]
}

/// The lines that start with this word, without it.
pub(crate) fn said(output: &Output, word: &str) -> Vec<String> {
    let text = output.out();
    let lines = text.lines().filter_map(|line| line.strip_prefix("  ")?.strip_prefix(word));
    let rest = lines.filter_map(|rest| rest.strip_prefix(' '));
    // Blanks align columns: one is enough to compare.
    rest.map(|rest| rest.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// What stands behind `verdict:`, of each network.
pub(crate) fn verdicts(output: &Output) -> Vec<String> {
    let text = output.out();
    text.lines().filter_map(|line| line.strip_prefix("verdict: ")).map(str::to_owned).collect()
}

/// The only verdict, and the exit code.
#[track_caller]
pub(crate) fn verdict(output: &Output) -> (String, i32) {
    let all = verdicts(output);
    assert_eq!(all.len(), 1, "{}{}", output.out(), output.err());
    (all[0].clone(), output.code.unwrap_or(-1))
}

/// Asserts the verdict and the exit code of `net-inspect NETWORK`, and returns what it said.
#[track_caller]
pub(crate) fn inspect(lab: &Lab, network: &str, wanted: &str, code: i32) -> Output {
    let output = at_home(lab, &["net-inspect", network]);
    assert_eq!(verdict(&output), (wanted.to_owned(), code), "{}{}", output.out(), output.err());
    output
}

/// Writes a file into the lab's folder; its path.
pub(crate) fn file(lab: &Lab, name: &str, content: &str) -> String {
    let path = lab.dir().join(name);
    fs::write(&path, content).expect("the folder is ours");
    path.display().to_string()
}

/// Defines a network and starts it.
#[track_caller]
pub(crate) fn started(lab: &Lab, name: &str, xml: &str) {
    let path = file(lab, &format!("{name}.xml"), xml);
    lab.virsh(&["net-define", &path]).expect_ok();
    lab.virsh(&["net-start", name]).expect_ok();
}
