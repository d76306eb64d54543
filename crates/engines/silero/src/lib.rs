//! Voice activity by Silero VAD (v6, 16 kHz): the probability of speech in each frame of 32 ms.
//!
//! [`Silero::start`]`(runtime, config)` starts a thread that serves any number of streams; each stream's memory travels
//! with its frames ([`speech::VadMemory`], 320 numbers: the recurrent state `[2, 1, 128]`, then the last 64 samples).

mod network;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use onnx::Runtime;
use speech::worker::Worker;
use speech::{EngineError, VadFrame, VadResult, VoiceActivity};

pub use network::MEMORY_LEN;
use network::Network;

pub(crate) const ENGINE: &str = "silero";
/// Frames that may wait: 8 s of one stream, or one frame of 250 streams.
const QUEUE: usize = 250;

/// Where the model is.
#[derive(Clone, Debug)]
pub struct SileroConfig {
    /// `silero_vad_16k_op15.onnx` or `silero_vad.onnx`.
    pub model: PathBuf,
}

/// Silero VAD on a thread of its own.
#[derive(Clone)]
pub struct Silero {
    worker: Worker<Network>,
}

impl Silero {
    /// Loads the model and runs it once.
    ///
    /// # Errors
    /// `Asset` when the model is missing or is another model.
    pub fn start(runtime: Arc<Runtime>, config: SileroConfig) -> Result<Self, EngineError> {
        let worker = Worker::start(ENGINE, QUEUE, move || Network::load(&runtime, &config.model))?;
        Ok(Self { worker })
    }
}

#[async_trait]
impl VoiceActivity for Silero {
    async fn detect(&self, frame: VadFrame) -> Result<VadResult, EngineError> {
        network::check(&frame)?;
        self.worker.call(move |network| network.detect(frame)).await
    }
}
