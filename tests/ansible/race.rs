//! Our modules beside what people use now, in one run: seconds a host, and what had to be on it. The others need a Python on
//! the host, and libvirt's own client.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::controller::{PATIENCE, ansible};
use crate::fleet::{Fleet, can_log_in, facts};
use crate::lab::run::run;

const HOSTS: usize = 8;

const ROUNDS: usize = 3;

/// Where community.libvirt is to be had without Galaxy.
const BUNDLE: &str = "ansible==12.3.0";

/// A way to switch the network off: its name, its tasks, variables, and the packages that the host needs.
type Way = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const OURS: &str = "    - virtwire.libvirt.network: {name: default, state: disabled}\n";

const VIRSH: &str = "    - command: virsh -c qemu:///system net-list\n    \
                     - command: virsh -c qemu:///system net-destroy default\n    \
                     - command: virsh -c qemu:///system net-autostart --network default --disable\n    \
                     - command: virsh -c qemu:///system net-list --all\n";

const VIRT_NET: &str = "    - community.libvirt.virt_net: {name: default, state: inactive}\n    \
                        - community.libvirt.virt_net: {name: default, autostart: false}\n";

const PYTHON: &[&str] = &["ansible_python_interpreter=/usr/bin/python3"];

const WAYS: [Way; 4] = [
    ("virtwire, copied to the host", OURS, &[], &[]),
    ("virtwire, there already", OURS, &["virtwire_path=OWN"], &[]),
    ("command: virsh, the guide's four", VIRSH, PYTHON, &["python3-minimal", "libvirt-clients"]),
    ("community.libvirt.virt_net", VIRT_NET, PYTHON, &["python3-minimal", "python3-libvirt", "python3-lxml"]),
];

/// How many packages these are with all that they need, and how many MB installed; beyond what Debian has at least.
fn weight(packages: &[&str]) -> String {
    if packages.is_empty() {
        return "nothing".to_owned();
    }
    let wanted = format!("{} {}", packages.join(" "), "");
    let script = format!(
        "minimal=$(dpkg-query -W -f '${{Essential}} ${{Priority}} ${{Package}}\\n' | awk '$1 == \"yes\" || $2 == \"required\" {{ print $3 }}')
         all() {{ apt-get -s -o Dir::State::status=/dev/null -o APT::Install-Recommends=0 install \"$@\" 2>/dev/null | awk '/^Inst/ {{ print $2 }}' | sort; }}
         comm -13 <(all $minimal) <(all $minimal {wanted}) >\"$0\"
         apt-cache show --no-all-versions $(cat \"$0\") | awk '/^Installed-Size:/ {{ kb += $2 }} END {{ printf \"%d MB\", kb / 1024 }}'
         echo \" in $(wc -l <\"$0\") packages\""
    );
    let list = std::env::temp_dir().join(format!("virtwire-packages-{}", std::process::id()));
    let told = run(Command::new("bash").args(["-c", &script]).arg(&list), PATIENCE).expect_ok().out();
    let _ = std::fs::remove_file(list);
    told.trim().to_owned()
}

/// Puts community.libvirt beside our collection.
fn bring_other_collection(fleet: &Fleet, programs: &Path) {
    let folder = fleet.path("bundle");
    let mut pip = Command::new(programs.join("python3"));
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", BUNDLE, "--dest"]).arg(&folder);
    run(&mut pip, PATIENCE).expect_ok();
    let unpack = "import glob, sys, zipfile\n\
                  bundle = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])\n\
                  for name in bundle.namelist():\n    \
                      if name.startswith('ansible_collections/community/libvirt/'):\n        \
                          bundle.extract(name, sys.argv[2])\n";
    let mut python = Command::new("python3");
    run(python.args(["-c", unpack]).args([&folder, &fleet.path("collections")]), PATIENCE).expect_ok();
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[test]
#[ignore = "long: three ways, three times, on eight hosts"]
fn the_race_is_run_and_its_table_printed() {
    if !can_log_in() {
        return;
    }
    let (Some(programs), Some(fleet)) = (ansible(), Fleet::start(HOSTS)) else { return };
    bring_other_collection(&fleet, &programs);
    let binary = fleet.path(&format!("binaries/virtwire-{}", std::env::consts::ARCH));
    for (at, (_, tasks, ..)) in WAYS.iter().enumerate() {
        fleet.book(&format!("way{at}.yml"), "all:!down", tasks);
    }
    let up = facts(&fleet.labs[0]);
    let mut down = None;
    let mut off = [const { Vec::new() }; WAYS.len()];
    let mut again = [const { Vec::new() }; WAYS.len()];
    let play = |at: usize, variables: &[&str]| {
        let variables = variables.iter().map(|each| each.replace("OWN", &binary.display().to_string()));
        let options: Vec<String> = variables.flat_map(|each| ["-e".to_owned(), each]).collect();
        let mut command = fleet.ansible("ansible-playbook");
        command.arg(format!("way{at}.yml")).args(options).env("ANSIBLE_FORKS", HOSTS.to_string());
        let began = Instant::now();
        let output = run(&mut command, PATIENCE);
        (output, began.elapsed().as_secs_f64() / HOSTS as f64)
    };
    // The first play opens the connections.
    play(0, &[]).0.expect_ok();
    for _ in 0..ROUNDS {
        for (at, (name, _, variables, _)) in WAYS.iter().enumerate() {
            for lab in &fleet.labs {
                lab.virsh(&["net-start", "default"]);
                lab.virsh(&["net-autostart", "default"]).expect_ok();
                assert_eq!(facts(lab), up, "{name}");
            }
            let (output, time) = play(at, variables);
            output.expect_ok();
            off[at].push(time);
            for lab in &fleet.labs {
                let now = facts(lab);
                assert_eq!(*down.get_or_insert_with(|| now.clone()), now, "{name}");
            }
            // virsh fails where there is nothing to stop: that way has no second time.
            if !name.starts_with("command") {
                let (output, time) = play(at, variables);
                output.expect_ok();
                again[at].push(time);
            }
        }
    }
    let mut table = format!("{HOSTS} hosts at once, median of {ROUNDS}, seconds a host\n\n");
    table.push_str("| way | off | run again | must be on the host |\n|---|---|---|---|\n");
    for (at, (name, _, _, packages)) in WAYS.iter().enumerate() {
        let second = if again[at].is_empty() {
            "fails".to_owned()
        } else {
            format!("{:.2}", median(again[at].clone()))
        };
        let first = median(off[at].clone());
        let _ = writeln!(table, "| {name} | {first:.2} | {second} | {} |", weight(packages));
    }
    println!("{table}");
    // Less work over the network than four commands of Python's, however busy the machine.
    assert!(median(off[1].clone()) < median(off[2].clone()), "{table}");
}
