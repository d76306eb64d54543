//! One live interview: an actor that joins transport, turn-taking, engines and conductor, and its event log.

pub mod core;
mod event;
mod replay;

pub use crate::core::Core;
pub use event::{Event, Record, Source};
pub use replay::{Difference, Replayed, replay};
