//! How quickly we answered, whether we cut in, how soon we fell silent: measured on the sound of both sides.
//!
//! The log says which turns there were; every time in here is the sound's own, in frames of 10 ms. The same code measures
//! a whole recording ([`measure`]) and an interview that is going on ([`Meter`]). Three figures:
//!
//! - **Voice to voice**: from the candidate's last voiced frame of a spoken turn to our first voiced frame after it. When
//!   the candidate's next turn comes before any sound of ours, the turn was not answered (`answered: false`) and the
//!   time until the candidate spoke again counts: we would have taken at least as long.
//! - **Cut-in**: our sound begins while the candidate's turn still goes on. That is so when the candidate is voiced in
//!   the 100 ms before our onset or at it (`over_voice`), or is voiced again within 1000 ms after our onset
//!   (`resumed`): somebody who goes on so soon had not finished. What we say of our own accord (a gentle word in a
//!   silence, a line said again after a false alarm, the first line after coming back) counts when it falls on the
//!   candidate's voice. Buttons and typing end a turn by the candidate's own will and are never cut-ins. Turns with a
//!   cut-in are listed but do not count among the voice-to-voice figures: an answer given too early is not a quick one.
//! - **Barge-in**: the candidate's voice over ours, other than after a cut-in, that stopped us; from the candidate's
//!   first voiced frame to our last.
//!
//! Each comes with its cause: what was known when a turn was taken to be over ([`Because`]), and where the time of a
//! reply or of falling silent went ([`Stages`], [`StopStages`]).
//!
//! The sound is the server's: what arrived of the candidate's and what was sent of ours, at the times at which it is
//! heard when the network takes no time. Network and a browser's playout cushion (60 to 180 ms) come on top of it.

mod barge_in;
mod because;
mod levels;
mod live;
mod meter;
mod sides;
mod stages;
mod turns;
mod voiced;
mod work;

use interview::Plan;
use serde::Serialize;

use crate::event::Record;
pub use because::{Because, Trigger};
pub use levels::{Counter, Levels};
pub use live::publish;
pub use meter::Meter;
use sides::Sides;
pub use stages::{Stage, Stages, StopStage, StopStages};
pub use work::Work;

/// A spoken turn and our answer to it. Times are milliseconds on the recording's clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TurnLatency {
    /// Id of the question that the turn answers.
    pub question: Option<String>,
    /// The turn's number.
    pub turn: u32,
    /// End of the candidate's last voiced frame.
    pub candidate_end_ms: u64,
    /// Whether we answered before the candidate's next turn.
    pub answered: bool,
    /// Start of our first voiced frame after it; `None` when we did not answer.
    pub interviewer_start_ms: Option<u64>,
    /// The time between them; without an answer until the candidate's next turn, which is the least it can have been.
    pub voice_to_voice_ms: u64,
    /// The silence that was needed, as decided.
    pub needed_ms: Option<u32>,
    /// How likely the turn sounded over.
    pub probability: Option<f32>,
    /// Where the time went; `None` when we did not answer.
    pub stages: Option<Stages>,
    /// The stage that took most of it.
    pub slowest: Option<Stage>,
    /// Why the turn was taken to be over.
    pub because: Because,
    /// Whether we cut in.
    pub cut_in: bool,
}

/// How a cut-in shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CutInKind {
    /// We began while the candidate was speaking, or within 100 ms of it.
    OverVoice,
    /// The candidate went on within a second of our beginning.
    Resumed,
}

/// We began while the candidate's turn went on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CutIn {
    /// Id of the question that was being answered.
    pub question: Option<String>,
    /// The turn that was taken to be over; `None` when what we said of our own accord fell on the candidate's voice.
    pub turn: Option<u32>,
    /// How it shows.
    pub kind: CutInKind,
    /// Our onset, milliseconds.
    pub interviewer_start_ms: u64,
    /// When the candidate's voice, over which we spoke or which came back, began; milliseconds.
    pub candidate_start_ms: u64,
    /// What made us speak.
    pub because: Because,
}

/// The candidate spoke over us and we stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BargeIn {
    /// Id of the question of the line that was stopped.
    pub question: Option<String>,
    /// The line's number.
    pub line: u32,
    /// Start of the candidate's voice, milliseconds.
    pub candidate_start_ms: u64,
    /// End of our last voiced frame, milliseconds.
    pub interviewer_end_ms: u64,
    /// The time between them.
    pub stop_ms: u64,
    /// Where the time went.
    pub stages: StopStages,
    /// The stage that took most of it.
    pub slowest: StopStage,
}

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Each spoken turn that we answered by voice or that another one followed.
    pub turns: Vec<TurnLatency>,
    /// Each cut-in.
    pub cut_ins: Vec<CutIn>,
    /// Each barge-in.
    pub barge_ins: Vec<BargeIn>,
    /// Spoken turns that are not in the sound, that fell on a line of ours which went on (a goodbye), or after which
    /// neither sound of ours nor another turn came.
    pub unmeasured: usize,
    /// What was recognised, and how much of it for nothing.
    pub work: Work,
}

/// Measures an interview by `plan` that is over or broke off, `levels` being those of its whole recording.
pub fn measure(levels: &Levels, plan: &Plan, records: &[Record]) -> Measured {
    let sides = Sides::new(levels, records);
    let mut measured = Measured { work: Work::of(records), ..Measured::default() };
    for at in 0..records.len() {
        measured.add(&sides, plan, records, at);
    }
    measured
}

impl Measured {
    /// Measures what there is to be measured about the record with the index `at`.
    fn add(&mut self, sides: &Sides, plan: &Plan, records: &[Record], at: usize) {
        self.add_turn(sides, plan, records, at);
        let barge_in = barge_in::at(sides, plan, records, at);
        let own = |barge_in: &BargeIn| !self.cut_ins.iter().any(|cut_in| barge_in::follows(cut_in, barge_in));
        self.barge_ins.extend(barge_in.filter(own));
    }
}

fn question_id(plan: &Plan, index: Option<usize>) -> Option<String> {
    plan.questions.get(index?).map(|question| question.id.clone())
}
