//! How an interview stands.

use interview::{ConsentReply, EndReason};
use serde::{Deserialize, Serialize};
use session::{Event, Record};

/// How an interview stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Walked to the end.
    Completed,
    /// The candidate ended it.
    Left,
    /// It broke off, and can be resumed.
    Interrupted,
    /// No consent was given.
    Declined,
}

impl Status {
    /// The status that a log tells.
    pub fn of(records: &[Record]) -> Self {
        let ended = records.iter().rev().find_map(|record| match record.event {
            Event::Ended { reason } => Some(reason),
            _ => None,
        });
        match ended {
            None => Self::Interrupted,
            Some(_) if !consented(records) => Self::Declined,
            Some(EndReason::Completed) => Self::Completed,
            Some(EndReason::Left) => Self::Left,
            Some(EndReason::Declined) => Self::Declined,
        }
    }
}

/// Whether the candidate agreed.
fn consented(records: &[Record]) -> bool {
    records.iter().any(|record| record.event == Event::Consent { reply: ConsentReply::Granted })
}
