//! Every type against the bytes that RFC 4506 gives it, in both directions. Section numbers are the RFC's.

use std::fmt::Debug;

use bytes::Bytes;
use virtwire_protocol::frame::{Header, MessageType, Status};
use virtwire_protocol::remote::auth::{AuthListReply, AuthSaslStart, AuthType};
use virtwire_protocol::remote::connect::{ConnectClose, ConnectOpen};
use virtwire_protocol::remote::network::{
    ConnectListAllNetworksReply, ConnectNetworkEventRegisterAny, DhcpLease, NetworkEventLifecycle,
    NetworkGetDhcpLeasesReply, NetworkPortSetParameters,
};
use virtwire_protocol::remote::{self, Network, NetworkPort, Parameter, ParameterValue, Uuid};
use virtwire_protocol::xdr::{
    Chars, FixedChars, FixedOpaque, List, Opaque, Secret, Text, Xdr, from_bytes, to_bytes,
};

/// Bytes written as hexadecimal digits, with blanks anywhere.
pub(crate) fn hex(digits: &str) -> Bytes {
    let digits: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
    assert_eq!(digits.len() % 2, 0);
    let bytes = digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap());
    bytes.collect()
}

/// Asserts that the value is encoded so, and that so much is decoded to the value.
fn is<T: Xdr + PartialEq + Debug>(value: T, digits: &str) {
    let bytes = hex(digits);
    assert_eq!(to_bytes(&value), bytes, "{value:?}");
    assert_eq!(from_bytes::<T>(&bytes), Ok(value));
    assert!(bytes.len() >= T::MIN_SIZE);
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::try_from(text).unwrap()
}

const UUID: &str = "00112233 44556677 8899aabb ccddeeff";

fn uuid() -> Uuid {
    UUID.replace(' ', "").parse().unwrap()
}

fn network(name: &str) -> Network {
    Network { name: text(name), uuid: uuid() }
}

#[test]
fn a_uuid_is_written_as_36_characters_and_padded_or_cut_as_other_text() {
    let uuid = uuid();
    assert_eq!(uuid.to_string(), "00112233-4455-6677-8899-aabbccddeeff");
    assert_eq!(format!("{uuid:?}"), "00112233-4455-6677-8899-aabbccddeeff");
    assert_eq!(format!("{uuid:.8}"), "00112233");
    assert_eq!(format!("{uuid:>38}"), "  00112233-4455-6677-8899-aabbccddeeff");
}

#[test]
fn integers_are_big_endian_and_negative_ones_twos_complement() {
    // 4.1, 4.2
    is(1_i32, "00000001");
    is(-2_i32, "fffffffe");
    is(i32::MIN, "80000000");
    is(u32::MAX, "ffffffff");
    is(0x0102_0304_u32, "01020304");
    // 4.5
    is(0x0102_0304_0506_0708_i64, "01020304 05060708");
    is(-1_i64, "ffffffff ffffffff");
    is(u64::MAX - 1, "ffffffff fffffffe");
}

#[test]
fn doubles_are_ieee_754() {
    // 4.7
    is(1.0, "3ff00000 00000000");
    is(-2.5, "c0040000 00000000");
    is(f64::INFINITY, "7ff00000 00000000");
    is(f64::MIN_POSITIVE, "00100000 00000000");
    assert!(from_bytes::<f64>(&hex("7ff80000 00000001")).unwrap().is_nan());
    // Both zeroes are equal, and are not the same bytes.
    assert_eq!(to_bytes(&-0.0_f64), hex("80000000 00000000"));
}

#[test]
fn enumerations_and_booleans_are_integers() {
    // 4.3
    is(AuthType::Polkit, "00000002");
    is(AuthType::None, "00000000");
    // 4.4
    is(false, "00000000");
    is(true, "00000001");
    // 4.16
    is((), "");
}

#[test]
fn values_that_an_enumeration_does_not_know_are_kept() {
    is(AuthType::Unknown(3), "00000003");
    is(AuthType::Unknown(-1), "ffffffff");
    is(MessageType::Unknown(7), "00000007");
    assert_eq!(i32::from(AuthType::from(99)), 99);
    assert_eq!(AuthType::from(1), AuthType::Sasl);
}

