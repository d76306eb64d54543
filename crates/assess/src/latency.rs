//! How quickly we answered, measured on the recording.
//!
//! What is measured, and how, stands in [`session::measure`], which also measures while an interview is held; here it is
//! applied to the whole recording. The recording is the server's, made as our sound is sent; the network and the
//! browser's playout cushion (60 to 180 ms) come on top of it for the candidate and are not in these figures.

use std::convert::Infallible;
use std::path::Path;

use interview::Plan;
use serde::Serialize;
use session::Record;
pub use session::measure::{
    BargeIn, Because, CutIn, CutInKind, Stage, Stages, StopStage, StopStages, Trigger, TurnLatency, Work,
};
use session::measure::{Counter, Levels, Measured, measure as measure_levels};

use crate::error::AssessError;
use crate::percentile::nearest_rank;
use crate::tape::Tape;

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

/// Where replies' time went, each stage at the median of all answered turns without a cut-in, milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StageMedians {
    /// See [`Stage::Pause`].
    pub pause: Option<u64>,
    /// See [`Stage::Recognition`].
    pub recognition: Option<u64>,
    /// See [`Stage::Voice`].
    pub voice: Option<u64>,
    /// See [`Stage::LeadIn`].
    pub lead_in: Option<u64>,
}

/// What `latency.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Where it was measured: always `recording`.
    pub source: &'static str,
    /// Over all turns that we did not cut into.
    pub voice_to_voice_ms: VoiceToVoice,
    /// Where their time went.
    pub stages_ms: StageMedians,
    /// Each spoken turn that we answered by voice or that another one followed.
    pub turns: Vec<TurnLatency>,
    /// Spoken turns that are not on the recording, that fell on a line of ours which went on (a goodbye), or after which
    /// neither sound of ours nor another turn came.
    pub unmeasured_turns: usize,
    /// How many cut-ins.
    pub cut_ins: usize,
    /// Each of them.
    pub cut_in_turns: Vec<CutIn>,
    /// Over all barge-ins.
    pub barge_in_stop_ms: StopTimes,
    /// Each of them.
    pub barge_ins: Vec<BargeIn>,
    /// What was recognised, and how much of it for nothing.
    pub work: Work,
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
    let levels = tape.map(levels).transpose()?.unwrap_or_default();
    let Measured { turns, cut_ins, barge_ins, unmeasured, work } = measure_levels(&levels, plan, records);
    let counted = || turns.iter().filter(|turn| !turn.cut_in);
    let delays: Vec<u64> = counted().map(|turn| turn.voice_to_voice_ms).collect();
    let stages: Vec<Stages> = counted().filter_map(|turn| turn.stages).collect();
    let stops: Vec<u64> = barge_ins.iter().map(|barge_in| barge_in.stop_ms).collect();
    Ok(Latency {
        source: "recording",
        voice_to_voice_ms: VoiceToVoice {
            p50: nearest_rank(&delays, 50),
            p95: nearest_rank(&delays, 95),
            max: delays.iter().copied().max(),
        },
        stages_ms: medians(&stages),
        turns,
        unmeasured_turns: unmeasured,
        cut_ins: cut_ins.len(),
        cut_in_turns: cut_ins,
        barge_in_stop_ms: StopTimes { p50: nearest_rank(&stops, 50), p95: nearest_rank(&stops, 95) },
        barge_ins,
        work,
    })
}

fn medians(stages: &[Stages]) -> StageMedians {
    let median = |stage| nearest_rank(&stages.iter().map(|stages| stages.of(stage)).collect::<Vec<_>>(), 50);
    StageMedians {
        pause: median(Stage::Pause),
        recognition: median(Stage::Recognition),
        voice: median(Stage::Voice),
        lead_in: median(Stage::LeadIn),
    }
}

/// The levels of both sides; one value a frame and side is all that is held in memory.
fn levels(tape: &Tape) -> Result<Levels, AssessError> {
    let (mut counter, mut levels) = (Counter::default(), Levels::default());
    let Ok(()) = tape.read::<Infallible>(|samples| {
        levels.extend(counter.push(samples));
        Ok(())
    })?;
    levels.extend(counter.finish());
    Ok(levels)
}
