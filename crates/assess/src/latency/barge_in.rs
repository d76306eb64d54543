//! The candidate's voice over ours, and how soon we stopped.

use interview::Plan;
use session::{Event, Record};

use super::sides::Sides;
use super::turns::RESUMED_MS;
use super::{BargeIn, CutIn};
use crate::lines::{HeardLine, heard_lines};
use crate::transcript::question_id;
use crate::voiced::Stretch;

/// The sound may begin or end so much off the log's times, milliseconds.
const TOLERANCE_MS: u64 = 300;

/// Measures each line that a voice stopped, except where we had cut in.
pub(super) fn measure(sides: &Sides, plan: &Plan, records: &[Record], cut_ins: &[CutIn]) -> Vec<BargeIn> {
    let lines = heard_lines(records);
    let hushed = records.iter().enumerate().filter_map(|(at, record)| match record.event {
        Event::Hush { line } => Some((line, voice_that_hushed(&records[..at], record.at_ms)?)),
        _ => None,
    });
    let measured = hushed.filter_map(|(number, voice_ms)| {
        let line = lines.iter().find(|line| line.line == number)?;
        barge_in(sides, plan, line, voice_ms)
    });
    measured.filter(|barge_in| !cut_ins.iter().any(|cut_in| follows(cut_in, barge_in))).collect()
}

/// Start of the voice, as logged, that made us stop at `at_ms`; `None` when a button, typing or leaving did.
fn voice_that_hushed(before: &[Record], at_ms: u64) -> Option<u64> {
    let cause = before.iter().rev().find(|record| !record.event.is_decision())?;
    let by_hand = matches!(
        cause.event,
        Event::ActionAsked { .. } | Event::Typed { .. } | Event::ConsentClicked { .. } | Event::LeaveAsked
    );
    if by_hand && cause.at_ms == at_ms {
        return None;
    }
    before.iter().rev().find_map(|record| match record.event {
        Event::VoiceStarted { from_ms } => Some(from_ms),
        _ => None,
    })
}

fn barge_in(sides: &Sides, plan: &Plan, line: &HeardLine, voice_ms: u64) -> Option<BargeIn> {
    let near = |s: &&Stretch| s.from_ms <= voice_ms + TOLERANCE_MS && s.to_ms + TOLERANCE_MS >= voice_ms;
    let candidate = sides.candidate.iter().filter(near).min_by_key(|s| s.from_ms.abs_diff(voice_ms))?;
    let of_line = |s: &&Stretch| s.from_ms < line.end_ms && s.to_ms > line.start_ms;
    let ours = sides.interviewer.iter().rev().find(of_line)?;
    // What is louder than silence may have begun long before the voice did, but not over this line.
    let candidate_start_ms = candidate.from_ms.max(line.start_ms);
    Some(BargeIn {
        question: question_id(plan, line.question),
        line: line.line,
        candidate_start_ms,
        interviewer_end_ms: ours.to_ms,
        stop_ms: ours.to_ms.saturating_sub(candidate_start_ms),
    })
}

/// Whether the voice over ours is the one that we had cut into.
fn follows(cut_in: &CutIn, barge_in: &BargeIn) -> bool {
    let until_ms = cut_in.interviewer_start_ms + RESUMED_MS;
    (cut_in.candidate_start_ms..=until_ms).contains(&barge_in.candidate_start_ms)
}
