//! The modules on a real daemon, called as Ansible calls them: what check mode predicts comes true, and is so at once when
//! it is wanted again.

use std::fs;
use std::os::unix::process::CommandExt;

use serde_json::{Value, json};

use crate::lab::Lab;
use crate::lab::run::{DEADLINE, run};
use crate::lab::state::State;
use crate::lab::virtwire_path;

/// `default` without addresses, which starts and stops at once.
const PLAIN: &str = "<network><name>default</name><bridge name='vwplain'/></network>";

/// The same, changed, and without what libvirt chooses by itself.
const OTHER: &str = "<network><name>default</name><domain name='lab'/></network>";

/// A module's answer.
fn told(lab: &Lab, module: &str, arguments: &Value) -> Value {
    let file = lab.dir().join("arguments");
    let mut arguments = arguments.clone();
    arguments["uri"] = lab.uri().into();
    fs::write(&file, arguments.to_string()).expect("the folder is the lab's");
    let mut command = lab.client(&virtwire_path());
    // Ansible copies a module under this name.
    command.arg0(format!("AnsiballZ_{module}")).arg(&file).current_dir(lab.dir());
    let output = run(&mut command, DEADLINE);
    let said: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(output.code, Some(i32::from(said["failed"] == true)), "{said}");
    assert_eq!(output.out().lines().count(), 1);
    said
}

fn network(lab: &Lab, arguments: &Value, is_check: bool) -> Value {
    let mut arguments = arguments.clone();
    arguments["name"] = "default".into();
    arguments["_ansible_diff"] = true.into();
    arguments["_ansible_check_mode"] = is_check.into();
    told(lab, "network", &arguments)
}

/// How virsh shows the network, and what it says is stored.
fn shown(lab: &Lab) -> String {
    let output = lab.virsh(&["net-info default; net-dumpxml --inactive default"]);
    output.out() + &output.err()
}

/// Brings `default` to a state, whatever it was in; `None` removes it.
fn bring(lab: &Lab, xml: &str, state: Option<[bool; 3]>) {
    for command in ["net-destroy", "net-undefine"] {
        lab.virsh(&[command, "default"]);
    }
    let Some([active, persistent, autostart]) = state else { return };
    if !persistent {
        lab.virsh(&["net-create", xml]).expect_ok();
        return;
    }
    lab.virsh(&["net-define", xml]).expect_ok();
    if active {
        lab.virsh(&["net-start", "default"]).expect_ok();
    }
    if autostart {
        lab.virsh(&["net-autostart", "default"]).expect_ok();
    }
}

/// Each step that is not so already, without whether it was done or would be.
fn steps(told: &Value) -> Vec<&str> {
    let made = told["steps"].as_array().expect("there are always steps").iter();
    made.filter(|step| step["outcome"] != "already-so")
        .map(|step| step["step"].as_str().expect("a word"))
        .collect()
}

#[test]
fn what_check_mode_predicts_comes_true_and_is_so_at_once_when_it_is_wanted_again() {
    let Some(lab) = Lab::start() else { return };
    let xml = lab.dir().join("default.xml");
    fs::write(&xml, PLAIN).expect("the folder is the lab's");
    let xml = xml.display().to_string();
    let found = [
        None,
        Some([true, true, true]),
        Some([true, true, false]),
        Some([false, true, true]),
        Some([false, true, false]),
        Some([true, false, false]),
    ];
    let tasks = [
        json!({ "state": "disabled" }),
        json!({ "state": "disabled", "allow_transient": true }),
        json!({ "state": "enabled" }),
        json!({ "state": "enabled", "autostart": false }),
        json!({ "state": "active" }),
        json!({ "state": "active", "autostart": "yes" }),
        json!({ "state": "inactive" }),
        json!({ "state": "inactive", "autostart": "True" }),
        json!({ "state": "present" }),
        json!({ "autostart": "on" }),
        json!({ "state": "absent" }),
        json!({ "xml": OTHER }),
        json!({ "state": "active", "autostart": true, "xml": OTHER }),
        json!({ "state": "inactive", "xml": OTHER }),
    ];
    let (mut reached, mut failed) = (0, 0);
    for state in found {
        for task in &tasks {
            let of = || format!("{state:?} {task}");
            bring(&lab, &xml, state);
            let before = shown(&lab);
            let foreseen = network(&lab, task, true);
            assert_eq!(shown(&lab), before, "check mode changed something: {}", of());
            let done = network(&lab, task, false);
            for field in ["changed", "failed", "diff", "before", "after", "msg", "code", "kind"] {
                assert_eq!(foreseen[field], done[field], "{field}: {}\n{foreseen}\n{done}", of());
            }
            assert_eq!(steps(&foreseen), steps(&done), "{}", of());
            assert_eq!(done["changed"], shown(&lab) != before, "{}: {done}", of());
            if done["failed"] == true {
                failed += 1;
                assert_eq!(shown(&lab), before, "half a success: {}", of());
                continue;
            }
            reached += 1;
            let after = shown(&lab);
            let again = network(&lab, task, false);
            assert_eq!((&again["changed"], again.get("failed")), (&json!(false), None), "{}: {again}", of());
            assert_eq!((again["before"].clone(), shown(&lab)), (done["after"].clone(), after), "{}", of());
        }
    }
    // Eight states of what is not there, and seven that a transient network cannot be in, fail.
    assert_eq!((reached, failed), (69, 15));
}

