//! A relay with one fault in it, for the first conversation after it was told which. Must not know what a test is after.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::lab::relay::{Fate, Frame, From, Relay, word};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Of all that goes this way so many bytes go on, and then the connection is lost.
    Cut { from: From, after: usize },
    /// One bit of all that goes this way is turned over.
    Flip { from: From, bit: usize },
    /// All goes on a byte at a time, in both directions.
    Split,
    /// Every frame takes this long, in both directions.
    Delay(Duration),
    /// A whole frame, by its place among all that go this way, suffers this.
    Frame { from: From, at: usize, harm: Harm },
    /// So many of the daemon's frames, the first of them in this place, wait for each other and come in one piece, the last
    /// one first where that is said.
    Together { at: usize, count: usize, backwards: bool },
}

/// What happens to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// It is lost, and the connection is not.
    Lost,
    /// It comes twice.
    Twice,
    /// It never comes, nor does anything behind it.
    Stall,
}

/// A frame of the conversation, as it came to the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) from: From,
    pub(crate) procedure: u32,
    /// 0 where it says that all is well.
    pub(crate) status: u32,
    pub(crate) size: usize,
    /// It went on, and nothing was done to it.
    pub(crate) passed: bool,
}

/// The proxy; it serves until the test's process ends.
#[derive(Debug)]
pub(crate) struct Proxy {
    relay: Relay,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    fault: Fault,
    /// Once the fault has struck, nobody else is let through.
    is_for_good: bool,
    has_struck: bool,
    /// The conversation that suffers: the first from this number on.
    from_number: usize,
    subject: Option<usize>,
    seen: Vec<Seen>,
    held: Vec<Vec<u8>>,
}

impl Proxy {
    /// Listens at `path`, and leads to `server`.
    pub(crate) fn start(path: PathBuf, server: &Path) -> Self {
        let state = Arc::new(Mutex::new(State::new(Fault::None, false, 0)));
        let told = Arc::clone(&state);
        let relay = Relay::start(path, server.to_owned(), move |frame| {
            let (fate, pause) = told.lock().expect("no thread panics with it").meet(frame);
            thread::sleep(pause);
            fate
        });
        Self { relay, state }
    }

    /// `qemu:///system` through this proxy.
    pub(crate) fn uri(&self) -> String {
        self.relay.uri()
    }

    /// The next conversation suffers this; later ones do not.
    pub(crate) fn suffer(&self, fault: Fault) {
        self.suffer_and_shut(fault, false);
    }

    /// The next conversation suffers this, and then, where it is for good, nobody comes through any more.
    pub(crate) fn suffer_and_shut(&self, fault: Fault, is_for_good: bool) {
        let mut state = self.state();
        let next = state.subject.map_or(state.from_number, |subject| subject + 1);
        let newest = self.relay.frames().iter().map(|frame| frame.connection + 1).max();
        *state = State::new(fault, is_for_good, next.max(newest.unwrap_or(0)));
    }

    /// The frames of that conversation, in the order in which they came.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// Whether anything went wrong.
    pub(crate) fn has_struck(&self) -> bool {
        self.state().has_struck
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics with it")
    }
}

/// How many bytes went this way.
pub(crate) fn bytes(seen: &[Seen], from: From) -> usize {
    seen.iter().filter(|frame| frame.from == from).map(|frame| frame.size).sum()
}

impl State {
    fn new(fault: Fault, is_for_good: bool, from_number: usize) -> Self {
        let (seen, held) = Default::default();
        Self { fault, is_for_good, has_struck: false, from_number, subject: None, seen, held }
    }

    /// What becomes of a frame, and how long that takes.
    fn meet(&mut self, frame: &Frame) -> (Fate, Duration) {
        if frame.connection < self.from_number {
            return (Fate::Cut, Duration::ZERO);
        }
        if *self.subject.get_or_insert(frame.connection) != frame.connection {
            let is_shut = self.is_for_good && self.has_struck;
            return (if is_shut { Fate::Cut } else { Fate::Pass }, Duration::ZERO);
        }
        let fate = self.fate(frame);
        self.has_struck |= fate != Fate::Pass;
        self.seen.push(Seen {
            from: frame.from,
            procedure: frame.procedure,
            status: word(&frame.bytes, 6),
            size: frame.bytes.len(),
            passed: fate == Fate::Pass || fate == Fate::CutAfter(frame.bytes.len()),
        });
        (fate, if let Fault::Delay(pause) = self.fault { pause } else { Duration::ZERO })
    }

    fn fate(&mut self, frame: &Frame) -> Fate {
        let whole = &frame.bytes;
        let before = bytes(&self.seen, frame.from);
        let at = self.seen.iter().filter(|other| other.from == frame.from).count();
        match self.fault {
            Fault::Cut { from, after } if from == frame.from && after <= before + whole.len() => {
                Fate::CutAfter(after.saturating_sub(before))
            }
            Fault::Flip { from, bit } if from == frame.from => match flipped(whole, bit, before) {
                Some(flipped) => Fate::Instead(vec![flipped]),
                None => Fate::Pass,
            },
            Fault::Split => Fate::Instead(whole.iter().map(|byte| vec![*byte]).collect()),
            Fault::Frame { from, at: hit, harm } if from == frame.from && at == hit => match harm {
                Harm::Lost => Fate::Instead(Vec::new()),
                Harm::Twice => Fate::Instead(vec![whole.clone(), whole.clone()]),
                Harm::Stall => Fate::Stall,
            },
            Fault::Together { at: first, count, backwards }
                if frame.from == From::Server && (first..first + count).contains(&at) =>
            {
                self.held.push(whole.clone());
                if self.held.len() < count {
                    return Fate::Instead(Vec::new());
                }
                if backwards {
                    self.held.reverse();
                }
                Fate::Instead(vec![self.held.concat()])
            }
            _ => Fate::Pass,
        }
    }
}

/// A frame with one bit turned over, where that bit is one of its own.
fn flipped(whole: &[u8], bit: usize, before: usize) -> Option<Vec<u8>> {
    let mut flipped = whole.to_vec();
    *flipped.get_mut((bit / 8).checked_sub(before)?)? ^= 0x80 >> (bit % 8);
    Some(flipped)
}
