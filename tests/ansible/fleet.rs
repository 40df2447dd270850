//! Hosts as Ansible finds them: for each a real daemon in namespaces of its own, and a real sshd that lives as long as a
//! connection. Their PATH has what a minimal host has, and no Python. This machine's own sshd and keys are not touched.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::controller::{self, PATIENCE};
use crate::lab::run::{Output, run};
use crate::lab::state::State;
use crate::lab::{Lab, login, virtwire_path};

const SFTP: &str = "Subsystem sftp internal-sftp\n";

/// What a host has: what Ansible asks of any, and what shows firewalls.
const PROGRAMS: [&str; 10] =
    ["sh", "mkdir", "chmod", "rm", "sleep", "uname", "iptables-save", "ip6tables-save", "nft", "virsh"];

pub(crate) struct Fleet {
    pub(crate) labs: Vec<Lab>,
    programs: PathBuf,
}

impl Fleet {
    /// So many hosts, called `host0` and so on, each with `default` running and started with the host; and `down`, which
    /// nobody reaches. The files of all are in the first one's folder.
    pub(crate) fn start(count: usize) -> Option<Self> {
        let labs: Vec<_> = (0..count).map_while(|_| Lab::start()).collect();
        if labs.len() < count {
            return None;
        }
        let fleet = Self { labs, programs: controller::ansible()? };
        for folder in ["ssh", "binaries"] {
            fs::create_dir_all(fleet.path(folder)).expect("the folder is the lab's");
        }
        login::key(&fleet.path("ssh/key"));
        login::key(&fleet.path("ssh/host"));
        for lab in &fleet.labs {
            lab.bring(State::One);
            lab.virsh(&["net-autostart", "default"]).expect_ok();
            fleet.open(lab);
        }
        fleet.write_files();
        Some(fleet)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.labs.first().expect("there is one").dir().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Lets root log in to a host, whose home is its folder there.
    fn open(&self, lab: &Lab) {
        for name in ["ssh", "bin"] {
            fs::create_dir_all(lab.dir().join(name)).expect("the folder is the lab's");
        }
        for program in PROGRAMS {
            login::install(program, &lab.dir().join("bin"));
        }
        if !lab.dir().join("ssh/host").exists() {
            fs::copy(self.path("ssh/host"), lab.dir().join("ssh/host")).expect("the key is there");
        }
        fs::copy(self.path("ssh/key.pub"), lab.dir().join("ssh/authorized")).expect("the key is there");
        fs::write(lab.dir().join("ssh/config"), login::sshd(lab.dir(), SFTP))
            .expect("the folder is the lab's");
        fs::write(lab.dir().join("passwd"), login::users(lab.dir())).expect("the folder is the lab's");
        lab.mount(&lab.dir().join("passwd"), "/etc/passwd");
        lab.exec(&["mkdir", "-p", "/run/sshd"]).expect_ok();
    }

    /// Forgets the key by which root logs in.
    pub(crate) fn refuse(&self, host: usize) {
        fs::write(self.labs[host].dir().join("ssh/authorized"), "").expect("the folder is the lab's");
    }

    fn write_files(&self) {
        let mut inventory = "[compute]\n".to_owned();
        let mut config = format!(
            "Host *\nUser root\nIdentityFile {}\nIdentitiesOnly yes\nUserKnownHostsFile {}\nHostKeyAlias all\n",
            self.name("ssh/key"),
            self.name("ssh/known")
        );
        for (at, lab) in self.labs.iter().enumerate() {
            let sshd = lab.client_inside("/usr/sbin/sshd");
            let words: Vec<_> = sshd.get_args().map(|word| word.to_string_lossy()).collect();
            let file = lab.dir().join("ssh/config");
            let proxy = format!(
                "{} {} -i -f {}",
                sshd.get_program().to_string_lossy(),
                words.join(" "),
                file.display()
            );
            config.push_str(&format!("Host host{at}\nProxyCommand {proxy}\n"));
            inventory.push_str(&format!("host{at}\n"));
        }
        config.push_str("Host down\nProxyCommand false\n");
        inventory.push_str("down\n[compute:vars]\nansible_user=root\n");
        // Whatever asks for a Python fails.
        inventory.push_str("ansible_python_interpreter=/nonexistent/python\n");
        inventory.push_str(&format!("virtwire_binaries={}\n", self.name("binaries")));
        let host_key = fs::read_to_string(self.path("ssh/host.pub")).expect("the key is there");
        fs::write(self.path("ssh/known"), format!("all {host_key}")).expect("the folder is the lab's");
        fs::write(self.path("ssh/client"), config).expect("the folder is the lab's");
        fs::write(self.path("inventory"), inventory).expect("the folder is the lab's");
        let binary = self.path(&format!("binaries/virtwire-{}", std::env::consts::ARCH));
        // That of a debug build is 100 MB with its symbols.
        let stripped = Command::new("strip").arg("-o").arg(&binary).arg(virtwire_path()).status();
        if !stripped.is_ok_and(|status| status.success()) {
            fs::copy(virtwire_path(), &binary).expect("the program is there");
        }
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).expect("the file is the lab's");
        controller::collections(&self.path(""));
    }

