//! Switches a network off and keeps it off after a reboot; says what was done, and what would undo it.
//!
//! ```console
//! $ cargo run --example disable_a_network [URI [NETWORK]]
//! ```

use std::env;

use virtwire::Options;
use virtwire::disable::{Goal, Outcome, Request, Switch, Verdict};

#[tokio::main(flavor = "current_thread")]
async fn main() -> virtwire::Result<()> {
    let mut arguments = env::args().skip(1);
    let uri = arguments.next().unwrap_or_else(|| "test:///default".to_owned());
    let name = arguments.next().unwrap_or_else(|| "default".to_owned());

    let mut switch = Switch::open(&uri, &Options::new()).await?;
    // Guests that are attached, and networks that would vanish, are reasons to refuse: see the methods of `Request`.
    match switch.run(&name, &Request::new(Goal::Disabled)).await {
        Outcome::Found(report) => {
            for (step, outcome) in &report.steps {
                println!("{step:?}: {outcome:?}");
            }
            match report.verdict {
                Verdict::Reached => println!("{name} is disabled; to undo: {:?}", report.undo),
                Verdict::AlreadySo => println!("{name} was disabled already"),
                Verdict::Refused(reasons) => println!("{name} was left alone: {reasons:?}"),
                Verdict::Failed(error) | Verdict::Unknown(error) => return Err(error),
                other => println!("{name}: {other:?}"),
            }
        }
        Outcome::Absent(others) => println!("there is no network {name}; there are {others:?}"),
        Outcome::Unread(error) => return Err(error),
    }
    switch.connection().close().await
}
