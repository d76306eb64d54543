//! Why we spoke when we did.

use serde::Serialize;
use turn::Ending;

use crate::event::{Event, Record};

/// What made us speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The candidate's turn was taken to be over.
    TurnOver,
    /// The candidate had been silent for long.
    Silence,
    /// What had interrupted us was no speech.
    FalseAlarm,
    /// The candidate was connected again.
    Reconnected,
}

impl Trigger {
    /// As it stands in files and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::TurnOver => "turn_over",
            Self::Silence => "silence",
            Self::FalseAlarm => "false_alarm",
            Self::Reconnected => "reconnected",
        }
    }
}

/// What was known when we decided to speak.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Because {
    /// What made us speak.
    pub trigger: Trigger,
    /// The silence that was needed, milliseconds.
    pub needed_ms: Option<u32>,
    /// How likely the turn sounded over.
    pub probability: Option<f32>,
    /// How its words ended.
    pub ending: Option<Ending>,
    /// How many there were.
    pub words: usize,
}

impl Because {
    /// Nothing but this.
    pub(super) fn only(trigger: Trigger) -> Self {
        Self { trigger, needed_ms: None, probability: None, ending: None, words: 0 }
    }

    /// What was known at the end of the turn with the index `at`.
    pub(super) fn turn_over(records: &[Record], at: usize) -> Self {
        let only = Self::only(Trigger::TurnOver);
        let Event::TurnOver { text, needed_ms, probability, .. } = &records[at].event else { return only };
        Self {
            needed_ms: *needed_ms,
            probability: *probability,
            ending: last_ending(&records[..at]),
            words: text.split_whitespace().count(),
            ..only
        }
    }

    /// How it sounded, in a word.
    pub fn sound(&self) -> &'static str {
        match self.probability {
            None => "unknown",
            Some(p) if p >= 0.5 => "finished",
            Some(_) => "unfinished",
        }
    }

    /// How it read, in a word.
    pub fn reading(&self) -> &'static str {
        match self.ending {
            None => "unknown",
            Some(Ending::Complete) => "complete",
            Some(Ending::Request) => "request",
            Some(Ending::Preamble) => "preamble",
            Some(Ending::Reply) => "reply",
            Some(Ending::Open) => "open",
            Some(Ending::Thinking) => "thinking",
        }
    }
}

/// How the words of the turn that ends now end: those of its last stretch that had any.
fn last_ending(before: &[Record]) -> Option<Ending> {
    let of_turn = before.iter().rev().take_while(|record| !matches!(record.event, Event::TurnOver { .. }));
    of_turn.into_iter().find_map(|record| match record.event {
        Event::Recognised { ending, count, .. } if count > 0 => Some(ending),
        _ => None,
    })
}
