//! A lab with a Kerberos realm of its own: a KDC beside the daemon, and users with tickets.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use crate::lab::run::{DEADLINE, Output, run};
use crate::lab::{Lab, LabBuilder};

/// What is tested, whatever binary other suites run: releases are built without Kerberos.
const PROGRAM: &str = env!("CARGO_BIN_EXE_virtwire");

/// The service of each host is libvirt's, whatever the name of this machine; the KDC's logs stand beside its database.
const CLIENTS: &str = "[libdefaults]\n default_realm = LAB.TEST\n dns_lookup_kdc = false\n dns_lookup_realm = false\n \
     dns_canonicalize_hostname = false\n rdns = false\n ignore_acceptor_hostname = true\n\
     [realms]\n LAB.TEST = {\n  kdc = 127.0.0.1:88\n }\n FAR.TEST = {\n  kdc = 127.0.0.1:88\n }\n\
     [domain_realm]\n far.example.test = FAR.TEST\n";

/// What Debian's own file for libvirtd says.
pub(crate) const DEFAULT: &str = "mech_list: gssapi\nkeytab: /etc/libvirt/krb5.tab\n";

/// Names that lead to the lab.
const HOSTS: &str = "127.0.0.1 localhost a.example.test b.example.test c.example.test d.example.test \
     far.example.test nobody.example.test\n";

/// The services' hosts, and the one cipher that each has a key of.
pub(crate) const CIPHERS: [(&str, &str); 4] = [
    ("a.example.test", "aes256-cts-hmac-sha384-192"),
    ("b.example.test", "aes256-cts-hmac-sha1-96"),
    ("c.example.test", "aes128-cts-hmac-sha256-128"),
    ("d.example.test", "aes128-cts-hmac-sha1-96"),
];

/// The realm of a lab, gone with it.
pub(crate) struct Realm {
    pub(crate) lab: Lab,
}

impl Realm {
    /// A daemon on plain TCP with libvirt's own choice of mechanisms.
    pub(crate) fn tcp() -> Option<Self> {
        Self::around(
            Lab::builder().listen().config("listen_tls = 0\nlisten_tcp = 1\nauth_tcp = \"sasl\"\n"),
            DEFAULT,
        )
    }

    /// What [`LabBuilder::start`] makes of it, with this configuration of libsasl; `None` where no lab can run, libvirt is not
    /// this machine's own, or there is no KDC.
    pub(crate) fn around(builder: LabBuilder, sasl: &str) -> Option<Self> {
        if std::env::var("VIRTWIRE_TEST_LIBVIRT").is_ok_and(|suite| !suite.is_empty()) || is_lacking() {
            return None;
        }
        let lab = builder
            .file("hosts", HOSTS)
            .mount("hosts", "/etc/hosts")
            .file("krb5.conf", CLIENTS)
            .mount("krb5.conf", "/etc/krb5.conf")
            .file("sasl/libvirt.conf", sasl)
            .mount("sasl", "/etc/sasl2")
            .start()?;
        let mut realm = Self { lab };
        realm.set_up();
        // It looks for its keytab when it starts.
        realm.lab.restart();
        Some(realm)
    }

    fn set_up(&self) {
        let dir = self.lab.dir().display();
        let one = |name: &str| {
            format!(
                " {name} = {{\n  database_name = {dir}/{name}\n  key_stash_file = {dir}/{name}.stash\n  \
                 acl_file = {dir}/acl\n  max_life = 1d\n }}\n"
            )
        };
        let kdc = format!(
            "[kdcdefaults]\n kdc_ports = 88\n kdc_tcp_ports = 88\n[realms]\n{}{}[logging]\n kdc = FILE:{dir}/kdc.log\n",
            one("LAB.TEST"),
            one("FAR.TEST")
        );
        fs::write(self.file("kdc.conf"), kdc).expect("the lab's folder is ours");
        for realm in ["LAB.TEST", "FAR.TEST"] {
            self.run("kdb5_util", &["create", "-s", "-r", realm, "-P", "master"]);
        }
        let users = "addprinc -randkey alice\nktadd -k USERS alice\n\
                     addprinc -randkey libvirt/localhost\nktadd -k HOST libvirt/localhost\n\
                     addprinc -pw between krbtgt/FAR.TEST@LAB.TEST\n";
        self.admin("LAB.TEST", users);
        for (host, cipher) in CIPHERS {
            self.admin(
                "LAB.TEST",
                &format!(
                    "addprinc -randkey -e {cipher}:normal libvirt/{host}\nktadd -k HOST -e {cipher}:normal libvirt/{host}\n\
                     setstr libvirt/{host} session_enctypes {cipher}\n"
                ),
            );
        }
        let far = "addprinc -pw between krbtgt/FAR.TEST@LAB.TEST\n\
                   addprinc -randkey libvirt/far.example.test\nktadd -k HOST libvirt/far.example.test\n";
        self.admin("FAR.TEST", far);
        let pid = self.file("kdc.pid");
        self.run("krb5kdc", &["-r", "LAB.TEST", "-r", "FAR.TEST", "-P", pid.to_str().expect("UTF-8")]);
    }

