//! Panics where its first word says: in what a formatter calls, in a thread, or in a destructor. Each frame between has a
//! destructor that tells of it.

use std::fmt;
use std::panic::catch_unwind;

struct Told(&'static str);

impl Drop for Told {
    fn drop(&mut self) {
        println!("{} is left", self.0);
        assert!(self.0 != "the failing one", "a destructor fails");
    }
}

struct Failing;

impl fmt::Display for Failing {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _told = Told("the formatter");
        // What no compiler knows to fail.
        assert!(std::env::args().len() > 2, "a formatter fails");
        Ok(())
    }
}

fn nested(depth: usize) -> String {
    let _told = Told("a frame");
    if depth == 0 { Failing.to_string() } else { nested(depth - 1) + "." }
}

fn main() {
    let survived = match std::env::args().nth(1).as_deref() {
        Some("caught") => catch_unwind(|| nested(1)).is_ok(),
        Some("thread") => {
            let work: Box<dyn FnOnce() -> String + Send> = Box::new(|| nested(0));
            std::thread::spawn(work).join().is_ok()
        }
        Some("destructor") => catch_unwind(|| drop(Told("the failing one"))).is_ok(),
        _ => true,
    };
    println!("survived: {survived}");
}
