//! Gets arguments past the first check: names, UUIDs and XML that a daemon knows, in the place of arbitrary ones.

use bytes::{BufMut, Bytes, BytesMut};
use virtwire_protocol::remote::{Network, Text, Uuid};
use virtwire_protocol::xdr::{Error, ErrorKind, Reader, Schema, Writer, Xdr};

use super::calls::Source;

/// Networks that calls define, start and ask for. Few, so that they meet each other.
const NETWORKS: &[(&str, [u8; 16])] =
    &[("one", [1; 16]), ("two", [2; 16]), ("three", [3; 16]), ("", [0; 16])];

/// What makes such networks, and what cannot.
const PARTS: &[&str] = &[
    "<bridge name='vwf0'/>",
    "<bridge name='vwf1' stp='on' delay='0'/>",
    "<forward mode='nat'/>",
    "<forward mode='route' dev='lo'/>",
    "<forward mode='open'/>",
    "<forward mode='bridge'/>",
    "<ip address='192.168.250.1' prefix='24'><dhcp><range start='192.168.250.2' end='192.168.250.9'/></dhcp></ip>",
    "<ip family='ipv6' address='2001:db8:250::1' prefix='64'/>",
    "<dns><host ip='192.168.250.3'><hostname>h</hostname></host><txt name='t' value='v'/></dns>",
    "<mac address='52:54:00:01:02:03'/>",
    "<domain name='example' localOnly='yes'/>",
    "<portgroup name='p' default='yes'/>",
    "<mtu size='9000'/>",
    "<route address='192.168.251.0' prefix='24' gateway='192.168.250.4'/>",
    "<metadata><m:m xmlns:m='urn:m'/></metadata>",
    "<host mac='52:54:00:00:00:01' ip='192.168.250.5'/>",
    "<",
];

/// The same arguments, some of them replaced by what is known.
pub(super) fn mixed_in(schema: Schema, arguments: &Bytes, source: &mut Source) -> Bytes {
    let mut out = BytesMut::new();
    match mix(&schema, "", &mut Reader::new(arguments), source, &mut out) {
        Ok(()) => out.freeze(),
        // Never so: they are what their type encodes.
        Err(_) => arguments.clone(),
    }
}

fn mix(
    schema: &Schema,
    field: &str,
    reader: &mut Reader<'_>,
    source: &mut Source,
    out: &mut BytesMut,
) -> Result<(), Error> {
    match schema {
        Schema::Void => {}
        Schema::Int | Schema::UInt => number(reader.array()?, source, out),
        Schema::Enum(_) | Schema::Bool => copy(4, reader, out)?,
        Schema::Hyper | Schema::UHyper | Schema::Double => copy(8, reader, out)?,
        Schema::Uuid => {
            let uuid = Uuid(reader.array()?);
            let (_, known) = *source.one_of(NETWORKS);
            put(&if source.below(4) == 0 { uuid } else { Uuid(known) }, out);
        }
        Schema::FixedOpaque(length) => copy(length.next_multiple_of(4), reader, out)?,
        Schema::Opaque(_) => text(reader, out)?,
        Schema::Text(_) if source.below(4) == 0 => text(reader, out)?,
        Schema::Text(_) => {
            Text::skip(reader)?;
            put(&known(field, source), out);
        }
        Schema::FixedChars(length) => copy(length * 4, reader, out)?,
        Schema::Chars(_) => {
            let length = count(reader, out)?;
            copy(length * 4, reader, out)?;
        }
        Schema::List(item, _) => {
            for _ in 0..count(reader, out)? {
                mix(item, field, reader, source, out)?;
            }
        }
        Schema::Optional(value) => {
            if count(reader, out)? == 1 {
                mix(value, field, reader, source, out)?;
            }
        }
        Schema::Struct(of) if of.name == "remote_nonnull_network" && source.below(4) > 0 => {
            Network::skip(reader)?;
            let (name, uuid) = *source.one_of(NETWORKS);
            put(&Network { name: Text::from_static(name), uuid: Uuid(uuid) }, out);
        }
        Schema::Struct(of) => {
            for field in of.fields {
                mix(&field.schema, field.name, reader, source, out)?;
            }
        }
        Schema::Union(of) => {
            let number: [u8; 4] = reader.array()?;
            out.put_slice(&number);
            let arm = of.arms.iter().find(|arm| arm.discriminant.to_be_bytes() == number);
            let arm = arm.ok_or(ErrorKind::Discriminant(i32::from_be_bytes(number)))?;
            mix(&arm.schema, field, reader, source, out)?;
        }
        Schema::Secret(inner) => mix(inner, field, reader, source, out)?,
    }
    Ok(())
}

/// Flags and counts are small where anything is to come of them.
fn number(word: [u8; 4], source: &mut Source, out: &mut BytesMut) {
    let small = u32::from_be_bytes(word) & 7;
    if source.below(3) == 0 { out.put_slice(&word) } else { out.put_u32(small) }
}

fn known(field: &str, source: &mut Source) -> Text {
    let (name, uuid) = *source.one_of(NETWORKS);
    match field {
        "xml" => {
            let parts: String = (0..source.below(5)).map(|_| *source.one_of(PARTS)).collect();
            let uuid = Uuid(uuid);
            let xml = match source.below(8) {
                0 => parts,
                1 => format!(
                    "<networkport><owner><name>g</name><uuid>{uuid}</uuid></owner>{parts}</networkport>"
                ),
                _ => format!("<network><name>{name}</name><uuid>{uuid}</uuid>{parts}</network>"),
            };
            Text::try_from(xml).unwrap_or_default()
        }
        _ => Text::from_static(name),
    }
}

fn put(value: &impl Xdr, out: &mut BytesMut) {
    value.encode(&mut Writer::new(out));
}

fn copy(length: usize, reader: &mut Reader<'_>, out: &mut BytesMut) -> Result<(), Error> {
    out.put_slice(reader.take(length)?);
    Ok(())
}

/// A word that counts, or says whether.
fn count(reader: &mut Reader<'_>, out: &mut BytesMut) -> Result<usize, Error> {
    let count = reader.u32()?;
    out.put_u32(count);
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

fn text(reader: &mut Reader<'_>, out: &mut BytesMut) -> Result<(), Error> {
    let length = count(reader, out)?;
    copy(length.next_multiple_of(4), reader, out)
}
