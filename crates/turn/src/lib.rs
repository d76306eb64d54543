//! Turn-taking: who has the floor, and when a pause is the end of a turn.
//!
//! Pure: time goes in with every event, decisions come out, nothing waits and nothing reads a clock. The caller drives
//! it so: [`Segmenter::push`] each voice-activity frame, [`TurnTaker::hear`] each event, and [`TurnTaker::advance`]
//! whenever [`TurnTaker::deadline_ms`] has come. What decides that a pause is long enough stands in `end_of_turn.rs`.

mod end_of_turn;
mod ending;
mod expectation;
mod pauses;
mod presence;
mod profile;
mod segmenter;
mod taker;

pub use end_of_turn::{Evidence, silence_needed_ms};
pub use ending::{Ending, Said, ending};
pub use expectation::{Expectation, ExpectationKind, Pace};
pub use pauses::{Habit, Pauses};
pub use presence::Presence;
pub use profile::Profile;
pub use segmenter::{Segment, Segmenter};
pub use taker::{Decision, Event, SilenceStage, State, TurnTaker};
