//! Voice activity by Silero VAD (v6, 16 kHz): the probability of speech in each frame of 32 ms.
//!
//! [`Silero::start`]`(config)` starts a thread that serves any number of streams; each stream's memory travels with its
//! frames ([`speech::VadMemory`], 320 numbers: the recurrent state `[2, 128]`, then the last 64 samples). Frames that
//! wait go through the [`Network`] together, up to [`BATCH`] at once.

mod batch;
mod kernel;
mod matrix;
mod network;
mod spectrum;
mod tensors;
mod weights;

use std::path::PathBuf;

use async_trait::async_trait;
use speech::{EngineError, VAD_FRAME_SAMPLES, VadFrame, VadMemory, VadResult, VoiceActivity};

use batch::{Batched, Batcher};
pub use kernel::Kernel;
pub use network::{BATCH, Network};

pub(crate) const ENGINE: &str = "silero";
/// The end of the frame before, which the network sees again.
pub(crate) const CONTEXT_SAMPLES: usize = 64;
/// Length of a stream's memory.
pub const MEMORY_LEN: usize = 2 * 128 + CONTEXT_SAMPLES;
/// Frames that may wait: one of each of a thousand streams.
const QUEUE: usize = 1024;

/// Where the model is.
#[derive(Clone, Debug)]
pub struct SileroConfig {
    /// `silero_vad_16k_op15.onnx`.
    pub model: PathBuf,
}

/// Silero VAD on a thread of its own.
#[derive(Clone)]
pub struct Silero {
    batcher: Batcher,
}

impl Silero {
    /// Loads the model and runs it once.
    ///
    /// # Errors
    /// `Asset` when the model is missing, cut off or another model's.
    pub fn start(config: SileroConfig) -> Result<Self, EngineError> {
        let batcher = Batcher::start(ENGINE, QUEUE, move || {
            let mut network = Network::load(&config.model, Kernel::best())?;
            let silence = VadFrame { samples: vec![0.0; VAD_FRAME_SAMPLES], memory: VadMemory::default() };
            network.detect(&mut [silence], &mut [0.0])?;
            Ok(network)
        })?;
        Ok(Self { batcher })
    }
}

impl Batched for Network {
    const MOST: usize = BATCH;

    fn run(&mut self, frames: &mut [VadFrame], probabilities: &mut [f32]) -> Result<(), EngineError> {
        self.detect(frames, probabilities)
    }
}

#[async_trait]
impl VoiceActivity for Silero {
    async fn detect(&self, frame: VadFrame) -> Result<VadResult, EngineError> {
        network::check(&frame)?;
        self.batcher.call(frame).await
    }
}
