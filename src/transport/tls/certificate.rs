//! Certificates and revocation lists (RFC 5280), as far as this client itself minds them: whose, when, what for. Whether one
//! may be trusted is for others to judge.

use sec1::der::asn1::{
    GeneralizedTime, Ia5StringRef, ObjectIdentifier, OctetStringRef, PrintableStringRef, TeletexStringRef,
    UtcTime, Utf8StringRef,
};
use sec1::der::{AnyRef, Decode, Encode, Reader, Result, SliceReader, Tag, TagNumber, Tagged};
use tokio_rustls::rustls::pki_types::UnixTime;

/// What a certificate says.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    /// It is of X.509's first version, which has no extensions.
    pub(super) is_first_version: bool,
    pub(super) issuer: Name<'a>,
    pub(super) not_before: UnixTime,
    pub(super) not_after: UnixTime,
    pub(super) subject: Name<'a>,
    pub(super) extensions: Vec<Extension<'a>>,
}

/// One extension; what is in it may be anything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extension<'a> {
    pub(super) id: ObjectIdentifier,
    pub(super) is_critical: bool,
    pub(super) value: &'a [u8],
}

impl<'a> Certificate<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self> {
        let mut signed = inside(AnyRef::from_der(der)?, Tag::Sequence)?;
        let mut reader = enter(&mut signed, Tag::Sequence)?;
        let _algorithm: AnyRef<'_> = signed.decode()?;
        let _signature: AnyRef<'_> = signed.decode()?;
        signed.finish(())?;

        let version = element_if(&mut reader, holder(TagNumber::N0))?;
        let version = version.map(|version| u8::from_der(version.value())).transpose()?;
        let _serial: AnyRef<'_> = reader.decode()?;
        let _algorithm: AnyRef<'_> = reader.decode()?;
        let issuer = Name::read(&mut reader)?;
        let mut validity = enter(&mut reader, Tag::Sequence)?;
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        validity.finish(())?;
        let subject = Name::read(&mut reader)?;
        let _key: AnyRef<'_> = reader.decode()?;
        for unique in [TagNumber::N1, TagNumber::N2] {
            element_if(&mut reader, Tag::ContextSpecific { constructed: false, number: unique })?;
        }
        let extensions = element_if(&mut reader, holder(TagNumber::N3))?;
        let extensions = extensions.map_or_else(|| Ok(Vec::new()), |list| read_extensions(list.value()))?;
        reader.finish(())?;
        let is_first_version = version.unwrap_or(0) == 0;
        Ok(Self { is_first_version, issuer, not_before, not_after, subject, extensions })
    }

    /// The extension of this kind, where there is exactly one.
    pub(super) fn extension(&self, id: ObjectIdentifier) -> Option<Extension<'a>> {
        let mut found = self.extensions.iter().filter(|extension| extension.id == id);
        found.next().copied().filter(|_| found.next().is_none())
    }
}

/// What is in the only element that these bytes are.
pub(super) fn elements(der: &[u8]) -> Result<SliceReader<'_>> {
    inside(AnyRef::from_der(der)?, Tag::Sequence)
}

fn inside(element: AnyRef<'_>, tag: Tag) -> Result<SliceReader<'_>> {
    element.tag().assert_eq(tag)?;
    SliceReader::new(element.value())
}

fn enter<'a>(reader: &mut SliceReader<'a>, tag: Tag) -> Result<SliceReader<'a>> {
    inside(reader.decode()?, tag)
}

/// The next element if it has this tag; else it is left.
fn element_if<'a>(reader: &mut SliceReader<'a>, tag: Tag) -> Result<Option<AnyRef<'a>>> {
    if !reader.is_finished() && reader.peek_tag()? == tag { reader.decode().map(Some) } else { Ok(None) }
}

/// The tag of what a type numbers, and that holds an element.
const fn holder(number: TagNumber) -> Tag {
    Tag::ContextSpecific { constructed: true, number }
}

fn read_extensions(list: &[u8]) -> Result<Vec<Extension<'_>>> {
    let mut list = elements(list)?;
    let mut extensions = Vec::new();
    while !list.is_finished() {
        let mut extension = enter(&mut list, Tag::Sequence)?;
        let id = extension.decode()?;
        let is_critical = truth(&mut extension)?;
        let value = extension.decode::<OctetStringRef<'_>>()?.as_bytes();
        extension.finish(())?;
        extensions.push(Extension { id, is_critical, value });
    }
    Ok(extensions)
}

/// A truth value, false where it is left out.
pub(super) fn truth(reader: &mut SliceReader<'_>) -> Result<bool> {
    element_if(reader, Tag::Boolean)?.map_or(Ok(false), AnyRef::decode_as)
}

fn time(reader: &mut SliceReader<'_>) -> Result<UnixTime> {
    let time: AnyRef<'_> = reader.decode()?;
    let since_1970 = match time.tag() {
        Tag::UtcTime => time.decode_as::<UtcTime>()?.to_unix_duration(),
        _ => time.decode_as::<GeneralizedTime>()?.to_unix_duration(),
    };
    Ok(UnixTime::since_unix_epoch(since_1970))
}

