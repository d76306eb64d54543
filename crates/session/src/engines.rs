//! The engines that a session uses, and the places where it leaves what it keeps.

use std::sync::Arc;

use async_trait::async_trait;
use speech::{EndOfTurn, FloorClaim, Recognizer, Voice, VoiceActivity};
use thiserror::Error;

use crate::event::Record;

/// Shared by all sessions.
#[derive(Clone)]
pub struct Engines {
    /// Speech to text.
    pub recognizer: Arc<dyn Recognizer>,
    /// Text to speech.
    pub voice: Arc<dyn Voice>,
    /// Is somebody speaking?
    pub activity: Arc<dyn VoiceActivity>,
    /// Have they finished?
    pub end_of_turn: Arc<dyn EndOfTurn>,
    /// Do they want the floor, while we speak?
    pub floor_claim: Arc<dyn FloorClaim>,
}

/// The durable log of events.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Appends `records`, all or none. They are durable when this returns.
    ///
    /// # Errors
    /// When they could not be written, or when the first of them does not follow the log's last.
    async fn append(&self, interview: &str, records: &[Record]) -> Result<(), LogError>;

    /// All records of an interview, in order; none for one that has not begun.
    ///
    /// # Errors
    /// When they could not be read.
    async fn load(&self, interview: &str) -> Result<Vec<Record>, LogError>;
}

/// The log failed; the message says where and why.
#[derive(Debug, Error)]
#[error("the event log failed: {0}")]
pub struct LogError(pub String);
