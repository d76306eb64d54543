//! What a room shows, as what it means to a candidate.

use std::collections::HashMap;

use livekit::client::Told as FromRoom;
use serde_json::Value;

use crate::demo::told::{Side, Told};

/// The topic of troubles.
const TROUBLE: &str = "interviewer.error";
/// The interviewer's identity.
const INTERVIEWER: &str = "interviewer";

/// Reads what is shown; remembers the attributes, of which only the changes mean anything.
#[derive(Default)]
pub(super) struct Reading(HashMap<String, String>);

impl Reading {
    pub(super) fn read(&mut self, told: FromRoom) -> Vec<Told> {
        match told {
            FromRoom::Attributes(now) => {
                let before = std::mem::replace(&mut self.0, now);
                self.question(&before).into_iter().chain(self.floor(&before)).collect()
            }
            FromRoom::Words(words) if words.is_final => {
                let of = if words.of == INTERVIEWER { Side::Interviewer } else { Side::Candidate };
                vec![Told::Caption { of, segment: words.segment, text: words.text }]
            }
            FromRoom::Message { topic, payload } if topic == TROUBLE => {
                let trouble: Value = serde_json::from_slice(&payload).unwrap_or_default();
                vec![Told::Trouble(trouble["message"].as_str().unwrap_or("something that is no JSON").to_owned())]
            }
            _ => Vec::new(),
        }
    }

    /// How the interview ended, if it did.
    pub(super) fn ended(&self) -> Option<Told> {
        Some(Told::Ended { reason: self.0.get("interviewer.ended")?.clone() })
    }

    fn question(&self, before: &HashMap<String, String>) -> Option<Told> {
        self.changed(before, &["interviewer.question", "interviewer.question_text"])?;
        let number = self.0.get("interviewer.question")?.parse().ok()?;
        Some(Told::Question { number, text: self.0.get("interviewer.question_text")?.clone() })
    }

    fn floor(&self, before: &HashMap<String, String>) -> Option<Told> {
        self.changed(before, &["interviewer.phase", "lk.agent.state"])?;
        let (phase, activity) = (self.0.get("interviewer.phase")?.clone(), self.0.get("lk.agent.state")?.clone());
        Some(Told::Floor { phase, activity })
    }

    fn changed(&self, before: &HashMap<String, String>, names: &[&str]) -> Option<()> {
        names.iter().any(|name| self.0.get(*name) != before.get(*name)).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(all: &[(&str, &str)]) -> FromRoom {
        FromRoom::Attributes(all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn only_what_changed_is_told() {
        let mut reading = Reading::default();
        assert_eq!(reading.read(attributes(&[("lk.agent.state", "initializing")])), []);
        let speaking = [("lk.agent.state", "speaking"), ("interviewer.phase", "questions")];
        let floor = Told::Floor { phase: "questions".into(), activity: "speaking".into() };
        assert_eq!(reading.read(attributes(&speaking)), [floor]);
        let asked = [&speaking[..], &[("interviewer.question", "2"), ("interviewer.question_text", "Why?")]].concat();
        assert_eq!(reading.read(attributes(&asked)), [Told::Question { number: 2, text: "Why?".into() }]);
        assert_eq!(reading.read(attributes(&asked)), []);
        assert_eq!(reading.ended(), None);
    }
}
