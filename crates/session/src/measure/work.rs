//! Work that was begun early and thrown away.

use serde::Serialize;

use crate::event::{Event, Record};

/// Sound that was given to the recogniser, and how much of that for nothing: a stretch is recognised at its first short
/// pause, and again, longer, when the speech goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Work {
    /// All sound that was to be recognised, milliseconds.
    pub recognised_ms: u64,
    /// Of that, what was replaced by a longer stretch or was no turn, milliseconds.
    pub wasted_ms: u64,
    /// What may still be replaced, milliseconds.
    #[serde(skip)]
    open_ms: u64,
}

impl Work {
    /// What the log of an interview tells.
    pub fn of(records: &[Record]) -> Self {
        let mut work = Self::default();
        records.iter().for_each(|record| work.note(&record.event));
        work
    }

    /// What there is since the last time; what may still be replaced is remembered.
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self { open_ms: self.open_ms, ..Self::default() })
    }

    /// Takes an event of the log, in order.
    pub fn note(&mut self, event: &Event) {
        match event {
            Event::Recognise { from_ms, to_ms, settled, .. } => {
                let length_ms = to_ms.saturating_sub(*from_ms);
                self.recognised_ms += length_ms;
                self.wasted_ms += self.open_ms;
                self.open_ms = if *settled { 0 } else { length_ms };
            }
            Event::TurnOver { .. } => self.open_ms = 0,
            Event::Unduck { .. } | Event::FalseAlarm => self.wasted_ms += std::mem::take(&mut self.open_ms),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from_ms: u64, to_ms: u64, settled: bool) -> Event {
        Event::Recognise { stretch: 1, from_ms, to_ms, settled }
    }

    #[test]
    fn what_is_recognised_again_and_what_was_no_turn_is_wasted() {
        let mut work = Work::default();
        for event in [asked(0, 1000, false), asked(0, 8000, true), asked(8000, 9000, false)] {
            work.note(&event);
        }
        assert_eq!((work.recognised_ms, work.wasted_ms), (10_000, 1000));
        work.note(&asked(8000, 9500, false));
        work.note(&Event::Unduck { line: 3 });
        assert_eq!((work.recognised_ms, work.wasted_ms), (11_500, 3500));
    }
}
