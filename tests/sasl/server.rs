//! A real daemon that asks for SASL, and who may log in there.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::lab::run::{DEADLINE, Output, run};
use crate::lab::{Lab, LabBuilder, virtwire_path};

/// Where clients find their credentials, below the lab's folder, which is their home.
const AUTH_FILE: &str = ".config/libvirt/auth.conf";

/// Who may log in: name, password, and the realm where it is not the host's.
pub(crate) const USERS: [(&str, &str, Option<&str>); 5] = [
    ("alice", "sesame", None),
    ("spaces", "open  sesame !\"\\$,=", None),
    ("latin", "pässwörd", None),
    ("greek", "κωδικός ﬁ²", None),
    ("elsewhere", "sesame", Some("another.example.org")),
];

/// The text of an auth.conf that says this of every host.
pub(crate) fn auth(authname: &str, password: &str) -> String {
    let password = password.replace('\\', "\\\\");
    format!(
        "[credentials-x]\nauthname={authname}\npassword={password}\n[auth-libvirt-default]\ncredentials=x\n"
    )
}

/// A daemon that asks for SASL by these mechanisms on its unix socket and, where it listens, on TCP; `None` where no
/// lab can run, or libvirt is not this machine's own.
pub(crate) fn lab(mechanisms: &str) -> Option<Lab> {
    builder(mechanisms)?.start()
}

/// The same, listening on plain TCP.
pub(crate) fn tcp(mechanisms: &str) -> Option<Lab> {
    let config = "listen_tls = 0\nlisten_tcp = 1\nauth_tcp = \"sasl\"\n";
    builder(mechanisms)?.listen().config(config).start()
}

fn builder(mechanisms: &str) -> Option<LabBuilder> {
    if std::env::var("VIRTWIRE_TEST_LIBVIRT").is_ok_and(|suite| !suite.is_empty()) {
        return None;
    }
    Some(asking(Lab::builder().config("auth_unix_rw = \"sasl\""), mechanisms))
}

/// Has the daemon know these mechanisms, and its clients one of [`USERS`]; where it asks for them, its configuration says.
pub(crate) fn asking(builder: LabBuilder, mechanisms: &str) -> LabBuilder {
    let conf = format!("mech_list: {mechanisms}\nsasldb_path: /etc/sasl2/passwd.db\n");
    builder
        .file("sasl/libvirt.conf", conf)
        .file("sasl/passwd.db", database())
        .file(AUTH_FILE, auth("alice", "sesame"))
        .mount("sasl", "/etc/sasl2")
}

/// libsasl's database of [`USERS`].
fn database() -> Vec<u8> {
    let name = format!("virtwire-sasldb-{}-{:?}", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    for (name, password, realm) in USERS {
        let mut command = Command::new("saslpasswd2");
        command.args(["-p", "-c", "-a", "libvirt", "-f"]).arg(&path);
        command.args(realm.iter().flat_map(|realm| ["-u", realm])).arg(name);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("saslpasswd2 is installed (sasl2-bin)");
        let mut stdin = child.stdin.take().expect("stdin is piped");
        stdin.write_all(password.as_bytes()).expect("saslpasswd2 reads");
        drop(stdin);
        assert!(child.wait().expect("saslpasswd2 ends").success(), "{name}");
    }
    let bytes = fs::read(&path).expect("saslpasswd2 wrote the database");
    fs::remove_file(&path).expect("the file is ours");
    bytes
}

/// Makes these the credentials of every client of the lab.
pub(crate) fn log_in_as(lab: &Lab, authname: &str, password: &str) {
    fs::write(lab.dir().join(AUTH_FILE), auth(authname, password)).expect("the lab's folder is ours");
}

/// Leaves the clients of the lab without credentials.
pub(crate) fn forget(lab: &Lab) {
    fs::remove_file(lab.dir().join(AUTH_FILE)).expect("the lab's folder is ours");
}

/// virsh and virtwire, told the same, inside the lab.
pub(crate) fn both(lab: &Lab, uri: &str, args: &[&str]) -> [Output; 2] {
    ["virsh", &virtwire_path()]
        .map(|program| run(lab.client_inside(program).args(["-c", uri]).args(args), DEADLINE))
}

/// Both succeed, and say the same.
#[track_caller]
pub(crate) fn both_agree(lab: &Lab, uri: &str, args: &[&str]) -> String {
    let [virsh, virtwire] = both(lab, uri, args).map(|output| output.expect_ok().out());
    assert_eq!(virtwire, virsh, "{uri} {args:?}");
    virtwire
}

/// Both are refused; what ours says.
#[track_caller]
pub(crate) fn both_refused(lab: &Lab, uri: &str) -> Output {
    let [virsh, virtwire] = both(lab, uri, &["net-list", "--all"]);
    assert_eq!(virsh.code, Some(1), "{uri}: {}{}", virsh.out(), virsh.err());
    assert_eq!(virtwire.code, Some(5), "{uri}: {}{}", virtwire.out(), virtwire.err());
    assert_eq!(virtwire.out(), virsh.out(), "{uri}");
    virtwire
}
