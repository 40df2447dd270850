//! The codec, beside `xdr-codec` (made elsewhere from the same RFC) and beside a copy of the same bytes: bytes per second, and
//! what is allocated. `cargo bench -p virtwire-protocol` prints the table; docs/speed.md has it as last measured.

mod oracle;

use bytes::Bytes;
use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher, black_box};
use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::remote::network::{ConnectListAllNetworksReply, NetworkGetXmlDescReply};
use virtwire_protocol::remote::{Network, Text, Uuid};
use virtwire_protocol::xdr::{self, List, Xdr};
use xdr_codec::{Pack, Unpack};

/// What each of them allocates is counted.
#[global_allocator]
static COUNTED: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A payload.
#[derive(Clone, Copy, Debug)]
enum Case {
    Networks(u32),
    Xml4MiB,
    Error,
}

const CASES: [Case; 5] =
    [Case::Networks(1), Case::Networks(1000), Case::Networks(16_384), Case::Xml4MiB, Case::Error];

fn text(of: String) -> Text {
    Text::new(of).unwrap_or_default()
}

fn network(number: u32) -> Network {
    let mut uuid = [7; 16];
    uuid[..4].copy_from_slice(&number.to_be_bytes());
    Network { name: text(format!("network-{number}")), uuid: Uuid(uuid) }
}

fn networks(count: u32) -> ConnectListAllNetworksReply {
    let all: Vec<_> = (0..count).map(network).collect();
    ConnectListAllNetworksReply { nets: List::new(&all).unwrap_or_default(), ret: count }
}

fn xml() -> NetworkGetXmlDescReply {
    NetworkGetXmlDescReply { xml: text("<network>4 MiB</network>".repeat(174_762)) }
}

fn error() -> ErrorBody {
    *ErrorBody::new(43, 19, "Network not found: no network with matching name 'lab'")
}

/// The payload as bytes, by our own codec: the oracle's is compared with it.
fn encoded(case: Case) -> Bytes {
    match case {
        Case::Networks(count) => xdr::to_bytes(&networks(count)),
        Case::Xml4MiB => xdr::to_bytes(&xml()),
        Case::Error => xdr::to_bytes(&error()),
    }
}

#[divan::bench(args = CASES)]
fn copy(bencher: Bencher<'_, '_>, case: Case) {
    let bytes = encoded(case);
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| Bytes::copy_from_slice(black_box(&bytes)));
}

/// Every item is decoded and looked at, too.
#[divan::bench(args = CASES)]
fn decode(bencher: Bencher<'_, '_>, case: Case) {
    let bytes = encoded(case);
    let bencher = bencher.counter(BytesCount::of_slice(&bytes));
    match case {
        Case::Networks(_) => bencher.bench_local(|| {
            let reply = xdr::from_bytes::<ConnectListAllNetworksReply>(black_box(&bytes));
            reply.iter().flat_map(|reply| &reply.nets).for_each(|network| drop(black_box(network)));
            reply
        }),
        Case::Xml4MiB => ours::<NetworkGetXmlDescReply>(bencher, &bytes),
        Case::Error => ours::<ErrorBody>(bencher, &bytes),
    }
}

/// Lists where they lie: no name is shared, nor copied.
#[divan::bench(args = [CASES[0], CASES[1], CASES[2]])]
fn decode_views(bencher: Bencher<'_, '_>, case: Case) {
    let bytes = encoded(case);
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| {
        let reply = xdr::from_bytes::<ConnectListAllNetworksReply>(black_box(&bytes));
        for network in reply.iter().flat_map(|reply| reply.nets.views()) {
            black_box(network);
        }
        reply
    });
}

fn ours<T: Xdr>(bencher: Bencher<'_, '_>, bytes: &Bytes) {
    bencher.bench_local(|| xdr::from_bytes::<T>(black_box(bytes)));
}

#[divan::bench(args = CASES)]
fn decode_by_xdr_codec(bencher: Bencher<'_, '_>, case: Case) {
    let bytes = encoded(case);
    let bencher = bencher.counter(BytesCount::of_slice(&bytes));
    match case {
        Case::Networks(_) => theirs::<oracle::Networks>(bencher, &bytes),
        Case::Xml4MiB => theirs::<oracle::Xml>(bencher, &bytes),
        Case::Error => theirs::<oracle::Error>(bencher, &bytes),
    }
}

fn theirs<T>(bencher: Bencher<'_, '_>, bytes: &Bytes)
where
    T: for<'a> Unpack<&'a [u8]> + Pack<Vec<u8>>,
{
    oracle::check::<T>(bytes);
    bencher.bench_local(|| xdr_codec::unpack::<_, T>(&mut black_box(&bytes[..])));
}

#[divan::bench(args = CASES)]
fn encode(bencher: Bencher<'_, '_>, case: Case) {
    let size = BytesCount::of_slice(&encoded(case));
    let bencher = bencher.counter(size);
    match case {
        Case::Networks(count) => {
            let all: Vec<_> = (0..count).map(network).collect();
            bencher.bench_local(|| {
                let nets = List::new(black_box(&all)).unwrap_or_default();
                xdr::to_bytes(&ConnectListAllNetworksReply { nets, ret: count })
            });
        }
        Case::Xml4MiB => {
            let xml = xml();
            bencher.bench_local(|| xdr::to_bytes(black_box(&xml)));
        }
        Case::Error => {
            let error = error();
            bencher.bench_local(|| xdr::to_bytes(black_box(&error)));
        }
    }
}

#[divan::bench(args = CASES)]
fn encode_by_xdr_codec(bencher: Bencher<'_, '_>, case: Case) {
    let bytes = encoded(case);
    let bencher = bencher.counter(BytesCount::of_slice(&bytes));
    match case {
        Case::Networks(_) => theirs_back::<oracle::Networks>(bencher, &bytes),
        Case::Xml4MiB => theirs_back::<oracle::Xml>(bencher, &bytes),
        Case::Error => theirs_back::<oracle::Error>(bencher, &bytes),
    }
}

fn theirs_back<T>(bencher: Bencher<'_, '_>, bytes: &Bytes)
where
    T: for<'a> Unpack<&'a [u8]> + Pack<Vec<u8>>,
{
    let value = oracle::check::<T>(bytes);
    bencher.bench_local(|| {
        let mut out = Vec::new();
        black_box(&value).pack(&mut out).map(|_| out)
    });
}
