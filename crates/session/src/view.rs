//! What the client is told of an event, once the event is durable.

use std::collections::HashMap;

use interview::{LineKind, Phase};

use crate::event::{Event, Record};
use crate::link::{Activity, Speaker, SpeechMark, ToClient};

/// Turns events into messages; remembers the lines' words.
#[derive(Default)]
pub(crate) struct View {
    lines: HashMap<u32, String>,
}

impl View {
    /// The messages that `event` brings, the interview being in `phase` after it.
    pub(crate) fn show(&mut self, event: &Event, phase: Phase) -> Vec<ToClient> {
        let state = |activity| ToClient::State { phase, activity };
        match event {
            Event::Speak { line, kind, text, question, .. } => {
                self.lines.insert(*line, text.clone());
                question.and_then(|question| progress(*kind, question, text)).into_iter().collect()
            }
            Event::LineStarted { line } => vec![
                state(Activity::Speaking),
                ToClient::Speech { mark: SpeechMark::Start, utterance: utterance(*line) },
                ours(*line, self.words(*line), false),
            ],
            Event::LineEnded { line } => vec![
                ToClient::Speech { mark: SpeechMark::End, utterance: utterance(*line) },
                ours(*line, self.words(*line), true),
            ],
            Event::LineStopped { line, heard_ms, of_ms, .. } => vec![
                ToClient::Speech { mark: SpeechMark::Stop, utterance: utterance(*line) },
                ours(*line, heard_text(&self.words(*line), *heard_ms, *of_ms), true),
            ],
            Event::Listening { .. } => vec![state(Activity::Listening)],
            Event::EngineSlow => vec![state(Activity::Thinking)],
            Event::VoiceStarted { .. } => vec![ToClient::Hearing(true)],
            Event::VoicePaused { .. } => vec![ToClient::Hearing(false)],
            Event::TurnOver { turn, text, .. } => {
                vec![theirs(*turn, text.clone(), true), state(Activity::Thinking)]
            }
            Event::Ended { reason } => vec![ToClient::Ended(*reason)],
            _ => Vec::new(),
        }
    }

    /// The transcript in `records` as final captions.
    pub(crate) fn show_again(&mut self, records: &[Record]) -> Vec<ToClient> {
        let all = records.iter().flat_map(|record| self.show(&record.event, Phase::Questions));
        all.filter(|message| matches!(message, ToClient::Caption { is_final: true, .. })).collect()
    }

    fn words(&self, line: u32) -> String {
        self.lines.get(&line).cloned().unwrap_or_default()
    }
}

/// What was heard of a line that was stopped: as much of its text as of its sound, up to a whole word.
pub fn heard_text(text: &str, heard_ms: u64, of_ms: u64) -> String {
    let share = heard_ms as f64 / of_ms.max(1) as f64;
    let end = (text.chars().count() as f64 * share.min(1.0)) as usize;
    let mut heard = String::new();
    for word in text.split_whitespace() {
        if heard.chars().count() + word.chars().count() > end {
            break;
        }
        if !heard.is_empty() {
            heard.push(' ');
        }
        heard.push_str(word);
    }
    heard
}

/// A caption of a turn of the candidate's.
pub(crate) fn theirs(turn: u32, text: String, is_final: bool) -> ToClient {
    ToClient::Caption { speaker: Speaker::Candidate, segment: format!("t{turn}"), text, is_final }
}

fn ours(line: u32, text: String, is_final: bool) -> ToClient {
    ToClient::Caption { speaker: Speaker::Interviewer, segment: utterance(line), text, is_final }
}

fn utterance(line: u32) -> String {
    format!("u{line}")
}

fn progress(kind: LineKind, question: usize, text: &str) -> Option<ToClient> {
    let probe = match kind {
        LineKind::Question | LineKind::Repeat | LineKind::Rephrase => false,
        LineKind::Probe => true,
        _ => return None,
    };
    Some(ToClient::Progress { question: question + 1, probe, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::heard_text;

    #[test]
    fn an_interrupted_line_ends_where_its_sound_ended() {
        let line = "Tell me about a time when you disagreed.";
        assert_eq!(heard_text(line, 0, 3000), "");
        assert_eq!(heard_text(line, 1200, 3000), "Tell me about a");
        assert_eq!(heard_text(line, 3000, 3000), line);
    }
}
