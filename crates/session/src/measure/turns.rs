//! Turns and our answers to them.

use interview::Plan;

use super::because::{Because, Trigger};
use super::sides::Sides;
use super::stages::Stages;
use super::voiced::Stretch;
use super::{CutIn, CutInKind, Measured, TurnLatency, question_id};
use crate::event::{Event, Record, Source};

/// Our sound may lie so much before the decision that the log tells, milliseconds.
const CLOCK_SLACK_MS: u64 = 30;
/// A stretch that begins so much after the turn's logged end still belongs to it, milliseconds.
const END_TOLERANCE_MS: u64 = 100;
/// Likewise before its start.
const START_TOLERANCE_MS: u64 = 500;
/// Voice so shortly before our onset means that we began over it, milliseconds.
const OVER_VOICE_MS: u64 = 100;
/// Voice so soon after our onset means that the turn was not over, milliseconds.
pub(super) const RESUMED_MS: u64 = 1000;

impl Measured {
    /// Measures the spoken turn that the record with the index `at` ends, or what we said of our own accord at it: a
    /// gentle word, a line said again after a false alarm, the first line after coming back.
    pub(super) fn add_turn(&mut self, sides: &Sides, plan: &Plan, records: &[Record], at: usize) {
        let trigger = match records[at].event {
            Event::TurnOver { source: Source::Spoken, .. } => {
                let measured = self.add_spoken(sides, plan, records, at);
                return self.unmeasured += usize::from(measured.is_none());
            }
            Event::Silence { .. } => Trigger::Silence,
            Event::FalseAlarm => Trigger::FalseAlarm,
            Event::Connected { resumed: true, .. } => Trigger::Reconnected,
            _ => return,
        };
        let Some(onset_ms) = answer_onset(sides, records, at) else { return };
        let asked = question_id(plan, asked_last(&records[..at]));
        self.add_cut_in(cut_in(sides, onset_ms, onset_ms, asked, None, Because::only(trigger)));
    }

    fn add_spoken(&mut self, sides: &Sides, plan: &Plan, records: &[Record], at: usize) -> Option<()> {
        let Event::TurnOver { turn, question, from_ms, to_ms, needed_ms, probability, .. } = &records[at].event else {
            return None;
        };
        if speaks_on(&records[..at]) {
            return None; // nothing is waited for
        }
        let onset_ms = answer_onset(sides, records, at);
        let waited_until_ms = onset_ms.or_else(|| next_turn(sides, *to_ms, &records[at + 1..]))?;
        let candidate_end_ms = end_of_voice(&sides.candidate, *from_ms, *to_ms, waited_until_ms)?;
        let question = question_id(plan, *question);
        let because = Because::turn_over(records, at);
        let cut_in =
            onset_ms.and_then(|ms| cut_in(sides, ms, ms + RESUMED_MS, question.clone(), Some(*turn), because.clone()));
        let stages = onset_ms.map(|ms| stages(records, at, candidate_end_ms, ms));
        self.turns.push(TurnLatency {
            question,
            turn: *turn,
            candidate_end_ms,
            answered: onset_ms.is_some(),
            interviewer_start_ms: onset_ms,
            voice_to_voice_ms: waited_until_ms - candidate_end_ms,
            needed_ms: *needed_ms,
            probability: *probability,
            stages,
            slowest: stages.map(|stages| stages.slowest()),
            because,
            cut_in: cut_in.is_some(),
        });
        self.add_cut_in(cut_in);
        Some(())
    }

    /// One onset of ours is one cut-in, whatever led to it.
    fn add_cut_in(&mut self, cut_in: Option<CutIn>) {
        let cut_in =
            cut_in.filter(|new| self.cut_ins.iter().all(|c| c.interviewer_start_ms != new.interviewer_start_ms));
        self.cut_ins.extend(cut_in);
    }
}

/// Whether a line of ours is being heard: a goodbye is said to its end, whoever speaks over it.
fn speaks_on(before: &[Record]) -> bool {
    let mark = |record: &Record| match record.event {
        Event::LineStarted { .. } => Some(true),
        Event::LineEnded { .. } | Event::LineStopped { .. } | Event::Connected { .. } => Some(false),
        _ => None,
    };
    before.iter().rev().find_map(mark).unwrap_or(false)
}

