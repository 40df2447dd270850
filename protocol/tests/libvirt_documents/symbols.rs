//! The libvirt that each public function came with, out of the linker's list of symbols, and the comparison with the
//! versions in our rows.

use std::collections::BTreeMap;

use virtwire_protocol::Version;
use virtwire_protocol::procedure::{Program, Row};

/// The first libvirt that had a remote protocol: what is older in the list was not to be had by wire before.
const FIRST_REMOTE: Version = Version(3_000);

/// Rows whose procedure came later than the public function of the same name.
const LATER_THAN_THE_FUNCTION: &[(&str, &str)] = &[
    ("connect_get_uri", "the client answered it alone before"),
    ("connect_register_close_callback", "the client alone noticed before"),
    ("connect_unregister_close_callback", "the client alone noticed before"),
];

/// The version of each public function; names in lower case.
pub(crate) fn symbols(list: &str) -> BTreeMap<String, Version> {
    let mut version = Version(0);
    let mut symbols = BTreeMap::new();
    for line in list.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("LIBVIRT_") {
            version = version_of(name.trim_end_matches([' ', '{']));
        } else if let Some(name) = line.strip_suffix(';').filter(|name| name.starts_with("vir")) {
            symbols.insert(name.to_lowercase(), version);
        }
    }
    symbols
}

fn version_of(text: &str) -> Version {
    let parts = text.split('.').map(|part| part.parse::<u64>().unwrap());
    Version(parts.fold(0, |version, part| version * 1_000 + part))
}

/// The version of the public function that the row's name gives away.
pub(crate) fn symbol_of(row: &Row, symbols: &BTreeMap<String, Version>) -> Option<Version> {
    symbols.get(&format!("vir{}", row.name.replace('_', ""))).copied()
}

/// Rows whose version is not that of their public function.
pub(crate) fn differences(program: &Program, symbols: &BTreeMap<String, Version>) -> Vec<String> {
    let mut differences = Vec::new();
    for row in program.procedures() {
        let Some(symbol) = symbol_of(row, symbols) else {
            continue;
        };
        let theirs = symbol.max(FIRST_REMOTE);
        let is_later = LATER_THAN_THE_FUNCTION.iter().any(|(name, _)| *name == row.name);
        if is_later && row.since <= theirs {
            differences.push(format!("{}: listed as later than its function, but is not", row.name));
        } else if !is_later && row.since != theirs {
            differences.push(format!("{}: since {theirs}, we have {}", row.name, row.since));
        }
    }
    differences
}

#[test]
fn symbols_get_the_version_of_their_block() {
    let list =
        "LIBVIRT_0.0.3 {\n global:\n  virA;\n};\n# virC;\nLIBVIRT_0.10.2 {\n  virBCd;\n} LIBVIRT_0.0.3;\n";
    let expected = [("vira".to_owned(), Version(3)), ("virbcd".to_owned(), Version(10_002))];
    assert_eq!(symbols(list), BTreeMap::from(expected));
}
