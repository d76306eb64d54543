//! The network: symbols in, samples out, piece by piece.
//!
//! A VITS voice thinks first (text, durations), then draws what the text asks for as one frame for each 256 samples,
//! turns that by its flow into frames that its decoder knows, and decodes those. Flow and decoder are convolutions
//! alone: a piece of their output depends on a piece of their input and a little on each side. So only the first part
//! runs on the whole sentence (in ONNX Runtime), and the first sound is there before the rest is computed.

use std::path::Path;
use std::time::Instant;

use onnx::{Graph, Input, Output, Runtime, Session, SessionOptions};
use speech::{EngineError, EngineErrorKind};
use vocoder::{Frames, Kernel};

use crate::config::{Scales, VoiceFile};
use crate::decoder::Decoder;
use crate::flow::{FLOW, Flow};
use crate::{ENGINE, error};

/// The names of a VITS voice's decoder nodes begin with this.
const DECODER: &str = "/dec/";
/// The decoder's node that takes the vector of a speaker, in voices of several.
const SPEAKER: &str = "/dec/cond/Conv";
/// Frames of the first piece (0.28 s at 22,050 Hz) and of the longest. In between, a piece is as long as can be made
/// in a part of the time for which those before it are heard: the longer they are, the less do neighbours compute twice.
const FIRST: usize = 24;
const LONGEST: usize = 384;
const PART_OF_HEARD: f64 = 0.4;

/// One piece to be spoken.
pub(crate) struct Piece {
    pub(crate) ids: Vec<i64>,
    pub(crate) speaker: Option<i64>,
    pub(crate) scales: Scales,
}

pub(crate) struct Network {
    /// The whole model, or what comes before `tail`.
    session: Session,
    tail: Option<Tail>,
}

/// What runs piece by piece.
struct Tail {
    flow: Option<Flow>,
    decoder: Decoder,
    /// Of the sound.
    rate_hz: u32,
}

impl Network {
    pub(crate) fn load(
        runtime: &Runtime,
        model: &Path,
        voice: &VoiceFile,
        threads: usize,
    ) -> Result<Self, EngineError> {
        let name = model.display().to_string();
        let options = SessionOptions { threads, arena: true };
        let cut = std::fs::read(model).ok().and_then(|bytes| cut(&bytes, voice.audio.sample_rate));
        let network = match cut {
            Some((tail, first)) => {
                Self { session: runtime.session_from_memory(ENGINE, &name, &first, options)?, tail: Some(tail) }
            }
            None => {
                tracing::warn!(%name, "the voice cannot be cut; each sentence is sent as a whole");
                Self::whole(runtime, model, options)?
            }
        };
        let speakers = (voice.num_speakers > 1).then_some("sid");
        network.session.expect_inputs(&name, &["input", "input_lengths", "scales"])?;
        network.session.expect_inputs(&name, speakers.as_slice())?;
        Ok(network)
    }

    /// The model as it is, for voices of another kind.
    fn whole(runtime: &Runtime, model: &Path, options: SessionOptions) -> Result<Self, EngineError> {
        Ok(Self { session: runtime.session(ENGINE, model, options)?, tail: None })
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
        match self.tail.as_mut() {
            Some(tail) => tail.run(&outputs, samples),
            None => {
                samples(&outputs.first().ok_or_else(nothing)?.values);
                Ok(())
            }
        }
    }
}

/// The tail of the voice whose file is `bytes`, and a model that ends where it begins. `None` for another kind of
/// voice.
fn cut(bytes: &[u8], rate_hz: u32) -> Option<(Tail, Vec<u8>)> {
    let kernel = Kernel::best();
    let graph = Graph::read(bytes)?;
    let first_input = |prefix: &str| {
        let node = graph.nodes().iter().find(|node| node.name.starts_with(prefix) && node.operator != "Constant")?;
        node.inputs.first().copied()
    };
    let speaker = graph.node(SPEAKER).and_then(|node| node.inputs.first().copied());
    let decoded = first_input(DECODER)?;
    let inputs: Vec<&str> = [Some(decoded), speaker].into_iter().flatten().collect();
    let crossing = graph.crossing(|node| node.name.starts_with(DECODER));
    let decoder = crossing
        .iter()
        .all(|name| inputs.contains(name))
        .then(|| Decoder::read(kernel, &graph, DECODER, &inputs))??;
    let flow = leads_to(&graph, decoded).then(|| Flow::read(kernel, &graph)).flatten();
    let begin = if flow.is_some() { first_input(FLOW)? } else { decoded };
    let begins: Vec<&str> = [Some(begin), speaker].into_iter().flatten().collect();
    Some((Tail { flow, decoder, rate_hz }, graph.up_to(&begins)))
}

/// Whether what the decoder takes comes straight from the flow, but for a mask that leaves a single sentence as it is.
fn leads_to(graph: &Graph<'_>, decoded: &str) -> bool {
    let makes = |name: &str| graph.nodes().iter().find(|node| node.outputs.contains(&name));
    let Some(mask) = makes(decoded).filter(|node| node.operator == "Mul") else { return false };
    mask.inputs.iter().any(|name| makes(name).is_some_and(|node| node.name.starts_with(FLOW)))
}

