//! Interfaces of the server's host, as the server's own driver lists them.

use super::{Interface, PROGRAM, Text};
use crate::declare::procedures;
use crate::xdr::List;

/// Most interfaces that one reply lists.
pub const INTERFACE_LIST_MAX: usize = 16_384;

procedures! { PROGRAM, "remote":
    query  130 interface_get_xml_desc InterfaceGetXmlDesc since "0.6.4" { iface: Interface, flags: u32 }
        -> InterfaceGetXmlDescReply { xml: Text };
    query  284 connect_list_all_interfaces ConnectListAllInterfaces since "0.10.2" { need_results: i32, flags: u32 }
        -> ConnectListAllInterfacesReply { ifaces: List<Interface, INTERFACE_LIST_MAX>, ret: u32 };
}
