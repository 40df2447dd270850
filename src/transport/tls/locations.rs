//! Which files hold the certificates: the folder that the URI names, the user's own, or the host's. It opens none.
//!
//! Source: libvirt's `docs/kbase/tlscerts.rst` and `src/rpc/virnettlscontext.c`.

use std::path::{Path, PathBuf};

use crate::config::variable;
use crate::uri::{Uri, is_root};

/// The host's folder of certificates.
const HOST: &str = "/etc/pki";

/// The files that a client uses; each may be absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Locations {
    /// Who is trusted to sign servers' certificates.
    pub(super) ca: PathBuf,
    /// Which certificates count no more.
    pub(super) crl: PathBuf,
    /// The client's own certificate.
    pub(super) cert: PathBuf,
    /// And the key to it.
    pub(super) key: PathBuf,
}

impl Locations {
    /// The files for a URI, as whoever runs this has them.
    pub(super) fn of(uri: &Uri) -> Self {
        if let Some(folder) = uri.parameter("pkipath") {
            return Self::within(Path::new(folder));
        }
        let home = if is_root() { None } else { variable("HOME") };
        Self::by_user(home.as_deref().map(Path::new), Path::exists)
    }

    /// All in one folder, whether they are there or not.
    fn within(folder: &Path) -> Self {
        let [ca, crl, cert, key] =
            ["cacert.pem", "cacrl.pem", "clientcert.pem", "clientkey.pem"].map(|name| folder.join(name));
        Self { ca, crl, cert, key }
    }

    fn hosts() -> Self {
        let [ca, crl, cert, key] =
            ["CA/cacert.pem", "CA/cacrl.pem", "libvirt/clientcert.pem", "libvirt/private/clientkey.pem"]
                .map(|name| Path::new(HOST).join(name));
        Self { ca, crl, cert, key }
    }

    /// The user's files where there are some, else the host's: each by itself, but certificate and key together.
    fn by_user(home: Option<&Path>, exists: impl Fn(&Path) -> bool) -> Self {
        let hosts = Self::hosts();
        let Some(home) = home else { return hosts };
        let own = Self::within(&home.join(".pki/libvirt"));
        let or = |own: PathBuf, hosts: PathBuf| if exists(&own) { own } else { hosts };
        let (cert, key) =
            if exists(&own.cert) && exists(&own.key) { (own.cert, own.key) } else { (hosts.cert, hosts.key) };
        Self { ca: or(own.ca, hosts.ca), crl: or(own.crl, hosts.crl), cert, key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(there: &[&str]) -> [String; 4] {
        let exists =
            |path: &Path| there.iter().any(|name| path == Path::new("/home/u/.pki/libvirt").join(name));
        let Locations { ca, crl, cert, key } = Locations::by_user(Some(Path::new("/home/u")), exists);
        [ca, crl, cert, key].map(|path| path.display().to_string())
    }

    const OWN: [&str; 4] = [
        "/home/u/.pki/libvirt/cacert.pem",
        "/home/u/.pki/libvirt/cacrl.pem",
        "/home/u/.pki/libvirt/clientcert.pem",
        "/home/u/.pki/libvirt/clientkey.pem",
    ];
    const HOSTS: [&str; 4] = [
        "/etc/pki/CA/cacert.pem",
        "/etc/pki/CA/cacrl.pem",
        "/etc/pki/libvirt/clientcert.pem",
        "/etc/pki/libvirt/private/clientkey.pem",
    ];

    #[test]
    fn each_of_the_users_files_counts_by_itself_but_certificate_and_key_together() {
        let [ca, crl, cert, key] = HOSTS;
        assert_eq!(found(&[]), HOSTS);
        assert_eq!(found(&["cacert.pem"]), [OWN[0], crl, cert, key]);
        assert_eq!(found(&["cacrl.pem", "clientcert.pem"]), [ca, OWN[1], cert, key]);
        assert_eq!(found(&["clientcert.pem", "clientkey.pem"]), [ca, crl, OWN[2], OWN[3]]);
        assert_eq!(found(&["cacert.pem", "cacrl.pem", "clientcert.pem", "clientkey.pem"]), OWN);
    }

    #[test]
    fn root_has_the_hosts_files_and_a_named_folder_is_taken_as_it_is() {
        let Locations { ca, crl, cert, key } = Locations::by_user(None, |_| true);
        assert_eq!([ca, crl, cert, key].map(|path| path.display().to_string()), HOSTS);
        let uri = Uri::parse("qemu+tls://h/system?pkipath=/nonexistent/p").unwrap();
        let Locations { ca, key, .. } = Locations::of(&uri);
        assert_eq!((ca, key), ("/nonexistent/p/cacert.pem".into(), "/nonexistent/p/clientkey.pem".into()));
    }
}
