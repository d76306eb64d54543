//! The candidate's pauses, with everything that was known of each.

use serde::Serialize;
use session::{Event, Record};
use turn::Ending;

/// How a pause ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// The voice came back.
    WentOn,
    /// The turn was taken to be over.
    Over,
    /// It counted for nothing: no words, a line of ours, a button, the end.
    Dropped,
}

/// How a pause sounded at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Look {
    /// When the answer came, milliseconds.
    pub(super) at_ms: u64,
    /// Probability that the turn was over.
    pub(super) probability: f32,
}

/// A silence of the candidate's. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Pause {
    /// End of the last voiced frame.
    pub(super) since_ms: u64,
    /// When it was noticed.
    pub(super) noticed_ms: u64,
    /// When the voice came back or the turn was over; the last thing known of it otherwise.
    pub(super) until_ms: u64,
    /// How it sounded, each time that it was listened to.
    pub(super) looks: Vec<Look>,
    /// How the words before it end.
    pub(super) ending: Option<Ending>,
    /// When these words were there.
    pub(super) words_ms: Option<u64>,
    /// How many words the turn had.
    pub(super) words: u32,
    /// The last of them.
    pub(super) tail: String,
    /// When the next decision was due (another look, or the end), as far as it was known at last.
    pub(super) due_ms: Option<u64>,
    /// The silence that was needed, where the turn was over.
    pub(super) needed_ms: Option<u32>,
    /// How it ended.
    pub(super) outcome: Outcome,
}

/// Words of a tail.
const TAIL_WORDS: usize = 6;

/// Reads the pauses off a log; `due_ms` tells for each record when something was due next after it.
pub(super) fn pauses(records: &[Record], due_ms: &[Option<u64>]) -> Vec<Pause> {
    let mut reader = Reader::default();
    for (record, due_ms) in records.iter().zip(due_ms) {
        reader.read(record, *due_ms);
    }
    reader.pauses
}

/// A stretch of the turn in progress.
struct Stretch {
    number: u32,
    settled: bool,
    count: u32,
    /// The pause at which it was asked for.
    pause: Option<usize>,
}

#[derive(Default)]
struct Reader {
    pauses: Vec<Pause>,
    stretches: Vec<Stretch>,
    /// Whether the last pause is going on.
    open: bool,
}

impl Reader {
    fn read(&mut self, record: &Record, due_ms: Option<u64>) {
        let at_ms = record.at_ms;
        match &record.event {
            Event::VoicePaused { since_ms } => self.begin(*since_ms, at_ms),
            Event::VoiceStarted { from_ms } => self.end(*from_ms, Outcome::WentOn),
            Event::Judged { probability, .. } => {
                let look = Look { at_ms, probability: *probability };
                self.going_on().into_iter().for_each(|pause| pause.looks.push(look));
            }
            Event::Recognise { stretch, settled, .. } => self.ask(*stretch, *settled),
            Event::Recognised { stretch, count, ending, text, .. } => {
                self.answer(*stretch, *count, (*count > 0).then_some(*ending), text, at_ms);
            }
            Event::TurnOver { needed_ms, .. } => {
                if let Some(pause) = self.going_on() {
                    pause.needed_ms = *needed_ms;
                }
                self.end(at_ms, Outcome::Over);
                self.stretches.clear();
            }
            Event::Speak { .. } | Event::Disconnected | Event::Ended { .. } => self.end(at_ms, Outcome::Dropped),
            _ => {}
        }
        if let Some(pause) = self.going_on() {
            pause.until_ms = pause.until_ms.max(at_ms);
            pause.due_ms = due_ms.or(pause.due_ms);
        }
    }

    fn going_on(&mut self) -> Option<&mut Pause> {
        if self.open { self.pauses.last_mut() } else { None }
    }

    fn begin(&mut self, since_ms: u64, noticed_ms: u64) {
        self.open = true;
        self.pauses.push(Pause {
            since_ms,
            noticed_ms,
            until_ms: noticed_ms,
            looks: Vec::new(),
            ending: None,
            words_ms: None,
            words: 0,
            tail: String::new(),
            due_ms: None,
            needed_ms: None,
            outcome: Outcome::Dropped,
        });
    }

    fn end(&mut self, at_ms: u64, outcome: Outcome) {
        if let Some(pause) = self.going_on() {
            pause.until_ms = at_ms.max(pause.since_ms);
            pause.outcome = outcome;
        }
        self.open = false;
    }

    /// An unsettled stretch takes the place of the unsettled one before it.
    fn ask(&mut self, number: u32, settled: bool) {
        self.stretches.retain(|stretch| stretch.settled);
        let pause = self.open.then(|| self.pauses.len() - 1);
        self.stretches.push(Stretch { number, settled, count: 0, pause });
    }

    fn answer(&mut self, number: u32, count: u32, ending: Option<Ending>, text: &str, at_ms: u64) {
        let Some(stretch) = self.stretches.iter_mut().find(|stretch| stretch.number == number) else { return };
        stretch.count = count;
        let asked_at = stretch.pause;
        let words = self.stretches.iter().map(|stretch| stretch.count).sum();
        let Some(pause) = asked_at.and_then(|index| self.pauses.get_mut(index)) else { return };
        (pause.words, pause.ending, pause.words_ms) = (words, ending, Some(at_ms));
        let all: Vec<&str> = text.split_whitespace().collect();
        pause.tail = all[all.len().saturating_sub(TAIL_WORDS)..].join(" ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(events: Vec<(u64, Event)>) -> Vec<Record> {
        events.into_iter().map(|(at_ms, event)| Record { seq: 0, at_ms, event }).collect()
    }

    fn recognised(stretch: u32, text: &str, ending: Ending) -> Event {
        let count = text.split_whitespace().count() as u32;
        Event::Recognised { stretch, count, ending, listens: false, reply: None, text: text.into(), words: Vec::new() }
    }

    #[test]
    fn a_pause_knows_its_looks_its_words_and_how_it_ended() {
        let ask = |stretch, to_ms| Event::Recognise { stretch, from_ms: 0, to_ms, settled: false };
        let records = log(vec![
            (100, Event::VoiceStarted { from_ms: 0 }),
            (1200, Event::VoicePaused { since_ms: 1000 }),
            (1200, ask(2, 1100)),
            (1260, Event::Judged { pause: 1, probability: 0.1 }),
            (1500, recognised(2, "We argued about", Ending::Open)),
            (1900, Event::VoiceStarted { from_ms: 1800 }),
            (3200, Event::VoicePaused { since_ms: 3000 }),
            (3200, ask(4, 3100)),
            (3500, recognised(4, "We argued about the date of the release.", Ending::Complete)),
        ]);
        let due_ms: Vec<Option<u64>> = (0..records.len()).map(|i| (i == 4).then_some(3100)).collect();
        let pauses = pauses(&records, &due_ms);
        assert_eq!(pauses.len(), 2);
        assert_eq!((pauses[0].until_ms, pauses[0].outcome, pauses[0].words), (1800, Outcome::WentOn, 3));
        assert_eq!((pauses[0].looks.len(), pauses[0].due_ms), (1, Some(3100)));
        assert_eq!((pauses[1].words, pauses[1].ending, pauses[1].looks.len()), (8, Some(Ending::Complete), 0));
        assert_eq!(pauses[1].tail, "about the date of the release.");
    }
}
