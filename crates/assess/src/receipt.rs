//! The standardisation receipt: what this candidate was asked, and how, so that it can be held against the others'.

mod questions;

use interview::{ConsentReply, Plan};
use serde::Serialize;
use session::{Event, Record};

use crate::status::Status;
pub use questions::{Asked, QuestionReceipt};

/// What `receipt.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Receipt {
    /// The interview's id.
    pub interview: String,
    /// The plan's id.
    pub plan: String,
    /// The plan's title.
    pub title: String,
    /// How the interview stands.
    pub status: Status,
    /// Each time the candidate connected.
    pub connections: Vec<Connection>,
    /// The candidate's replies to the request for consent; the last one counts.
    pub consent: Vec<Consent>,
    /// Turn-taking profiles other than the usual one: more time to think, for instance.
    pub accommodations: Vec<&'static str>,
    /// What was asked, question by question as planned.
    pub questions: Vec<QuestionReceipt>,
    /// This program's version.
    pub version: &'static str,
    /// Hashes of what the interview is made of.
    pub hashes: Hashes,
    /// The chain over the log.
    pub chain: Chain,
}

/// The candidate connected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Connection {
    /// When, on the interview's clock, milliseconds.
    pub at_ms: u64,
    /// Milliseconds since 1970, UTC.
    pub unix_ms: u64,
    /// Whether the interview had begun before.
    pub resumed: bool,
    /// `brisk`, `interview`, `patient` or `custom`.
    pub profile: &'static str,
    /// The profile's numbers.
    pub profile_values: turn::Profile,
}

/// A reply to the request for consent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Consent {
    /// What it was.
    pub reply: ConsentReply,
    /// When, on the interview's clock, milliseconds.
    pub at_ms: u64,
    /// When, milliseconds since 1970, UTC.
    pub unix_ms: u64,
}

/// SHA-256 of the files, as hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Hashes {
    /// Of `plan.json`.
    pub plan_sha256: String,
    /// Of `events.jsonl`.
    pub events_sha256: String,
    /// Of `recording.wav`; `None` when there is none.
    pub recording_sha256: Option<String>,
}

/// The chain over the records: link 0 is 32 zero bytes, each further link is
/// SHA-256(the link before ‖ the record's line in `events.jsonl` without its line break).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chain {
    /// How it is made.
    pub algorithm: &'static str,
    /// How many records.
    pub records: usize,
    /// The last link, as hexadecimal digits.
    pub last: String,
}

/// The receipt of the interview by `plan` that `records` tell of. `last_link` is [`crate::chain`]'s.
pub fn receipt(interview_id: &str, plan: &Plan, records: &[Record], hashes: Hashes, last_link: String) -> Receipt {
    let connections: Vec<Connection> = records.iter().filter_map(connection).collect();
    let mut accommodations: Vec<&'static str> =
        connections.iter().map(|c| c.profile).filter(|profile| *profile != "interview").collect();
    accommodations.dedup();
    Receipt {
        interview: interview_id.to_owned(),
        plan: plan.id.clone(),
        title: plan.title.clone(),
        status: Status::of(records),
        consent: consents(records, &connections),
        connections,
        accommodations,
        questions: questions::receipts(plan, records),
        version: env!("CARGO_PKG_VERSION"),
        hashes,
        chain: Chain { algorithm: "sha256(previous || record)", records: records.len(), last: last_link },
    }
}

fn connection(record: &Record) -> Option<Connection> {
    let Event::Connected { resumed, unix_ms, profile, .. } = record.event else { return None };
    let names = ["interview", "patient", "brisk"];
    let name = names.into_iter().find(|name| turn::Profile::named(name) == Some(profile)).unwrap_or("custom");
    Some(Connection { at_ms: record.at_ms, unix_ms, resumed, profile: name, profile_values: profile })
}

fn consents(records: &[Record], connections: &[Connection]) -> Vec<Consent> {
    let clock = |at_ms: u64| {
        let connected = connections.iter().rev().find(|connection| connection.at_ms <= at_ms);
        connected.map_or(0, |connection| connection.unix_ms + at_ms - connection.at_ms)
    };
    let consent = |record: &Record| match record.event {
        Event::Consent { reply } => Some(Consent { reply, at_ms: record.at_ms, unix_ms: clock(record.at_ms) }),
        _ => None,
    };
    records.iter().filter_map(consent).collect()
}
