//! The XML of a network that is about to vanish, as a file: complete and on the disk before anything is changed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::network::Network;

/// Names that are tried beside those of files that hold something else.
const TRIES: usize = 100;

/// Bytes of a network's name that a file's name holds: together with UUID and ending, less than the 255 of a folder's
/// entry.
const NAME_MAX: usize = 160;

/// The file's name, unless one of that name holds something else.
pub(super) fn file_name(network: &Network) -> String {
    let uuid = network.uuid().to_string();
    let mut name = String::new();
    for character in network.name().to_string_lossy().chars().map(file_character) {
        if name.len() + character.len_utf8() > NAME_MAX {
            break;
        }
        name.push(character);
    }
    format!("{}-{uuid}.xml", name.trim_start_matches('.'))
}

fn file_character(character: char) -> char {
    if character.is_alphanumeric() || "_.-".contains(character) { character } else { '_' }
}

/// Whether the folder of `file` takes new files, as far as can be told without making one.
pub(super) fn check(file: &Path) -> io::Result<()> {
    if file.to_str().is_none() {
        return Err(io::Error::other("the folder's name is not UTF-8, so that no command could name it"));
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// Saves `xml` in `file`, or in one of a similar name where that holds something else. Returns the file, and whether it
/// held this very XML before. A file that could not be written whole is removed.
pub(super) fn save(file: &Path, xml: &[u8]) -> io::Result<(PathBuf, bool)> {
    check(file)?;
    for number in 0..TRIES {
        let file = numbered(file, number);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file) {
            Ok(new) => {
                write(new, &file, xml).inspect_err(|_| drop(fs::remove_file(&file)))?;
                return Ok((file, false));
            }
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Err(_) if holds(&file, xml) => return Ok((file, true)),
            Err(_) => {}
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn write(mut new: File, file: &Path, xml: &[u8]) -> io::Result<()> {
    new.write_all(xml)?;
    new.sync_all()?;
    // The folder's entry must outlive a crash, too.
    file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn holds(file: &Path, xml: &[u8]) -> bool {
    let is_as_long =
        fs::metadata(file).is_ok_and(|metadata| usize::try_from(metadata.len()) == Ok(xml.len()));
    is_as_long && fs::read(file).is_ok_and(|held| held == xml)
}

fn numbered(file: &Path, number: usize) -> PathBuf {
    match (number, file.file_stem()) {
        (0, _) | (_, None) => file.to_owned(),
        (_, Some(stem)) => file.with_file_name(format!("{}-{number}.xml", stem.to_string_lossy())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("virtwire-saved-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_same_xml_is_saved_once_and_another_beside_it() {
        let folder = folder("twice");
        let file = folder.join("net.xml");
        let saved = [save(&file, b"one"), save(&file, b"one"), save(&file, b"two"), save(&file, b"two")];
        let held = (fs::read(&file), fs::read(folder.join("net-1.xml")));
        fs::remove_dir_all(&folder).unwrap();
        let beside = folder.join("net-1.xml");
        let saved = saved.map(Result::unwrap);
        assert_eq!(saved, [(file.clone(), false), (file, true), (beside.clone(), false), (beside, true)]);
        assert_eq!((held.0.unwrap(), held.1.unwrap()), (b"one".to_vec(), b"two".to_vec()));
    }

    #[test]
    fn a_file_that_could_not_be_written_whole_is_removed() {
        // Opened for reading alone, so that writing fails.
        let folder = folder("cut");
        let file = folder.join("net.xml");
        fs::write(&file, b"").unwrap();
        let written =
            write(File::open(&file).unwrap(), &file, b"xml").inspect_err(|_| drop(fs::remove_file(&file)));
        let is_there = file.exists();
        fs::remove_dir_all(&folder).unwrap();
        assert!(written.is_err());
        assert!(!is_there);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_before_anything_is_tried() {
        let error = check(Path::new("/nonexistent/net.xml")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