#[test]
fn opaque_data_is_padded_with_zeroes_to_four_bytes() {
    // 4.9
    is(FixedOpaque([1, 2, 3]), "010203 00");
    is(FixedOpaque([1, 2, 3, 4]), "01020304");
    is(FixedOpaque::<0>([]), "");
    is(uuid(), UUID);
    // 4.10
    is(Opaque::<8>::default(), "00000000");
    is(Opaque::<8>::new(&b"\xff"[..]).unwrap(), "00000001 ff000000");
    is(Opaque::<8>::new(&b"\x01\x02\x03\x04"[..]).unwrap(), "00000004 01020304");
    is(Opaque::<5>::new(&b"\x01\x02\x03\x04\x05"[..]).unwrap(), "00000005 01020304 05000000");
}

#[test]
fn text_is_bytes_that_need_not_be_utf_8() {
    // 4.11
    is(text::<9>(""), "00000000");
    is(text::<9>("sillyprog"), "00000009 73696c6c 7970726f 67000000");
    is(Text::<4>::new(&b"\xff\x00\xfe"[..]).unwrap(), "00000003 ff00fe00");
    assert!(from_bytes::<Text<4>>(&hex("00000001 ff000000")).unwrap().to_str().is_err());
}

#[test]
fn chars_take_four_bytes_each_and_are_sign_extended() {
    // 4.12
    is(FixedChars(*b"A\x80"), "00000041 ffffff80");
    is(FixedChars([0; 1]), "00000000");
    // 4.13
    is(Chars::<3>::default(), "00000000");
    is(Chars::<3>::new(&b"a\x7f\xff"[..]).unwrap(), "00000003 00000061 0000007f ffffffff");
}

#[test]
fn chars_are_read_zero_extended_as_well() {
    assert_eq!(from_bytes(&hex("00000080 ffffff80")), Ok(FixedChars([0x80; 2])));
    let chars = from_bytes::<Chars<2>>(&hex("00000002 000000ff ffffffff")).unwrap();
    assert_eq!(chars.as_bytes(), [0xff; 2]);
}

#[test]
fn lists_are_a_count_and_the_items() {
    // 4.13
    is(List::<i32, 3>::default(), "00000000");
    is(List::<i32, 3>::new(&[1, -1]).unwrap(), "00000002 00000001 ffffffff");
    is(List::<Text<2>, 2>::new(&[text("a"), text("")]).unwrap(), "00000002 00000001 61000000 00000000");
    let list = from_bytes::<List<u64, 1>>(&hex("00000001 00000000 00000007")).unwrap();
    assert_eq!((list.len(), list.is_empty(), list.iter().collect()), (1, false, vec![7]));
}

#[test]
fn optionals_are_a_flag_and_the_value() {
    // 4.19
    is(None::<i64>, "00000000");
    is(Some(5_i64), "00000001 00000000 00000005");
    is(Some(Some(false)), "00000001 00000001 00000000");
    // Absent is not empty.
    is(None::<Text<4>>, "00000000");
    is(Some(text::<4>("")), "00000001 00000000");
}

#[test]
fn a_secret_is_sent_like_any_other_value_and_never_shown() {
    is(Secret(text::<8>("hunter2")), "00000007 68756e74 65723200");
    let start = AuthSaslStart {
        mech: text("PLAIN"),
        nil: 0,
        data: Secret(Chars::new(&b"\0u\0hunter2"[..]).unwrap()),
    };
    assert_eq!(format!("{start:?}"), "AuthSaslStart { mech: \"PLAIN\", nil: 0, data: <secret> }");
    assert_eq!(format!("{:?}", Some(Secret(7))), "Some(<secret>)");
}

#[test]
fn every_arm_of_a_typed_parameter_has_its_discriminant() {
    // 4.15
    is(ParameterValue::Int(-1), "00000001 ffffffff");
    is(ParameterValue::UInt(u32::MAX), "00000002 ffffffff");
    is(ParameterValue::LLong(-1), "00000003 ffffffff ffffffff");
    is(ParameterValue::ULLong(1), "00000004 00000000 00000001");
    is(ParameterValue::Double(1.0), "00000005 3ff00000 00000000");
    is(ParameterValue::Boolean(2), "00000006 00000002");
    is(ParameterValue::String(text("on")), "00000007 00000002 6f6e0000");
}

