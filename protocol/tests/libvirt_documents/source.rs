//! libvirt's own documents, fetched by the script `tests/libvirt-source` when they are not there yet.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::document::Document;

/// What is read of one libvirt.
pub(crate) struct Source {
    /// The definitions of every document of the RPC language.
    pub document: Document,
    /// The list of public symbols.
    pub symbols: String,
}

/// The documents of this version; `None`, said loudly, on a machine that cannot fetch them.
pub(crate) fn source(version: &str) -> Option<Source> {
    static DIRECTORY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(fetch).as_ref()?.join(version);
    let read = |path: &str| {
        let path = directory.join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let mut document = Document::default();
    for path in [
        "include/libvirt/libvirt-common.h.in",
        "include/libvirt/libvirt-domain.h",
        "include/libvirt/libvirt-host.h",
        "include/libvirt/libvirt-network.h",
        "include/libvirt/virterror.h",
        "src/libvirt_internal.h",
    ] {
        document.add_header(&read(path));
    }
    for path in ["src/rpc/virnetprotocol.x", "src/rpc/virkeepaliveprotocol.x", "src/remote/remote_protocol.x"]
    {
        document.add(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    Some(Source { document, symbols: read("src/libvirt_public.syms") })
}

fn fetch() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let directory = target.join("libvirt-source");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/libvirt-source");
    let run = Command::new("bash").arg(script).arg(&directory).output();
    let problem = match run {
        Ok(output) if output.status.success() => return Some(directory),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    let must_run = std::env::var_os("VIRTWIRE_TEST_REAL").is_some_and(|value| value == "1");
    assert!(!must_run, "libvirt's documents cannot be fetched: {problem}");
    say(&format!("SKIPPED: the comparison with libvirt's own documents: {problem}"));
    None
}

/// Writes a line that is seen although the test passes: the harness captures only the macros' output.
pub(crate) fn say(line: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "\n{}", line.trim_end()).unwrap();
}
