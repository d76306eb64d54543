//! What remains of an interview: transcript, captions, recording, evidence, receipt, report and latency.
//!
//! Everything is computed from the event log and the recording, and can be computed again at any time with the same
//! result. Nothing here judges: a scorecard lays out the candidate's own words and says that nothing was scored.

mod captions;
mod cues;
mod error;
mod files;
mod hash;
mod latency;
pub mod page;
mod percentile;
mod quote;
mod receipt;
mod report;
mod scorecard;
mod status;
mod tape;
mod tokens;
mod transcript;

pub use captions::{srt, vtt};
pub use error::AssessError;
pub use files::{Written, write_files};
pub use hash::{chain, sha256_hex};
pub use latency::{
    BargeIn, Because, CutIn, CutInKind, Latency, Stage, StageMedians, Stages, StopStage, StopStages, StopTimes,
    Trigger, TurnLatency, VoiceToVoice, Work, latency,
};
pub use percentile::nearest_rank;
pub use quote::{Quote, find_quote};
pub use receipt::{Asked, Chain, Connection, Consent, Hashes, QuestionReceipt, Receipt, receipt};
pub use scorecard::{Evidence, QuestionEvidence, Scorecard, scorecard};
pub use status::Status;
pub use transcript::{Entry, EntryKind, EntrySpeaker, Transcript, transcript};
