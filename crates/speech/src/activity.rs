//! Is somebody speaking in this frame?

use async_trait::async_trait;

use crate::EngineError;

/// Samples in a frame: 32 ms at 16 kHz.
pub const VAD_FRAME_SAMPLES: usize = 512;

/// What a detector remembers of one stream between frames. Kept by the caller, so that one engine serves any number
/// of streams. The default is the start of a stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VadMemory(pub Vec<f32>);

/// One frame of one stream.
#[derive(Clone, Debug)]
pub struct VadFrame {
    /// 16 kHz mono, [`VAD_FRAME_SAMPLES`] of them.
    pub samples: Vec<f32>,
    /// What the frame before left behind.
    pub memory: VadMemory,
}

/// The probability of speech in a frame, and what to pass on with the next one.
#[derive(Clone, Debug)]
pub struct VadResult {
    /// 0..1.
    pub probability: f32,
    /// For the next frame of the same stream.
    pub memory: VadMemory,
}

/// Voice activity. Long-lived and shared by all sessions.
#[async_trait]
pub trait VoiceActivity: Send + Sync {
    /// The probability that somebody speaks in `frame`.
    ///
    /// # Errors
    /// `Input` when the frame has another length; `Busy` when the queue is full.
    async fn detect(&self, frame: VadFrame) -> Result<VadResult, EngineError>;
}
