//! An interview as it is kept beside its events.

use interview::Plan;
use serde::{Deserialize, Serialize};

/// How far an interview is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has connected yet.
    Created,
    /// Being held.
    Live,
    /// Broke off; can be resumed.
    Interrupted,
    /// Held to the end.
    Completed,
    /// No consent; nothing was kept.
    Declined,
    /// Ended early by the candidate.
    Left,
}

impl Status {
    /// Whether there is nothing left to connect to.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Declined | Self::Left)
    }
}

/// An interview.
#[derive(Clone, Debug, PartialEq)]
pub struct Interview {
    /// A random UUID; who knows it may speak.
    pub id: String,
    /// What is asked, as it was when the interview was made.
    pub plan: Plan,
    /// How far it is.
    pub status: Status,
    /// Milliseconds since 1970, UTC.
    pub created_unix_ms: i64,
}
