//! Each way in which bytes can be malformed, and values too large to be sent, with the exact error.

use std::fmt::Debug;

use bytes::Bytes;
use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::frame::Header;
use virtwire_protocol::remote::auth::{AuthListReply, AuthSaslStep};
use virtwire_protocol::remote::connect::{ConnectGetVersionReply, ConnectOpen};
use virtwire_protocol::remote::network::{
    ConnectListAllNetworksReply, NetworkGetDhcpLeasesReply, NetworkLookupByName, NetworkLookupByUuid,
    NetworkPortGetParametersReply,
};
use virtwire_protocol::xdr::{
    Chars, Error, ErrorKind, FixedChars, FixedOpaque, List, Opaque, Reader, Text, Xdr, from_bytes,
};

use crate::literal::hex;
use ErrorKind::{Bool, Discriminant, Padding, TooLong, Truncated};

/// Asserts that reading these bytes, and skipping them, fails exactly so.
fn fails<T: Xdr + PartialEq + Debug>(digits: &str, field: &'static str, kind: ErrorKind) {
    let bytes = hex(digits);
    let error = Error { field, kind };
    assert_eq!(from_bytes::<T>(&bytes), Err(error), "{digits}");
    assert_eq!(T::skip(&mut Reader::new(&bytes)), Err(error), "skip {digits}");
}

const fn truncated(needed: usize, left: usize) -> ErrorKind {
    Truncated { needed, left }
}

const fn too_long(length: usize, limit: usize) -> ErrorKind {
    TooLong { length, limit }
}

#[test]
fn cut_primitives_are_truncated() {
    fails::<i32>("", "value", truncated(4, 0));
    fails::<u32>("000000", "value", truncated(4, 3));
    fails::<i64>("00000000 000000", "value", truncated(8, 7));
    fails::<u64>("00000000", "value", truncated(8, 4));
    fails::<f64>("00", "value", truncated(8, 1));
    fails::<bool>("0000", "value", truncated(4, 2));
    fails::<Option<i32>>("00000001 00", "value", truncated(4, 1));
    fails::<FixedOpaque<6>>("01020304 05", "value", truncated(6, 5));
    fails::<FixedOpaque<6>>("01020304 050600", "value", truncated(2, 1));
    fails::<FixedChars<2>>("00000041", "value", truncated(4, 0));
}

#[test]
fn cut_lengths_and_contents_are_truncated() {
    fails::<Text<9>>("0000", "value", truncated(4, 2));
    fails::<Text<9>>("00000004 616263", "value", truncated(4, 3));
    fails::<Text<9>>("00000003 616263", "value", truncated(1, 0));
    fails::<Opaque<9>>("00000005 01020304", "value", truncated(5, 4));
    // A count is believed only as far as there are bytes for the smallest of items.
    fails::<Chars<9>>("00000002 00000041 000000", "value", truncated(8, 7));
    fails::<List<u64, 9>>("00000002 00000000 00000000", "value", truncated(16, 8));
    fails::<List<Text<9>, 9>>("00000002 00000004 61626364", "value", truncated(4, 0));
}

#[test]
fn lengths_over_the_limit_are_too_long_however_much_is_there() {
    fails::<Text<3>>("00000004 61626364", "value", too_long(4, 3));
    fails::<Opaque<3>>("00000004 61626364", "value", too_long(4, 3));
    fails::<Chars<1>>("00000002 00000041 00000041", "value", too_long(2, 1));
    fails::<List<i32, 1>>("00000002 00000001 00000001", "value", too_long(2, 1));
    fails::<Text<3>>("ffffffff", "value", too_long(0xffff_ffff, 3));
    fails::<List<(), 3>>("00000004", "value", too_long(4, 3));
    assert!(from_bytes::<Text<3>>(&hex("00000003 61626300")).is_ok());
    assert_eq!(from_bytes::<List<(), 3>>(&hex("00000003")).map(|list| list.len()), Ok(3));
}

#[test]
fn padding_must_be_zero() {
    fails::<Text<9>>("00000001 61000001", "value", Padding);
    fails::<Text<9>>("00000003 61626361", "value", Padding);
    fails::<Opaque<9>>("00000002 61620100", "value", Padding);
    fails::<FixedOpaque<2>>("01020001", "value", Padding);
}

#[test]
fn booleans_and_flags_of_optionals_are_0_or_1() {
    fails::<bool>("00000002", "value", Bool(2));
    fails::<bool>("80000000", "value", Bool(0x8000_0000));
    fails::<Option<i32>>("00000002 00000001", "value", Bool(2));
    fails::<Option<Text<9>>>("01000000", "value", Bool(0x0100_0000));
}

#[test]
fn chars_are_a_byte_zero_or_sign_extended() {
    for word in [0x0000_0100, 0xffff_ff7f, 0x8000_0000, 0x7fff_ffff, 0xffff_fe80, 0xff00_0080] {
        let digits = format!("00000001 {word:08x}");
        fails::<Chars<9>>(&digits, "value", ErrorKind::Char(word));
        fails::<FixedChars<1>>(&digits[9..], "value", ErrorKind::Char(word));
    }
}

