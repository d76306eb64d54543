//! Measuring an interview that is going on.

use std::collections::VecDeque;
use std::sync::Arc;

use interview::Plan;

use super::levels::Levels;
use super::sides::Sides;
use super::turns::{RESUMED_MS, answer_onset, ends_the_wait};
use super::{CutIn, Measured, Work};
use crate::event::{Event, Record, Source};

/// So much after a moment the stretches around it no longer change, milliseconds.
const SETTLED_MS: u64 = 300;
/// Sound and log are kept for so long before what is still to be measured, milliseconds: they tell voice and noise apart.
const KEPT_MS: u64 = 60_000;
/// A turn that has waited for its answer for so long is measured as it stands, milliseconds.
const LONGEST_WAIT_MS: u64 = 180_000;

/// Measures turn by turn, as soon as all that counts for a turn is known: about a second after our answer began.
///
/// Pure: the log's records and the recording's levels go in, figures come out. They are those that [`super::measure`]
/// finds afterwards, but for what is voice and what is noise, which is judged here by the last minute and there by the
/// whole recording.
pub struct Meter {
    plan: Arc<Plan>,
    levels: Levels,
    records: Vec<Record>,
    /// Numbers of the records that are still to be measured.
    waiting: VecDeque<u64>,
    /// The latest cut-in: the voice that it fell on is no barge-in.
    latest_cut_in: Option<CutIn>,
    /// What was recognised since the last time.
    work: Work,
}

impl Meter {
    /// A meter for an interview by `plan`.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan,
            levels: Levels::default(),
            records: Vec::new(),
            waiting: VecDeque::new(),
            latest_cut_in: None,
            work: Work::default(),
        }
    }

    /// Takes records of the log as they are made.
    pub fn note(&mut self, records: &[Record]) {
        for record in records {
            if is_measured(&record.event) {
                self.waiting.push_back(record.seq);
            }
            self.work.note(&record.event);
            self.records.push(without_words(record));
        }
    }

    /// Takes frames of the recording, which no longer change; what can be told now.
    pub fn hear(&mut self, frames: impl IntoIterator<Item = (u64, [f32; 2])>) -> Measured {
        self.levels.extend(frames);
        self.measure(false)
    }

    /// The session stops: what is left is measured as it stands.
    pub fn finish(&mut self) -> Measured {
        self.measure(true)
    }

    fn measure(&mut self, all: bool) -> Measured {
        let mut measured = Measured { cut_ins: self.latest_cut_in.take().into_iter().collect(), ..Measured::default() };
        measured.work = self.work.take();
        let known_before = measured.cut_ins.len();
        let mut sides = None;
        while let Some(at) = self.next_waiting() {
            if !all && !self.may_be_settled(at) {
                break;
            }
            let sides = sides.get_or_insert_with(|| Sides::new(&self.levels, &self.records));
            if !all && !self.is_settled(sides, at) {
                break;
            }
            self.waiting.pop_front();
            measured.add(sides, &self.plan, &self.records, at);
        }
        self.latest_cut_in = measured.cut_ins.last().cloned();
        measured.cut_ins.drain(..known_before);
        self.forget();
        measured
    }

    fn next_waiting(&self) -> Option<usize> {
        let seq = self.waiting.front()?;
        self.records.binary_search_by_key(seq, |record| record.seq).ok()
    }

    /// Whether the log says that the sound is worth looking at.
    fn may_be_settled(&self, at: usize) -> bool {
        let known_ms = self.levels.known_ms();
        if let Event::Hush { line } = self.records[at].event {
            return self.records[at..].iter().any(|r| ends_line(&r.event, line) && r.at_ms + SETTLED_MS <= known_ms);
        }
        let begins = |r: &Record| matches!(r.event, Event::LineStarted { .. });
        let answered = |r: &Record| begins(r) && r.at_ms + RESUMED_MS + SETTLED_MS <= known_ms;
        self.wait_is_over(at) || self.records[at..].iter().any(answered)
    }

    fn is_settled(&self, sides: &Sides, at: usize) -> bool {
        if matches!(self.records[at].event, Event::Hush { .. }) || self.wait_is_over(at) {
            return true;
        }
        let onset_ms = answer_onset(sides, &self.records, at);
        onset_ms.is_some_and(|onset_ms| onset_ms + RESUMED_MS + SETTLED_MS <= self.levels.known_ms())
    }

    /// Whether no answer can come any more, or none has come for very long.
    fn wait_is_over(&self, at: usize) -> bool {
        let known_ms = self.levels.known_ms();
        let ended = |r: &Record| ends_the_wait(&r.event) && r.at_ms + RESUMED_MS + SETTLED_MS <= known_ms;
        self.records[at + 1..].iter().any(ended) || self.records[at].at_ms + LONGEST_WAIT_MS <= known_ms
    }

    fn forget(&mut self) {
        let known_ms = self.levels.known_ms();
        let waiting_ms = self.next_waiting().map_or(known_ms, |at| self.records[at].at_ms);
        let from_ms = waiting_ms.min(known_ms).saturating_sub(KEPT_MS);
        self.levels.forget_before(from_ms);
        let old = self.records.iter().take_while(|record| record.at_ms < from_ms).count();
        self.records.drain(..old);
    }
}

/// Whether there is something to be measured about it.
fn is_measured(event: &Event) -> bool {
    matches!(
        event,
        Event::TurnOver { source: Source::Spoken, .. }
            | Event::Silence { .. }
            | Event::FalseAlarm
            | Event::Connected { resumed: true, .. }
            | Event::Hush { .. }
    )
}

fn ends_line(event: &Event, number: u32) -> bool {
    match event {
        Event::LineStopped { line, .. } | Event::LineEnded { line } => *line == number,
        Event::Disconnected => true,
        _ => false,
    }
}

/// Words with their times are of no use here and take room.
fn without_words(record: &Record) -> Record {
    let mut record = record.clone();
    match &mut record.event {
        Event::TurnOver { words, .. } | Event::Recognised { words, .. } => *words = Vec::new(),
        _ => {}
    }
    record
}
