//! What is read of certificates is what another reader of them reads.

use std::time::Duration;

use sec1::der::asn1::ObjectIdentifier;
use sec1::der::{AnyRef, Encode, Tag, TagNumber};
use x509_cert::der::Decode;

use super::super::refusal::date;
use super::super::usage;
use super::{Certificate, KINDS, holder, next_update};

const CLIENTS: &str = "1.3.6.1.5.5.7.3.2";
const SERVERS: &str = "1.3.6.1.5.5.7.3.1";
const YEAR: (Tag, &str) = (Tag::UtcTime, "260101000000Z");

fn element(tag: Tag, parts: &[&[u8]]) -> Vec<u8> {
    AnyRef::new(tag, &parts.concat()).unwrap().to_der().unwrap()
}

fn id(text: &str) -> Vec<u8> {
    ObjectIdentifier::new(text).unwrap().to_der().unwrap()
}

/// The algorithm, and the kind of a name's part, in which nothing is of interest.
fn any_id() -> Vec<u8> {
    id("1.2.840.113549.1.1.1")
}

/// A name with one part in each of its sets.
fn name(parts: &[(&str, Tag, &[u8])]) -> Vec<u8> {
    let sets = parts.iter().map(|(kind, tag, value)| {
        let part = element(Tag::Sequence, &[&id(kind), &element(*tag, &[value])]);
        element(Tag::Set, &[&part])
    });
    element(Tag::Sequence, &[&sets.collect::<Vec<_>>().concat()])
}

fn time((tag, text): (Tag, &str)) -> Vec<u8> {
    element(tag, &[text.as_bytes()])
}

fn extension(kind: &str, is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if is_critical { element(Tag::Boolean, &[&[0xff]]) } else { Vec::new() };
    let value = element(Tag::OctetString, &[value]);
    element(Tag::Sequence, &[&id(kind), &critical, &value])
}

/// A certificate that nobody signed.
fn certificate(version: &[u8], name: &[u8], validity: [(Tag, &str); 2], extensions: &[Vec<u8>]) -> Vec<u8> {
    let algorithm = element(Tag::Sequence, &[&any_id()]);
    let validity = element(Tag::Sequence, &[&time(validity[0]), &time(validity[1])]);
    let key = element(Tag::Sequence, &[&algorithm, &element(Tag::BitString, &[&[0, 7]])]);
    let extensions = match extensions {
        [] => Vec::new(),
        some => element(holder(TagNumber::N3), &[&element(Tag::Sequence, &[&some.concat()])]),
    };
    let serial = element(Tag::Integer, &[&[1]]);
    let parts = [version, &serial, &algorithm, name, &validity, name, &key, &extensions];
    let signature = element(Tag::BitString, &[&[0, 7]]);
    element(Tag::Sequence, &[&element(Tag::Sequence, &parts), &algorithm, &signature])
}

/// Of the third version, and good for no time at all.
fn with(name: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    certificate(&element(holder(TagNumber::N0), &[&[2, 1, 2]]), name, [YEAR, YEAR], extensions)
}

#[test]
fn names_are_written_as_another_reader_writes_them() {
    let (utf8, printable) = (Tag::Utf8String, Tag::PrintableString);
    let texts: [(Tag, &[u8]); 13] = [
        (utf8, b"plain"),
        (utf8, "näme".as_bytes()),
        (utf8, b" a b "),
        (utf8, b" "),
        (utf8, b"#a#,b+c\"d\\e<f>g;h=i"),
        (utf8, b"a\0b\x1f\x7f"),
        (utf8, b"\xff"),
        (printable, b"A-z 0'()+,-./:=?"),
        (printable, b"no@star*"),
        (Tag::Ia5String, b"a@b"),
        (Tag::Ia5String, "ä".as_bytes()),
        (Tag::TeletexString, b"old"),
        (Tag::BmpString, b"\0a"),
    ];
    let others = ["2.5.4.99", "1.2.840.113549.99", "2.16.840.1.99999.7"].map(str::to_owned);
    for kind in KINDS.iter().map(|(kind, _)| kind.to_string()).chain(others) {
        for (tag, value) in texts {
            let der = with(&name(&[(&kind, tag, value), (&kind, utf8, b"x")]), &[]);
            let other = x509_cert::Certificate::from_der(&der).unwrap();
            let other: Vec<_> = other.tbs_certificate.subject.0.iter().map(ToString::to_string).collect();
            let read = Certificate::read(&der).unwrap();
            assert_eq!(read.subject.distinguished(), other.join(","));
            assert_eq!(read.issuer.distinguished(), other.join(","));
        }
    }
}

#[test]
fn a_common_name_that_is_not_fit_to_be_compared_is_nobodys() {
    let cn = "2.5.4.3";
    let der = with(
        &name(&[
            (cn, Tag::Utf8String, b"a"),
            (cn, Tag::Utf8String, b"a\nb"),
            ("2.5.4.10", Tag::Utf8String, b"c"),
        ]),
        &[],
    );
    let read = Certificate::read(&der).unwrap();
    assert_eq!(read.subject.common_names().collect::<Vec<_>>(), [Some("a"), None]);
}