#[test]
fn the_innermost_field_is_named() {
    fails::<ConnectOpen>("", "remote_connect_open_args.name", truncated(4, 0));
    fails::<ConnectOpen>("00000000 0000", "remote_connect_open_args.flags", truncated(4, 2));
    fails::<ConnectOpen>("00000002", "remote_connect_open_args.name", Bool(2));
    fails::<ConnectGetVersionReply>("00000000", "remote_connect_get_version_ret.hv_ver", truncated(8, 4));
    fails::<NetworkLookupByName>(
        "00400001",
        "remote_network_lookup_by_name_args.name",
        too_long(4_194_305, 4_194_304),
    );
    fails::<NetworkLookupByUuid>("00", "remote_network_lookup_by_uuid_args.uuid", truncated(16, 1));
    fails::<AuthListReply>("00000015", "remote_auth_list_ret.types", too_long(21, 20));
    fails::<AuthSaslStep>(
        "00000000 00000001 00000100",
        "remote_auth_sasl_step_args.data",
        ErrorKind::Char(0x100),
    );
    fails::<Header>("20008086 00000001 00000001", "virNetMessageHeader.r#type", truncated(4, 0));
    let error = "00000026 00000013 00000001 00000001 61000001";
    fails::<ErrorBody>(error, "virNetMessageError.message", Padding);
}

#[test]
fn the_field_of_an_item_of_a_list_is_named() {
    let uuid = "00112233 44556677 8899aabb ccddeeff";
    fails::<ConnectListAllNetworksReply>(
        "00004001",
        "remote_connect_list_all_networks_ret.nets",
        too_long(16_385, 16_384),
    );
    fails::<ConnectListAllNetworksReply>(
        &format!("00000001 00000002 61620001 {uuid} 00000001"),
        "remote_nonnull_network.name",
        Padding,
    );
    fails::<ConnectListAllNetworksReply>(
        &format!("00000001 00000004 61626364 {}", &uuid[..29]),
        "remote_nonnull_network.uuid",
        truncated(16, 13),
    );
    fails::<ConnectListAllNetworksReply>(
        &format!("00000001 00000000 {uuid}"),
        "remote_connect_list_all_networks_ret.ret",
        truncated(4, 0),
    );
    fails::<NetworkGetDhcpLeasesReply>(
        "00010001",
        "remote_network_get_dhcp_leases_ret.leases",
        too_long(65_537, 65_536),
    );
    let (text, number, wrong_flag) = ("00000000", "00000000 00000000 00000000", "00000003");
    fails::<NetworkGetDhcpLeasesReply>(
        &format!("00000001 {text} {number} {wrong_flag} {}", "00".repeat(20)),
        "remote_network_dhcp_lease.mac",
        Bool(3),
    );
}

#[test]
fn an_unknown_arm_of_a_union_is_an_error_that_names_its_field() {
    let reply =
        |discriminant: &str| format!("00000001 00000001 61000000 {discriminant} 00000000 00000000 00000001");
    let field = "remote_typed_param.value";
    fails::<NetworkPortGetParametersReply>(&reply("00000008"), field, Discriminant(8));
    fails::<NetworkPortGetParametersReply>(&reply("00000000"), field, Discriminant(0));
    fails::<NetworkPortGetParametersReply>(&reply("ffffffff"), field, Discriminant(-1));
    assert!(from_bytes::<NetworkPortGetParametersReply>(&hex(&reply("00000003"))).is_ok());
}

#[test]
fn trailing_bytes_are_tolerated() {
    assert_eq!(from_bytes::<i32>(&hex("00000007 ff")), Ok(7));
    let reply = from_bytes::<ConnectGetVersionReply>(&hex("00000000 00895440 00000000 01")).unwrap();
    assert_eq!(reply.hv_ver, 9_000_000);
}

#[test]
fn errors_read_as_sentences() {
    let said = |kind| Error { field: "a.b", kind }.to_string();
    let expected = "a.b: 8 more bytes were announced than the 3 that are there";
    assert_eq!(said(truncated(8, 3)), expected);
    let field = "remote_network_dhcp_lease.r#type";
    let error = Error { field, kind: Padding }.to_string();
    assert_eq!(error, "remote_network_dhcp_lease.type: padding is not zero");
    assert_eq!(said(too_long(4, 3)), "a.b: length 4 is over the limit of 3");
    assert_eq!(said(Padding), "a.b: padding is not zero");
    assert_eq!(said(Bool(2)), "a.b: 2 is neither 0 nor 1");
    assert_eq!(said(ErrorKind::Char(256)), "a.b: 0x00000100 is not a character");
    assert_eq!(said(Discriminant(8)), "a.b: unknown union discriminant 8");
}

#[test]
fn values_over_their_limit_cannot_be_made() {
    let error = |length, limit| Error { field: "value", kind: too_long(length, limit) };
    assert_eq!(Text::<3>::new("abcd"), Err(error(4, 3)));
    assert_eq!(Text::<3>::try_from("abcd"), Err(error(4, 3)));
    assert_eq!(Text::<3>::try_from("abcd".to_owned()), Err(error(4, 3)));
    assert_eq!(Opaque::<3>::new(Bytes::from_static(b"abcd")), Err(error(4, 3)));
    assert_eq!(Chars::<3>::new(*b"abcd"), Err(error(4, 3)));
    assert_eq!(List::<i32, 3>::new(&[0; 4]), Err(error(4, 3)));
    assert!(Text::<3>::new("abc").is_ok() && List::<i32, 3>::new(&[0; 3]).is_ok());
}
