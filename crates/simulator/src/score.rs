//! What came of turns: pauses in which we cut in, and how long the candidate waited at true ends.

use std::collections::BTreeMap;

use serde::Serialize;
use session::{Event, Source};

use crate::script::{Conversation, Place, Turn};
use crate::stage::{Deciding, Played};

/// Counts over many turns.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Turns.
    pub turns: usize,
    /// Pauses inside them by place: how many, and in how many the turn was taken to be over.
    pub pauses: BTreeMap<Place, (usize, usize)>,
    /// Cut-ins where there was no pause that counts.
    pub cut_in_speech: usize,
    /// From each true end to the decision that the turn is over, milliseconds.
    pub delays_ms: Vec<f64>,
    /// Turns whose end was not noticed.
    pub missed_ends: usize,
    /// Sound that was to be recognised, and how long the turns were, milliseconds.
    pub recognised_ms: u64,
    /// Length of the turns, milliseconds.
    pub spoken_ms: u64,
    /// What it cost to decide.
    pub deciding: Deciding,
}

/// The median and the value that 95 of 100 do not exceed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spread {
    /// Median.
    pub p50: f64,
    /// 95 of 100 are at most so.
    pub p95: f64,
}

impl Spread {
    /// The spread of `values`; `NaN` of none.
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let at = |share: usize| sorted.get((last * share).div_ceil(100)).copied().unwrap_or(f64::NAN);
        Self { p50: at(50), p95: at(95) }
    }
}

impl Tally {
    /// Counts what came of one turn, whose sound began at `began_ms`, by the times at which it was taken to be over.
    pub fn count(&mut self, turn: &Turn, began_ms: u64, overs_ms: impl IntoIterator<Item = u64>) {
        self.turns += 1;
        self.spoken_ms += turn.voice.length_ms();
        for pause in &turn.pauses {
            self.pauses.entry(pause.place).or_default().0 += 1;
        }
        let mut cut: Vec<Option<usize>> = Vec::new();
        let mut delay_ms = None;
        for over_ms in overs_ms.into_iter().filter_map(|over_ms| over_ms.checked_sub(began_ms)) {
            if over_ms >= turn.voice.to_ms {
                delay_ms.get_or_insert(over_ms - turn.voice.to_ms);
            } else if over_ms > turn.voice.from_ms {
                cut.push(turn.pauses.iter().rposition(|pause| pause.span.from_ms <= over_ms));
            }
        }
        cut.dedup();
        for pause in cut {
            match pause {
                Some(index) => self.pauses.entry(turn.pauses[index].place).or_default().1 += 1,
                None => self.cut_in_speech += 1,
            }
        }
        match delay_ms {
            Some(ms) => self.delays_ms.push(ms as f64),
            None => self.missed_ends += 1,
        }
    }

    /// Counts what came of a conversation.
    pub fn count_played(&mut self, conversation: &Conversation, played: &Played) {
        let overs = played.events.iter().filter_map(|(at_ms, event)| match event {
            Event::TurnOver { source: Source::Spoken, .. } => Some(*at_ms),
            _ => None,
        });
        let overs: Vec<u64> = overs.collect();
        for (index, (turn, began_ms)) in conversation.turns.iter().zip(&played.began_ms).enumerate() {
            let next_ms = played.began_ms.get(index + 1).copied().unwrap_or(u64::MAX);
            self.count(turn, *began_ms, overs.iter().copied().filter(|over_ms| (*began_ms..next_ms).contains(over_ms)));
        }
        self.deciding += played.deciding;
        self.recognised_ms += played.events.iter().map(|(_, event)| recognised_ms(event)).sum::<u64>();
    }

    /// Pauses of all places, and those in which we cut in.
    pub fn all(&self) -> (usize, usize) {
        self.pauses.values().fold((0, self.cut_in_speech), |all, place| (all.0 + place.0, all.1 + place.1))
    }

    /// Share of the pauses in which we cut in, in percent.
    pub fn false_cut_ins_pct(&self) -> f64 {
        let (pauses, cut) = self.all();
        100.0 * cut as f64 / pauses.max(1) as f64
    }

    /// Delays at true ends.
    pub fn delay_ms(&self) -> Spread {
        Spread::of(&self.delays_ms)
    }
}

fn recognised_ms(event: &Event) -> u64 {
    match event {
        Event::Recognise { from_ms, to_ms, .. } => to_ms.saturating_sub(*from_ms),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Pause;
    use crate::sound::Span;

    fn span(from_ms: u64, to_ms: u64) -> Span {
        Span { from_ms, to_ms }
    }

    #[test]
    fn a_decision_before_the_true_end_is_a_cut_in_and_the_first_one_after_it_is_the_reply() {
        let pauses = vec![
            Pause { span: span(1000, 1500), place: Place::Inside },
            Pause { span: span(3000, 4000), place: Place::AfterSentence },
        ];
        let turn = Turn { sound: Vec::new(), voice: span(500, 5000), pauses };
        let mut tally = Tally::default();
        tally.count(&turn, 10_000, [13_800, 15_900]);
        assert_eq!(tally.all(), (2, 1));
        assert_eq!(tally.pauses[&Place::AfterSentence], (1, 1));
        assert_eq!(tally.delays_ms, [900.0]);
        tally.count(&turn, 0, [700, 1100, 1400]);
        assert_eq!(tally.cut_in_speech, 1);
        assert_eq!(tally.pauses[&Place::Inside], (2, 1), "one pause is cut into once");
        assert_eq!(tally.missed_ends, 1);
    }

    #[test]
    fn spread_of_few_values() {
        let spread = Spread::of(&[3.0, 1.0, 2.0]);
        assert_eq!((spread.p50, spread.p95), (2.0, 3.0));
        assert!(Spread::of(&[]).p50.is_nan());
    }
}
