//! The report page: one file without any request to the network, with the sound inside it.

mod clock;
mod conversation;
mod sound;
mod summary;
mod timeline;

use std::io::{self, Write};

use interview::Plan;

use crate::latency::Latency;
use crate::page::{escape, fill, policy};
use crate::receipt::Receipt;
use crate::tape::Tape;
use crate::transcript::Transcript;

const PAGE: &str = include_str!("report/page.html");
const STYLE: &str = include_str!("report/style.css");
const SCRIPT: &str = include_str!("report/script.js");
/// Where the sound stands in the page.
const SOUND_MARK: &str = "{{sound}}";

/// What the page shows.
pub(crate) struct Report<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) transcript: &'a Transcript,
    pub(crate) receipt: &'a Receipt,
    pub(crate) latency: &'a Latency,
    pub(crate) tape: Option<&'a Tape>,
    pub(crate) recorded_ms: u64,
}

impl Report<'_> {
    /// Whether there is something to be played.
    fn has_sound(&self) -> bool {
        self.tape.is_some() && self.recorded_ms > 0
    }
}

/// Writes the page; the sound is read and written piece by piece.
pub(crate) fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let (before, after) = PAGE.split_once(SOUND_MARK).unwrap_or((PAGE, ""));
    out.write_all(fill(before, |name| value(report, name)).as_bytes())?;
    if let Some(tape) = report.tape {
        sound::write(tape, out)?;
    }
    out.write_all(fill(after, |name| value(report, name)).as_bytes())
}

/// What takes the place of `{{name}}` in the page.
fn value(report: &Report, name: &str) -> String {
    match name {
        "policy" => policy(STYLE, SCRIPT),
        "style" => STYLE.to_owned(),
        "script" => SCRIPT.to_owned(),
        "language" => escape(&report.transcript.language),
        "title" => escape(&report.plan.title),
        "role" => escape(&report.plan.role),
        "status" => summary::status(report).to_owned(),
        "facts" => summary::facts(report),
        "consent" => summary::consent(report),
        "latency" => summary::latency(report.latency),
        "hashes" => summary::hashes(report.receipt),
        "contents" => conversation::contents(report),
        "timeline" => timeline::timeline(report),
        "conversation" => conversation::conversation(report),
        "samples" => (if report.has_sound() { report.recorded_ms * 16 } else { 0 }).to_string(),
        _ => String::new(),
    }
}