/// When a revocation list is to have been replaced by a newer one; nothing where it does not say.
pub(super) fn next_update(list: &[u8]) -> Option<UnixTime> {
    let mut list = enter(&mut elements(list).ok()?, Tag::Sequence).ok()?;
    element_if(&mut list, Tag::Integer).ok()?;
    let _algorithm: AnyRef<'_> = list.decode().ok()?;
    let _issuer: AnyRef<'_> = list.decode().ok()?;
    time(&mut list).ok()?;
    time(&mut list).ok()
}

/// A subject or an issuer.
#[derive(Debug)]
pub(super) struct Name<'a>(Vec<Vec<Part<'a>>>);

/// A part of a name: of which kind, and what.
#[derive(Clone, Copy, Debug)]
struct Part<'a> {
    kind: ObjectIdentifier,
    value: AnyRef<'a>,
}

/// The kinds of a name's parts, and what people call them.
const KINDS: [(ObjectIdentifier, &str); 18] = [
    (COMMON_NAME, "CN"),
    (ObjectIdentifier::new_unwrap("2.5.4.4"), "SN"),
    (ObjectIdentifier::new_unwrap("2.5.4.5"), "SERIALNUMBER"),
    (ObjectIdentifier::new_unwrap("2.5.4.6"), "C"),
    (ObjectIdentifier::new_unwrap("2.5.4.7"), "L"),
    (ObjectIdentifier::new_unwrap("2.5.4.8"), "ST"),
    (ObjectIdentifier::new_unwrap("2.5.4.9"), "STREET"),
    (ObjectIdentifier::new_unwrap("2.5.4.10"), "O"),
    (ObjectIdentifier::new_unwrap("2.5.4.11"), "OU"),
    (ObjectIdentifier::new_unwrap("2.5.4.12"), "TITLE"),
    (ObjectIdentifier::new_unwrap("2.5.4.42"), "GIVENNAME"),
    (ObjectIdentifier::new_unwrap("2.5.4.43"), "INITIALS"),
    (ObjectIdentifier::new_unwrap("2.5.4.44"), "GENERATIONQUALIFIER"),
    (ObjectIdentifier::new_unwrap("2.5.4.46"), "DNQUALIFIER"),
    (ObjectIdentifier::new_unwrap("2.5.4.65"), "PSEUDONYM"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25"), "DC"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1"), "UID"),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1"), "EMAIL"),
];
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

impl<'a> Name<'a> {
    fn read(reader: &mut SliceReader<'a>) -> Result<Self> {
        let mut sets = enter(reader, Tag::Sequence)?;
        let mut name = Vec::new();
        while !sets.is_finished() {
            let mut set = enter(&mut sets, Tag::Set)?;
            let mut parts = Vec::new();
            while !set.is_finished() {
                let mut part = enter(&mut set, Tag::Sequence)?;
                let (kind, value) = (part.decode()?, part.decode()?);
                part.finish(())?;
                parts.push(Part { kind, value });
            }
            name.push(parts);
        }
        Ok(Self(name))
    }

    /// Its common names; one that cannot be read, or shown, is nothing.
    pub(super) fn common_names(&self) -> impl Iterator<Item = Option<&'a str>> {
        let parts = self.0.iter().flatten().filter(|part| part.kind == COMMON_NAME);
        parts.map(|part| text(part.value).filter(|text| !text.chars().any(char::is_control)))
    }

    /// As libvirt writes it, in `tls_allowed_dn_list` too: its parts in the order that they have, as RFC 4514 writes each.
    pub(super) fn distinguished(&self) -> String {
        let sets = self.0.iter().map(|set| set.iter().map(Part::shown).collect::<Vec<_>>().join("+"));
        sets.collect::<Vec<_>>().join(",")
    }
}

impl Part<'_> {
    fn shown(&self) -> String {
        let known = KINDS.iter().find(|(kind, _)| *kind == self.kind);
        let Some(((_, kind), text)) = known.zip(text(self.value)) else {
            let value = self.value.to_der().unwrap_or_default();
            let value: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            return format!("{}=#{value}", self.kind);
        };
        let mut shown = format!("{kind}=");
        for (at, c) in text.char_indices() {
            let is_at_border = at == 0 || at + c.len_utf8() == text.len();
            match c {
                '#' if at == 0 => shown.push_str("\\#"),
                ' ' if is_at_border => shown.push_str("\\ "),
                '"' | '+' | ',' | ';' | '<' | '>' | '\\' => shown.extend(['\\', c]),
                '\0'..='\x1f' | '\x7f' => shown.push_str(&format!("\\{:02x}", u32::from(c))),
                _ => shown.push(c),
            }
        }
        shown
    }
}

/// The text of those kinds of strings that names are made of.
fn text(value: AnyRef<'_>) -> Option<&str> {
    match value.tag() {
        Tag::Utf8String => Utf8StringRef::try_from(value).ok().map(|text| text.as_str()),
        Tag::PrintableString => PrintableStringRef::try_from(value).ok().map(|text| text.as_str()),
        Tag::Ia5String => Ia5StringRef::try_from(value).ok().map(|text| text.as_str()),
        Tag::TeletexString => TeletexStringRef::try_from(value).ok().map(|text| text.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
