//! Conversations made of real speech, played through the ears and the core of a session on a simulated clock: hours in
//! seconds, the same each time. What engines answer is computed once and kept ([`Memory`]).
//!
//! [`script`] makes turns with pauses whose true ends are known, [`stage`] plays them, [`score`] counts false cut-ins and
//! delays, [`baseline`] does the same for what others do at a pause.

pub mod baseline;
mod chance;
mod corpus;
mod memory;
pub mod overlaps;
pub mod pauses;
mod plan;
mod room;
pub mod score;
pub mod script;
pub mod sound;
pub mod stage;
pub mod thoughts;
pub mod trial;

pub use chance::Chance;
pub use corpus::{Clip, Corpus, Half};
pub use memory::{Engines, Memory};
pub use plan::plan;
pub use room::Room;
