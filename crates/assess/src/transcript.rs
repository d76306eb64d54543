//! The transcript: what was heard of the interviewer and what the candidate said, in order.

use interview::{LineKind, Plan};
use serde::{Deserialize, Serialize};
use session::{Event, HeardLine, Record, Source, heard_lines};
use speech::Word;

use crate::status::Status;

/// Who is speaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntrySpeaker {
    /// The interviewer.
    Interviewer,
    /// The candidate.
    Candidate,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A turn of the candidate's.
    Answer,
    /// A line of the interviewer's.
    #[serde(untagged)]
    Line(LineKind),
}

/// A line or a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name in the interview: `u` and the line's number, or `t` and the turn's.
    pub id: String,
    /// Who speaks.
    pub speaker: EntrySpeaker,
    /// What it is.
    pub kind: EntryKind,
    /// Id of the plan's question that it belongs to.
    pub question: Option<String>,
    /// Start on the recording's clock, milliseconds.
    pub start_ms: u64,
    /// End, likewise.
    pub end_ms: u64,
    /// What was heard.
    pub text: String,
    /// For the interviewer: whether the line was heard to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_fully: Option<bool>,
    /// For the candidate: how the turn came to us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// For the candidate's spoken turns: the words on the recording's clock.
    #[serde(default)]
    pub words: Vec<Word>,
}

/// What was said, in the order in which it began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The plan's title.
    pub title: String,
    /// The role or the topic.
    pub role: String,
    /// ISO 639-1.
    pub language: String,
    /// How the interview stands.
    pub status: Status,
    /// Lines and turns.
    pub entries: Vec<Entry>,
}

/// The transcript of the interview by `plan` that `records` tell of. An interrupted line ends where its playout ended,
/// a line that never began to sound is absent. Of an interview without consent nothing of the candidate's is kept.
pub fn transcript(plan: &Plan, records: &[Record]) -> Transcript {
    let status = Status::of(records);
    let mut entries: Vec<Entry> = heard_lines(records).iter().map(|line| line_entry(plan, line)).collect();
    if status != Status::Declined {
        entries.extend(records.iter().filter_map(|record| turn_entry(plan, &record.event)));
    }
    entries.retain(|entry| !entry.text.trim().is_empty());
    entries.sort_by_key(|entry| entry.start_ms);
    let Plan { title, role, language, .. } = plan.clone();
    Transcript { title, role, language, status, entries }
}

fn line_entry(plan: &Plan, line: &HeardLine) -> Entry {
    Entry {
        id: format!("u{}", line.line),
        speaker: EntrySpeaker::Interviewer,
        kind: EntryKind::Line(line.kind),
        question: question_id(plan, line.question),
        start_ms: line.start_ms,
        end_ms: line.end_ms,
        text: line.heard.clone(),
        heard_fully: Some(line.heard_fully),
        source: None,
        words: Vec::new(),
    }
}

fn turn_entry(plan: &Plan, event: &Event) -> Option<Entry> {
    let Event::TurnOver { turn, question, from_ms, to_ms, text, words, source, .. } = event else { return None };
    Some(Entry {
        id: format!("t{turn}"),
        speaker: EntrySpeaker::Candidate,
        kind: EntryKind::Answer,
        question: question_id(plan, *question),
        start_ms: *from_ms,
        end_ms: *to_ms.max(from_ms),
        text: text.clone(),
        heard_fully: None,
        source: Some(*source),
        words: words.clone(),
    })
}

/// The id of the plan's question with this index.
pub(crate) fn question_id(plan: &Plan, index: Option<usize>) -> Option<String> {
    plan.questions.get(index?).map(|question| question.id.clone())
}
