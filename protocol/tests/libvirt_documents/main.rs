//! Compares every declared row with libvirt's own documents, which are fetched for it and never committed.
//!
//! Two libvirts serve: 9.0.0 and 11.3.0. Without Debian's archive in reach the tests say SKIPPED and pass, unless
//! `VIRTWIRE_TEST_REAL=1` is set: then they fail.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod comparison;
mod constants;
mod document;
mod example;
mod form;
mod lexer;
mod mutation;
mod source;
mod symbols;

use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::frame::Header;
use virtwire_protocol::procedure::{Kind, Program, Row};
use virtwire_protocol::xdr::Xdr;
use virtwire_protocol::{Version, keepalive, remote};

use crate::comparison::type_differences;
use crate::document::Document;
use crate::source::{Source, say, source};

/// The documents that are compared with: the version, and how many remote procedures it numbers.
const LIBVIRTS: [(&str, Version, usize); 2] =
    [("9.0.0", Version(9_000_000), 443), ("11.3.0", Version(11_003_000), 453)];

/// Families that must be whole: what their procedures' names hold, and how many there are in 11.3.0.
const FAMILIES: [(&str, usize); 2] = [("network", 35), ("auth_", 5)];

#[test]
fn every_row_is_as_libvirt_documents_it() {
    for (name, version, total) in LIBVIRTS {
        let Some(Source { document, .. }) = source(name) else {
            return;
        };
        let procedures = comparison::procedures("remote", &document);
        assert_eq!(procedures.len(), total, "libvirt {name}");
        let differences = comparison::differences(&remote::PROGRAM, &document, version);
        assert_eq!(differences, [""; 0], "libvirt {name}");
        let rows = remote::PROGRAM.procedures().filter(|row| row.since <= version);
        say(&format!(
            "libvirt {name}: {} of {total} remote procedures declared, all as documented",
            rows.count()
        ));
    }
}

#[test]
fn the_envelope_and_keepalive_are_as_libvirt_documents_them() {
    for (name, version, _) in LIBVIRTS {
        let Some(Source { document, .. }) = source(name) else {
            return;
        };
        assert_eq!(envelope_differences(&document, version), [""; 0], "libvirt {name}");
        let pings = comparison::procedures("keepalive", &document).len();
        assert_eq!((pings, keepalive::PROGRAM.procedures().count()), (2, 2));
    }
}

#[test]
fn named_numbers_are_libvirts() {
    if let Some(Source { document, .. }) = source("11.3.0") {
        assert_eq!(constants::differences(&document), [""; 0]);
    }
}

#[test]
fn the_families_that_are_declared_are_whole() {
    let Some(Source { document, .. }) = source("11.3.0") else {
        return;
    };
    let known = comparison::procedures("remote", &document);
    let known: Vec<_> = known.iter().map(|value| comparison::row_name("remote", value)).collect();
    for (family, total) in FAMILIES {
        let names = known.iter().filter(|name| name.contains(family));
        let (declared, missing): (Vec<_>, Vec<_>) =
            names.partition(|name| remote::PROGRAM.procedures().any(|row| row.name == **name));
        assert_eq!(missing, [""; 0], "{family}");
        assert_eq!(declared.len(), total, "{family}");
        say(&format!("libvirt 11.3.0: {family}: {total} of {total} procedures declared"));
    }
}

#[test]
fn versions_are_those_of_the_public_functions() {
    let Some(Source { symbols, .. }) = source("11.3.0") else {
        return;
    };
    let symbols = symbols::symbols(&symbols);
    assert_eq!(symbols.get("virnetworksetmetadata"), Some(&Version(9_007_000)));
    assert_eq!(symbols::differences(&remote::PROGRAM, &symbols), [""; 0]);
    let rows = remote::PROGRAM.procedures();
    let (with, without): (Vec<&Row>, Vec<_>) =
        rows.partition(|row| symbols::symbol_of(row, &symbols).is_some());
    assert!(with.len() >= 42, "only {} rows have a public function", with.len());
    let without: Vec<_> = without.iter().map(|row| row.name).collect();
    say(&format!("versions: {} rows compared; no public function: {}", with.len(), without.join(" ")));
}

#[test]
fn numbers_were_handed_out_in_the_order_of_versions() {
    let mut rows: Vec<_> = remote::PROGRAM.procedures().collect();
    rows.sort_by_key(|row| row.number);
    for pair in rows.windows(2) {
        assert!(pair[0].since <= pair[1].since, "{} {}", pair[0].name, pair[1].name);
    }
}

#[test]
fn a_change_to_any_line_that_is_declared_would_be_noticed() {
    let Some(Source { mut document, .. }) = source("11.3.0") else {
        return;
    };
    let version = Version(11_003_000);
    let mut tried = 0;
    let envelope = ["virNetMessageHeader", "virNetMessageError"].map(String::from);
    let roots = bodies(&remote::PROGRAM).into_iter().chain(envelope);
    for name in mutation::reachable(roots, &document) {
        let original = document.types[&name].clone();
        for mutation in mutation::mutations(&original) {
            let shown = format!("{mutation:?}");
            document.types.insert(name.clone(), mutation);
            let rows = comparison::differences(&remote::PROGRAM, &document, version);
            let is_noticed = !rows.is_empty() || !envelope_differences(&document, version).is_empty();
            assert!(is_noticed, "{name}: not noticed: {shown}");
            tried += 1;
        }
        document.types.insert(name, original);
    }
    assert!(tried > 500, "only {tried} changes were tried");
}

fn envelope_differences(document: &Document, version: Version) -> Vec<String> {
    let differences = [
        type_differences("virNetMessageHeader", &Header::SCHEMA, document),
        type_differences("virNetMessageError", &ErrorBody::SCHEMA, document),
        comparison::differences(&keepalive::PROGRAM, document, version),
    ];
    differences.concat()
}

/// libvirt's names of what the rows carry.
fn bodies(program: &Program) -> Vec<String> {
    let rows = program.procedures().flat_map(|row| {
        let suffixes: &[&str] = match row.kind {
            Kind::Event => &["msg"],
            _ => &["args", "ret"],
        };
        suffixes.iter().map(|suffix| format!("{}_{}_{suffix}", program.name, row.name))
    });
    rows.collect()
}
