//! Reading the file that holds a network's XML.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use virtwire::{Connection, Network};

use super::lookup::empty_option;
use crate::cli::args::FromFile;
use crate::cli::failure::{Failure, Kind, os_message};
use crate::cli::report::{self, Change, NetworkChange, Report};
use crate::cli::session::Session;

/// Most bytes that a file may have.
const BYTES_MAX: u64 = 10 * 1024 * 1024;

/// A file's XML, in whatever encoding: libvirt reads it.
#[derive(Debug)]
pub(super) struct XmlFile {
    pub(super) path: PathBuf,
    pub(super) xml: Vec<u8>,
}

/// Reads the file, then connects: a file may be a pipe that somebody types into, and a connection that waits for
/// that answers no ping. But as with virsh, failing to connect is told before failing to read.
pub(super) async fn with_connection(
    session: &Session,
    args: &FromFile,
) -> Result<(Connection, XmlFile), Failure> {
    let path = PathBuf::from(args.file());
    let xml = read(&path);
    let connection = session.connect().await?;
    Ok((connection, XmlFile { xml: xml?, path }))
}

/// What was done with the file's network.
pub(super) fn changed(change: Change, network: &Network, path: &Path) -> Report {
    Report::NetworkChange(NetworkChange {
        change,
        identity: network.into(),
        given: None,
        file: Some(report::File::from(path.as_os_str().as_bytes())),
    })
}

/// The text ends at the first NUL, as it does for C.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str().is_empty() {
        return Err(empty_option("file"));
    }
    let wrong = |verb: &str, error: &str| {
        let (before, after) = (format!("Failed to {verb} file '"), format!("': {error}"));
        Failure::new(Kind::Io, [before.as_bytes(), path.as_os_str().as_bytes(), after.as_bytes()].concat())
    };
    let file = File::open(path).map_err(|error| wrong("open", &os_message(&error)))?;
    let mut bytes = Vec::new();
    match file.take(BYTES_MAX + 1).read_to_end(&mut bytes) {
        Ok(_) if to_u64(bytes.len()) <= BYTES_MAX => {}
        Ok(_) => {
            let advice = format!("it has more than {BYTES_MAX} bytes");
            return Err(wrong("read", &os_message(&io::Error::from_raw_os_error(EOVERFLOW))).advice(advice));
        }
        Err(error) => return Err(wrong("read", &os_message(&error))),
    }
    let end = bytes.iter().position(|byte| *byte == 0);
    bytes.truncate(end.unwrap_or(bytes.len()));
    Ok(bytes)
}

/// "Value too large for defined data type".
const EOVERFLOW: i32 = 75;

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
