//! libvirt's own schema judges what is written here, and shows that the fields are all there are.

use std::fs;
use std::path::Path;
use std::process::Command;

use virtwire::xml::{DnsForwarder, Network};

use crate::built;
use crate::examples::{Example, examples, read, skip, source};
use crate::lab::run::{DEADLINE, run};

/// A document with every field, which the crate's own tests compare with the struct that has them all.
const FULL: &str = include_str!("../../src/xml/network/tests/full.rs");

/// Names in the schema that have no field.
const WITHOUT_A_FIELD: [&str; 1] = [
    // libvirt refuses it in a network's definition.
    "classID",
];

/// Which of these documents the schema of this version accepts; `None` without a judge.
fn accepted(version: &str, documents: &[Example]) -> Option<Vec<bool>> {
    let schema = source(version)?.join("src/conf/schemas/network.rng");
    if Command::new("xmllint").arg("--version").output().is_err() {
        skip("there is no xmllint to judge by libvirt's schema");
        return None;
    }
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("schema-{}-{version}", std::process::id()));
    fs::create_dir_all(&folder).expect("the folder is ours");
    let files: Vec<_> = (0..documents.len()).map(|number| folder.join(format!("{number}.xml"))).collect();
    for (file, document) in files.iter().zip(documents) {
        fs::write(file, &document.xml).expect("the folder is ours");
    }
    let judged =
        run(Command::new("xmllint").args(["--noout", "--relaxng"]).arg(schema).args(&files), DEADLINE).err();
    fs::remove_dir_all(&folder).expect("the folder is ours");
    let verdict = |file: &Path| {
        let of_file = |word: &str| judged.lines().any(|line| line == format!("{} {word}", file.display()));
        let (yes, no) = (of_file("validates"), of_file("fails to validate"));
        assert!(yes != no, "no verdict on {}:\n{judged}", file.display());
        yes
    };
    Some(files.iter().map(|file| verdict(file)).collect())
}

#[test]
fn what_the_schema_accepts_it_accepts_as_it_is_written() {
    for version in ["9.0.0", "11.3.0"] {
        let Some(examples) = examples(version) else { return };
        let Some(before) = accepted(version, &examples) else { return };
        let count = before.iter().filter(|accepted| **accepted).count();
        assert!(count >= 120, "the schema of {version} accepts {count} of {}", examples.len());
        let written = examples.iter().map(|Example { name, xml }| {
            let xml = Network::parse(xml).unwrap_or_else(|e| panic!("{name}: {e}")).to_xml();
            Example { name: name.clone(), xml }
        });
        let written: Vec<_> = written.collect();
        assert_eq!(accepted(version, &written), Some(before), "{version}");
    }
}

#[test]
fn the_schema_accepts_what_is_built() {
    let built = built::all()
        .into_iter()
        .chain([built::devices()])
        .map(|network| Example { name: network.name.clone(), xml: network.to_xml() });
    let mut built: Vec<_> = built.collect();
    let Some(verdicts) = accepted("11.3.0", &built) else { return };
    for (document, accepted) in built.iter().zip(verdicts) {
        assert!(accepted, "{}", document.xml);
    }
    // The judge judges: what only a later libvirt knows is refused.
    let mut later = built::nat();
    let forwarder =
        DnsForwarder { domain: Some("b".to_owned()), port: Some(5353), ..DnsForwarder::default() };
    later.dns.get_or_insert_default().forwarders.push(forwarder);
    built[0].xml = later.to_xml();
    assert_eq!(accepted("11.3.0", &built[..1]), Some(vec![false]));
}

#[test]
fn every_name_in_the_schema_has_a_field() {
    for version in ["9.0.0", "11.3.0"] {
        let Some(source) = source(version) else { return };
        let mut count = 0;
        for file in ["network.rng", "networkcommon.rng"] {
            let schema = read(&source.join("src/conf/schemas").join(file));
            for (kind, before, after) in [("attribute", " ", "='"), ("element", "<", "")] {
                for name in names(&schema, kind).filter(|name| !WITHOUT_A_FIELD.contains(name)) {
                    let is_there = [format!("{before}{name}{after}"), format!("<dnsmasq:{name}")]
                        .iter()
                        .any(|written| FULL.contains(written));
                    assert!(is_there, "{version}: {kind} `{name}` has no field");
                    count += 1;
                }
            }
        }
        assert!(count > 100, "{count} names in the schema of {version}");
    }
}

/// The names of all elements, or attributes, that a schema defines.
fn names<'a>(schema: &'a str, kind: &str) -> impl Iterator<Item = &'a str> {
    let start = format!("<{kind} name=\"");
    let names = schema
        .match_indices(&start)
        .filter_map(|(at, start)| schema.get(at + start.len()..)?.split('"').next());
    names.collect::<Vec<_>>().into_iter()
}
