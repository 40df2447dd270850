//! Handlers: authentication, opening, closing, and what a connection says about itself.

use virtwire_protocol::error_body::code;
use virtwire_protocol::remote::Text;
use virtwire_protocol::remote::auth::{
    AuthList, AuthListReply, AuthPolkit, AuthSaslInit, AuthSaslStart, AuthSaslStep, AuthType,
};
use virtwire_protocol::remote::connect::feature::{
    NETWORK_UPDATE_HAS_CORRECT_ORDER, PROGRAM_KEEPALIVE, REMOTE_CLOSE_CALLBACK, REMOTE_EVENT_CALLBACK,
};
use virtwire_protocol::remote::connect::{
    ConnectClose, ConnectGetHostname, ConnectGetHostnameReply, ConnectGetLibVersion,
    ConnectGetLibVersionReply, ConnectGetType, ConnectGetTypeReply, ConnectGetUri, ConnectGetUriReply,
    ConnectGetVersion, ConnectGetVersionReply, ConnectIsSecure, ConnectIsSecureReply, ConnectOpen,
    ConnectRegisterCloseCallback, ConnectSupportsFeature, ConnectSupportsFeatureReply,
    ConnectUnregisterCloseCallback, OPEN_READ_ONLY,
};
use virtwire_protocol::remote::network::{
    ConnectNetworkEventDeregisterAny, ConnectNetworkEventRegisterAny, ConnectNetworkEventRegisterAnyReply,
};
use virtwire_protocol::service::{Answer, Service};
use virtwire_protocol::xdr::List;

use super::client::{Client, Stage};
use super::fault::rpc;

/// The libvirt whose network procedures are answered, all of them.
const LIB_VERSION: u64 = 12_008_000;

/// What an empty name opens.
const URI: &str = "test:///default";

pub(super) fn register(service: Service<Client>) -> Service<Client> {
    service
        .on(auth_list)
        .on(|_, _: AuthPolkit| Err(no_authentication()))
        .on(|_, _: AuthSaslInit| Err(no_authentication()))
        .on(|_, _: AuthSaslStart| Err(no_authentication()))
        .on(|_, _: AuthSaslStep| Err(no_authentication()))
        .on(open)
        .on(close)
        .on(|client, call: ConnectSupportsFeature| supports_feature(client, call.feature))
        .on(|_, _: ConnectRegisterCloseCallback| Ok(()))
        .on(|_, _: ConnectUnregisterCloseCallback| Ok(()))
        .on(|_, _: ConnectGetType| {
            let r#type = Text::from_static("TEST");
            Ok(ConnectGetTypeReply { r#type })
        })
        .on(|_, _: ConnectGetVersion| Ok(ConnectGetVersionReply { hv_ver: 2 }))
        .on(|_, _: ConnectGetLibVersion| Ok(ConnectGetLibVersionReply { lib_ver: LIB_VERSION }))
        .on(|_, _: ConnectGetHostname| {
            let hostname = Text::from_static("localhost");
            Ok(ConnectGetHostnameReply { hostname })
        })
        .on(|_, _: ConnectIsSecure| Ok(ConnectIsSecureReply { secure: 1 }))
        .on(|client, _: ConnectGetUri| {
            let uri = client.uri.clone();
            Ok(ConnectGetUriReply { uri })
        })
        .on(event_register)
        .on(|client, call: ConnectNetworkEventDeregisterAny| {
            client.state().listeners.deregister(client.number, call.callback_id)
        })
}

/// As a daemon that asks polkit does with a client that is root: the question itself authenticates.
fn auth_list(client: &mut Client, _: AuthList) -> Answer<AuthListReply> {
    if client.stage == Stage::Anonymous {
        client.stage = Stage::Authenticated;
    }
    let types = List::new([&AuthType::None]).unwrap_or_default();
    Ok(AuthListReply { types })
}

fn no_authentication() -> Box<virtwire_protocol::error_body::ErrorBody> {
    rpc(code::AUTH_FAILED, "authentication failed")
}

fn open(client: &mut Client, call: ConnectOpen) -> Answer<()> {
    if matches!(client.stage, Stage::Open { .. }) {
        return Err(rpc(code::INTERNAL_ERROR, "connection already open"));
    }
    let name = call.name.filter(|name| !name.as_bytes().is_empty());
    client.uri = name.unwrap_or_else(|| Text::from_static(URI));
    client.stage = Stage::Open { is_read_only: call.flags & OPEN_READ_ONLY != 0 };
    Ok(())
}

fn close(client: &mut Client, _: ConnectClose) -> Answer<()> {
    client.is_closing = true;
    Ok(())
}

fn supports_feature(client: &mut Client, feature: i32) -> Answer<ConnectSupportsFeatureReply> {
    let is_open = matches!(client.stage, Stage::Open { .. });
    let supported = match feature {
        PROGRAM_KEEPALIVE => {
            client.wants_pings = true;
            true
        }
        _ if !is_open => return Err(rpc(code::INTERNAL_ERROR, "hypervisor connection not open")),
        REMOTE_EVENT_CALLBACK | REMOTE_CLOSE_CALLBACK | NETWORK_UPDATE_HAS_CORRECT_ORDER => true,
        _ => false,
    };
    Ok(ConnectSupportsFeatureReply { supported: i32::from(supported) })
}

fn event_register(
    client: &mut Client,
    call: ConnectNetworkEventRegisterAny,
) -> Answer<ConnectNetworkEventRegisterAnyReply> {
    let network = call.net.map(|net| net.uuid);
    let callback_id = client.state().listeners.register(client.number, call.event_id, network)?;
    Ok(ConnectNetworkEventRegisterAnyReply { callback_id })
}
