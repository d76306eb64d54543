//! Both sides' voiced stretches.

use super::levels::Levels;
use super::voiced::{Stretch, stretches};
use crate::event::{Event, Record, Source};
use crate::lines::heard_lines;

/// Both sides' voiced stretches, in order.
pub(super) struct Sides {
    pub(super) candidate: Vec<Stretch>,
    pub(super) interviewer: Vec<Stretch>,
}

impl Sides {
    pub(super) fn new(levels: &Levels, records: &[Record]) -> Self {
        let turns: Vec<(u64, u64)> = records.iter().filter_map(|record| spoken_span(&record.event)).collect();
        let lines: Vec<(u64, u64)> = heard_lines(records).iter().map(|line| (line.start_ms, line.end_ms)).collect();
        let (start_ms, candidate, interviewer) = levels.sides();
        Self {
            candidate: stretches(start_ms, candidate, &turns),
            interviewer: stretches(start_ms, interviewer, &lines),
        }
    }

    /// Our first onset from `from_ms` on and before `before_ms`.
    pub(super) fn our_onset(&self, from_ms: u64, before_ms: u64) -> Option<u64> {
        let mut begins = self.interviewer.iter().map(|stretch| stretch.from_ms);
        begins.find(|begin_ms| *begin_ms >= from_ms).filter(|begin_ms| *begin_ms < before_ms)
    }
}

fn spoken_span(event: &Event) -> Option<(u64, u64)> {
    match event {
        Event::TurnOver { from_ms, to_ms, source: Source::Spoken | Source::CutOff, .. } => Some((*from_ms, *to_ms)),
        _ => None,
    }
}
