//! What a binary asks of the host that it is to run on.
//!
//! Source: the System V ABI's chapters on object files and dynamic linking, 64 bits.

use std::fs;
use std::path::Path;

use crate::root;

const DYNAMIC: u32 = 2;
const INTERPRETER: u32 = 3;
const NEEDED: u64 = 1;

/// What an ELF file says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Elf {
    /// `e_type`: 2 is bound to its addresses, 3 runs at any.
    pub(crate) kind: u16,
    /// Whether another program is to load it.
    pub(crate) has_interpreter: bool,
    /// How many libraries it needs.
    pub(crate) libraries: usize,
}

impl Elf {
    /// Reads one of 64 bits, little-endian; `None` if it is anything else.
    pub(crate) fn read(path: impl AsRef<Path>) -> Option<Self> {
        let file = fs::read(path).ok()?;
        if !file.starts_with(b"\x7fELF\x02\x01") {
            return None;
        }
        let kind = number(&file, 16, 2)?.try_into().ok()?;
        let (table, size, count) = (number(&file, 32, 8)?, number(&file, 54, 2)?, number(&file, 56, 2)?);
        let segment = |i: u64| -> Option<(u32, &[u8])> {
            let header = usize::try_from(table + i * size).ok()?;
            let start = usize::try_from(number(&file, header + 8, 8)?).ok()?;
            let length = usize::try_from(number(&file, header + 32, 8)?).ok()?;
            Some((number(&file, header, 4)?.try_into().ok()?, file.get(start..start.checked_add(length)?)?))
        };
        let segments = (0..count).map(segment).collect::<Option<Vec<_>>>()?;
        let of =
            |wanted: u32| segments.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, bytes)| *bytes);
        let entries = of(DYNAMIC).flat_map(|bytes| bytes.chunks_exact(16));
        let libraries = entries.filter(|entry| number(entry, 0, 8) == Some(NEEDED)).count();
        Some(Self { kind, has_interpreter: of(INTERPRETER).next().is_some(), libraries })
    }

    /// Whether it runs where there is nothing else.
    pub(crate) fn is_static(&self) -> bool {
        !self.has_interpreter && self.libraries == 0
    }
}

fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(size)?)?;
    Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[test]
fn the_binary_needs_neither_interpreter_nor_library_and_runs_at_any_address() {
    let Some(program) = root::program() else { return };
    let elf = Elf::read(program).expect("an ELF file");
    assert_eq!(elf, Elf { kind: 3, has_interpreter: false, libraries: 0 });
}

#[test]
fn what_needs_libraries_is_told_from_what_needs_none() {
    let me = Elf::read("/proc/self/exe").expect("this test is an ELF file");
    assert!(me.has_interpreter && me.libraries > 0 && !me.is_static(), "{me:?}");
    assert_eq!(Elf::read(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")), None);
}
