//! Has the speaker finished, judged by how it sounds?

use std::sync::Arc;

use async_trait::async_trait;

use crate::EngineError;

/// End of turn from audio. Long-lived and shared by all sessions.
#[async_trait]
pub trait EndOfTurn: Send + Sync {
    /// The probability that the speaker has finished. `samples`: 16 kHz mono, the turn so far up to now (its trailing
    /// silence included); only the last 8 s are looked at.
    ///
    /// # Errors
    /// `Busy` when the queue is full.
    async fn probability(&self, samples: Arc<[f32]>) -> Result<f32, EngineError>;
}
