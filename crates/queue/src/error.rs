//! What can go wrong with a queue or a cache.

use thiserror::Error;

/// A queue's or a cache's failure.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum QueueError {
    /// The settings name something that cannot be.
    #[error("{0}")]
    Settings(String),
    /// The server cannot be reached, or was lost; the same may succeed later.
    #[error("the queue's server cannot be reached: {0}")]
    Lost(String),
    /// The server refused a command; the same will fail again.
    #[error("the queue's server refused: {0}")]
    Refused(String),
    /// Nothing came within the time given.
    #[error("no answer within {0} ms")]
    Late(u64),
    /// A bound was reached.
    #[error("{0}")]
    TooMuch(String),
    /// There is no such dead letter, task or payload.
    #[error("there is no {0}")]
    Unknown(String),
    /// What was found is not what is expected there.
    #[error("{place}: {reason}")]
    Malformed {
        /// The key, message or field.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl QueueError {
    /// Whether the same request may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Late(_) | Self::TooMuch(_))
    }
}
