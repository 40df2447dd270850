//! `net-event` of both programs, side by side on one daemon.

use super::ask;
use super::cases::words;
use super::compare::Tally;
use super::lab::relay::{From, Relay};
use super::lab::run::{DEADLINE, Output, run, wait};
use super::lab::{Lab, relay, virtwire_path};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const REGISTER: u32 = 313;
const METADATA: u32 = 446;

const A: &str = "<network><name>a</name><uuid>11111111-2222-4333-8444-000000000001</uuid>\
    <ip address='10.97.1.1' prefix='24'/></network>";
const B: &str = "<network><name>b &amp; ü</name></network>";
const UUID: &str = "11111111-2222-4333-8444-000000000001";

/// Both programs, which wait for events.
struct Waiting {
    lab: Lab,
    relay: Relay,
}

impl Waiting {
    fn start() -> Option<Self> {
        let lab = Lab::start()?;
        let relay = Relay::start(lab.dir().join("relay"), lab.socket(), |_| relay::Fate::Pass);
        let waiting = Self { lab, relay };
        waiting.define("a", A);
        waiting.define("b", B);
        Some(waiting)
    }

    fn define(&self, name: &str, xml: &str) {
        let path = self.lab.dir().join(format!("{name}.xml"));
        fs::write(&path, xml).expect("the folder is ours");
        self.lab.virsh(&["net-define", path.to_str().expect("UTF-8")]).expect_ok();
    }

    /// Runs both until `change` is made and `signal` is sent, or until they end by themselves.
    fn run(&self, args: &[String], change: impl Fn(&Lab), signal: Option<&str>) -> (Output, Output) {
        let before = self.registered();
        let children = ["virsh", &virtwire_path()].map(|program| {
            let mut command = self.lab.client(program);
            command.args(["-c", &self.relay.uri()]).args(args);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("both programs are there")
        });
        let end = Instant::now() + DEADLINE;
        while self.registered() < before + 2 {
            assert!(Instant::now() < end, "they do not ask for events: {args:?}: {:?}", self.last_frames());
            sleep(Duration::from_millis(10));
        }
        // virtwire asks for both kinds, where there are two.
        sleep(Duration::from_millis(200));
        change(&self.lab);
        sleep(Duration::from_millis(200));
        let [theirs, ours] = children.map(|child| ended(child, signal));
        (theirs, ours)
    }

    /// Whose connection, who sent it, and which procedure.
    fn last_frames(&self) -> Vec<(usize, From, u32)> {
        let frames = self.relay.frames();
        frames
            .iter()
            .rev()
            .take(24)
            .rev()
            .map(|frame| (frame.connection, frame.from, frame.procedure))
            .collect()
    }

    /// How many connections were told that they are registered.
    fn registered(&self) -> usize {
        let frames = self.relay.frames();
        let replies = frames.iter().filter(|frame| (frame.from, frame.procedure) == (From::Server, REGISTER));
        let mut connections: Vec<_> = replies.map(|frame| frame.connection).collect();
        connections.dedup();
        connections.sort_unstable();
        connections.dedup();
        connections.len()
    }
}

fn ended(mut child: Child, signal: Option<&str>) -> Output {
    if let Some(signal) = signal {
        let kill = format!("kill -{signal} {}", child.id());
        run(Command::new("sh").args(["-c", &kill]), DEADLINE).expect_ok();
    }
    assert!(wait(&mut child, DEADLINE).is_some(), "it does not end");
    let output = child.wait_with_output().expect("its output can be read");
    Output { code: output.status.code(), stdout: output.stdout, stderr: output.stderr }
}

fn live(lab: &Lab) {
    for change in ["net-start a", "net-autostart a", "net-destroy a", "net-undefine a"] {
        lab.virsh(&change.split(' ').collect::<Vec<_>>()).expect_ok();
    }
    lab.virsh(&["net-define", lab.dir().join("a.xml").to_str().expect("UTF-8")]).expect_ok();
    lab.virsh(&["net-start", "b & ü"]).expect_ok();
    lab.virsh(&["net-destroy", "b & ü"]).expect_ok();
}

/// Digits of the time at the start of each line as 0.
fn without_times(output: &Output) -> Output {
    let text = output.out();
    let masked = text.lines().map(|line| match line.split_once(": event '") {
        Some((time, rest)) => {
            let digits: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            format!("{digits}: event '{rest}\n")
        }
        None => format!("{line}\n"),
    });
    Output { stdout: masked.collect::<String>().into_bytes(), ..output.clone() }
}