/// The question of the last line that we decided to speak.
fn asked_last(before: &[Record]) -> Option<usize> {
    let asked = |record: &Record| if let Event::Speak { question, .. } = record.event { Some(question) } else { None };
    before.iter().rev().find_map(asked).flatten()
}

/// Where the time went between the candidate's last sound and our onset.
fn stages(records: &[Record], at: usize, candidate_end_ms: u64, onset_ms: u64) -> Stages {
    let over_ms = records[at].at_ms;
    let enough_ms = match &records[at].event {
        Event::TurnOver { to_ms, needed_ms: Some(needed_ms), .. } => (to_ms + u64::from(*needed_ms)).min(over_ms),
        _ => over_ms,
    };
    let line_begins = |record: &&Record| matches!(record.event, Event::LineStarted { .. });
    let line_ms = records[at..].iter().find(line_begins).map_or(onset_ms, |record| record.at_ms);
    Stages::between([candidate_end_ms, enough_ms, over_ms, line_ms, onset_ms])
}

/// Whether the wait for an answer ends here without one.
pub(super) fn ends_the_wait(event: &Event) -> bool {
    matches!(event, Event::TurnOver { .. } | Event::Connected { .. } | Event::Disconnected | Event::Ended { .. })
}

/// Our first sound after the decision with the index `at`, before the candidate's next turn is over or the connection is
/// lost.
pub(super) fn answer_onset(sides: &Sides, records: &[Record], at: usize) -> Option<u64> {
    let end = records[at + 1..].iter().find(|record| ends_the_wait(&record.event));
    sides.our_onset(records[at].at_ms.saturating_sub(CLOCK_SLACK_MS), end.map_or(u64::MAX, |record| record.at_ms))
}

/// Start of the candidate's next turn, when it is what ended the wait: that of its voice, or when it was typed.
fn next_turn(sides: &Sides, end_ms: u64, after: &[Record]) -> Option<u64> {
    match &after.iter().find(|record| ends_the_wait(&record.event))?.event {
        Event::TurnOver { source: Source::Typed, from_ms, .. } => Some(*from_ms),
        Event::TurnOver { from_ms, to_ms, .. } => {
            let of_turn =
                |s: &&Stretch| s.from_ms > end_ms + END_TOLERANCE_MS && s.to_ms > *from_ms && s.from_ms < *to_ms;
            Some(sides.candidate.iter().find(of_turn).map_or(*from_ms, |stretch| stretch.from_ms))
        }
        _ => None,
    }
}

/// The candidate's last voiced frame of the turn that the log gives from `from_ms` to `to_ms`, before our onset.
fn end_of_voice(candidate: &[Stretch], from_ms: u64, to_ms: u64, onset_ms: u64) -> Option<u64> {
    let of_turn = |stretch: &&Stretch| {
        stretch.from_ms <= (to_ms + END_TOLERANCE_MS).min(onset_ms) && stretch.to_ms + START_TOLERANCE_MS >= from_ms
    };
    candidate.iter().rev().find(of_turn).map(|stretch| stretch.to_ms.min(onset_ms))
}

/// The cut-in at our onset, if it is one: the candidate's voice shortly before it, or beginning by `until_ms`.
fn cut_in(
    sides: &Sides,
    onset_ms: u64,
    until_ms: u64,
    question: Option<String>,
    turn: Option<u32>,
    because: Because,
) -> Option<CutIn> {
    let goes_on = |s: &&Stretch| s.to_ms + OVER_VOICE_MS > onset_ms && s.from_ms <= until_ms;
    let voice = sides.candidate.iter().find(goes_on)?;
    let kind = if voice.from_ms <= onset_ms { CutInKind::OverVoice } else { CutInKind::Resumed };
    Some(CutIn { question, turn, kind, interviewer_start_ms: onset_ms, candidate_start_ms: voice.from_ms, because })
}
