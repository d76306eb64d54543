//! End of turn by Smart Turn v3: has the speaker finished, judged by the last 8 seconds' sound?
//!
//! [`SmartTurn::start`]`(runtime, config)` starts a thread that serves all sessions through [`speech::EndOfTurn`].
//! [`features`] is what the network looks at.

mod features;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use onnx::{Input, Runtime, Session, SessionOptions};
use speech::worker::Worker;
use speech::{EndOfTurn, EngineError, EngineErrorKind};

pub use features::{FRAMES, WINDOW_SAMPLES, features};

const ENGINE: &str = "smart-turn";
/// Calls that may wait; one is asked for at each pause of each session.
const QUEUE: usize = 32;

/// Where the model is, and how many threads one call may take.
#[derive(Clone, Debug)]
pub struct SmartTurnConfig {
    /// `smart-turn-v3.2-cpu.onnx`.
    pub model: PathBuf,
    /// Threads within one call.
    pub threads: usize,
}

/// Smart Turn on a thread of its own.
#[derive(Clone)]
pub struct SmartTurn {
    worker: Worker<Network>,
}

impl SmartTurn {
    /// Loads the model and runs it once.
    ///
    /// # Errors
    /// `Asset` when the model is missing or is another model.
    pub fn start(runtime: Arc<Runtime>, config: SmartTurnConfig) -> Result<Self, EngineError> {
        let worker = Worker::start(ENGINE, QUEUE, move || Network::load(&runtime, &config.model, config.threads))?;
        Ok(Self { worker })
    }
}

#[async_trait]
impl EndOfTurn for SmartTurn {
    async fn probability(&self, samples: Arc<[f32]>) -> Result<f32, EngineError> {
        self.worker.call(move |network| network.probability(&samples)).await
    }
}

struct Network {
    session: Session,
}

impl Network {
    fn load(runtime: &Runtime, model: &Path, threads: usize) -> Result<Self, EngineError> {
        onnx::require(ENGINE, "smart-turn", model)?;
        let session = runtime.session(ENGINE, model, SessionOptions { threads, ..SessionOptions::default() })?;
        session.expect_inputs(&model.display().to_string(), &["input_features"])?;
        let mut network = Self { session };
        network.probability(&[])?;
        Ok(network)
    }

    fn probability(&mut self, samples: &[f32]) -> Result<f32, EngineError> {
        let input = Input::F32(vec![1, audio::mel::MEL_BANDS, FRAMES], features(samples));
        let outputs = self.session.run(vec![("input_features", input)])?;
        let probability = outputs.first().and_then(|output| output.values.first());
        probability.copied().ok_or_else(|| {
            EngineError::new(ENGINE, EngineErrorKind::Inference, "the model is not Smart Turn: it gave no probability")
        })
    }
}
