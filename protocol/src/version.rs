//! libvirt's version numbers.

use std::fmt;

/// A version as libvirt encodes it: major × 1,000,000 + minor × 1,000 + release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

impl Version {
    /// The version that `text` writes as `major.minor.release`. For the tables: anything else does not compile there.
    #[must_use]
    pub(crate) const fn literal(text: &str) -> Self {
        let mut parts = [0_u64; 3];
        let mut part = 0;
        let mut rest = text.as_bytes();
        while let [byte, tail @ ..] = rest {
            match *byte {
                b'.' => part += 1,
                digit => {
                    assert!(digit.is_ascii_digit() && part < 3, "a version is written major.minor.release");
                    #[expect(
                        clippy::indexing_slicing,
                        reason = "bounded by the assertion; evaluated as a constant"
                    )]
                    {
                        parts[part] = parts[part] * 10 + (digit - b'0') as u64;
                    }
                }
            }
            rest = tail;
        }
        let [major, minor, release] = parts;
        Self(major * 1_000_000 + minor * 1_000 + release)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0 / 1_000_000, self.0 / 1_000 % 1_000, self.0 % 1_000)
    }
}
