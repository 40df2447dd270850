//! Certificates made by certtool when a test first asks for them, in a folder that lasts as long as the test's process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::lab::run::{DEADLINE, run};

/// What every template has unless it says otherwise: good from now on for a day.
const DAY: &str = "expiration_days = 1\n";

/// What a CA's template has.
const CA: &str = "cn = \"virtwire's tests\"\nca\ncert_signing_key\ncrl_signing_key\n";

/// The template of a server that this host reaches by each of its own names.
pub(crate) const SERVER: &str = "cn = \"a server\"\ndns_name = \"localhost\"\nip_address = \"127.0.0.1\"\nip_address = \"::1\"\n\
     tls_www_server\nsigning_key\nencryption_key\n";

/// The template of a client.
pub(crate) const CLIENT: &str =
    "organization = \"virtwire\"\ncn = \"a client\"\ntls_www_client\nsigning_key\nencryption_key\n";

/// A certificate and its key, as files.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

/// How a key is made: options of `certtool --generate-privkey`.
pub(crate) const RSA: &[&str] = &["--key-type", "rsa", "--bits", "2048", "--no-text"];
pub(crate) const P256: &[&str] = &["--key-type", "ecdsa", "--curve", "secp256r1", "--no-text"];

/// Where all of it is.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pki");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the target folder is writable");
        folder
    })
}

/// The CA that both sides trust.
pub(crate) fn ca() -> Pair {
    ca_named("ca", "")
}

/// Another CA, whose template has these lines, too.
pub(crate) fn ca_named(name: &str, more: &str) -> Pair {
    once(name, |pair| {
        key(P256, pair);
        let template = template(name, &format!("{CA}{more}"));
        certtool(
            &["--generate-self-signed", "--template", &template],
            &[("--load-privkey", &pair.key)],
            &pair.cert,
        );
    })
}

/// A certificate signed by `ca`, made once by this name.
pub(crate) fn signed(name: &str, ca: &Pair, how: &[&str], text: &str) -> Pair {
    once(name, |pair| {
        key(how, pair);
        let template = template(name, text);
        let loads: [(&str, &Path); 3] = [
            ("--load-ca-certificate", &ca.cert),
            ("--load-ca-privkey", &ca.key),
            ("--load-privkey", &pair.key),
        ];
        certtool(&["--generate-certificate", "--template", &template], &loads, &pair.cert);
    })
}

/// A folder for `pkipath`: this CA, and this client.
pub(crate) fn client_folder(name: &str, ca: &Pair, client: Option<&Pair>) -> PathBuf {
    let at = folder().join(format!("client-{name}"));
    fs::create_dir_all(&at).expect("the folder is ours");
    copy(&ca.cert, &at.join("cacert.pem"));
    if let Some(client) = client {
        copy(&client.cert, &at.join("clientcert.pem"));
        copy(&client.key, &at.join("clientkey.pem"));
    }
    at
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| panic!("{} to {}: {error}", from.display(), to.display()));
}

fn once(name: &str, make: impl FnOnce(&Pair)) -> Pair {
    static MAKING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let at = |end: &str| folder().join(format!("{name}-{end}.pem"));
    let pair = Pair { cert: at("cert"), key: at("key") };
    if !pair.cert.exists() {
        make(&pair);
    }
    pair
}

fn key(how: &[&str], pair: &Pair) {
    certtool(&[&["--generate-privkey"], how].concat(), &[], &pair.key);
}

fn template(name: &str, text: &str) -> String {
    let path = folder().join(format!("{name}.template"));
    let days = if text.contains("expiration_") { "" } else { DAY };
    fs::write(&path, format!("{text}{days}")).expect("the folder is ours");
    path.display().to_string()
}

/// Runs certtool, whose output goes to a file.
pub(crate) fn certtool(options: &[&str], loads: &[(&str, &Path)], to: &Path) {
    let mut command = Command::new("certtool");
    command.args(options).arg("--outfile").arg(to);
    for (option, path) in loads {
        command.arg(option).arg(path);
    }
    run(&mut command, DEADLINE).expect_ok();
}
