//! What a network gives the ports of its guests: bandwidth, VLANs, a switch's profile; for all of them or for a group.

use virtwire_protocol::remote::Uuid;

use crate::xml::typed::{elements, words};

words! {
    /// How traffic of the native VLAN leaves a port.
    NativeMode {
        /// With a tag.
        Tagged = "tagged",
        /// Without one.
        Untagged = "untagged",
    }

    /// The switch that a port is announced to.
    VirtualPortType {
        /// IEEE 802.1Qbg (VEPA).
        Vepa = "802.1Qbg",
        /// IEEE 802.1Qbh (VN-Link).
        VnLink = "802.1Qbh",
        /// Open vSwitch.
        OpenVSwitch = "openvswitch",
        /// MidoNet.
        MidoNet = "midonet",
    }
}

elements! {
    /// `<vlan>`: the VLANs of a port, transparent to the guest. Not on bridges that libvirt makes itself.
    #[derive(Default)]
    Vlan = "vlan" {
        /// Whether the tags are trunked, which more than one tag means anyway.
        trunk: Option<bool> = attribute("trunk"),
        /// The tags, at least one.
        tags: Vec<VlanTag> = children,
    }

    /// `<tag>` in [`Vlan`].
    #[derive(Default)]
    VlanTag = "tag" {
        /// The number, 0 to 4095.
        id: u16 = required("id"),
        /// That this is the native VLAN of the trunk, and how its traffic leaves; one tag at most.
        native_mode: Option<NativeMode> = attribute("nativeMode"),
    }

    /// `<bandwidth>`: how much is carried.
    #[derive(Default)]
    Bandwidth = "bandwidth" {
        /// To the guests.
        inbound: Option<Rate> = child_named("inbound"),
        /// From the guests.
        outbound: Option<Rate> = child_named("outbound"),
    }

    /// `<inbound>` and `<outbound>` in [`Bandwidth`]: `average` is wanted, or `floor`.
    #[derive(Default)]
    Rate = "inbound" {
        /// Kilobytes a second, over time.
        average: Option<u64> = attribute("average"),
        /// Kilobytes a second, at most; needs `average`, and does nothing outbound.
        peak: Option<u64> = attribute("peak"),
        /// Kilobytes a second, guaranteed; for interfaces of guests alone, and libvirt refuses it in networks.
        floor: Option<u64> = attribute("floor"),
        /// Kibibytes that may pass at `peak` at once; needs `average`.
        burst: Option<u64> = attribute("burst"),
    }

    /// `<virtualport>`: how a port is announced to a switch.
    #[derive(Default)]
    VirtualPort = "virtualport" {
        /// The switch; only in a [`PortGroup`] it may be left to the network.
        kind: Option<VirtualPortType> = attribute("type"),
        /// What it is told.
        parameters: Option<VirtualPortParameters> = child,
    }

    /// `<parameters>` in [`VirtualPort`]. Which of them there may be depends on the switch.
    #[derive(Default)]
    VirtualPortParameters = "parameters" {
        /// The database of VSI types; 802.1Qbg.
        manager_id: Option<u8> = based8("managerid"),
        /// The VSI type, of 24 bits; 802.1Qbg.
        type_id: Option<u32> = based24("typeid"),
        /// The version of the VSI type; 802.1Qbg.
        type_id_version: Option<u8> = based8("typeidversion"),
        /// The instance of the VSI; 802.1Qbg.
        instance_id: Option<Uuid> = attribute("instanceid"),
        /// The interface; Open vSwitch and MidoNet.
        interface_id: Option<Uuid> = attribute("interfaceid"),
        /// The profile, of 39 characters at most; 802.1Qbh and Open vSwitch.
        profile_id: Option<String> = attribute("profileid"),
    }

    /// `<portgroup>`: what guests get that ask for this group.
    #[derive(Default)]
    PortGroup = "portgroup" {
        /// The name that they ask for.
        name: String = required("name"),
        /// Whether it is for those that ask for none, too.
        default: Option<bool> = is_yes("default"),
        /// Whether guests may choose what their interfaces receive: overrides that of the network.
        trust_guest_rx_filters: Option<bool> = attribute("trustGuestRxFilters"),
        /// The VLANs of each port.
        vlan: Option<Vlan> = child,
        /// How each port is announced to a switch.
        virtualport: Option<VirtualPort> = child,
        /// How much each port carries.
        bandwidth: Option<Bandwidth> = child,
    }
}

impl VlanTag {
    /// A VLAN of this number, 0 to 4095.
    #[must_use]
    pub fn new(id: u16) -> Self {
        Self { id, ..Self::default() }
    }
}