    /// A file of the lab's folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.lab.dir().join(name)
    }

    /// Has the administrator of a realm say this; `USERS` and `HOST` are the keytabs of the users and of the daemon.
    pub(crate) fn admin(&self, realm: &str, lines: &str) {
        let (users, host) = (self.file("users.tab"), self.file("etc/krb5.tab"));
        for line in lines.lines() {
            let line = line.replace("USERS", &users.display().to_string());
            let line = line.replace("HOST", &host.display().to_string());
            let said = self.run("kadmin.local", &["-r", realm, "-q", &line]);
            assert!(!said.err().contains("rror"), "{line}: {}", said.err());
        }
    }

    /// A program inside the lab, with nobody's tickets.
    fn run(&self, program: &str, args: &[&str]) -> Output {
        run(self.inside("FILE:/nonexistent", program).args(args), DEADLINE).expect_ok()
    }

    /// A program inside the lab, with the tickets of this cache.
    pub(crate) fn inside(&self, cache: &str, program: &str) -> Command {
        let mut command = self.lab.client_inside("env");
        command.arg(format!("KRB5CCNAME={cache}"));
        command.arg(format!("KRB5_KDC_PROFILE={}", self.file("kdc.conf").display()));
        command.arg(program);
        command
    }

    /// A new cache of this name with a ticket of alice's; `more` are options of kinit.
    pub(crate) fn kinit(&self, name: &str, more: &[&str]) -> String {
        let cache = format!("FILE:{}", self.file(name).display());
        let users = self.file("users.tab").display().to_string();
        let mut command = self.inside(&cache, "kinit");
        run(command.args(more).args(["-k", "-t", &users, "alice"]), DEADLINE).expect_ok();
        cache
    }

    /// The services of a cache, as klist tells them.
    pub(crate) fn services(&self, cache: &str) -> Vec<String> {
        let said = run(&mut self.inside(cache, "klist"), DEADLINE).expect_ok().out();
        let services = said.lines().skip_while(|line| !line.starts_with("Valid")).skip(1);
        services.filter_map(|line| line.split_whitespace().nth(4)).map(str::to_owned).collect()
    }

    /// virsh or virtwire, with the tickets of this cache.
    pub(crate) fn client(&self, program: &str, cache: &str, uri: &str, args: &[&str]) -> Output {
        run(self.inside(cache, program).args(["-c", uri]).args(args), DEADLINE)
    }

    /// The binary under test.
    pub(crate) fn virtwire(&self, cache: &str, uri: &str, args: &[&str]) -> Output {
        self.client(PROGRAM, cache, uri, args)
    }

    /// Both succeed, and say the same. Ours comes first: virsh leaves its tickets in the cache.
    #[track_caller]
    pub(crate) fn both_agree(&self, cache: &str, uri: &str, args: &[&str]) -> String {
        let ours = self.virtwire(cache, uri, args).expect_ok().out();
        let virsh = self.client("virsh", cache, uri, args).expect_ok().out();
        assert_eq!(ours, virsh, "{uri} {args:?}");
        ours
    }

    /// Neither is let in; what ours says, with this exit code.
    #[track_caller]
    pub(crate) fn both_refused(&self, cache: &str, uri: &str, code: i32) -> String {
        let args = ["net-list", "--all"];
        let ours = self.virtwire(cache, uri, &args);
        let virsh = self.client("virsh", cache, uri, &args);
        assert_eq!(virsh.code, Some(1), "{uri}: {}{}", virsh.out(), virsh.err());
        assert_eq!(ours.code, Some(code), "{uri}: {}{}", ours.out(), ours.err());
        assert_eq!(ours.out(), virsh.out(), "{uri}");
        ours.err()
    }
}

/// Whether there is no KDC here: a failed test where real daemons are demanded, else a loud word.
fn is_lacking() -> bool {
    let lacks = |program: &&&str| {
        !["/usr/sbin", "/usr/bin"].iter().any(|folder| std::path::Path::new(folder).join(program).is_file())
    };
    let Some(program) = ["krb5kdc", "kadmin.local", "kinit"].iter().find(lacks) else { return false };
    let demanded = std::env::var("VIRTWIRE_TEST_REAL").is_ok_and(|value| value == "1");
    assert!(!demanded, "VIRTWIRE_TEST_REAL=1, but there is no program `{program}`");
    let _ = writeln!(std::io::stderr(), "\nSKIPPED a test of GSSAPI: no program `{program}`\n");
    true
}
