//! The collection's playbooks on a fleet: hosts that are fine, one that is down, one that refuses the key, one with a guest
//! attached, one whose daemon hangs.

use crate::controller::{Recap, recap};
use crate::fleet::{Fleet, can_log_in, facts, guide};
use crate::lab::run::{DEADLINE, Output, run};

const OFF: &str = "virtwire.libvirt.network_off";
const ON: &str = "virtwire.libvirt.network_on";

/// All at once, and whoever fails fails alone.
const TOGETHER: [&str; 4] = ["-e", "virtwire_serial=100%", "-e", "virtwire_max_fail_percentage=90"];

/// The last three hosts of a fleet are in trouble.
struct Trouble {
    guest: usize,
    hangs: usize,
    refuses: usize,
}

fn name(at: usize) -> String {
    format!("host{at}")
}

fn failure_of(output: &Output, host: &str) -> String {
    let text = output.out();
    let of = |line: &&str| line.starts_with(&format!("fatal: [{host}]"));
    text.lines().filter(of).map(str::to_owned).collect()
}

fn on_a_fleet(count: usize) {
    if !can_log_in() {
        return;
    }
    let Some(fleet) = Fleet::start(count) else { return };
    let trouble = Trouble { guest: count - 3, hangs: count - 2, refuses: count - 1 };
    let fine = 1..trouble.guest;
    let [reference, ..] = fleet.labs.as_slice() else { return };
    let up = facts(reference);
    // What the guide does by hand, on a host that no playbook touches.
    guide(reference);
    let down = facts(reference);
    assert_ne!(up, down);
    let python = run(
        fleet.ansible("ansible").args(["host1", "-m", "raw", "-a", "command -v python3 python"]),
        DEADLINE,
    );
    assert!(python.out().contains("non-zero return code"), "a host has Python: {}", python.out());

    fleet.labs[trouble.guest].add_port("default", "web-server");
    fleet.labs[trouble.hangs].signal("STOP");
    fleet.refuse(trouble.refuses);
    let limit = ["-l", "!host0"];
    let play = |book: &str, more: &[&str]| fleet.play(book, &[&limit[..], &TOGETHER, more].concat());

    let check = play(OFF, &["--check", "--diff"]);
    let off = play(OFF, &["--diff"]);
    fleet.labs[trouble.hangs].signal("CONT");
    for (output, is_check) in [(&check, true), (&off, false)] {
        let said = output.out();
        for at in fine.clone() {
            let ok = if is_check { 1 } else { 2 };
            assert_eq!(
                recap(output, &name(at)),
                Some(Recap { ok, changed: 1, ..Recap::default() }),
                "{said}"
            );
        }
        let failed = Some(Recap { failed: 1, ..Recap::default() });
        assert_eq!(recap(output, &name(trouble.guest)), failed, "{said}");
        let refused = failure_of(output, &name(trouble.guest));
        for word in ["web-server", "\"code\": 6", "\"kind\": \"refused\"", "allow_attached: true"] {
            assert!(refused.contains(word), "{word}: {refused}");
        }
        assert_eq!(recap(output, &name(trouble.hangs)), failed, "{said}");
        assert!(failure_of(output, &name(trouble.hangs)).contains("\"kind\": \"timeout\""), "{said}");
        let unreachable = Some(Recap { unreachable: 1, ..Recap::default() });
        assert_eq!(recap(output, "down"), unreachable, "{said}");
        assert_eq!(recap(output, &name(trouble.refuses)), unreachable, "{said}");
        assert_eq!(said.matches("\n+state: inactive\n").count(), fine.len(), "{said}");
    }
    for at in fine.clone() {
        assert_eq!(facts(&fleet.labs[at]), down, "host{at}");
    }
    for at in [trouble.guest, trouble.hangs, trouble.refuses] {
        assert_eq!(facts(&fleet.labs[at]), up, "host{at}");
    }

    let reachable = format!("!host0,!down,!{}", name(trouble.refuses));
    let healthy = [&["-l", reachable.as_str()][..], &TOGETHER].concat();
    fleet.labs[trouble.guest]
        .virsh(&["net-port-delete", "default", "5d744f21-ba4a-4d6e-bdb2-30a35ff3207d"])
        .expect_ok();
    let rest = fleet.play(OFF, &healthy).expect_ok();
    let again = fleet.play(OFF, &healthy).expect_ok();
    for at in 1..trouble.refuses {
        let before = u32::from(at >= trouble.guest);
        assert_eq!(
            recap(&rest, &name(at)),
            Some(Recap { ok: 2, changed: before, ..Recap::default() }),
            "{}",
            rest.out()
        );
        assert_eq!(recap(&again, &name(at)), Some(Recap { ok: 2, ..Recap::default() }), "{}", again.out());
        assert_eq!(facts(&fleet.labs[at]), down, "host{at}");
    }
    let on = fleet.play(ON, &healthy).expect_ok();
    for at in 1..trouble.refuses {
        assert_eq!(
            recap(&on, &name(at)),
            Some(Recap { ok: 2, changed: 1, ..Recap::default() }),
            "{}",
            on.out()
        );
        assert_eq!(facts(&fleet.labs[at]), up, "host{at}");
    }
}

