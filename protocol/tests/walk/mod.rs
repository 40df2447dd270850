//! Follows a schema with the crate `xdr-codec`, made elsewhere from the same RFC: the judge of our codec. It uses nothing
//! of ours but the schema.

use std::io::{self, Read};

use virtwire_protocol::xdr::Schema;
use xdr_codec::{Error, Pack, Result, Unpack, pack, unpack};

type Output = Vec<u8>;

/// What is left to read. At its end there is an error: the oracle asks for ever where a read brings nothing.
struct Input<'a>(&'a [u8]);

impl Read for Input<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self.0.read(to)? {
            0 if !to.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        }
    }
}

/// Reads a value of this schema with the oracle alone and writes it with the oracle alone; how much was read, and
/// what was written.
pub(crate) fn through(schema: &Schema, bytes: &[u8]) -> Result<(usize, Output)> {
    let mut input = Input(bytes);
    let mut output = Vec::new();
    walk(schema, &mut input, &mut output)?;
    Ok((bytes.len() - input.0.len(), output))
}

fn walk(schema: &Schema, input: &mut Input<'_>, output: &mut Output) -> Result<()> {
    match schema {
        Schema::Void => pass::<()>(input, output).map(drop),
        Schema::Int | Schema::Enum(_) => pass::<i32>(input, output).map(drop),
        Schema::UInt => pass::<u32>(input, output).map(drop),
        Schema::Hyper => pass::<i64>(input, output).map(drop),
        Schema::UHyper => pass::<u64>(input, output).map(drop),
        Schema::Double => pass::<f64>(input, output).map(drop),
        Schema::Bool => pass::<bool>(input, output).map(drop),
        Schema::Uuid => walk(&Schema::FixedOpaque(16), input, output),
        Schema::FixedOpaque(length) => {
            let mut bytes = vec![0; *length];
            xdr_codec::unpack_opaque_array(input, &mut bytes, *length)?;
            xdr_codec::pack_opaque_array(&bytes, *length, output).map(drop)
        }
        Schema::Opaque(limit) | Schema::Text(limit) => {
            let (bytes, _) = xdr_codec::unpack_opaque_flex(input, Some(*limit))?;
            xdr_codec::pack_opaque_flex(&bytes, Some(*limit), output).map(drop)
        }
        Schema::FixedChars(length) => {
            let mut chars = vec![0_i8; *length];
            xdr_codec::unpack_array(input, &mut chars, *length, None)?;
            xdr_codec::pack_array(&chars, *length, output, None).map(drop)
        }
        Schema::Chars(limit) => {
            let (chars, _) = xdr_codec::unpack_flex::<_, i8>(input, Some(*limit))?;
            xdr_codec::pack_flex(&chars, Some(*limit), output).map(drop)
        }
        Schema::List(item, limit) => {
            let count = pass::<u32>(input, output)?;
            if count as usize > *limit {
                return Err(Error::invalidlen(count as usize));
            }
            (0..count).try_for_each(|_| walk(item, input, output))
        }
        Schema::Optional(value) => {
            if pass::<bool>(input, output)? {
                walk(value, input, output)?;
            }
            Ok(())
        }
        Schema::Struct(declared) => {
            let mut fields = declared.fields.iter();
            fields.try_for_each(|field| walk(&field.schema, input, output))
        }
        Schema::Union(declared) => {
            let discriminant = pass::<i32>(input, output)?;
            let arm = declared.arms.iter().find(|arm| arm.discriminant == discriminant);
            walk(&arm.ok_or_else(|| Error::invalidcase(discriminant))?.schema, input, output)
        }
        Schema::Secret(value) => walk(value, input, output),
    }
}

fn pass<T>(input: &mut Input<'_>, output: &mut Output) -> Result<T>
where
    T: for<'a> Unpack<Input<'a>> + Pack<Output>,
{
    let value: T = unpack(input)?;
    pack(&value, output)?;
    Ok(value)
}
