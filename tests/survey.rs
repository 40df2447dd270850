//! A survey of a server some of whose answers cannot be used: what cannot be read is said, and hides nothing else.

#![cfg(all(unix, feature = "evidence"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod peer;

use std::time::Duration;

use peer::Peer;
use tokio::time::timeout;
use virtwire::evidence::{Aspect, Health, Source, Survey, Told, Word};
use virtwire::protocol::error_body::ErrorBody;
use virtwire::protocol::frame::Frame;
use virtwire::protocol::procedure::Procedure;
use virtwire::protocol::remote::connect::{ConnectGetType, ConnectGetTypeReply};
use virtwire::protocol::remote::domain::{
    ConnectListAllDomains, ConnectListAllDomainsReply, DomainGetXmlDesc, DomainGetXmlDescReply,
};
use virtwire::protocol::remote::network::{
    ConnectListAllNetworks, ConnectListAllNetworksReply, NetworkGetXmlDesc, NetworkGetXmlDescReply, list,
};
use virtwire::protocol::remote::{Domain, Network, Text, Uuid};
use virtwire::protocol::xdr::{self, List};
use virtwire::{ErrorKind, Options};

const NETWORK: &str = "<network><name>good</name><forward mode='bridge'/><bridge name='br0'/></network>";
const GUEST: &str = "<domain><name>web</name><devices><interface type='network'><source network='good'/>\
                     </interface></devices></domain>";

/// A server with the networks `good`, `odd` (its XML is cut short) and `denied`, and such guests.
async fn serve(mut peer: Peer, lists_networks: bool) {
    while let Some(call) = peer.next().await {
        match call.header.proc {
            number if number == ConnectListAllNetworks::INFO.number && lists_networks => {
                let ConnectListAllNetworks { flags, .. } = arguments(&call);
                let none = flags == list::AUTOSTART;
                let nets: Vec<Network> = ["good", "odd", "denied"].map(network).into_iter().collect();
                let nets = List::new(if none { &[] } else { nets.as_slice() }).unwrap();
                let ret = if none { 0 } else { 3 };
                peer.reply(&call, &ConnectListAllNetworksReply { nets, ret }).await;
            }
            number if number == NetworkGetXmlDesc::INFO.number => {
                let NetworkGetXmlDesc { net, .. } = arguments(&call);
                match net.name.as_bytes() {
                    b"good" => peer.reply(&call, &NetworkGetXmlDescReply { xml: text(NETWORK) }).await,
                    b"odd" => peer.reply(&call, &NetworkGetXmlDescReply { xml: text("<network>") }).await,
                    _ => peer.error(&call, &ErrorBody::new(88, 19, "access denied")).await,
                }
            }
            number if number == ConnectListAllDomains::INFO.number => {
                let domains: Vec<Domain> = ["web", "cut", "denied"].map(domain).into_iter().collect();
                let reply = ConnectListAllDomainsReply { domains: List::new(&domains).unwrap(), ret: 3 };
                peer.reply(&call, &reply).await;
            }
            number if number == DomainGetXmlDesc::INFO.number => {
                let DomainGetXmlDesc { dom, .. } = arguments(&call);
                match dom.name.as_bytes() {
                    b"web" => peer.reply(&call, &DomainGetXmlDescReply { xml: text(GUEST) }).await,
                    b"cut" => peer.reply(&call, &DomainGetXmlDescReply { xml: text("<domain>") }).await,
                    _ => peer.error(&call, &ErrorBody::new(88, 10, "access denied")).await,
                }
            }
            number if number == ConnectGetType::INFO.number => {
                peer.reply(&call, &ConnectGetTypeReply { r#type: text("QEMU") }).await;
            }
            _ => peer.error(&call, &ErrorBody::new(3, 0, "not supported")).await,
        }
    }
}

fn arguments<C: Procedure>(call: &Frame) -> C {
    xdr::from_bytes(&call.payload).unwrap()
}

fn text(text: &'static str) -> Text {
    Text::from_static(text)
}

fn uuid(name: &str) -> Uuid {
    Uuid([*name.as_bytes().first().unwrap(); 16])
}

fn network(name: &'static str) -> Network {
    Network { name: text(name), uuid: uuid(name) }
}

fn domain(name: &'static str) -> Domain {
    Domain { name: text(name), uuid: uuid(name), id: 1 }
}

async fn survey() -> Survey {
    let (connection, peer) = Peer::opened(Options::new()).await;
    tokio::spawn(serve(peer, true));
    timeout(Duration::from_secs(60), Survey::of(&connection)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_network_that_cannot_be_read_is_unverified_and_hides_no_other() {
    let survey = survey().await;
    let names: Vec<String> = survey.networks.iter().map(|known| known.name.to_string()).collect();
    assert_eq!(names, ["good", "odd", "denied"]);
    let [good, odd, denied] = survey.networks.as_slice() else { panic!("{names:?}") };
    assert!(good.told.is_active());
    assert_eq!(good.expected.bridge.as_deref(), Some("br0"));
    assert_eq!(denied.told, Told::Unknown("access denied".to_owned()));

    let odd = survey.inspect(odd);
    assert_eq!(odd.judgement.health, Health::Unknown);
    assert!(!odd.judgement.is_verified());
    let finding = odd.judgement.of_word(Word::Unverified).find(|finding| finding.aspect == Aspect::State);
    let what = &finding.unwrap().what;
    assert!(what.starts_with("libvirt's XML of the network cannot be read: "), "{what}");
    // What it consists of is not known: so nothing can be called nobody's.
    let reason = survey.orphans().unwrap_err();
    assert!(reason.starts_with("network odd cannot be read: "), "{reason}");
    assert_eq!(survey.unread, None, "their names are known");
}

#[tokio::test]
async fn a_guest_that_cannot_be_read_is_unverified_and_hides_no_other() {
    let survey = survey().await;
    let nics = survey.nics.as_ref().unwrap();
    let guests: Vec<(&str, bool)> =
        nics.iter().map(|nic| (nic.guest.as_str(), matches!(nic.source, Source::Unread(_)))).collect();
    assert_eq!(guests, [("cut", true), ("denied", true), ("web", false)]);

    let good = survey.inspect(survey.networks.first().unwrap());
    let names: Vec<Option<&str>> = good.guests.iter().map(|guest| guest.name.as_deref()).collect();
    assert_eq!(names, [Some("web")]);
    let of_guests = |word| good.judgement.of_word(word).filter(|finding| finding.aspect == Aspect::Guests);
    let unverified: Vec<&str> = of_guests(Word::Unverified).map(|finding| finding.what.as_str()).collect();
    let [cut, denied] = unverified.as_slice() else { panic!("{unverified:?}") };
    assert!(cut.starts_with("guest cut: its XML cannot be read: "), "{cut}");
    assert_eq!(*denied, "guest denied: access denied");
}

#[tokio::test]
async fn a_server_that_lists_no_networks_is_an_error() {
    let (connection, peer) = Peer::opened(Options::new()).await;
    tokio::spawn(serve(peer, false));
    let error = Survey::of(&connection).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