#[test]
fn a_small_fleet_is_switched_off_and_on_around_hosts_in_trouble() {
    on_a_fleet(6);
}

#[test]
#[ignore = "long: fourteen hosts"]
fn a_fleet_is_switched_off_and_on_around_hosts_in_trouble() {
    on_a_fleet(14);
}

#[test]
fn the_first_host_goes_alone_and_stops_the_others_where_it_fails() {
    if !can_log_in() {
        return;
    }
    let Some(fleet) = Fleet::start(3) else { return };
    let up = facts(&fleet.labs[1]);
    fleet.labs[0].add_port("default", "web-server");
    let stopped = fleet.play(OFF, &["-l", "!down"]);
    assert_eq!(recap(&stopped, "host0"), Some(Recap { failed: 1, ..Recap::default() }), "{}", stopped.out());
    assert_eq!((recap(&stopped, "host1"), recap(&stopped, "host2")), (None, None), "{}", stopped.out());
    assert_eq!([facts(&fleet.labs[1]), facts(&fleet.labs[2])], [up.clone(), up]);
}

#[test]
fn a_program_that_is_on_the_host_is_used_and_so_is_a_bare_copy_of_it() {
    if !can_log_in() {
        return;
    }
    let Some(fleet) = Fleet::start(1) else { return };
    let own = fleet.labs[0].dir().join("own");
    let binary = fleet.path(&format!("binaries/virtwire-{}", std::env::consts::ARCH));
    std::fs::rename(&binary, &own).expect("both are the lab's");
    let tasks = "    - virtwire.libvirt.network: {name: default, state: disabled}\n";
    let book = fleet.book("own.yml", "host0", tasks);
    let missing = fleet.play(&book, &[]);
    assert!(missing.out().contains("virtwire_path"), "{}", missing.out());
    let path = format!("virtwire_path={}", own.display());
    let done = fleet.play(&book, &["-e", &path]).expect_ok();
    assert_eq!(recap(&done, "host0"), Some(Recap { ok: 1, changed: 1, ..Recap::default() }));

    // Without the collection: any module that is a program.
    std::fs::create_dir(fleet.path("library")).expect("the folder is the lab's");
    std::fs::rename(&own, fleet.path("library/network")).expect("both are the lab's");
    let book = fleet.book("bare.yml", "host0", "    - network: {name: default, state: enabled}\n");
    for (mode, changed) in [("--check", 1), ("--diff", 1), ("--diff", 0)] {
        let done = fleet.play(&book, &[mode]).expect_ok();
        assert_eq!(
            recap(&done, "host0"),
            Some(Recap { ok: 1, changed, ..Recap::default() }),
            "{}",
            done.out()
        );
    }
}
