//! What must hold for every declared type whatever its bytes: for property tests and for the fuzzer.

use bytes::Bytes;
use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::procedure::{Call, Procedure};
use virtwire_protocol::remote::{auth::*, connect::*, domain::*, interface::*, network::*};
use virtwire_protocol::trace::payload;
use virtwire_protocol::xdr::{self, Reader, Xdr};

/// A procedure's number and the check of its types.
pub(crate) type Check = (i32, fn(&Bytes));

macro_rules! checks {
    (calls: $($Call:ident)* ; events: $($Event:ident)*) => {
        /// Every procedure of the REMOTE program.
        pub(crate) const CHECKS: &[Check] = &[
            $(($Call::INFO.number, |bytes| {
                round_trip::<$Call>(bytes);
                round_trip::<<$Call as Call>::Reply>(bytes);
            }),)*
            $(($Event::INFO.number, round_trip::<$Event>),)*
        ];
    };
}

checks! {
    calls:
        AuthList AuthPolkit AuthSaslInit AuthSaslStart AuthSaslStep
        ConnectClose ConnectGetHostname ConnectGetLibVersion ConnectGetType ConnectGetUri ConnectGetVersion
        ConnectIsSecure ConnectListAllNetworks ConnectListDefinedNetworks ConnectListNetworks
        ConnectNetworkEventDeregisterAny ConnectNetworkEventRegisterAny ConnectNumOfDefinedNetworks
        ConnectNumOfNetworks ConnectOpen ConnectRegisterCloseCallback ConnectSupportsFeature
        ConnectUnregisterCloseCallback
        ConnectListAllInterfaces InterfaceGetXmlDesc
        ConnectListAllDomains DomainGetState DomainGetXmlDesc DomainIsActive DomainLookupByName DomainLookupByUuid
        NetworkCreate NetworkCreateXml NetworkCreateXmlFlags NetworkDefineXml NetworkDefineXmlFlags NetworkDestroy
        NetworkGetAutostart NetworkGetBridgeName NetworkGetDhcpLeases NetworkGetMetadata NetworkGetXmlDesc
        NetworkIsActive NetworkIsPersistent NetworkListAllPorts NetworkLookupByName NetworkLookupByUuid
        NetworkSetAutostart NetworkSetMetadata NetworkUndefine NetworkUpdate
        NetworkPortCreateXml NetworkPortDelete NetworkPortGetParameters NetworkPortGetXmlDesc
        NetworkPortLookupByUuid NetworkPortSetParameters;
    events:
        ConnectEventConnectionClosed NetworkEventCallbackMetadataChange NetworkEventLifecycle
}

/// Asserts for every declared type what [`round_trip`] asserts.
pub(crate) fn every_type_round_trips(bytes: &Bytes) {
    round_trip::<ErrorBody>(bytes);
    for (_, check) in CHECKS {
        check(bytes);
    }
}

/// Asserts that `T` decodes from `bytes` exactly where it can be skipped and its trace calls nothing malformed; that it then takes as many bytes as it was
/// decoded from; and that these decode to the same value. Values are compared as bytes: not every `f64` equals itself.
fn round_trip<T: Xdr>(bytes: &Bytes) {
    let (mut reader, mut skipper) = (Reader::new(bytes), Reader::new(bytes));
    let decoded = T::decode(&mut reader);
    let skipped = T::skip(&mut skipper);
    assert_eq!(decoded.is_ok(), skipped.is_ok(), "{:?}", T::SCHEMA);
    let line = payload(T::SCHEMA, bytes).to_string();
    assert_eq!(decoded.is_err(), line.ends_with('>'), "{line}");
    let Ok(value) = decoded else { return };
    let encoded = xdr::to_bytes(&value);
    assert_eq!(reader.position(), skipper.position(), "{:?}", T::SCHEMA);
    assert_eq!(reader.position(), encoded.len(), "{:?}", T::SCHEMA);
    assert!(encoded.len() >= T::MIN_SIZE, "{:?}", T::SCHEMA);
    let again: T = xdr::from_bytes(&encoded).expect("what we encode can be decoded");
    assert_eq!(xdr::to_bytes(&again), encoded, "{:?}", T::SCHEMA);
}
