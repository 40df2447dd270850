//! The networks that libvirt's tests and manual give as examples, and its schema: fetched by the script
//! `tests/libvirt-source` when they are not there yet, read here, and never committed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A document that libvirt published.
pub(crate) struct Example {
    /// Where it is from.
    pub name: String,
    pub xml: String,
}

/// The folder of this version's documents; `None`, said loudly, on a machine that cannot fetch them.
pub(crate) fn source(version: &str) -> Option<PathBuf> {
    static DIRECTORY: OnceLock<Option<PathBuf>> = OnceLock::new();
    Some(DIRECTORY.get_or_init(fetch).as_ref()?.join(version))
}

/// All networks that this version of libvirt publishes, sorted by name. Fragments and mistakes on purpose are not among
/// them.
pub(crate) fn examples(version: &str) -> Option<Vec<Example>> {
    let source = source(version)?;
    let mut examples = in_manual(&read(&source.join("docs/formatnetwork.rst")));
    for folder in entries(&source.join("tests")) {
        for path in entries(&folder) {
            let name = path.strip_prefix(&source).expect("it is within").display().to_string();
            let xml = read(&path);
            if xml.trim_start().starts_with("<network") {
                examples.push(Example { name, xml });
            }
        }
    }
    examples.sort_by(|a, b| a.name.cmp(&b.name));
    Some(examples)
}

/// The documents of the manual that are whole: no dots for what is left out, no letters to be replaced.
fn in_manual(manual: &str) -> Vec<Example> {
    // Prose has the start tag alone.
    let whole = manual.match_indices("</network>").filter_map(|(end, tag)| {
        let start = manual.get(..end)?.rfind("<network")?;
        manual.get(start..end + tag.len())
    });
    let whole = whole.filter(|xml| !xml.contains("...") && !xml.contains("XX") && xml.contains("<name>"));
    let named =
        |(number, xml): (usize, &str)| Example { name: format!("manual {number}"), xml: xml.to_owned() };
    whole.enumerate().map(named).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("the folder is readable").path()).collect()
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn fetch() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let directory = target.join("libvirt-source");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/libvirt-source");
    let run = Command::new("bash").arg(script).arg(&directory).output();
    let problem = match run {
        Ok(output) if output.status.success() => return Some(directory),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    skip(&format!("libvirt's documents cannot be fetched: {problem}"));
    None
}

/// Says loudly that a test cannot run here; fails it where everything is to run.
pub(crate) fn skip(reason: &str) {
    let must_run = std::env::var("VIRTWIRE_TEST_REAL").is_ok_and(|value| value == "1");
    assert!(!must_run, "VIRTWIRE_TEST_REAL=1, but {reason}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not eprintln!, which the harness swallows.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED {test}: {}\n", reason.trim_end());
}
