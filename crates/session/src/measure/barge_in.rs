//! The candidate's voice over ours, and how soon we stopped.

use interview::Plan;

use super::sides::Sides;
use super::stages::StopStages;
use super::turns::RESUMED_MS;
use super::voiced::Stretch;
use super::{BargeIn, CutIn, question_id};
use crate::event::{Event, Record};
use crate::lines::{HeardLine, heard_lines};

/// The sound may begin or end so much off the log's times, milliseconds.
const TOLERANCE_MS: u64 = 300;

/// The voice that stopped a line, as logged: when it began and when that was noticed, milliseconds.
struct Voice {
    from_ms: u64,
    noticed_ms: u64,
}

/// Measures the line that the record with the index `at` stops, if a voice stopped it.
pub(super) fn at(sides: &Sides, plan: &Plan, records: &[Record], at: usize) -> Option<BargeIn> {
    let Event::Hush { line: number } = records[at].event else { return None };
    let voice = voice_that_hushed(&records[..at], records[at].at_ms)?;
    let line = heard_lines(records).into_iter().find(|line| line.line == number)?;
    barge_in(sides, plan, &line, &voice, records[at].at_ms)
}

/// The voice that made us stop at `at_ms`; `None` when a button, typing or leaving did.
fn voice_that_hushed(before: &[Record], at_ms: u64) -> Option<Voice> {
    let cause = before.iter().rev().find(|record| !record.event.is_decision())?;
    let by_hand = matches!(
        cause.event,
        Event::ActionAsked { .. } | Event::Typed { .. } | Event::ConsentClicked { .. } | Event::LeaveAsked
    );
    if by_hand && cause.at_ms == at_ms {
        return None;
    }
    before.iter().rev().find_map(|record| match record.event {
        Event::VoiceStarted { from_ms } => Some(Voice { from_ms, noticed_ms: record.at_ms }),
        _ => None,
    })
}

fn barge_in(sides: &Sides, plan: &Plan, line: &HeardLine, voice: &Voice, hushed_ms: u64) -> Option<BargeIn> {
    let voice_ms = voice.from_ms;
    let near = |s: &&Stretch| s.from_ms <= voice_ms + TOLERANCE_MS && s.to_ms + TOLERANCE_MS >= voice_ms;
    let candidate = sides.candidate.iter().filter(near).min_by_key(|s| s.from_ms.abs_diff(voice_ms))?;
    let of_line = |s: &&Stretch| s.from_ms < line.end_ms && s.to_ms > line.start_ms;
    let ours = sides.interviewer.iter().rev().find(of_line)?;
    // What is louder than silence may have begun long before the voice did, but not over this line.
    let candidate_start_ms = candidate.from_ms.max(line.start_ms);
    let stages = StopStages::between([candidate_start_ms, voice.noticed_ms, hushed_ms, ours.to_ms]);
    Some(BargeIn {
        question: question_id(plan, line.question),
        line: line.line,
        candidate_start_ms,
        interviewer_end_ms: ours.to_ms,
        stop_ms: ours.to_ms.saturating_sub(candidate_start_ms),
        stages,
        slowest: stages.slowest(),
    })
}

/// Whether the voice over ours is the one that we had cut into.
pub(super) fn follows(cut_in: &CutIn, barge_in: &BargeIn) -> bool {
    let until_ms = cut_in.interviewer_start_ms + RESUMED_MS;
    (cut_in.candidate_start_ms..=until_ms).contains(&barge_in.candidate_start_ms)
}