#[test]
fn times_are_those_that_another_reader_reads() {
    for text in [
        (Tag::UtcTime, "700101000000Z"),
        (Tag::UtcTime, "991231235959Z"),
        (Tag::UtcTime, "000229120000Z"),
        (Tag::UtcTime, "491231235959Z"),
        (Tag::GeneralizedTime, "20500101000000Z"),
        (Tag::GeneralizedTime, "21000301000000Z"),
        (Tag::GeneralizedTime, "24000229010203Z"),
        (Tag::GeneralizedTime, "99991231235959Z"),
    ] {
        let der = certificate(&[], &name(&[]), [text, YEAR], &[]);
        let other = x509_cert::Certificate::from_der(&der).unwrap().tbs_certificate.validity.not_before;
        let read = Certificate::read(&der).unwrap();
        assert_eq!(Duration::from_secs(read.not_before.as_secs()), other.to_unix_duration());
        assert_eq!(date(read.not_before), other.to_date_time().to_string());
        assert!(read.is_first_version);
    }
    for text in [
        "260101000060Z",
        "260229000000Z",
        "261301000000Z",
        "260101240000Z",
        "2601010000Z",
        "260101000000",
        "+60101000000Z",
    ] {
        let der = certificate(&[], &name(&[]), [YEAR, (Tag::UtcTime, text)], &[]);
        assert!(Certificate::read(&der).is_err(), "{text}");
        assert!(x509_cert::Certificate::from_der(&der).is_err(), "{text}");
    }
}

#[test]
fn what_a_certificate_is_for_counts_where_it_binds_itself() {
    let of = |extensions: &[Vec<u8>]| with(&name(&[]), extensions);
    let usage = |is_critical, bits: u8| extension("2.5.29.15", is_critical, &[3, 2, 0, bits]);
    for (extensions, expected) in [
        (vec![], (true, false, true)),
        (vec![usage(true, 0x80)], (true, true, false)),
        (vec![usage(true, 0xa0)], (true, false, false)),
        (vec![usage(true, 0x04)], (false, true, true)),
        (vec![usage(false, 0x04)], (true, false, true)),
        (vec![usage(true, 0x04), usage(true, 0x04)], (true, false, true)),
        (vec![extension("2.5.29.15", true, &[3, 1, 0])], (false, true, false)),
    ] {
        let der = of(&extensions);
        let read = Certificate::read(&der).unwrap();
        let told =
            (usage::may_sign(&read), usage::lacks_encipherment(&read), usage::may_sign_certificates(&read));
        assert_eq!(told, expected, "{extensions:?}");
    }
    let purposes = |is_critical, purpose| {
        let purpose = id(purpose);
        of(&[extension("2.5.29.37", is_critical, &element(Tag::Sequence, &[&purpose]))])
    };
    for (der, expected) in [
        (of(&[]), true),
        (purposes(true, CLIENTS), true),
        (purposes(true, SERVERS), false),
        (purposes(false, SERVERS), true),
    ] {
        assert_eq!(usage::is_for_clients(&Certificate::read(&der).unwrap()), expected);
    }
    for (value, expected) in
        [(&[0x30, 3, 1, 1, 0xff][..], true), (&[0x30, 0], false), (&[0x30, 3, 1, 1, 1], false)]
    {
        let der = of(&[extension("2.5.29.19", true, value)]);
        assert_eq!(usage::is_ca(&Certificate::read(&der).unwrap()), expected, "{value:?}");
    }
}

#[test]
fn a_certificate_that_is_cut_or_goes_on_is_an_error() {
    let der =
        with(&name(&[("2.5.4.3", Tag::Utf8String, b"a")]), &[extension("2.5.29.15", true, &[3, 2, 0, 0x80])]);
    assert!(Certificate::read(&der).is_ok());
    for end in 0..der.len() {
        assert!(Certificate::read(&der[..end]).is_err(), "{end}");
    }
    assert!(Certificate::read(&[&der[..], &[0]].concat()).is_err());
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 0x20;
        // It may still be one; whatever it is, it is judged and not a panic.
        let _ = Certificate::read(&changed).map(|read| usage::is_ca(&read));
    }
}

#[test]
fn a_list_says_when_it_is_to_be_replaced() {
    let algorithm = element(Tag::Sequence, &[&any_id()]);
    let list = |times: &[Vec<u8>]| {
        let parts = [&element(Tag::Integer, &[&[1]])[..], &algorithm, &name(&[]), &times.concat()];
        element(
            Tag::Sequence,
            &[&element(Tag::Sequence, &parts), &algorithm, &element(Tag::BitString, &[&[0, 7]])],
        )
    };
    let end = (Tag::UtcTime, "270101000000Z");
    assert_eq!(
        next_update(&list(&[time(YEAR), time(end)])).map(date).as_deref(),
        Some("2027-01-01T00:00:00Z")
    );
    assert_eq!(next_update(&list(&[time(YEAR)])), None);
    assert_eq!(next_update(&list(&[])), None);
}
