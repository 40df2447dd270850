//! What real daemons leave on the disk.

use virtwire::host::Unseen;
use virtwire::host::stored::{Folders, Stored, StoredNetwork};
use virtwire::xml;

use crate::lab::Lab;
use crate::lab::state::State;

fn folders(lab: &Lab) -> Folders {
    let [state, config, dnsmasq] =
        ["run/network", "etc/qemu/networks", "lib/dnsmasq"].map(|folder| lab.dir().join(folder));
    Folders::new(state, config, dnsmasq)
}

pub(crate) fn look(lab: &Lab) -> Stored {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts");
    runtime.block_on(Stored::look(&folders(lab)))
}

pub(crate) fn only(stored: &Stored) -> &StoredNetwork {
    let [network] = stored.networks.as_slice() else { panic!("one network: {stored:?}") };
    network
}

#[test]
fn a_killed_daemon_leaves_word_of_what_ran() {
    let Some(mut lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virsh(&["net-autostart", "default"]).expect_ok();
    let live = lab.virsh(&["net-dumpxml", "default"]).expect_ok().out();
    lab.add_port("default", "guest");
    lab.kill9();
    let stored = look(&lab);
    assert_eq!((&stored.unseen, &stored.was_autostarted), (&None::<Unseen>, &Ok(true)));
    let network = only(&stored);
    assert_eq!((network.name.as_str(), &network.is_autostarted), ("default", &Ok(true)));
    let ran = xml::Network::from_element(network.live().expect("it ran").clone()).expect("libvirt wrote it");
    assert_eq!(ran.bridge_name(), Some("virbr0"));
    let mac = ran.mac.expect("its bridge has an address");
    assert!(live.contains(&format!("<mac address='{mac}'/>")), "{mac} in {live}");
    let ports = network.ports.as_ref().expect("its ports are read");
    let owner = |port: &xml::Element| Some(port.find("owner/name")?.text().into_owned());
    assert_eq!(ports.iter().map(owner).collect::<Vec<_>>(), [Some("guest".to_owned())]);
}

#[test]
fn a_stopped_network_has_a_definition_alone() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virsh(&["net-autostart", "default", "--disable"]).expect_ok();
    lab.virsh(&["net-destroy", "default"]).expect_ok();
    let stored = look(&lab);
    let network = only(&stored);
    assert_eq!((&network.status, &network.is_autostarted), (&Ok(None), &Ok(false)));
    let definition = network.definition.as_ref().expect("it is read").as_ref().expect("it is there");
    assert_eq!(definition.child_text("name").as_deref(), Some("default"));
    lab.virsh(&["net-undefine", "default"]).expect_ok();
    assert_eq!(look(&lab).networks, []);
}
