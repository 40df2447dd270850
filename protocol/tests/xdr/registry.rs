//! Every declared message, with its type gone: what the properties below hold for.

use std::collections::BTreeSet;
use std::fmt::Debug;

use bytes::Bytes;
use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::frame::Header;
use virtwire_protocol::keepalive::{self, Ping, Pong};
use virtwire_protocol::remote::auth::*;
use virtwire_protocol::remote::connect::*;
use virtwire_protocol::remote::domain::*;
use virtwire_protocol::remote::interface::*;
use virtwire_protocol::remote::network::*;
use virtwire_protocol::remote::{self, ParameterValue};
use virtwire_protocol::xdr::{Error, Reader, Schema, Xdr, to_bytes};
use virtwire_protocol::{Call, Event, Procedure};

/// One message: a call's arguments, a reply, an event's body, or what goes with them all.
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) schema: Schema,
    pub(crate) min_size: usize,
    pub(crate) decode: fn(&Bytes) -> Result<Decoded, Error>,
    /// How many bytes were stepped over.
    pub(crate) skip: fn(&Bytes) -> Result<usize, Error>,
}

/// What became of bytes.
#[derive(Debug, PartialEq)]
pub(crate) struct Decoded {
    /// How many bytes the value took.
    pub(crate) read: usize,
    /// The value encoded again.
    pub(crate) again: Bytes,
    /// The value as `Debug` shows it.
    pub(crate) shown: String,
}

fn message<T: Xdr + Debug>(name: impl Into<String>) -> Message {
    Message {
        name: name.into(),
        schema: T::SCHEMA,
        min_size: T::MIN_SIZE,
        decode: |bytes| {
            let mut reader = Reader::new(bytes);
            let value = T::decode(&mut reader)?;
            Ok(Decoded { read: reader.position(), again: to_bytes(&value), shown: format!("{value:?}") })
        },
        skip: |bytes| {
            let mut reader = Reader::new(bytes);
            T::skip(&mut reader)?;
            Ok(reader.position())
        },
    }
}

fn call<T: Call + Debug>() -> [Message; 2]
where
    T::Reply: Debug,
{
    let name = T::INFO.name;
    [message::<T>(name), message::<T::Reply>(format!("{name} reply"))]
}

fn event<T: Event + Debug>() -> [Message; 1] {
    [message::<T>(<T as Procedure>::INFO.name)]
}

macro_rules! all {
    ($make:ident: $($Name:ident)*) => { [].into_iter()$(.chain($make::<$Name>()))* };
}

/// Every declared message.
pub(crate) fn messages() -> Vec<Message> {
    let calls = all!(call:
        ConnectOpen ConnectClose ConnectGetType ConnectGetVersion ConnectGetHostname ConnectSupportsFeature
        ConnectGetUri ConnectIsSecure ConnectGetLibVersion ConnectRegisterCloseCallback
        ConnectUnregisterCloseCallback AuthList AuthSaslInit AuthSaslStart AuthSaslStep AuthPolkit
        ConnectListDefinedNetworks ConnectListNetworks NetworkCreate NetworkCreateXml NetworkDefineXml NetworkDestroy
        NetworkGetXmlDesc NetworkGetAutostart NetworkGetBridgeName NetworkLookupByName NetworkLookupByUuid
        NetworkSetAutostart NetworkUndefine ConnectNumOfDefinedNetworks ConnectNumOfNetworks NetworkIsActive
        NetworkIsPersistent ConnectListAllNetworks NetworkUpdate ConnectNetworkEventRegisterAny
        ConnectNetworkEventDeregisterAny NetworkGetDhcpLeases NetworkListAllPorts NetworkPortLookupByUuid
        NetworkPortCreateXml NetworkPortGetParameters NetworkPortSetParameters NetworkPortGetXmlDesc
        NetworkPortDelete NetworkDefineXmlFlags NetworkCreateXmlFlags NetworkSetMetadata NetworkGetMetadata
        DomainGetXmlDesc DomainLookupByName DomainLookupByUuid DomainIsActive DomainGetState ConnectListAllDomains
        InterfaceGetXmlDesc ConnectListAllInterfaces);
    let events = all!(event: ConnectEventConnectionClosed NetworkEventLifecycle NetworkEventCallbackMetadataChange
        Ping Pong);
    let others = [
        message::<Header>("header"),
        message::<ErrorBody>("error"),
        message::<ParameterValue>("parameter value"),
    ];
    calls.chain(events).chain(others).collect()
}

#[test]
fn every_declared_procedure_is_in_the_registry() {
    let registered: BTreeSet<_> = messages().into_iter().map(|message| message.name).collect();
    let rows = remote::PROGRAM.procedures().chain(keepalive::PROGRAM.procedures());
    let missing: Vec<_> = rows.filter(|row| !registered.contains(row.name)).map(|row| row.name).collect();
    assert_eq!(missing, [""; 0]);
}
