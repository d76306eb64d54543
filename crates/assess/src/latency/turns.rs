//! Turns and our answers to them.

use interview::Plan;
use session::{Event, Record, Source};

use super::sides::Sides;
use super::{CutIn, CutInKind, TurnLatency};
use crate::transcript::question_id;
use crate::voiced::Stretch;

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

/// What was measured of the turns.
#[derive(Default)]
pub(super) struct Turns {
    pub(super) turns: Vec<TurnLatency>,
    pub(super) cut_ins: Vec<CutIn>,
    pub(super) unmeasured: usize,
}

/// Measures each spoken turn, and whatever we say of our own accord: a gentle word, a line said again after a false
/// alarm, the first line after coming back.
pub(super) fn measure(sides: &Sides, plan: &Plan, records: &[Record]) -> Turns {
    let mut measured = Turns::default();
    let mut asked = None;
    for (at, record) in records.iter().enumerate() {
        match &record.event {
            Event::Speak { question, .. } => asked = *question,
            Event::TurnOver { source: Source::Spoken, .. } => {
                measured.unmeasured +=
                    usize::from(measured.add_turn(sides, plan, record, &records[at + 1..]).is_none());
            }
            Event::Silence { .. } | Event::FalseAlarm | Event::Connected { resumed: true, .. } => {
                let onset_ms = answer_onset(sides, record.at_ms, &records[at + 1..]);
                let cut_in = onset_ms.and_then(|ms| cut_in(sides, ms, ms, question_id(plan, asked), None));
                measured.add_cut_in(cut_in);
            }
            _ => {}
        }
    }
    measured
}

impl Turns {
    fn add_turn(&mut self, sides: &Sides, plan: &Plan, record: &Record, after: &[Record]) -> Option<()> {
        let Event::TurnOver { turn, question, from_ms, to_ms, needed_ms, probability, .. } = &record.event else {
            return None;
        };
        let onset_ms = answer_onset(sides, record.at_ms, after);
        let waited_until_ms = onset_ms.or_else(|| next_turn(sides, *to_ms, after))?;
        let candidate_end_ms = end_of_voice(&sides.candidate, *from_ms, *to_ms, waited_until_ms)?;
        let question = question_id(plan, *question);
        let cut_in = onset_ms.and_then(|ms| cut_in(sides, ms, ms + RESUMED_MS, question.clone(), Some(*turn)));
        self.turns.push(TurnLatency {
            question,
            turn: *turn,
            candidate_end_ms,
            answered: onset_ms.is_some(),
            interviewer_start_ms: onset_ms,
            voice_to_voice_ms: waited_until_ms - candidate_end_ms,
            needed_ms: *needed_ms,
            probability: *probability,
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

/// Whether the wait for an answer ends here without one.
fn ends_the_wait(event: &Event) -> bool {
    matches!(event, Event::TurnOver { .. } | Event::Connected { .. } | Event::Disconnected | Event::Ended { .. })
}

/// Our first sound after a decision of `at_ms`, before the candidate's next turn is over or the connection is lost.
fn answer_onset(sides: &Sides, at_ms: u64, after: &[Record]) -> Option<u64> {
    let before_ms = after.iter().find(|record| ends_the_wait(&record.event)).map_or(u64::MAX, |record| record.at_ms);
    sides.our_onset(at_ms.saturating_sub(CLOCK_SLACK_MS), before_ms)
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
fn cut_in(sides: &Sides, onset_ms: u64, until_ms: u64, question: Option<String>, turn: Option<u32>) -> Option<CutIn> {
    let goes_on = |s: &&Stretch| s.to_ms + OVER_VOICE_MS > onset_ms && s.from_ms <= until_ms;
    let voice = sides.candidate.iter().find(goes_on)?;
    let kind = if voice.from_ms <= onset_ms { CutInKind::OverVoice } else { CutInKind::Resumed };
    Some(CutIn { question, turn, kind, interviewer_start_ms: onset_ms, candidate_start_ms: voice.from_ms })
}
