//! Evidence: what a network should consist of on its host, what was seen there, and what that means.
//!
//! What should be there comes from the network's XML ([`Expected`]), what is there from one look at the host
//! ([`Parts`]), and the rest is decided from these values alone ([`judge`]). "Gone" is said only of what was seen before
//! and looked for where it was.

mod at_once;
mod clause;
mod expected;
mod eye;
mod finding;
mod guests;
mod judge;
mod known;
mod offline;
mod orphans;
mod parts;
mod ports;
mod removal;
mod rules;
mod shapes;
mod survey;
#[cfg(test)]
mod tests;
mod told;
mod watch;

pub use expected::Expected;
pub(crate) use eye::Eye;
pub use eye::{Sight, looks};
pub use finding::{Aspect, Finding, Word};
pub use guests::{Guest, Nic, Source, Tie, guests};
pub use judge::{Case, Health, Judgement, Repair, judge};
pub use known::Known;
pub use orphans::Orphans;
pub use parts::{Bridge, Parts};
pub use ports::Port;
pub(crate) use ports::ports;
pub use removal::{Held, Leftover, Removal};
pub use rules::{Other, backend_name};
pub use survey::{Asked, Inspection, Survey};
pub use told::{Condition, Told};
pub(crate) use watch::{Catalogue, Watch};
