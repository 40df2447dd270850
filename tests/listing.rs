//! The three lists that make up the states of networks are joined, in whatever order a server tells each.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod peer;

use std::time::Duration;

use peer::Peer;
use tokio::time::timeout;
use virtwire::Options;
use virtwire::protocol::remote::network::{ConnectListAllNetworks, ConnectListAllNetworksReply, list};
use virtwire::protocol::remote::{Network, Text, Uuid};
use virtwire::protocol::xdr::{self, List};

/// Networks of one letter each, in this order.
fn networks(letters: &str) -> ConnectListAllNetworksReply {
    let network = |letter: char| Network {
        name: Text::try_from(letter.to_string()).unwrap(),
        uuid: Uuid([u8::try_from(letter).unwrap(); 16]),
    };
    let all: Vec<_> = letters.chars().map(network).collect();
    ConnectListAllNetworksReply { nets: List::new(&all).unwrap(), ret: u32::try_from(all.len()).unwrap() }
}

/// What a client makes of these lists: each network with `p`, `s`, `a` for persistent, autostarted, active.
async fn joined(persistent: &str, autostarted: &str, active: &str) -> String {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let serving = async {
        loop {
            let call = peer.expect::<ConnectListAllNetworks>().await;
            let asked: ConnectListAllNetworks = xdr::from_bytes(&call.payload).unwrap();
            let letters = match asked.flags {
                list::PERSISTENT => persistent,
                list::AUTOSTART => autostarted,
                _ => active,
            };
            peer.reply(&call, &networks(letters)).await;
        }
    };
    let states = tokio::select! {
        states = timeout(Duration::from_secs(30), connection.network_states()) => states.unwrap().unwrap(),
        () = serving => unreachable!("it serves for ever"),
    };
    let word = |is: bool, letter| if is { letter } else { "" };
    let told = states.iter().map(|state| {
        [
            &*state.network.name().to_string(),
            word(state.is_persistent, "p"),
            word(state.is_autostarted, "s"),
            word(state.is_active, "a"),
        ]
        .concat()
    });
    told.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn lists_in_one_order_are_joined() {
    assert_eq!(joined("BCDE", "CE", "BCDE").await, "Bpa Cpsa Dpa Epsa");
    assert_eq!(joined("BCDE", "", "D").await, "Bp Cp Dpa Ep");
    assert_eq!(joined("", "", "").await, "");
}

#[tokio::test]
async fn lists_in_different_orders_are_joined() {
    assert_eq!(joined("BCDE", "EDCB", "DBEC").await, "Bpsa Cpsa Dpsa Epsa");
    assert_eq!(joined("EBDC", "C", "BE").await, "Epa Bpa Dp Cps");
}

#[tokio::test]
async fn what_is_not_persistent_comes_last_wherever_it_stands() {
    assert_eq!(joined("BC", "C", "TBUCV").await, "Bpa Cpsa Ta Ua Va");
    assert_eq!(joined("CB", "B", "BTC").await, "Cpa Bpsa Ta");
    assert_eq!(joined("", "", "TU").await, "Ta Ua");
}

#[tokio::test]
async fn where_something_changed_between_the_lists_the_last_word_is_told() {
    // Autostarted, and not in the list of the persistent: it is asked again, and then told as it is.
    assert_eq!(joined("B", "CB", "C").await, "Bps Csa");
}
