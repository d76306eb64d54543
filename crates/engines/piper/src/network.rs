//! The network: symbols in, samples out.

use std::path::Path;

use onnx::{Input, Runtime, Session, SessionOptions};
use speech::{EngineError, EngineErrorKind};

use crate::config::{Scales, VoiceFile};
use crate::{ENGINE, error};

/// One piece to be spoken.
pub(crate) struct Piece {
    pub(crate) ids: Vec<i64>,
    pub(crate) speaker: Option<i64>,
    pub(crate) scales: Scales,
}

pub(crate) struct Network {
    session: Session,
}

impl Network {
    pub(crate) fn load(
        runtime: &Runtime,
        model: &Path,
        voice: &VoiceFile,
        threads: usize,
    ) -> Result<Self, EngineError> {
        let session = runtime.session(ENGINE, model, SessionOptions { threads, arena: true })?;
        let inputs: &[&str] = if voice.num_speakers > 1 {
            &["input", "input_lengths", "scales", "sid"]
        } else {
            &["input", "input_lengths", "scales"]
        };
        session.expect_inputs(&model.display().to_string(), inputs)?;
        Ok(Self { session })
    }

    /// Speaks `piece`; `samples` is called with each part as it is made, at the voice's rate, and answers whether to
    /// go on.
    pub(crate) fn speak(&mut self, piece: Piece, mut samples: impl FnMut(&[f32]) -> bool) -> Result<(), EngineError> {
        let count = piece.ids.len();
        let scales = [piece.scales.noise_scale, piece.scales.length_scale, piece.scales.noise_w];
        let mut inputs = vec![
            ("input", Input::I64(vec![1, count], piece.ids)),
            ("input_lengths", Input::I64(vec![1], vec![count as i64])),
            ("scales", Input::F32(vec![3], scales.into())),
        ];
        inputs.extend(piece.speaker.map(|speaker| ("sid", Input::I64(vec![1], vec![speaker]))));
        let outputs = self.session.run(inputs)?;
        let output = outputs.first().ok_or_else(|| error(EngineErrorKind::Inference, "the model gave no audio"))?;
        samples(&output.values);
        Ok(())
    }
}
