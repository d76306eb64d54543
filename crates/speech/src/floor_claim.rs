//! Does a voice over ours want the floor, judged by how it sounds?

use std::sync::Arc;

use async_trait::async_trait;

use crate::EngineError;

/// So much sound before the voice is heard with it, milliseconds.
pub const CLAIM_LEAD_MS: u64 = 100;

/// Claims to the floor from audio. Long-lived and shared by all sessions.
#[async_trait]
pub trait FloorClaim: Send + Sync {
    /// The probability that whoever begins to speak wants the floor, rather than to show that they listen, or to cough.
    /// `samples`: 16 kHz mono, from [`CLAIM_LEAD_MS`] before the voice began up to now, our echo taken off.
    ///
    /// # Errors
    /// `Busy` when the queue is full, `Input` when there is less sound than comes before the voice.
    async fn probability(&self, samples: Arc<[f32]>) -> Result<f32, EngineError>;
}
