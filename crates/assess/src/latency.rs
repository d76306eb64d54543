//! How quickly we answered, measured on the recording.
//!
//! The recording is the server's, made as our sound is sent; the network and the browser's playout cushion (60 to
//! 180 ms) come on top of it for the candidate and are not in these figures.
//!
//! The log says which turns there were; every time in here is the sound's own, in frames of 10 ms. Three figures:
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

mod barge_in;
mod sides;
mod turns;

use std::path::Path;

use interview::Plan;
use serde::Serialize;
use session::Record;

use crate::error::AssessError;
use crate::loudness::Loudness;
use crate::percentile::nearest_rank;
use crate::tape::Tape;
use sides::Sides;

/// Voice-to-voice delays over an interview, milliseconds; `None` when no turn could be measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VoiceToVoice {
    /// Median.
    pub p50: Option<u64>,
    /// 95th percentile.
    pub p95: Option<u64>,
    /// Longest.
    pub max: Option<u64>,
}

/// How soon we fell silent when spoken over, milliseconds; `None` when nobody spoke over us.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StopTimes {
    /// Median.
    pub p50: Option<u64>,
    /// 95th percentile.
    pub p95: Option<u64>,
}

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
}

/// What `latency.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Where it was measured: always `recording`.
    pub source: &'static str,
    /// Over all turns that we did not cut into.
    pub voice_to_voice_ms: VoiceToVoice,
    /// Each spoken turn that we answered by voice or that another one followed.
    pub turns: Vec<TurnLatency>,
    /// Spoken turns that are not on the recording, or after which neither sound of ours nor another turn came.
    pub unmeasured_turns: usize,
    /// How many cut-ins.
    pub cut_ins: usize,
    /// Each of them.
    pub cut_in_turns: Vec<CutIn>,
    /// Over all barge-ins.
    pub barge_in_stop_ms: StopTimes,
    /// Each of them.
    pub barge_ins: Vec<BargeIn>,
}

/// Measures the interview on `recording` (`recording.pcm`, or the `recording.wav` made of it).
///
/// # Errors
/// When the recording cannot be read.
pub fn latency(recording: &Path, plan: &Plan, records: &[Record]) -> Result<Latency, AssessError> {
    measure(Some(&Tape::open(recording)?), plan, records)
}

/// Measures on `tape`; without one nothing is found.
pub(crate) fn measure(tape: Option<&Tape>, plan: &Plan, records: &[Record]) -> Result<Latency, AssessError> {
    let loudness = tape.map(Loudness::of).transpose()?.unwrap_or_default();
    let sides = Sides::new(&loudness, records);
    let measured = turns::measure(&sides, plan, records);
    let barge_ins = barge_in::measure(&sides, plan, records, &measured.cut_ins);
    let delays: Vec<u64> = measured.turns.iter().filter(|t| !t.cut_in).map(|t| t.voice_to_voice_ms).collect();
    let stops: Vec<u64> = barge_ins.iter().map(|barge_in| barge_in.stop_ms).collect();
    Ok(Latency {
        source: "recording",
        voice_to_voice_ms: VoiceToVoice {
            p50: nearest_rank(&delays, 50),
            p95: nearest_rank(&delays, 95),
            max: delays.iter().copied().max(),
        },
        turns: measured.turns,
        unmeasured_turns: measured.unmeasured,
        cut_ins: measured.cut_ins.len(),
        cut_in_turns: measured.cut_ins,
        barge_in_stop_ms: StopTimes { p50: nearest_rank(&stops, 50), p95: nearest_rank(&stops, 95) },
        barge_ins,
    })
}
