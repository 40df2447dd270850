//! Opening, closing and asking about a connection.

use super::{OptText, PROGRAM, Text};
use crate::declare::procedures;

/// Flag of [`ConnectOpen`]: calls that change anything are refused.
pub const OPEN_READ_ONLY: u32 = 1;

/// Features that [`ConnectSupportsFeature`] asks about (libvirt's `src/libvirt_internal.h`).
pub mod feature {
    /// Asking for it makes the *server* send keepalive pings from then on.
    pub const PROGRAM_KEEPALIVE: i32 = 10;
    /// The server filters events by the callback that they are for.
    pub const REMOTE_EVENT_CALLBACK: i32 = 14;
    /// The server can tell why it closes a connection.
    pub const REMOTE_CLOSE_CALLBACK: i32 = 15;
    /// `network_update` takes command and section in this order.
    pub const NETWORK_UPDATE_HAS_CORRECT_ORDER: i32 = 16;
}

procedures! { PROGRAM, "remote":
    query    1 connect_open ConnectOpen since "0.3.0" { name: OptText, flags: u32 };
    query    2 connect_close ConnectClose since "0.3.0" {};
    query    3 connect_get_type ConnectGetType since "0.3.0" {} -> ConnectGetTypeReply { r#type: Text };
    query    4 connect_get_version ConnectGetVersion since "0.3.0" {} -> ConnectGetVersionReply { hv_ver: u64 };
    query   59 connect_get_hostname ConnectGetHostname since "0.3.0" {} -> ConnectGetHostnameReply { hostname: Text };
    query   60 connect_supports_feature ConnectSupportsFeature since "0.3.2" { feature: i32 }
        -> ConnectSupportsFeatureReply { supported: i32 };
    query  110 connect_get_uri ConnectGetUri since "0.5.1" {} -> ConnectGetUriReply { uri: Text };
    query  149 connect_is_secure ConnectIsSecure since "0.7.3" {} -> ConnectIsSecureReply { secure: i32 };
    query  157 connect_get_lib_version ConnectGetLibVersion since "0.7.3" {} -> ConnectGetLibVersionReply { lib_ver: u64 };
    query  360 connect_register_close_callback ConnectRegisterCloseCallback since "1.3.4" {};
    query  361 connect_unregister_close_callback ConnectUnregisterCloseCallback since "1.3.4" {};
    event  362 connect_event_connection_closed ConnectEventConnectionClosed since "1.3.4" { reason: i32 };
}
