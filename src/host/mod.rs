//! What can be seen on this host of a network whose daemon runs here. This module only looks; what it cannot see it
//! says, with the reason.

mod bridge;

pub use bridge::{Unseen, bridge_members};