#[test]
fn events_are_told_as_by_virsh() {
    let mut tally = Tally::new("net-event");
    let Some(waiting) = Waiting::start() else { return };
    let lines = [
        ("net-event --event lifecycle --loop", Some("INT")),
        ("net-event --event lifecycle --loop --timestamp", Some("INT")),
        ("net-event --network a lifecycle --loop", Some("INT")),
        ("net-event a lifecycle --loop", Some("INT")),
        ("-q net-event --loop UUID --event=lifecycle", Some("INT")),
        ("-r net-event --event lifecycle", None),
        ("net-event --event lifecycle --timestamp a", None),
        ("net-event --event lifecycle --loop --timeout 4", None),
    ];
    for (line, signal) in lines {
        let args = words(&line.replace("UUID", UUID));
        let (theirs, ours) = waiting.run(&args, live, signal);
        assert!(theirs.out().contains("a: Started\n"), "{}", theirs.out());
        if line.contains("timestamp") {
            assert!(
                without_times(&ours).out().starts_with("0000-00-00 00:00:00.000+0000: event 'lifecycle'")
            );
        }
        tally.same("life", &args, 0, &without_times(&theirs), &without_times(&ours));
    }
    // Without an event, it failed.
    for (line, signal) in [
        ("net-event --event lifecycle --loop", Some("INT")),
        ("net-event --event lifecycle", Some("INT")),
        ("net-event --event lifecycle --timeout 1", None),
        ("-q net-event --event lifecycle --timeout 1 --loop", None),
    ] {
        let args = words(line);
        let (mut theirs, mut ours) = waiting.run(&args, |_| {}, signal);
        if theirs.err().contains("Disconnected from") {
            // Now and then, virsh takes the end that it asked for itself for one that came upon it.
            (theirs, ours) = waiting.run(&args, |_| {}, signal);
        }
        tally.same("nothing", &args, 1, &theirs, &ours);
    }
    tally.finish(12);
}

#[test]
fn changes_of_metadata_are_told_as_by_virsh() {
    let mut tally = Tally::new("net-event --event metadata-change");
    let Some(waiting) = Waiting::start() else { return };
    let kinds = waiting.lab.virsh(&["-q", "net-event", "--list"]).expect_ok().out();
    if !kinds.contains("metadata-change") {
        let ours = waiting.lab.virtwire(&["net-event", "--event", "metadata-change"]);
        assert_eq!(ours.code, Some(1));
        let [major, minor, micro] = waiting.lab.version();
        let told = format!(
            "error: metadata-change needs libvirt 9.7.0 or newer; the server is {major}.{minor}.{micro}"
        );
        assert_eq!(ours.first_error(), told);
        return;
    }
    let change = |lab: &Lab| {
        for change in [
            "net-desc a --title new",
            "net-desc a --new-desc new",
            "net-metadata a urn:x --key k --set <q/>",
            "net-metadata a urn:x --remove",
        ] {
            lab.virsh(&change.split(' ').collect::<Vec<_>>()).expect_ok();
        }
    };
    for line in [
        "net-event --event metadata-change --loop",
        "net-event --network a metadata-change --loop --timestamp",
        "net-event --event metadata-change --loop --network UUID",
    ] {
        let args = words(&line.replace("UUID", UUID));
        let (theirs, ours) = waiting.run(&args, change, Some("INT"));
        assert!(theirs.out().contains("element"), "{}", theirs.out());
        tally.same("metadata", &args, 0, &without_times(&theirs), &without_times(&ours));
    }
    assert!(waiting.relay.frames().iter().any(|frame| frame.procedure == METADATA));
    let list = words("net-event --list");
    let (theirs, ours) = ask(&waiting.lab, &list);
    tally.same("list", &list, 0, &theirs, &ours);
    tally.finish(4);
}

#[test]
fn what_cannot_be_waited_for_is_refused_as_by_virsh() {
    let mut tally = Tally::new("net-event, refused");
    let Some(lab) = Lab::start() else { return };
    let lines = [
        "net-event",
        "net-event lifecycle",
        "net-event --event=",
        "net-event --event foo",
        "net-event a foo --loop",
        "net-event --event lifecycle --timeout 0",
        "net-event --event lifecycle --timeout=-1",
        "net-event --event lifecycle --timeout 0.5",
        "net-event --event lifecycle --timeout x",
        "net-event --event lifecycle --timeout=",
        "net-event --event lifecycle --timeout 2147484",
        "-q net-event --event foo --timeout 0",
        "net-event --event lifecycle a b",
        "net-event a lifecycle 0",
    ];
    for line in lines {
        let args = words(line);
        let (theirs, ours) = ask(&lab, &args);
        tally.same("refused", &args, 2, &theirs, &ours);
    }
    for line in
        ["net-event --event lifecycle --timeout 1 a b", "net-event --event", "net-event --loop --loop"]
    {
        let args = words(line);
        let (theirs, ours) = ask(&lab, &args);
        tally.usage("refused", &args, &theirs, &ours);
    }
    tally.finish(lines.len() + 3);
}
