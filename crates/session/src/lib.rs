//! One live interview: an actor that joins transport, turn-taking, engines and conductor, and its event log.

mod actor;
mod clock;
pub mod core;
mod ears;
mod engines;
mod event;
mod hearing;
mod jobs;
mod lines;
mod link;
mod lobby;
pub mod measure;
mod mouth;
mod opus_tape;
mod recording;
mod reference;
mod replay;
mod view;
mod words;

pub use crate::core::Core;
pub use actor::{Outcome, RECORDING_FILE, Session};
pub use engines::{Engines, EventLog, LogError};
pub use event::{Event, Record, Rest, Source};
pub use hearing::Hearing;
pub use jobs::WORDS_WITHIN;
pub use lines::{HeardLine, heard_lines};
pub use link::{Activity, FromClient, Link, Speaker, SpeechMark, ToClient};
pub use lobby::{Hold, Lobby, Notice, Seat};
pub use opus_tape::OPUS_FILE;
pub use recording::{Channel, Recording};
pub use replay::{Difference, Replayed, replay};
pub use view::heard_text;
pub use words::{recognised, said};