impl Tail {
    /// Goes through the frames that the first part made, and calls `samples` with the sound of each piece.
    fn run(&mut self, made: &[Output], mut samples: impl FnMut(&[f32]) -> bool) -> Result<(), EngineError> {
        let frames = made.first().map(from_output).transpose()?.ok_or_else(nothing)?;
        let speaker = made.get(1).map(from_output).transpose()?;
        let count = frames.count();
        let mut known = Frames::zeros(frames.channels(), 0);
        let reach = self.decoder.reach();
        let (mut start, mut length) = (0, FIRST);
        while start < count {
            let end = if count - start < length + length / 2 { count } else { start + length };
            let seen = start.saturating_sub(reach)..(end + reach).min(count);
            if known.count() < seen.end {
                // What the first piece needs, then all the rest.
                let wanted = if start == 0 { seen.end } else { count };
                self.know(&frames, speaker.as_ref(), wanted, &mut known);
            }
            let inputs = [Some(known.part(seen.start, seen.end)), speaker.clone()];
            let began = Instant::now();
            let decoded = self.decoder.run(inputs.into_iter().flatten().collect());
            let hop = self.decoder.hop();
            if decoded.len() != seen.len() * hop {
                return Err(error(EngineErrorKind::Inference, format!("{} samples of {seen:?}", decoded.len())));
            }
            if !samples(&decoded[(start - seen.start) * hop..(end - seen.start) * hop]) {
                return Ok(());
            }
            let frame_cost_s = began.elapsed().as_secs_f64() / seen.len() as f64;
            (start, length) = (end, self.next_length(end, frame_cost_s));
        }
        Ok(())
    }

    /// Frames of the next piece, after `sent` frames, when one costs `frame_cost_s`.
    fn next_length(&self, sent: usize, frame_cost_s: f64) -> usize {
        let heard_s = (sent * self.decoder.hop()) as f64 / f64::from(self.rate_hz);
        ((heard_s * PART_OF_HEARD / frame_cost_s) as usize).clamp(FIRST, LONGEST)
    }

    /// Lets `known`, the frames that the decoder takes, reach to `wanted`.
    fn know(&mut self, frames: &Frames, speaker: Option<&Frames>, wanted: usize, known: &mut Frames) {
        let done = known.count();
        let Some(flow) = self.flow.as_mut() else { return known.append(&frames.part(done, wanted)) };
        let from = done.saturating_sub(flow.reach());
        let to = (wanted + flow.reach()).min(frames.count());
        let flowed = flow.run(frames.part(from, to), speaker);
        known.append(&flowed.part(done - from, wanted - from));
    }
}

/// From `[1, channels, frames]`.
fn from_output(output: &Output) -> Result<Frames, EngineError> {
    let &[1, channels, _] = &output.shape[..] else {
        return Err(error(EngineErrorKind::Inference, format!("frames of shape {:?}", output.shape)));
    };
    Ok(Frames::from_channels_first(&output.values, channels))
}

fn nothing() -> EngineError {
    error(EngineErrorKind::Inference, "the model gave nothing")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;

    fn real() -> (Arc<Runtime>, PathBuf, VoiceFile) {
        let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
        let assets = cache.unwrap_or_else(home).join("assets");
        let model = assets.join("piper-en_US-joe-medium/en_US-joe-medium.onnx");
        let voice = VoiceFile::beside(&model).unwrap();
        (Runtime::load(&assets.join("onnxruntime")).unwrap(), model, voice)
    }

    /// What a line of `phonemes` phonemes sounds like when chance is off, part by part.
    fn hear(network: &mut Network, phonemes: usize, speaker: Option<i64>) -> Vec<Vec<f32>> {
        let mut parts: Vec<Vec<f32>> = Vec::new();
        let scales = Scales { noise_scale: 0.0, length_scale: 1.0, noise_w: 0.0 };
        let ids = [1, 0].into_iter().chain((0..phonemes).flat_map(|n| [14 + n as i64 % 40, 0])).chain([2]).collect();
        let piece = Piece { ids, speaker, scales };
        network
            .speak(piece, |samples| {
                parts.push(samples.to_vec());
                true
            })
            .unwrap();
        parts
    }

    /// How far the voice in our pieces is from the voice whole in ONNX Runtime, on the same line, chance off.
    fn apart(cut: &mut Network, whole: &mut Network, phonemes: usize, speaker: Option<i64>) -> f32 {
        let (pieces, all) = (hear(cut, phonemes, speaker), hear(whole, phonemes, speaker).concat());
        assert!(phonemes < 100 || pieces.len() > 1, "{} pieces", pieces.len());
        let pieces = pieces.concat();
        assert_eq!(pieces.len(), all.len());
        pieces.iter().zip(&all).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn pieces_are_the_whole() {
        let (runtime, model, voice) = real();
        let mut cut = Network::load(&runtime, &model, &voice, 1).unwrap();
        assert!(cut.tail.as_ref().is_some_and(|tail| tail.flow.is_some()));
        let mut whole = Network::whole(&runtime, &model, SessionOptions::default()).unwrap();
        for phonemes in [1, 20, 120, 400] {
            let worst = apart(&mut cut, &mut whole, phonemes, None);
            println!("{phonemes} phonemes: at most {worst:e} apart");
            assert!(worst < 1e-4, "pieces differ from the whole by {worst}");
        }
    }

    #[test]
    fn several_speakers_are_cut_as_well() {
        let (runtime, ..) = real();
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/speakers.onnx");
        let voice = VoiceFile::beside(&model).unwrap();
        let mut cut = Network::load(&runtime, &model, &voice, 1).unwrap();
        assert!(cut.tail.as_ref().is_some_and(|tail| tail.flow.is_some()));
        let mut whole = Network::whole(&runtime, &model, SessionOptions::default()).unwrap();
        for (phonemes, speaker) in [(2, 0), (60, 1), (300, 2)] {
            let worst = apart(&mut cut, &mut whole, phonemes, Some(speaker));
            assert!(worst < 1e-4, "speaker {speaker}: pieces differ from the whole by {worst}");
        }
        assert_ne!(hear(&mut cut, 60, Some(0)), hear(&mut cut, 60, Some(1)));
    }
}
