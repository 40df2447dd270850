//! Which host a certificate is for: by its subject alternative names, and by its common name where it has none of them at
//! all. Judges nothing else of a certificate.

use std::fmt::Write;
use std::net::IpAddr;

use x509_cert::Certificate;
use x509_cert::der::asn1::{Ia5StringRef, PrintableStringRef, TeletexStringRef, Utf8StringRef};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Any, Decode, Tag, Tagged};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{NameConstraints, SubjectAltName};
use x509_cert::name::Name;

const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Whether a certificate without any alternative name has `host`, which is no address, as its common name: GnuTLS accepts
/// that, and for addresses it does not.
pub(super) fn is_common_name(certificate: &Certificate, host: &str) -> bool {
    if has_alternative_names(certificate) || host.parse::<IpAddr>().is_ok() {
        return false;
    }
    // More than one would leave it open which of them was meant.
    matches!(common_names(certificate).as_slice(), [name] if is_name(name, host))
}

/// Whether a CA says which names those whom it signs for may have; of one that cannot be read, it is assumed.
pub(super) fn are_constrained(ca: &[u8]) -> bool {
    let ca = Certificate::from_der(ca);
    !ca.is_ok_and(|ca| matches!(ca.tbs_certificate.get::<NameConstraints>(), Ok(None)))
}

/// All names of a certificate, for people.
pub(super) fn all(certificate: &Certificate) -> Vec<String> {
    let mut names = dns_names(certificate);
    names.extend(addresses(certificate));
    if !has_alternative_names(certificate) {
        names.extend(common_names(certificate));
    }
    names
}

/// A subject or an issuer as libvirt writes it, in `tls_allowed_dn_list` too: its parts in the order that they have.
pub(super) fn distinguished(name: &Name) -> String {
    let mut text = String::new();
    for part in name.0.iter() {
        let comma = if text.is_empty() { "" } else { "," };
        // A part that cannot be written stays out: `to_string` would panic at it.
        let _ = write!(text, "{comma}{part}");
    }
    text
}

/// Whether a name, maybe with `*` as its first label, is that of a host. The star stands for one label, and at least two
/// more must follow.
fn is_name(name: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if name.is_empty() || host.is_empty() {
        return false;
    }
    match name.strip_prefix("*.") {
        Some(domain) => {
            let rest = host.split_once('.').filter(|(label, _)| !label.is_empty()).map(|(_, rest)| rest);
            domain.split('.').filter(|label| !label.is_empty()).count() >= 2
                && !domain.contains('*')
                && rest.is_some_and(|rest| rest.eq_ignore_ascii_case(domain))
        }
        None => name.eq_ignore_ascii_case(host),
    }
}

/// Whether it has the extension, be it empty or damaged.
fn has_alternative_names(certificate: &Certificate) -> bool {
    extension(certificate).is_some()
}

fn extension(certificate: &Certificate) -> Option<&[u8]> {
    let extensions = certificate.tbs_certificate.extensions.iter().flatten();
    let mut found = extensions.filter(|extension| extension.extn_id == SUBJECT_ALT_NAME);
    found.next().map(|extension| extension.extn_value.as_bytes())
}

fn alternatives(certificate: &Certificate) -> Vec<GeneralName> {
    let names = extension(certificate).and_then(|der| SubjectAltName::from_der(der).ok());
    names.map_or_else(Vec::new, |names| names.0)
}

fn dns_names(certificate: &Certificate) -> Vec<String> {
    let name = |name| match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        _ => None,
    };
    alternatives(certificate).into_iter().filter_map(name).collect()
}

fn addresses(certificate: &Certificate) -> Vec<String> {
    let address = |name| {
        let GeneralName::IpAddress(bytes) = name else { return None };
        let four = <[u8; 4]>::try_from(bytes.as_bytes()).map(IpAddr::from);
        let address = four.or_else(|_| <[u8; 16]>::try_from(bytes.as_bytes()).map(IpAddr::from));
        address.ok().map(|address| address.to_string())
    };
    alternatives(certificate).into_iter().filter_map(address).collect()
}

/// The common names of the subject. One that cannot be read counts as one that is nobody's.
fn common_names(certificate: &Certificate) -> Vec<String> {
    let parts = certificate.tbs_certificate.subject.0.iter().flat_map(|part| part.0.iter());
    let names = parts.filter(|part| part.oid == COMMON_NAME);
    names.map(|part| text(&part.value).unwrap_or_default()).collect()
}

/// A text without control characters: it is compared, and it is shown.
fn text(value: &Any) -> Option<String> {
    let text = match value.tag() {
        Tag::Utf8String => value.decode_as::<Utf8StringRef<'_>>().ok()?.as_str().to_owned(),
        Tag::PrintableString => value.decode_as::<PrintableStringRef<'_>>().ok()?.as_str().to_owned(),
        Tag::Ia5String => value.decode_as::<Ia5StringRef<'_>>().ok()?.as_str().to_owned(),
        Tag::TeletexString => value.decode_as::<TeletexStringRef<'_>>().ok()?.as_str().to_owned(),
        _ => return None,
    };
    (!text.chars().any(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn a_star_is_one_whole_label_in_front_of_two_or_more() {
        for (name, host) in [
            ("a.example", "a.example"),
            ("A.Example", "a.eXample"),
            ("a.example", "a.example."),
            ("*.b.example", "a.b.example"),
        ] {
            assert!(is_name(name, host), "{name}, {host}");
        }
        for (name, host) in [
            ("a.example", "b.a.example"),
            ("*.b.example", "b.example"),
            ("*.b.example", ".b.example"),
            ("*.b.example", "x.a.b.example"),
            ("*.example", "b.example"),
            ("*.", "a."),
            ("*", "a"),
            ("a*.b.example", "aa.b.example"),
            ("*.*.example", "a.b.example"),
            ("*..example", "a..example"),
            ("", ""),
        ] {
            assert!(!is_name(name, host), "{name}, {host}");
        }
    }
}
