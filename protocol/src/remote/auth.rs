//! Authentication: what a server asks for before it opens a connection.

use super::{PROGRAM, Text};
use crate::declare::{open_enum, procedures};
use crate::xdr::{Chars, List, Secret};

/// SASL data: an array of `char`, four bytes a character; never traced.
pub type SaslData = Secret<Chars<65_536>>;

open_enum! {
    /// How a server wants a client to authenticate.
    remote_auth_type AuthType {
        /// Not at all, or done already.
        None = 0,
        /// By a SASL mechanism.
        Sasl = 1,
        /// By polkit, which asks who the peer of the unix socket is.
        Polkit = 2,
    }
}

procedures! { PROGRAM, "remote":
    query   66 auth_list AuthList since "0.4.1" {} -> AuthListReply { types: List<AuthType, 20> };
    query   67 auth_sasl_init AuthSaslInit since "0.4.1" {} -> AuthSaslInitReply { mechlist: Text };
    query   68 auth_sasl_start AuthSaslStart since "0.4.1" { mech: Text, nil: i32, data: SaslData }
        -> AuthSaslStartReply { complete: i32, nil: i32, data: SaslData };
    query   69 auth_sasl_step AuthSaslStep since "0.4.1" { nil: i32, data: SaslData }
        -> AuthSaslStepReply { complete: i32, nil: i32, data: SaslData };
    query   70 auth_polkit AuthPolkit since "0.4.1" {} -> AuthPolkitReply { complete: i32 };
}
