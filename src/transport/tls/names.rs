//! Which host a certificate is for: by its subject alternative names, and by its common name where it has none of them at
//! all. Judges nothing else of a certificate.

use std::net::IpAddr;

use sec1::der::asn1::{Ia5StringRef, ObjectIdentifier};
use sec1::der::{AnyRef, Reader, Result, Tag, TagNumber, Tagged};

use super::certificate::{Certificate, elements};

const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");

/// Whether a certificate without any alternative name has `host`, which is no address, as its common name: GnuTLS accepts
/// that, and for addresses it does not.
pub(super) fn is_common_name(certificate: &Certificate<'_>, host: &str) -> bool {
    if has_alternative_names(certificate) || host.parse::<IpAddr>().is_ok() {
        return false;
    }
    // More than one would leave it open which of them was meant.
    matches!(common_names(certificate).as_slice(), [name] if is_name(name, host))
}

/// Whether a CA says which names those whom it signs for may have; of one that cannot be read, it is assumed.
pub(super) fn are_constrained(ca: &[u8]) -> bool {
    let ca = Certificate::read(ca);
    ca.map_or(true, |ca| ca.extensions.iter().any(|extension| extension.id == NAME_CONSTRAINTS))
}

/// All names of a certificate, for people.
pub(super) fn all(certificate: &Certificate<'_>) -> Vec<String> {
    if !has_alternative_names(certificate) {
        return common_names(certificate);
    }
    let names = alternatives(certificate);
    let mut shown: Vec<_> = names.iter().filter_map(dns_name).collect();
    shown.extend(names.iter().filter_map(address));
    shown
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
fn has_alternative_names(certificate: &Certificate<'_>) -> bool {
    certificate.extensions.iter().any(|extension| extension.id == SUBJECT_ALT_NAME)
}

/// The alternative names, each with its content alone; none where they cannot be read.
fn alternatives<'a>(certificate: &Certificate<'a>) -> Vec<AnyRef<'a>> {
    let extension = certificate.extensions.iter().find(|extension| extension.id == SUBJECT_ALT_NAME);
    let read = |value: &'a [u8]| -> Result<_> {
        let mut reader = elements(value)?;
        let mut names = Vec::new();
        while !reader.is_finished() {
            names.push(reader.decode()?);
        }
        Ok(names)
    };
    extension.and_then(|extension| read(extension.value).ok()).unwrap_or_default()
}

/// Whether it is of the kind that has this number (RFC 5280, GeneralName).
fn is_kind(name: &AnyRef<'_>, number: TagNumber) -> bool {
    name.tag() == Tag::ContextSpecific { constructed: false, number }
}

fn dns_name(name: &AnyRef<'_>) -> Option<String> {
    let text = Ia5StringRef::new(name.value()).ok()?;
    is_kind(name, TagNumber::N2).then(|| text.to_string())
}

fn address(name: &AnyRef<'_>) -> Option<String> {
    let four = <[u8; 4]>::try_from(name.value()).map(IpAddr::from);
    let address = four.or_else(|_| <[u8; 16]>::try_from(name.value()).map(IpAddr::from)).ok()?;
    is_kind(name, TagNumber::N7).then(|| address.to_string())
}

/// The common names of the subject. One that cannot be read counts as one that is nobody's.
fn common_names(certificate: &Certificate<'_>) -> Vec<String> {
    certificate.subject.common_names().map(|name| name.unwrap_or_default().to_owned()).collect()
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