/// The RFC's own example (section 7), field by field: a file of type EXEC, interpreted by lisp.
#[test]
fn the_example_of_the_rfc_is_encoded_as_printed_there() {
    let expected = hex(
        "00000009 73696c6c 7970726f 67000000 00000002 00000004 6c697370 00000004 6a6f686e 00000006 28717569 74290000",
    );
    let encoded = [
        to_bytes(&text::<255>("sillyprog")),
        to_bytes(&2_i32),
        to_bytes(&text::<255>("lisp")),
        to_bytes(&text::<32>("john")),
        to_bytes(&Opaque::<65_535>::new(&b"(quit)"[..]).unwrap()),
    ];
    assert_eq!(encoded.concat(), expected);
}

#[test]
fn calls_are_their_arguments_in_order() {
    is(ConnectClose {}, "");
    is(ConnectOpen { name: None, flags: 1 }, "00000000 00000001");
    let name = Some(text("qemu:///system"));
    is(ConnectOpen { name, flags: 0 }, "00000001 0000000e 71656d75 3a2f2f2f 73797374 656d0000 00000000");
    is(
        ConnectNetworkEventRegisterAny { event_id: 1, net: Some(network("n")) },
        &format!("00000001 00000001 00000001 6e000000 {UUID}"),
    );
    let limits = [Parameter { field: text("in"), value: ParameterValue::UInt(9) }];
    let port = NetworkPort { net: network("net"), uuid: uuid() };
    is(
        NetworkPortSetParameters { port, params: List::new(&limits).unwrap(), flags: 2 },
        &format!("00000003 6e657400 {UUID} {UUID}  00000001 00000002 696e0000 00000002 00000009  00000002"),
    );
}

#[test]
fn replies_and_events_are_their_fields_in_order() {
    is(
        AuthListReply { types: List::new(&[AuthType::Polkit, AuthType::Unknown(9)]).unwrap() },
        "00000002 00000002 00000009",
    );
    is(
        ConnectListAllNetworksReply { nets: List::new(&[network("default"), network("")]).unwrap(), ret: 2 },
        &format!("00000002  00000007 64656661 756c7400 {UUID}  00000000 {UUID}  00000002"),
    );
    is(
        NetworkEventLifecycle { callback_id: 1, net: network("abc"), event: 3, detail: 0 },
        &format!("00000001 00000003 61626300 {UUID} 00000003 00000000"),
    );
    let lease = DhcpLease {
        iface: text("virbr0"),
        expirytime: 0x1_0000_0002,
        r#type: 0,
        mac: Some(text("m")),
        iaid: None,
        ipaddr: text("::1"),
        prefix: 24,
        hostname: Some(text("")),
        clientid: None,
    };
    is(
        NetworkGetDhcpLeasesReply {
            leases: List::new(&[lease]).unwrap(),
            ret: 1,
        },
        "00000001  00000006 76697262 72300000  00000001 00000002  00000000  00000001 00000001 6d000000  00000000
         00000003 3a3a3100  00000018  00000001 00000000  00000000  00000001",
    );
}

#[test]
fn what_is_looked_at_in_a_list_lies_in_its_bytes_and_is_what_is_decoded() {
    let names = ["", "a", "default", "a-name-of-some-length"];
    let frame = to_bytes(&List::<Network, 4>::new(&names.map(network)).unwrap());
    let list: List<Network, 4> = from_bytes(&frame).unwrap();
    let seen: Vec<_> = list.views().map(|view| (view.name.to_vec(), view.uuid)).collect();
    let decoded: Vec<_> = list.iter().map(|net| (net.name.as_bytes().to_vec(), net.uuid)).collect();
    assert_eq!(seen, decoded);
    assert_eq!(seen.iter().map(|(name, _)| name.as_slice()).collect::<Vec<_>>(), names.map(str::as_bytes));
    assert!(list.views().all(|view| frame.as_ptr_range().contains(&view.name.as_ptr())));
    assert_eq!(list.views().len(), 4);
}

#[test]
fn a_sasl_start_takes_four_bytes_a_character() {
    is(
        AuthSaslStart { mech: text("X"), nil: 0, data: Secret(Chars::new(&b"n\xc3"[..]).unwrap()) },
        "00000001 58000000 00000000 00000002 0000006e ffffffc3",
    );
}

#[test]
fn a_header_is_24_bytes() {
    is(
        Header {
            prog: remote::PROGRAM.number,
            vers: remote::PROGRAM.version,
            proc: 283,
            r#type: MessageType::Reply,
            serial: 5,
            status: Status::Error,
        },
        "20008086 00000001 0000011b 00000001 00000005 00000001",
    );
}
