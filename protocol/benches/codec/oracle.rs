//! The same payloads for `xdr-codec`, as its own generator writes them: strings of their own, vectors of structures.

use std::io::{Read, Write};

use xdr_codec::{Pack, Result, Unpack, pack_string, unpack_string};

const LONGEST: Option<usize> = Some(4_194_304);

/// The value of these bytes, which is the same bytes again.
pub(crate) fn check<T>(bytes: &[u8]) -> T
where
    T: for<'a> Unpack<&'a [u8]> + Pack<Vec<u8>>,
{
    let mut out = Vec::new();
    match xdr_codec::unpack::<_, T>(&mut &*bytes) {
        Ok(value) if value.pack(&mut out).is_ok() && out == bytes => value,
        _ => panic!("the oracle says otherwise"),
    }
}

pub(crate) struct Network {
    name: String,
    uuid: [u8; 16],
}

impl<R: Read> Unpack<R> for Network {
    fn unpack(input: &mut R) -> Result<(Self, usize)> {
        let (name, size) = unpack_string(input, LONGEST)?;
        let mut uuid = [0; 16];
        let more = xdr_codec::unpack_opaque_array(input, &mut uuid, 16)?;
        Ok((Self { name, uuid }, size + more))
    }
}

impl<W: Write> Pack<W> for Network {
    fn pack(&self, out: &mut W) -> Result<usize> {
        Ok(pack_string(&self.name, LONGEST, out)? + xdr_codec::pack_opaque_array(&self.uuid, 16, out)?)
    }
}

pub(crate) struct Networks {
    nets: Vec<Network>,
    ret: u32,
}

impl<R: Read> Unpack<R> for Networks {
    fn unpack(input: &mut R) -> Result<(Self, usize)> {
        let (nets, size) = xdr_codec::unpack_flex(input, Some(16_384))?;
        let (ret, more) = u32::unpack(input)?;
        Ok((Self { nets, ret }, size + more))
    }
}

impl<W: Write> Pack<W> for Networks {
    fn pack(&self, out: &mut W) -> Result<usize> {
        Ok(xdr_codec::pack_flex(&self.nets, Some(16_384), out)? + self.ret.pack(out)?)
    }
}

pub(crate) struct Xml(String);

impl<R: Read> Unpack<R> for Xml {
    fn unpack(input: &mut R) -> Result<(Self, usize)> {
        unpack_string(input, LONGEST).map(|(xml, size)| (Self(xml), size))
    }
}

impl<W: Write> Pack<W> for Xml {
    fn pack(&self, out: &mut W) -> Result<usize> {
        pack_string(&self.0, LONGEST, out)
    }
}

/// A string that may be absent.
struct Said(String);

impl<R: Read> Unpack<R> for Said {
    fn unpack(input: &mut R) -> Result<(Self, usize)> {
        unpack_string(input, LONGEST).map(|(said, size)| (Self(said), size))
    }
}

impl<W: Write> Pack<W> for Said {
    fn pack(&self, out: &mut W) -> Result<usize> {
        pack_string(&self.0, LONGEST, out)
    }
}

/// libvirt's error, of which no domain is known: the one that a lookup ends with.
pub(crate) struct Error {
    code: i32,
    domain: i32,
    message: Option<Box<Said>>,
    level: i32,
    dom: Option<Box<Network>>,
    strings: [Option<Box<Said>>; 3],
    ints: [i32; 2],
    net: Option<Box<Network>>,
}

impl<R: Read> Unpack<R> for Error {
    fn unpack(input: &mut R) -> Result<(Self, usize)> {
        let error = Self {
            code: xdr_codec::unpack(input)?,
            domain: xdr_codec::unpack(input)?,
            message: xdr_codec::unpack(input)?,
            level: xdr_codec::unpack(input)?,
            dom: xdr_codec::unpack(input)?,
            strings: [xdr_codec::unpack(input)?, xdr_codec::unpack(input)?, xdr_codec::unpack(input)?],
            ints: [xdr_codec::unpack(input)?, xdr_codec::unpack(input)?],
            net: xdr_codec::unpack(input)?,
        };
        Ok((error, 0))
    }
}

impl<W: Write> Pack<W> for Error {
    fn pack(&self, out: &mut W) -> Result<usize> {
        let Self { code, domain, message, level, dom, strings, ints, net } = self;
        let begin =
            code.pack(out)? + domain.pack(out)? + message.pack(out)? + level.pack(out)? + dom.pack(out)?;
        let [one, two, three] = strings;
        let [first, second] = ints;
        let end = one.pack(out)? + two.pack(out)? + three.pack(out)? + first.pack(out)? + second.pack(out)?;
        Ok(begin + end + net.pack(out)?)
    }
}
