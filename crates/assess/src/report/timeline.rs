//! Who spoke when, as a picture.

use interview::LineKind;

use super::Report;
use super::clock::minutes;
use crate::transcript::{Entry, EntryKind, EntrySpeaker};

/// The picture's width in its own units.
const WIDTH: u64 = 10_000;

/// Two lanes and a mark for each question; a click plays from there.
pub(super) fn timeline(report: &Report) -> String {
    let entries = &report.transcript.entries;
    let end_ms = entries.iter().map(|entry| entry.end_ms).max().unwrap_or(0).max(report.recorded_ms).max(1);
    let place = |ms: u64| ms * WIDTH / end_ms;
    let bars: String = entries.iter().map(|entry| bar(entry, &place)).collect();
    let questions = entries.iter().filter(|entry| entry.kind == EntryKind::Line(LineKind::Question));
    let marks: String = questions.map(|entry| mark(place(entry.start_ms))).collect();
    format!(
        "<svg id=\"timeline\" viewBox=\"0 0 {WIDTH} 46\" preserveAspectRatio=\"none\" role=\"img\" data-end=\"{end_ms}\" \
         aria-label=\"Who spoke when: {} in all\">{marks}{bars}\
         <line id=\"playhead\" x1=\"0\" x2=\"0\" y1=\"0\" y2=\"46\"/></svg>",
        minutes(end_ms)
    )
}

fn bar(entry: &Entry, place: &impl Fn(u64) -> u64) -> String {
    let (class, y) = match entry.speaker {
        EntrySpeaker::Interviewer => ("interviewer", 4),
        EntrySpeaker::Candidate => ("candidate", 25),
    };
    let (x, end) = (place(entry.start_ms), place(entry.end_ms));
    let width = end.saturating_sub(x).max(20);
    format!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"17\"/>")
}

fn mark(x: u64) -> String {
    format!("<line class=\"mark\" x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"46\"/>")
}