    /// One of Ansible's programs, where this fleet is.
    pub(crate) fn ansible(&self, program: &str) -> Command {
        let folder = self.path("");
        let mut command = Command::new(self.programs.join(program));
        let path = format!("{}:{}", self.programs.display(), std::env::var("PATH").unwrap_or_default());
        command.env_clear().env("PATH", path).env("HOME", &folder).env("LC_ALL", "C.UTF-8");
        command.env("ANSIBLE_COLLECTIONS_PATH", self.path("collections"));
        command.env("ANSIBLE_INVENTORY", self.path("inventory")).env("ANSIBLE_FORKS", "6");
        command.env("ANSIBLE_SSH_CONTROL_PATH_DIR", &folder).env("ANSIBLE_HOST_KEY_CHECKING", "1");
        let ssh = format!("-F {} -o ControlMaster=auto -o ControlPersist=30s", self.name("ssh/client"));
        command.env("ANSIBLE_SSH_ARGS", ssh).current_dir(folder);
        command
    }

    /// Plays one of the collection's playbooks, or one of this fleet's files.
    pub(crate) fn play(&self, book: &str, options: &[&str]) -> Output {
        run(self.ansible("ansible-playbook").arg(book).args(options), PATIENCE)
    }

    /// A playbook of one play on all hosts of the pattern.
    pub(crate) fn book(&self, name: &str, hosts: &str, tasks: &str) -> String {
        let head = format!("- hosts: {hosts}\n  gather_facts: false\n  tasks:\n");
        fs::write(self.path(name), head + tasks).expect("the folder is the lab's");
        self.name(name)
    }

    /// Ends the connections that ssh keeps open, so that nobody is in a lab that is to go.
    fn hang_up(&self) {
        let folder = self.path("");
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let socket = entry.path();
            let is_socket = fs::symlink_metadata(&socket)
                .is_ok_and(|metadata| std::os::unix::fs::FileTypeExt::is_socket(&metadata.file_type()));
            if is_socket {
                let mut exit = Command::new("ssh");
                let _ = exit.arg("-S").arg(&socket).args(["-O", "exit", "all"]).output();
            }
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.hang_up();
    }
}

/// All that a host has of its networks, as virsh, the kernel and the processes show it.
pub(crate) fn facts(lab: &Lab) -> String {
    let said = |args: &[&str]| lab.virsh(args).expect_ok().out();
    let rules = lab.rules().len();
    let (bridge, dnsmasq) = (lab.bridge_exists("virbr0"), lab.dnsmasq_pids().len());
    let listed = said(&["net-list", "--all"]) + &said(&["net-info", "default"]);
    let listed: String =
        listed.lines().filter(|line| !line.contains("UUID")).map(|line| format!("{line}\n")).collect();
    format!("{listed}bridge {bridge}, dnsmasq {dnsmasq}, rules {rules}")
}

/// The four commands of OpenStack's guide, by virsh.
pub(crate) fn guide(lab: &Lab) {
    lab.virsh(&["net-list"]).expect_ok();
    lab.virsh(&["net-destroy", "default"]).expect_ok();
    lab.virsh(&["net-autostart", "--network", "default", "--disable"]).expect_ok();
    lab.virsh(&["net-list", "--all"]).expect_ok();
}

/// Whether this machine has what hosts need; else the test is to return.
pub(crate) fn can_log_in() -> bool {
    let is_of_another = std::env::var("VIRTWIRE_TEST_LIBVIRT").is_ok_and(|suite| !suite.is_empty());
    !is_of_another && ["/usr/sbin/sshd", "/usr/bin/ssh"].iter().all(|program| Path::new(program).exists())
}
