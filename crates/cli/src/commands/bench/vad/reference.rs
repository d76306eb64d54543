//! Silero's own file in ONNX Runtime.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use onnx::{Input, Session, SessionOptions};
use speech::VAD_FRAME_SAMPLES;

use crate::engines;

/// Samples of the frame before, which that network is given in front of each frame.
const CONTEXT: usize = 64;

/// One stream, one thread.
pub(super) struct Reference {
    session: Session,
    state: Vec<f32>,
    context: Vec<f32>,
}

impl Reference {
    pub(super) fn load(model: &Path) -> Result<Self> {
        let session = engines::runtime()?.session("silero", model, SessionOptions::default())?;
        Ok(Self { session, state: Vec::new(), context: Vec::new() })
    }

    /// The start of a stream.
    pub(super) fn restart(&mut self) {
        self.state = vec![0.0; 2 * 128];
        self.context = vec![0.0; CONTEXT];
    }

    /// The probabilities of the stream's next frames, and the microseconds that each took.
    pub(super) fn hear(&mut self, frames: &[[f32; VAD_FRAME_SAMPLES]]) -> Result<(Vec<f32>, f64)> {
        let started = Instant::now();
        let probabilities: Vec<f32> = frames.iter().map(|frame| self.probability(frame)).collect::<Result<_>>()?;
        Ok((probabilities, started.elapsed().as_secs_f64() * 1e6 / frames.len() as f64))
    }

    fn probability(&mut self, samples: &[f32]) -> Result<f32> {
        let input = [&self.context, samples].concat();
        let outputs = self.session.run(vec![
            ("input", Input::F32(vec![1, input.len()], input)),
            ("state", Input::F32(vec![2, 1, 128], std::mem::take(&mut self.state))),
            ("sr", Input::I64(vec![], vec![16_000])),
        ])?;
        let outputs = outputs.into_iter().map(|output| output.values).collect::<Vec<_>>();
        let [probability, state] = <[_; 2]>::try_from(outputs).ok().context("the model has not two outputs")?;
        ensure!(state.len() == 2 * 128 && probability.len() == 1, "the model is not Silero's");
        self.state = state;
        self.context = samples[VAD_FRAME_SAMPLES - CONTEXT..].to_vec();
        Ok(probability[0])
    }
}
