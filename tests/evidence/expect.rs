//! `--expect`: one line and one exit code, for monitoring.

use super::at_home;
use super::lab::Lab;
use super::lab::run::{DEADLINE, Output, run};
use super::lab::state::State;

fn line(output: &Output) -> (String, i32) {
    let out = output.out();
    assert_eq!((out.lines().count(), output.err().as_str()), (1, ""), "{out}{}", output.err());
    (out.trim_end().to_owned(), output.code.unwrap_or(-1))
}

#[test]
fn the_line_and_the_code_say_whether_it_is_so() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let expect = |network: &str, wanted| line(&at_home(&lab, &["net-inspect", network, "--expect", wanted]));
    let said = |text: &str, code| (text.to_owned(), code);
    let running = "default: enabled until the next reboot, verified";
    assert_eq!(expect("default", "enabled"), said(&format!("OK: expected enabled; {running}"), 0));
    assert_eq!(expect("default", "disabled"), said(&format!("NOT OK: expected disabled; {running}"), 7));
    lab.virsh(&["net-destroy", "default"]).expect_ok();
    assert_eq!(expect("default", "disabled"), said("OK: expected disabled; default: disabled, verified", 0));
    assert_eq!(expect("default", "enabled").1, 7);
    lab.virsh(&["net-autostart", "default"]).expect_ok();
    assert_eq!(expect("default", "disabled").1, 7, "it would come back with the host");
    let absent = "OK: expected disabled; nothing: there is no such network";
    assert_eq!(expect("nothing", "disabled"), said(absent, 0));
    assert_eq!(expect("nothing", "enabled").1, 7);
    let offline = at_home(&lab, &["net-inspect", "--offline", "--expect", "disabled", "default"]);
    assert_eq!(line(&offline).1, 7);
}

#[test]
fn drift_is_not_what_was_expected() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.exec(&["ip", "link", "set", "virbr0", "down"]).expect_ok();
    let shown = at_home(&lab, &["net-inspect", "default", "--expect", "enabled"]);
    let said = "NOT OK: expected enabled; default: DEGRADED: it is active, and lacks bridge";
    assert_eq!(line(&shown), (said.to_owned(), 7));
}

#[test]
fn where_nobody_answers_nothing_is_known() {
    let Some(mut lab) = Lab::start() else { return };
    lab.kill9();
    let shown = at_home(&lab, &["net-inspect", "default", "--expect", "disabled"]);
    let (text, code) = line(&shown);
    assert_eq!(code, 4, "{text}");
    assert!(text.starts_with("UNKNOWN: expected disabled; "), "{text}");
}

#[test]
fn offline_what_cannot_be_read_is_not_absent() {
    let Some(mut lab) = Lab::start() else { return };
    lab.bring(State::One);
    let as_nobody = |lab: &Lab, args: &[&str]| {
        let mut command = lab.client_inside("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", &super::virtwire_path()]);
        run(command.args(args), DEADLINE)
    };
    let shown = as_nobody(&lab, &["net-inspect", "--offline", "default", "--expect", "disabled"]);
    let (text, code) = line(&shown);
    assert!(text.starts_with("UNKNOWN: expected disabled; default: unknown, not verified: "), "{text}");
    assert!(text.contains("root only"), "{text}");
    assert_eq!(code, 4, "{text}");
    // A file that was cut, and no daemon that knows better.
    lab.kill9();
    std::fs::write(lab.dir().join("run/network/default.xml"), "").expect("the folder is ours");
    let shown = at_home(&lab, &["net-inspect", "--offline", "default", "--expect", "disabled"]);
    assert_eq!(line(&shown).1, 4, "{}", shown.out());
    let cleaned = at_home(&lab, &["net-cleanup", "--offline", "--apply"]);
    assert_eq!(cleaned.code, Some(4), "{}{}", cleaned.out(), cleaned.err());
    assert!(cleaned.err().contains("how network default is could not be seen"), "{}", cleaned.err());
    assert!(lab.bridge_exists("virbr0"));
    assert_eq!(as_nobody(&lab, &["net-cleanup", "--offline"]).code, Some(4));
}