#[test]
fn a_guest_keeps_its_network_and_the_refusal_is_the_programs_own() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.add_port("default", "web-server");
    let before = shown(&lab);
    let program = lab.virtwire(&["-o", "json", "net-disable", "default"]);
    let program: Value = serde_json::from_slice(&program.stdout).expect("one JSON object");
    for task in [json!({ "state": "disabled" }), json!({ "state": "inactive", "xml": OTHER })] {
        for is_check in [true, false] {
            let told = network(&lab, &task, is_check);
            for field in ["kind", "code", "message"] {
                assert_eq!(told[field], program["error"][field], "{told}");
            }
            assert_eq!(told["advice"], "shut these down or move them, or say allow_attached: true");
            assert_eq!((&told["failed"], &told["changed"]), (&json!(true), &json!(false)));
            assert_eq!(shown(&lab), before);
        }
    }
    let cut = network(&lab, &json!({ "state": "disabled", "allow_attached": "yes" }), false);
    assert_eq!((cut.get("failed"), &cut["changed"]), (None, &json!(true)), "{cut}");
    assert!(cut["warnings"][0].as_str().is_some_and(|warning| warning.contains("cut off")), "{cut}");
}

#[test]
fn what_was_done_before_a_failure_is_told() {
    // The hook refuses what is to start.
    let hook = "#!/bin/sh\n[ \"$2\" != start ] || [ \"$1\" != default ]\n";
    let Some(lab) = Lab::builder().network_hook(hook).start() else { return };
    let told = network(&lab, &json!({ "state": "enabled", "xml": OTHER }), false);
    assert_eq!((&told["failed"], &told["changed"]), (&json!(true), &json!(true)), "{told}");
    let outcomes: Vec<_> = told["steps"].as_array().expect("steps").iter().collect();
    let outcome = |at: usize| (outcomes[at]["step"].as_str(), outcomes[at]["outcome"].as_str());
    assert_eq!(outcome(0), (Some("define"), Some("done")));
    assert_eq!(outcome(1), (Some("start"), Some("failed")));
    assert_eq!(outcome(2), (Some("autostart-on"), Some("not-tried")));
    assert_eq!(told["after"], json!({ "active": false, "persistent": true, "autostart": false }));
    assert!(lab.virsh(&["net-info", "default"]).expect_ok().out().contains("Active:         no"));
}

#[test]
fn what_is_gone_can_be_brought_back_from_what_was_told() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let before = shown(&lab);
    let gone = network(&lab, &json!({ "state": "absent" }), false);
    assert!(lab.virsh(&["net-info", "default"]).err().contains("Network not found"));
    let back = network(&lab, &json!({ "state": "active", "xml": gone["xml_before"] }), false);
    assert_eq!(back.get("failed"), None, "{back}");
    assert_eq!(shown(&lab), before);
}

#[test]
fn info_is_what_net_inspect_knows_and_fails_only_where_more_was_expected() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let inspected = lab.virtwire(&["-o", "json", "net-inspect", "default"]).expect_ok();
    let inspected: Value = serde_json::from_slice(&inspected.stdout).expect("one JSON object");
    let all = told(&lab, "network_info", &json!({}));
    let one = told(&lab, "network_info", &json!({ "name": "default", "_ansible_check_mode": true }));
    assert_eq!(one["networks"], inspected["result"]["networks"]);
    assert_eq!(all["networks"][0]["name"], "default");
    let none = told(&lab, "network_info", &json!({ "name": "nobody" }));
    assert_eq!((none.get("failed"), &none["networks"][0]["health"]), (None, &json!("absent")));
    assert_eq!(none["problem"]["kind"], "not-found");
    let running = told(&lab, "network_info", &json!({ "name": "default", "expect": "disabled" }));
    assert_eq!((&running["failed"], &running["code"]), (&json!(true), &json!(7)));
    assert_eq!(told(&lab, "network_info", &json!({ "expect": "enabled" })).get("failed"), None);
    let dead = json!({ "name": "default", "uri": "ignored" });
    lab.signal("STOP");
    let hung = told(&lab, "network_info", &{
        let mut slow = dead;
        slow["timeout"] = json!("0.5");
        slow
    });
    lab.signal("CONT");
    assert_eq!((&hung["failed"], &hung["kind"], &hung["code"]), (&json!(true), &json!("timeout"), &json!(4)));
}

#[test]
fn a_secret_in_a_uri_is_in_no_answer() {
    let mut command = std::process::Command::new(virtwire_path());
    let folder = std::env::temp_dir().join(format!("virtwire-ansible-{}", std::process::id()));
    let uri = "qemu+tcp://admin:hunter2@127.0.0.1:1/system";
    fs::write(&folder, json!({ "name": "default", "state": "disabled", "uri": uri }).to_string())
        .expect("written");
    let output = run(command.args(["ansible-module", "network"]).arg(&folder), DEADLINE);
    fs::remove_file(&folder).expect("it was written");
    assert_eq!(output.code, Some(1));
    assert!(!output.out().contains("hunter2") && !output.err().contains("hunter2"), "{}", output.out());
    assert!(output.out().contains("admin:***@"), "{}", output.out());
}
