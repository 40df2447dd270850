//! Hosts that lack some of the tools that a look asks.

use virtwire::host::{Backend, Host, Look, Rule, Unseen, Whose};

use crate::lab::Lab;
use crate::lab::state::State;
use crate::{bridge, firewall, within};

/// Nobody in this lab's mount namespace finds these programs from now on; the host goes on having them.
fn hide(lab: &Lab, programs: &[&str]) {
    for program in programs {
        let script = "for file in /usr/sbin/$0 /usr/bin/$0; do \
                      [ ! -f $file ] || mount --bind /dev/null $(readlink -f $file); done";
        lab.exec(&["sh", "-c", script, program]).expect_ok();
    }
}

fn seen(host: &Host, backend: Backend) -> Vec<&Look<Vec<Rule>>> {
    host.firewall.iter().filter(|(kept, _)| *kept == backend).map(|(_, look)| look).collect()
}

fn own_chains(rules: &[Rule]) -> usize {
    rules.iter().filter(|rule| rule.chain.starts_with("LIBVIRT_")).count()
}

#[test]
fn where_only_nft_is_installed_iptables_rules_are_seen_by_it() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    hide(&lab, &["xtables-nft-multi", "xtables-legacy-multi"]);
    let host = within::inside(&lab, Whose::Ours);
    let rules = firewall::rules(&host, Backend::IptablesNft);
    assert_eq!(own_chains(rules), 19);
    assert_eq!(rules.iter().filter(|rule| rule.names_interface("virbr0")).count(), 14);
    let subnet = ([192, 168, 122, 0].into(), 24);
    assert_eq!(rules.iter().filter(|rule| rule.subnets.contains(&subnet)).count(), 7);
    assert!(rules.iter().all(|rule| rule.handle.is_some() && rule.words().is_empty()));
    let jumps =
        rules.iter().filter(|rule| rule.target.as_ref().is_some_and(|name| name.starts_with("LIBVIRT_")));
    assert_eq!(jumps.count(), 14);
    assert_eq!(seen(&host, Backend::Nftables), [&Ok(Vec::new())]);
    assert_eq!(seen(&host, Backend::IptablesLegacy), [&Ok(Vec::new())]);
}

#[test]
fn where_nft_is_missing_only_its_own_rules_are_unseen() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    hide(&lab, &["nft"]);
    let host = within::inside(&lab, Whose::Ours);
    assert_eq!(own_chains(firewall::rules(&host, Backend::IptablesNft)), 19);
    assert_eq!(seen(&host, Backend::Nftables), [&Err(Unseen::NoTool(vec!["nft".to_owned()]))]);
}

#[test]
fn without_any_tool_every_reason_is_said() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.exec(&["iptables-legacy", "-A", "FORWARD", "-i", "virbr0", "-j", "ACCEPT"]).expect_ok();
    hide(&lab, &["nft", "xtables-nft-multi", "xtables-legacy-multi"]);
    let host = within::inside(&lab, Whose::Ours);
    let missing = |tools: &[&str]| Err(Unseen::NoTool(tools.iter().map(|tool| (*tool).to_owned()).collect()));
    let nft = [missing(&["iptables-nft-save"]), missing(&["ip6tables-nft-save"])];
    assert_eq!(seen(&host, Backend::IptablesNft), nft.iter().collect::<Vec<_>>());
    // Of IPv6 the kernel says itself that there are none.
    let legacy = [Ok(Vec::new()), missing(&["iptables-legacy-save"])];
    assert_eq!(seen(&host, Backend::IptablesLegacy), legacy.iter().collect::<Vec<_>>());
    assert_eq!(seen(&host, Backend::Nftables), [&missing(&["nft"])]);
    assert_eq!(host.chains, []);
}

#[test]
fn interfaces_are_seen_without_ip_but_not_without_sys_too() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let whole = within::inside(&lab, Whose::Ours).interfaces;
    assert_eq!(bridge(whole.as_ref().expect("interfaces are seen"), "virbr0").members, Some(Vec::new()));
    lab.exec(&["mount", "-t", "tmpfs", "tmpfs", "/sys"]).expect_ok();
    assert_eq!(within::inside(&lab, Whose::Ours).interfaces, whole);
    hide(&lab, &["ip"]);
    assert_eq!(within::inside(&lab, Whose::Ours).interfaces, Err(Unseen::NoSys));
    lab.exec(&["umount", "/sys"]).expect_ok();
    assert_eq!(within::inside(&lab, Whose::Ours).interfaces, whole);
}
