//! Certificates made by certtool when a test first asks for them, in a folder that lasts as long as the test's process.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test's helper fails the test")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::lab::run::{DEADLINE, run};

/// What every template has unless it says otherwise: good from now on for a day.
const DAY: &str = "expiration_days = 1\n";

/// What a CA's template has.
pub(crate) const CA: &str = "cn = \"virtwire's tests\"\nca\ncert_signing_key\ncrl_signing_key\n";

/// The template of a server that this host reaches by each of its own names.
pub(crate) const SERVER: &str = "cn = \"a server\"\ndns_name = \"localhost\"\nip_address = \"127.0.0.1\"\n\
     ip_address = \"::1\"\ntls_www_server\nsigning_key\nencryption_key\n";

/// The template of a server, without a name.
pub(crate) const NAMELESS: &str = "tls_www_server\nsigning_key\nencryption_key\n";

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
pub(crate) const RSA: &[&str] = &["--key-type", "rsa", "--bits", "2048"];
pub(crate) const SHORT_RSA: &[&str] = &["--key-type", "rsa", "--bits", "1024"];
pub(crate) const P256: &[&str] = &["--key-type", "ecdsa", "--curve", "secp256r1"];
pub(crate) const P384: &[&str] = &["--key-type", "ecdsa", "--curve", "secp384r1"];
pub(crate) const P521: &[&str] = &["--key-type", "ecdsa", "--curve", "secp521r1"];
pub(crate) const ED25519: &[&str] = &["--key-type", "ed25519"];

/// Whether nothing can be made here: a failed test where real daemons are demanded, else a loud word.
pub(crate) fn is_lacking() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let lacks = |program: &&&str| !std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let Some(program) = ["certtool", "openssl", "python3"].iter().find(lacks) else { return false };
    let demanded = std::env::var("VIRTWIRE_TEST_REAL").is_ok_and(|value| value == "1");
    assert!(!demanded, "VIRTWIRE_TEST_REAL=1, but there is no program `{program}`");
    let _ = writeln!(std::io::stderr(), "\nSKIPPED a test of TLS: no program `{program}` in PATH\n");
    true
}

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
    self_signed("ca", CA)
}

/// A certificate signed by its own key, made once by this name.
pub(crate) fn self_signed(name: &str, text: &str) -> Pair {
    once(name, |pair| {
        key(P256, pair);
        let template = template(name, text);
        let loads: [(&str, &Path); 1] = [("--load-privkey", &pair.key)];
        certtool(&["--generate-self-signed", "--template", &template], &loads, &pair.cert);
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

/// A certificate signed by a CA that is between it and the one that both sides trust, and which is behind it in its file.
pub(crate) fn chained(name: &str, between: &Pair, text: &str) -> Pair {
    let end = signed(name, between, RSA, text);
    let chain = together(&format!("{name}-chain"), &[&end.cert, &between.cert]);
    Pair { cert: chain, key: end.key }
}

/// Several PEM files as one.
pub(crate) fn together(name: &str, files: &[&Path]) -> PathBuf {
    let whole = folder().join(format!("{name}.pem"));
    let texts = files.iter().map(|path| fs::read_to_string(path).expect("certtool made it"));
    fs::write(&whole, texts.collect::<String>()).expect("the folder is ours");
    whole
}

/// A certificate with the usages that libvirt 9.0.0 wants of every key, which certtool gives to RSA's alone.
pub(crate) fn signed_for_all(name: &str, ca: &Pair, how: &[&str], extensions: &str) -> Pair {
    once(name, |pair| {
        key(how, pair);
        let at = |end: &str| folder().join(format!("{name}.{end}"));
        let (request, extended) = (at("csr"), at("ext"));
        fs::write(&extended, format!("keyUsage = critical, digitalSignature, keyEncipherment\n{extensions}"))
            .expect("the folder is ours");
        let mut asking = Command::new("openssl");
        asking.args(["req", "-new", "-subj", &format!("/O=virtwire/CN={name}"), "-key"]).arg(&pair.key);
        run(asking.arg("-out").arg(&request), DEADLINE).expect_ok();
        let mut signing = Command::new("openssl");
        signing.args(["x509", "-req", "-days", "1", "-CAcreateserial", "-sha512", "-in"]).arg(&request);
        signing.arg("-CA").arg(&ca.cert).arg("-CAkey").arg(&ca.key).arg("-extfile").arg(&extended);
        run(signing.arg("-out").arg(&pair.cert), DEADLINE).expect_ok();
    })
}

/// A list by `ca` of the certificate that it revoked.
pub(crate) fn revocations(name: &str, ca: &Pair, revoked: &Pair, more: &str) -> PathBuf {
    let list = folder().join(format!("{name}-crl.pem"));
    let template = template(name, &format!("crl_number = 1\n{more}"));
    let loads: [(&str, &Path); 3] = [
        ("--load-ca-certificate", &ca.cert),
        ("--load-ca-privkey", &ca.key),
        ("--load-certificate", &revoked.cert),
    ];
    certtool(&["--generate-crl", "--template", &template], &loads, &list);
    list
}

/// A folder for `pkipath`: this CA, and this client.
pub(crate) fn client_folder(name: &str, ca: &Pair, client: Option<&Pair>) -> PathBuf {
    let at = folder().join(format!("client-{name}"));
    fs::create_dir_all(&at).expect("the folder is ours");
    fill(&at, ca, client);
    at
}

/// Puts the files of a client into a folder.
pub(crate) fn fill(folder: &Path, ca: &Pair, client: Option<&Pair>) {
    copy(&ca.cert, &folder.join("cacert.pem"));
    if let Some(client) = client {
        copy(&client.cert, &folder.join("clientcert.pem"));
        copy(&client.key, &folder.join("clientkey.pem"));
    }
}

/// A copy that is there whole or not at all: another test's program may read the one before it at this moment.
pub(crate) fn copy(from: &Path, to: &Path) {
    static COPIES: AtomicUsize = AtomicUsize::new(0);
    let half = to.with_extension(format!("half-{}", COPIES.fetch_add(1, Ordering::Relaxed)));
    let copied = fs::copy(from, &half).and_then(|_| fs::rename(&half, to));
    copied.unwrap_or_else(|error| panic!("{} to {}: {error}", from.display(), to.display()));
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
    certtool(&[&["--generate-privkey", "--no-text"], how].concat(), &[], &pair.key);
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
