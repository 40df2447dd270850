//! Reads the certificates and the key: PEM from files, each failure with the file and the reason. Judges none of them.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use zeroize::{Zeroize, Zeroizing};

use super::locations::Locations;
use super::provider::{self, KeyError};
use crate::error::{Error, ErrorKind, Result};

/// What the files hold.
pub(super) struct Files {
    pub(super) cas: Vec<CertificateDer<'static>>,
    pub(super) crls: Vec<CertificateRevocationListDer<'static>>,
    /// The client's own certificate and key; else why there is none.
    pub(super) own: std::result::Result<Arc<CertifiedKey>, String>,
}

impl Files {
    /// Reads them all. The CA's certificate must be there if it is needed; a client's own may be absent.
    pub(super) fn read(at: &Locations, needs_ca: bool) -> Result<Self> {
        let cas = match present(&at.ca) {
            Err(error) if needs_ca => return Err(no_ca(&at.ca, &error)),
            Err(_) => Vec::new(),
            Ok(()) => items(&at.ca, "CA certificate")?,
        };
        let crls = match present(&at.crl) {
            Err(_) => Vec::new(),
            Ok(()) => items(&at.crl, "revocation list")?,
        };
        let own = match present(&at.cert).and_then(|()| present(&at.key)) {
            Err(_) => Err(absence(at)),
            Ok(()) => Ok(own(at)?),
        };
        Ok(Self { cas, crls, own })
    }
}

/// Whether a file is there as far as this user can see, as libvirt asks.
fn present(path: &Path) -> io::Result<()> {
    fs::metadata(path).map(|_| ())
}

fn no_ca(path: &Path, error: &io::Error) -> Error {
    wrong(
        unreadable(error),
        format!("the CA certificate {} cannot be read: {error}", path.display()),
        "put the certificate of the CA that signed the server's there, or name the folder that has it: \
         '?pkipath=FOLDER' in the URI",
    )
}

fn unreadable(error: &io::Error) -> ErrorKind {
    if error.kind() == io::ErrorKind::PermissionDenied { ErrorKind::Denied } else { ErrorKind::Invalid }
}

/// Why there is no certificate of the client's own: the first of its files that is not there.
fn absence(at: &Locations) -> String {
    [&at.cert, &at.key]
        .into_iter()
        .find_map(|path| present(path).err().map(|error| format!("{}: {error}", path.display())))
        .unwrap_or_default()
}

/// All items of a kind in a PEM file: one at least.
fn items<T: PemObject>(path: &Path, what: &str) -> Result<Vec<T>> {
    // Wiped afterwards: what somebody put into this file may be a key.
    let text = bytes(path, what)?;
    let items = T::pem_slice_iter(&text).collect::<std::result::Result<Vec<T>, _>>();
    let items = items.map_err(|error| not_pem(path, what, &error.to_string()))?;
    if items.is_empty() {
        return Err(not_pem(path, what, "no such section in it"));
    }
    Ok(items)
}

fn bytes(path: &Path, what: &str) -> Result<Zeroizing<Vec<u8>>> {
    fs::read(path).map(Zeroizing::new).map_err(|error| {
        wrong(
            unreadable(&error),
            format!("the {what} {} cannot be read: {error}", path.display()),
            "make it readable for the user who runs this, or name a folder of your own: '?pkipath=FOLDER' in the URI",
        )
    })
}

fn not_pem(path: &Path, what: &str, why: &str) -> Error {
    wrong(
        ErrorKind::Invalid,
        format!("{} holds no {what} in PEM: {why}", path.display()),
        "such a file begins with a line like -----BEGIN CERTIFICATE-----; 'certtool --outder' makes others",
    )
}

/// The client's certificate, with those between it and the CA behind it, and its key.
fn own(at: &Locations) -> Result<Arc<CertifiedKey>> {
    let chain = items(&at.cert, "client certificate")?;
    let text = bytes(&at.key, "private key")?;
    let mut der = PrivateKeyDer::from_pem_slice(&text).map_err(|_| no_key(&at.key, &text))?;
    let key = provider::signing_key(&der);
    der.zeroize();
    let key = key.map_err(|error| unfit_key(&at.key, error))?;
    let own = CertifiedKey::new(chain, key);
    match own.keys_match() {
        Ok(()) => Ok(Arc::new(own)),
        Err(_) => Err(wrong(
            ErrorKind::Invalid,
            format!(
                "the private key {} does not fit the certificate {}",
                at.key.display(),
                at.cert.display()
            ),
            "use the key that the certificate was made for: 'certtool --key-info' and 'certtool -i' show the same \
             public key ID of a pair",
        )),
    }
}

fn no_key(path: &Path, text: &[u8]) -> Error {
    let is_locked = text.windows(9).any(|word| word == b"ENCRYPTED");
    if is_locked {
        return wrong(
            ErrorKind::Unsupported,
            format!("the private key {} is protected by a password", path.display()),
            "libvirt's clients use keys without one: 'certtool --key-info --infile LOCKED --outfile OPEN', and keep it \
             readable for its user alone",
        );
    }
    not_pem(path, "private key", "no such section in it")
}

fn unfit_key(path: &Path, error: KeyError) -> Error {
    wrong(
        ErrorKind::Unsupported,
        format!("the private key {} cannot be used: {error}", path.display()),
        "make another by 'certtool --generate-privkey --key-type ecdsa', and a certificate for it",
    )
}

pub(super) fn wrong(kind: ErrorKind, what: impl Into<String>, advice: impl Into<String>) -> Error {
    Error::way(kind, what, Some(advice.into()))
}
