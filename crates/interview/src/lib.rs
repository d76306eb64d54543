//! The domain: what an interview asks, and what the interviewer says next.
//!
//! Pure: no clock, no file, no socket. [`Plan`] is what a reviewer wrote; [`Conductor`] walks it from greeting to
//! goodbye, told what was heard and answering with what to say. The same inputs at the same times give the same moves.

mod answer;
mod conductor;
mod intent;
pub mod lines;
mod moves;
mod phrases;
mod plan;
mod plan_error;

pub use answer::{Coverage, coverage};
pub use conductor::Conductor;
pub use intent::{ConsentReply, Intent, consent_reply, intent, is_backchannel, may_become_backchannel};
pub use moves::{Action, EndReason, Expect, Heard, Line, LineKind, Move, Phase, Silence};
pub use plan::{CandidateAnswer, MOST_ACCOMMODATION, Pace, Plan, PlanKind, Probe, ProbeWhen, Question, QuestionKind};
pub use plan_error::PlanError;
