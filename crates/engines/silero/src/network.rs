//! The network: one frame and its memory in, probability and memory out.

use std::path::Path;

use onnx::{Input, Runtime, Session, SessionOptions};
use speech::{EngineError, EngineErrorKind, VAD_FRAME_SAMPLES, VadFrame, VadMemory, VadResult};

use crate::ENGINE;

/// The recurrent state, `[2, 1, 128]`.
const STATE_LEN: usize = 2 * 128;
/// The end of the frame before, which the network sees again.
const CONTEXT_SAMPLES: usize = 64;
/// Length of a stream's memory.
pub const MEMORY_LEN: usize = STATE_LEN + CONTEXT_SAMPLES;
const RATE_HZ: i64 = 16_000;

pub(crate) struct Network {
    session: Session,
}

impl Network {
    pub(crate) fn load(runtime: &Runtime, model: &Path) -> Result<Self, EngineError> {
        onnx::require(ENGINE, "silero-vad", model)?;
        let session = runtime.session(ENGINE, model, SessionOptions::default())?;
        session.expect_inputs(&model.display().to_string(), &["input", "state", "sr"])?;
        let mut network = Self { session };
        network.detect(VadFrame { samples: vec![0.0; VAD_FRAME_SAMPLES], memory: VadMemory::default() })?;
        Ok(network)
    }

    /// One frame, checked before by [`check`].
    pub(crate) fn detect(&mut self, frame: VadFrame) -> Result<VadResult, EngineError> {
        let (state, context) = unpack(frame.memory);
        let next_context = frame.samples[VAD_FRAME_SAMPLES - CONTEXT_SAMPLES..].to_vec();
        let input = [context, frame.samples].concat();
        let outputs = self.session.run(vec![
            ("input", Input::F32(vec![1, CONTEXT_SAMPLES + VAD_FRAME_SAMPLES], input)),
            ("state", Input::F32(vec![2, 1, 128], state)),
            ("sr", Input::I64(vec![], vec![RATE_HZ])),
        ])?;
        let [probability, state] = <[_; 2]>::try_from(outputs).map_err(|_| broken("it has not two outputs"))?;
        let probability = *probability.values.first().ok_or_else(|| broken("it gave no probability"))?;
        Ok(VadResult { probability, memory: VadMemory([state.values, next_context].concat()) })
    }
}

/// The state and the context; zeros at the start of a stream.
fn unpack(memory: VadMemory) -> (Vec<f32>, Vec<f32>) {
    let mut state = memory.0;
    state.resize(MEMORY_LEN, 0.0);
    let context = state.split_off(STATE_LEN);
    (state, context)
}

/// Whether `frame` can be served.
///
/// # Errors
/// `Input` when the frame or its memory has the wrong length.
pub(crate) fn check(frame: &VadFrame) -> Result<(), EngineError> {
    let (samples, memory) = (frame.samples.len(), frame.memory.0.len());
    if samples != VAD_FRAME_SAMPLES {
        return Err(input_error(format!(
            "a frame has {VAD_FRAME_SAMPLES} samples (32 ms at 16 kHz); this one has {samples}"
        )));
    }
    if memory != 0 && memory != MEMORY_LEN {
        return Err(input_error(format!("the memory is empty or has {MEMORY_LEN} numbers; this one has {memory}")));
    }
    Ok(())
}

fn input_error(message: String) -> EngineError {
    EngineError::new(ENGINE, EngineErrorKind::Input, message)
}

fn broken(what: &str) -> EngineError {
    EngineError::new(ENGINE, EngineErrorKind::Inference, format!("the model is not Silero VAD: {what}"))
}
