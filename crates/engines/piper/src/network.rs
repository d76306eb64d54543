//! The network: symbols in, samples out, piece by piece where the model can be cut.
//!
//! A VITS voice thinks first (text, duration, flow: one frame for each 256 samples), then decodes frames to samples
//! by convolutions alone. Cut between the two, the decoder runs on a few frames at a time, each piece with the
//! neighbouring frames that its convolutions see, and the first sound is there before the rest is decoded.

use std::ops::Range;
use std::path::Path;

use onnx::{Input, Output, Runtime, Session, SessionOptions};
use speech::{EngineError, EngineErrorKind};

use crate::config::{Scales, VoiceFile};
use crate::{ENGINE, error};

/// The names of a VITS voice's decoder nodes begin with this.
const DECODER: &str = "/dec/";
/// Frames on each side of a piece that its samples depend on: with them pieces equal the whole to 1e-6.
const OVERLAP: usize = 12;
/// Frames of the first piece (0.28 s at 22,050 Hz); every next one is twice as long, up to the last.
const FIRST: usize = 24;
const LONGEST: usize = 192;

/// One piece to be spoken.
pub(crate) struct Piece {
    pub(crate) ids: Vec<i64>,
    pub(crate) speaker: Option<i64>,
    pub(crate) scales: Scales,
}

pub(crate) struct Network {
    /// The whole model, or its first half.
    first: Session,
    /// Frames to samples, where the model could be cut.
    decoder: Option<Session>,
}

impl Network {
    pub(crate) fn load(
        runtime: &Runtime,
        model: &Path,
        voice: &VoiceFile,
        threads: usize,
    ) -> Result<Self, EngineError> {
        let options = SessionOptions { threads, arena: true };
        let name = model.display().to_string();
        let network = match std::fs::read(model).ok().and_then(|bytes| onnx::split(&bytes, DECODER)) {
            Some(halves) => Self {
                first: runtime.session_from_memory(ENGINE, &name, &halves.first, options)?,
                decoder: Some(runtime.session_from_memory(ENGINE, &name, &halves.second, options)?),
            },
            None => {
                tracing::info!(%name, "the voice cannot be cut; each sentence is sent as a whole");
                Self { first: runtime.session(ENGINE, model, options)?, decoder: None }
            }
        };
        let speakers = (voice.num_speakers > 1).then_some("sid");
        network.first.expect_inputs(&name, &["input", "input_lengths", "scales"])?;
        network.first.expect_inputs(&name, speakers.as_slice())?;
        Ok(network)
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
        let made = only(self.first.run(inputs)?)?;
        match self.decoder.as_mut() {
            Some(decoder) => decode(decoder, &made, samples),
            None => {
                samples(&made.values);
                Ok(())
            }
        }
    }
}

/// Decodes `frames` `[1, channels, frames]` in pieces that grow.
fn decode(decoder: &mut Session, frames: &Output, mut samples: impl FnMut(&[f32]) -> bool) -> Result<(), EngineError> {
    let &[1, channels, count] = &frames.shape[..] else {
        return Err(error(EngineErrorKind::Inference, format!("frames of shape {:?}", frames.shape)));
    };
    let name = decoder.inputs().first().map(ToString::to_string).unwrap_or_default();
    let (mut start, mut length) = (0, FIRST);
    while start < count {
        let end = if count - start < length + FIRST { count } else { start + length };
        let seen = start.saturating_sub(OVERLAP)..(end + OVERLAP).min(count);
        let input = Input::F32(vec![1, channels, seen.len()], columns(&frames.values, count, &seen));
        let decoded = only(decoder.run(vec![(&name, input)])?)?;
        let hop = decoded.values.len() / seen.len();
        if !samples(&decoded.values[(start - seen.start) * hop..(end - seen.start) * hop]) {
            return Ok(());
        }
        (start, length) = (end, (length * 2).min(LONGEST));
    }
    Ok(())
}

/// The columns `wanted` of a matrix with rows of `width`.
fn columns(matrix: &[f32], width: usize, wanted: &Range<usize>) -> Vec<f32> {
    matrix.chunks_exact(width).flat_map(|row| &row[wanted.clone()]).copied().collect()
}

fn only(outputs: Vec<Output>) -> Result<Output, EngineError> {
    outputs.into_iter().next().ok_or_else(|| error(EngineErrorKind::Inference, "the model gave nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The voice, whole and cut, speaks the same line the same way when chance is off.
    #[test]
    fn pieces_are_the_whole() {
        let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(std::path::PathBuf::from);
        let home = || std::path::PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
        let assets = cache.unwrap_or_else(home).join("assets");
        let runtime = Runtime::load(&assets.join("onnxruntime")).unwrap();
        let model = assets.join("piper-en_US-joe-medium/en_US-joe-medium.onnx");
        let voice = VoiceFile::beside(&model).unwrap();
        let mut cut = Network::load(&runtime, &model, &voice, 1).unwrap();
        assert!(cut.decoder.is_some());
        let first = runtime.session(ENGINE, &model, SessionOptions::default()).unwrap();
        let mut whole = Network { first, decoder: None };
        let hear = |network: &mut Network| {
            let mut parts: Vec<Vec<f32>> = Vec::new();
            let scales = Scales { noise_scale: 0.0, length_scale: 1.0, noise_w: 0.0 };
            let ids = [1, 0].into_iter().chain((0..120).flat_map(|n| [14 + n % 40, 0])).chain([2]).collect();
            let piece = Piece { ids, speaker: None, scales };
            network
                .speak(piece, |samples| {
                    parts.push(samples.to_vec());
                    true
                })
                .unwrap();
            (parts.len(), parts.concat())
        };
        let ((many, pieces), (one, all)) = (hear(&mut cut), hear(&mut whole));
        assert!(
            many > 3 && one == 1 && pieces.len() == all.len(),
            "{many} pieces of {} and {}",
            pieces.len(),
            all.len()
        );
        let worst = pieces.iter().zip(&all).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "pieces differ from the whole by {worst}");
    }
}
