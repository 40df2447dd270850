//! Networks, their ports, their leases and their events.

use super::{Network, NetworkPort, OptText, PROGRAM, Parameter, Text, Uuid};
use crate::declare::{procedures, structures};
use crate::xdr::List;

/// Most networks that one reply lists.
pub const NETWORK_LIST_MAX: usize = 16_384;

/// Flags of [`ConnectListAllNetworks`]: a network is listed if it has one of the given flags of each pair that is given.
pub mod list {
    /// Networks that are not running.
    pub const INACTIVE: u32 = 1;
    /// Networks that are running.
    pub const ACTIVE: u32 = 2;
    /// Networks with a stored definition.
    pub const PERSISTENT: u32 = 4;
    /// Networks that vanish when they are destroyed.
    pub const TRANSIENT: u32 = 8;
    /// Networks that start with the host.
    pub const AUTOSTART: u32 = 16;
    /// Networks that do not start with the host.
    pub const NO_AUTOSTART: u32 = 32;
}

/// Flag of [`NetworkGetXmlDesc`]: the stored definition instead of the running one.
pub const XML_INACTIVE: u32 = 1;

/// Flag of [`NetworkDefineXmlFlags`] and [`NetworkCreateXmlFlags`]: check the XML against libvirt's schema.
pub const XML_VALIDATE: u32 = 1;

/// Flag of [`NetworkPortCreateXml`]: check the XML against libvirt's schema.
pub const PORT_CREATE_VALIDATE: u32 = 2;

structures! {
    /// A lease that the network's DHCP server has given out.
    remote_network_dhcp_lease DhcpLease {
        iface: Text,
        expirytime: i64,
        r#type: i32,
        mac: OptText,
        iaid: OptText,
        ipaddr: Text,
        prefix: u32,
        hostname: OptText,
        clientid: OptText,
    }
}

