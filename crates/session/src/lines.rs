//! The interviewer's lines as they were heard.

use crate::event::{Event, Record};
use crate::view::heard_text;
use interview::LineKind;

/// How long a line is guessed to be when the log does not tell, in milliseconds a character (as the mouth guesses).
const GUESSED_MS_PER_CHARACTER: u64 = 60;

/// A line of which something was played.
#[derive(Clone, Debug)]
pub struct HeardLine {
    /// Its number.
    pub line: u32,
    /// What it is for.
    pub kind: LineKind,
    /// What was to be said.
    pub text: String,
    /// What was heard of it.
    pub heard: String,
    /// Whether that is all of it.
    pub heard_fully: bool,
    /// Index of the plan's question that it belongs to.
    pub question: Option<usize>,
    /// Index of the question's probe.
    pub probe: Option<usize>,
    /// First sound sent, milliseconds.
    pub start_ms: u64,
    /// Last sound played, milliseconds.
    pub end_ms: u64,
}

/// All lines that were begun, in order.
pub fn heard_lines(records: &[Record]) -> Vec<HeardLine> {
    let begun = records.iter().enumerate().filter_map(|(at, record)| match record.event {
        Event::LineStarted { line } => Some((at, line, record.at_ms)),
        _ => None,
    });
    begun.filter_map(|(at, line, start_ms)| heard_line(records, at, line, start_ms)).collect()
}

fn heard_line(records: &[Record], at: usize, number: u32, start_ms: u64) -> Option<HeardLine> {
    records[..at].iter().rev().find_map(|record| match &record.event {
        Event::Speak { line, kind, text, question, probe, .. } if *line == number => {
            let (end_ms, heard) = how_it_ended(&records[at + 1..], number, text, start_ms);
            Some(HeardLine {
                line: number,
                kind: *kind,
                heard_fully: heard.split_whitespace().eq(text.split_whitespace()),
                heard,
                text: text.clone(),
                question: *question,
                probe: *probe,
                start_ms,
                end_ms: end_ms.max(start_ms),
            })
        }
        _ => None,
    })
}

/// When a line ended and what had been heard by then. A line that a lost connection or a crash cut off has no end in
/// the log: it ends there, and as much of it was heard as can have been spoken in that time.
fn how_it_ended(after: &[Record], number: u32, text: &str, start_ms: u64) -> (u64, String) {
    for Record { at_ms, event, .. } in after {
        match event {
            Event::LineEnded { line } if *line == number => return (*at_ms, text.to_owned()),
            Event::LineStopped { line, heard_ms, of_ms, .. } if *line == number => {
                return (*at_ms, heard_text(text, *heard_ms, *of_ms));
            }
            Event::Disconnected | Event::Connected { .. } => {
                return (*at_ms, guess(text, at_ms.saturating_sub(start_ms)));
            }
            _ => {}
        }
    }
    let end_ms = after.last().map_or(start_ms, |record| record.at_ms);
    (end_ms, guess(text, end_ms.saturating_sub(start_ms)))
}

fn guess(text: &str, heard_ms: u64) -> String {
    heard_text(text, heard_ms, text.chars().count() as u64 * GUESSED_MS_PER_CHARACTER)
}
