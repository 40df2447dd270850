//! The program, cut off before and behind every frame of net-disable and net-enable: its words, its JSON and its exit code
//! are what virsh says is so.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::lab::relay::From;
use super::lab::run::{DEADLINE, Output, run};
use super::lab::state::{Kind, Net};
use super::lab::{Lab, virtwire_path};
use super::proxy::{Fault, Proxy, bytes};

const NAME: &str = "cut-off";

/// A lab with one network, and a proxy before its daemon.
struct Scene {
    lab: Lab,
    proxy: Proxy,
}

impl Scene {
    fn start() -> Option<Self> {
        let lab = Lab::start()?;
        lab.add(&Net::new(7, NAME, Kind::ALL[0]));
        let path: PathBuf = lab.dir().join("proxy");
        let proxy = Proxy::start(path, Path::new(&lab.socket()));
        Some(Self { lab, proxy })
    }

    fn through(&self, args: &[&str]) -> Output {
        let mut command = self.lab.client(&virtwire_path());
        run(command.args(["-c", &self.proxy.uri(), "-o", "json"]).args(args), DEADLINE)
    }

    /// Whether it runs, and whether it starts with its host, as virsh tells.
    fn is_so(&self) -> (bool, bool) {
        let info = self.lab.virsh(&["net-info", NAME]).expect_ok().out();
        let yes = |label: &str| {
            info.lines().any(|line| line.starts_with(label) && line.trim_end().ends_with("yes"))
        };
        (yes("Active:"), yes("Autostart:"))
    }

    fn prepare(&self, command: &str) {
        let back = if command == "net-disable" { "net-enable" } else { "net-disable" };
        self.lab.virtwire(&[back, NAME]).expect_ok();
    }

    /// Every boundary between two frames, each way, as a number of bytes, and whether it is about a change.
    fn boundaries(&self, command: &str) -> Vec<(From, usize, bool)> {
        self.prepare(command);
        self.proxy.suffer(Fault::None);
        self.through(&[command, NAME]).expect_ok();
        let seen = self.proxy.seen();
        let mut found = Vec::new();
        for (place, frame) in seen.iter().enumerate() {
            let before = bytes(seen.get(..place).unwrap_or_default(), frame.from);
            let is_change = [39, 42, 48].contains(&frame.procedure);
            found.extend([(frame.from, before, is_change), (frame.from, before + 1, is_change)]);
        }
        found
    }

    fn cut(&self, command: &str, from: From, after: usize, is_for_good: bool) {
        self.prepare(command);
        let before = self.is_so();
        self.proxy.suffer_and_shut(Fault::Cut { from, after }, is_for_good);
        let said = self.through(&["--timeout", "2", command, NAME]);
        if self.proxy.seen().last().is_some_and(|last| last.passed) {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let now = self.is_so();
        let told = format!(
            "{command}, cut after {after} of {from:?}, for good: {is_for_good}: {}; {now:?}",
            shown(&said)
        );
        let is_on = command == "net-enable";
        let document: Value = serde_json::from_slice(&said.stdout).unwrap_or_else(|e| panic!("{e}: {told}"));
        match said.code {
            Some(0) => assert_eq!(now, (is_on, is_on), "{told}"),
            // Nothing was changed.
            Some(4) => assert_eq!(now, before, "{told}"),
            // Some of it was, and what is so now was seen.
            Some(1) => assert_ne!(now, (is_on, is_on), "{told}"),
            Some(8) => assert!(is_for_good, "it could have been looked at: {told}"),
            _ => panic!("{told}"),
        }
        if said.code != Some(0) {
            assert_eq!(document["error"]["code"], said.code.unwrap_or_default(), "{told}");
            assert!(said.err().starts_with("error: ") && said.err().lines().count() <= 8, "{told}");
        }
        for network in document["result"]["networks"].as_array().into_iter().flatten() {
            steps_are_so(network, now, &told);
            let after = &network["after"];
            if after.is_object() {
                assert_eq!((&after["active"], &after["autostart"]), (&now.0.into(), &now.1.into()), "{told}");
            }
        }
        self.proxy.suffer(Fault::None);
        let again = self.through(&[command, NAME]);
        assert_eq!(
            (again.code, self.is_so()),
            (Some(0), (is_on, is_on)),
            "again: {} after {told}",
            shown(&again)
        );
    }
}

fn shown(said: &Output) -> String {
    format!("{:?}\n{}\n{}", said.code, said.out(), said.err())
}

fn steps_are_so(network: &Value, now: (bool, bool), told: &str) {
    for step in network["steps"].as_array().into_iter().flatten() {
        let is_so = match step["step"].as_str() {
            Some("autostart-on") => now.1,
            Some("autostart-off") => !now.1,
            Some("start") => now.0,
            Some("stop") => !now.0,
            other => panic!("{other:?}: {told}"),
        };
        match step["outcome"].as_str() {
            Some("done" | "seen-done" | "already-so") => assert!(is_so, "{step}: {told}"),
            Some("failed" | "not-tried" | "seen-not-done") => assert!(!is_so, "{step}: {told}"),
            other => assert_eq!(other, Some("unknown"), "{step}: {told}"),
        }
    }
}

fn cut_off(is_sample: bool) {
    let Some(scene) = Scene::start() else { return };
    for command in ["net-disable", "net-enable"] {
        let mut boundaries = scene.boundaries(command);
        assert!(boundaries.iter().filter(|(.., is_change)| *is_change).count() >= 8, "{boundaries:?}");
        boundaries.retain(|(_, _, is_change)| *is_change || !is_sample);
        for (number, (from, after, _)) in boundaries.into_iter().enumerate() {
            for is_for_good in [false, true].into_iter().skip(usize::from(is_sample && number % 2 == 1)) {
                scene.cut(command, from, after, is_for_good);
            }
        }
    }
}

#[test]
fn the_program_cut_off_around_each_change_says_what_is_so_and_finishes_the_next_time() {
    cut_off(true);
}

#[test]
#[ignore = "long: a program is run for each end of each frame"]
fn the_program_cut_off_around_any_frame_says_what_is_so_and_finishes_the_next_time() {
    cut_off(false);
}