procedures! { PROGRAM, "remote":
    query   36 connect_list_defined_networks ConnectListDefinedNetworks since "0.3.0" { maxnames: i32 }
        -> ConnectListDefinedNetworksReply { names: List<Text, NETWORK_LIST_MAX> };
    query   38 connect_list_networks ConnectListNetworks since "0.3.0" { maxnames: i32 }
        -> ConnectListNetworksReply { names: List<Text, NETWORK_LIST_MAX> };
    change  39 network_create NetworkCreate since "0.3.0" { net: Network };
    change  40 network_create_xml NetworkCreateXml since "0.3.0" { xml: Text } -> NetworkCreateXmlReply { net: Network };
    change  41 network_define_xml NetworkDefineXml since "0.3.0" { xml: Text } -> NetworkDefineXmlReply { net: Network };
    change  42 network_destroy NetworkDestroy since "0.3.0" { net: Network };
    query   43 network_get_xml_desc NetworkGetXmlDesc since "0.3.0" { net: Network, flags: u32 }
        -> NetworkGetXmlDescReply { xml: Text };
    query   44 network_get_autostart NetworkGetAutostart since "0.3.0" { net: Network }
        -> NetworkGetAutostartReply { autostart: i32 };
    query   45 network_get_bridge_name NetworkGetBridgeName since "0.3.0" { net: Network }
        -> NetworkGetBridgeNameReply { name: Text };
    query   46 network_lookup_by_name NetworkLookupByName since "0.3.0" { name: Text }
        -> NetworkLookupByNameReply { net: Network };
    query   47 network_lookup_by_uuid NetworkLookupByUuid since "0.3.0" { uuid: Uuid }
        -> NetworkLookupByUuidReply { net: Network };
    change  48 network_set_autostart NetworkSetAutostart since "0.3.0" { net: Network, autostart: i32 };
    change  49 network_undefine NetworkUndefine since "0.3.0" { net: Network };
    query   50 connect_num_of_defined_networks ConnectNumOfDefinedNetworks since "0.3.0" {}
        -> ConnectNumOfDefinedNetworksReply { num: i32 };
    query   52 connect_num_of_networks ConnectNumOfNetworks since "0.3.0" {} -> ConnectNumOfNetworksReply { num: i32 };
    query  152 network_is_active NetworkIsActive since "0.7.3" { net: Network } -> NetworkIsActiveReply { active: i32 };
    query  153 network_is_persistent NetworkIsPersistent since "0.7.3" { net: Network }
        -> NetworkIsPersistentReply { persistent: i32 };
    query  283 connect_list_all_networks ConnectListAllNetworks since "0.10.2" { need_results: i32, flags: u32 }
        -> ConnectListAllNetworksReply { nets: List<Network, NETWORK_LIST_MAX>, ret: u32 };
    change 291 network_update NetworkUpdate since "0.10.2"
        { net: Network, command: u32, section: u32, parent_index: i32, xml: Text, flags: u32 };
    query  313 connect_network_event_register_any ConnectNetworkEventRegisterAny since "1.2.1"
        { event_id: i32, net: Option<Network> } -> ConnectNetworkEventRegisterAnyReply { callback_id: i32 };
    query  314 connect_network_event_deregister_any ConnectNetworkEventDeregisterAny since "1.2.1" { callback_id: i32 };
    event  315 network_event_lifecycle NetworkEventLifecycle since "1.2.1"
        { callback_id: i32, net: Network, event: i32, detail: i32 };
    query  341 network_get_dhcp_leases NetworkGetDhcpLeases since "1.2.6"
        { net: Network, mac: OptText, need_results: i32, flags: u32 }
        -> NetworkGetDhcpLeasesReply { leases: List<DhcpLease, 65_536>, ret: u32 };
    query  404 network_list_all_ports NetworkListAllPorts since "5.5.0" { network: Network, need_results: i32, flags: u32 }
        -> NetworkListAllPortsReply { ports: List<NetworkPort, 16_384>, ret: u32 };
    query  405 network_port_lookup_by_uuid NetworkPortLookupByUuid since "5.5.0" { network: Network, uuid: Uuid }
        -> NetworkPortLookupByUuidReply { port: NetworkPort };
    change 406 network_port_create_xml NetworkPortCreateXml since "5.5.0" { network: Network, xml: Text, flags: u32 }
        -> NetworkPortCreateXmlReply { port: NetworkPort };
    query  407 network_port_get_parameters NetworkPortGetParameters since "5.5.0"
        { port: NetworkPort, nparams: i32, flags: u32 }
        -> NetworkPortGetParametersReply { params: List<Parameter, 16>, nparams: i32 };
    change 408 network_port_set_parameters NetworkPortSetParameters since "5.5.0"
        { port: NetworkPort, params: List<Parameter, 16>, flags: u32 };
    query  409 network_port_get_xml_desc NetworkPortGetXmlDesc since "5.5.0" { port: NetworkPort, flags: u32 }
        -> NetworkPortGetXmlDescReply { xml: Text };
    change 410 network_port_delete NetworkPortDelete since "5.5.0" { port: NetworkPort, flags: u32 };
    change 432 network_define_xml_flags NetworkDefineXmlFlags since "7.7.0" { xml: Text, flags: u32 }
        -> NetworkDefineXmlFlagsReply { net: Network };
    change 437 network_create_xml_flags NetworkCreateXmlFlags since "7.8.0" { xml: Text, flags: u32 }
        -> NetworkCreateXmlFlagsReply { net: Network };
    change 444 network_set_metadata NetworkSetMetadata since "9.7.0"
        { network: Network, r#type: i32, metadata: OptText, key: OptText, uri: OptText, flags: u32 };
    query  445 network_get_metadata NetworkGetMetadata since "9.7.0"
        { network: Network, r#type: i32, uri: OptText, flags: u32 } -> NetworkGetMetadataReply { metadata: Text };
    event  446 network_event_callback_metadata_change NetworkEventCallbackMetadataChange since "9.7.0"
        { callback_id: i32, net: Network, r#type: i32, nsuri: OptText };
}
