//! The network: symbols in, samples out, piece by piece.
//!
//! A VITS voice thinks first (text, then durations), then draws what the text asks for as one frame for each 256
//! samples, turns that by its flow into frames that its decoder knows, and decodes those. Flow and decoder are
//! convolutions alone: a piece of their output depends on a piece of their input and a little on each side. So only the
//! first part runs on the whole sentence, and the first sound is there before the rest is computed. Where a voice's first
//! part is of another kind than is known here, or for several speakers, ONNX Runtime runs it.

use std::path::Path;

use onnx::{Graph, Input, Output, Runtime, Session, SessionOptions};
use speech::{EngineError, EngineErrorKind};
use vocoder::{Frames, Kernel};

use crate::config::{Scales, VoiceFile};
use crate::decoder::Decoder;
use crate::flow::{FLOW, Flow};
use crate::tail::Tail;
use crate::text::Text;
use crate::{ENGINE, error};

/// The names of a VITS voice's decoder nodes begin with this.
const DECODER: &str = "/dec/";
/// The decoder's node that takes the vector of a speaker, in voices of several.
const SPEAKER: &str = "/dec/cond/Conv";

/// One piece to be spoken.
pub(crate) struct Piece {
    pub(crate) ids: Vec<i64>,
    pub(crate) speaker: Option<i64>,
    pub(crate) scales: Scales,
}

pub(crate) enum Network {
    /// The model as it is, for voices of another kind.
    Whole(Session),
    /// The sentence first, then its pieces.
    Cut(Sentence, Box<Tail>),
}

/// What runs on the whole sentence.
pub(crate) enum Sentence {
    Ours(Box<Text>),
    /// A model that ends where the tail begins.
    Theirs(Session),
}

impl Network {
    pub(crate) fn load(
        runtime: &Runtime,
        model: &Path,
        voice: &VoiceFile,
        threads: usize,
    ) -> Result<Self, EngineError> {
        let (name, options) = (model.display().to_string(), SessionOptions { threads, arena: true });
        let cut = std::fs::read(model).ok().and_then(|bytes| cut(&bytes, voice.audio.sample_rate));
        let network = match cut {
            Some((First::Ours(text), tail)) => return Ok(Self::Cut(Sentence::Ours(text), tail)),
            Some((First::Model(first), tail)) => {
                let session = runtime.session_from_memory(ENGINE, &name, &first, options)?;
                Self::Cut(Sentence::Theirs(session), tail)
            }
            None => {
                tracing::warn!(%name, "the voice cannot be cut; each sentence is sent as a whole");
                Self::whole(runtime, model, options)?
            }
        };
        network.expect_inputs(&name, voice.num_speakers > 1)?;
        Ok(network)
    }

    fn whole(runtime: &Runtime, model: &Path, options: SessionOptions) -> Result<Self, EngineError> {
        runtime.session(ENGINE, model, options).map(Self::Whole)
    }

    fn expect_inputs(&self, name: &str, has_speakers: bool) -> Result<(), EngineError> {
        match self {
            Self::Whole(session) | Self::Cut(Sentence::Theirs(session), _) => {
                session.expect_inputs(name, &["input", "input_lengths", "scales"])?;
                session.expect_inputs(name, has_speakers.then_some("sid").as_slice())
            }
            Self::Cut(Sentence::Ours(_), _) => Ok(()),
        }
    }

    /// Speaks `piece`; `samples` is called with each part as it is made, at the voice's rate, and answers whether to
    /// go on.
    pub(crate) fn speak(&mut self, piece: Piece, mut samples: impl FnMut(&[f32]) -> bool) -> Result<(), EngineError> {
        match self {
            Self::Whole(session) => {
                samples(&infer(session, piece)?.first().ok_or_else(nothing)?.values);
                Ok(())
            }
            Self::Cut(Sentence::Ours(text), tail) => tail.run(&text.run(&piece.ids, piece.scales)?, None, samples),
            Self::Cut(Sentence::Theirs(session), tail) => {
                let made = infer(session, piece)?;
                let frames = made.first().map(from_output).transpose()?.ok_or_else(nothing)?;
                let speaker = made.get(1).map(from_output).transpose()?;
                tail.run(&frames, speaker.as_ref(), samples)
            }
        }
    }
}

fn infer(session: &mut Session, piece: Piece) -> Result<Vec<Output>, EngineError> {
    let count = piece.ids.len();
    let scales = [piece.scales.noise_scale, piece.scales.length_scale, piece.scales.noise_w];
    let mut inputs = vec![
        ("input", Input::I64(vec![1, count], piece.ids)),
        ("input_lengths", Input::I64(vec![1], vec![count as i64])),
        ("scales", Input::F32(vec![3], scales.into())),
    ];
    inputs.extend(piece.speaker.map(|speaker| ("sid", Input::I64(vec![1], vec![speaker]))));
    session.run(inputs)
}

/// What runs on the whole sentence, as it is read from a voice's file.
enum First {
    Ours(Box<Text>),
    /// A model for ONNX Runtime.
    Model(Vec<u8>),
}

/// Cuts the voice whose file is `bytes` in two. `None` for another kind of voice.
fn cut(bytes: &[u8], rate_hz: u32) -> Option<(First, Box<Tail>)> {
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
    let text = Text::read(kernel, &graph).filter(|_| flow.is_some() && speaker.is_none());
    let first = text.map_or_else(|| First::Model(graph.up_to(&begins)), |text| First::Ours(Box::new(text)));
    Some((first, Box::new(Tail { flow, decoder, rate_hz })))
}

/// Whether what the decoder takes comes straight from the flow, but for a mask that leaves a single sentence as it is.
fn leads_to(graph: &Graph<'_>, decoded: &str) -> bool {
    let makes = |name: &str| graph.nodes().iter().find(|node| node.outputs.contains(&name));
    let Some(mask) = makes(decoded).filter(|node| node.operator == "Mul") else { return false };
    mask.inputs.iter().any(|name| makes(name).is_some_and(|node| node.name.starts_with(FLOW)))
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
        assert!(matches!(&cut, Network::Cut(Sentence::Ours(_), tail) if tail.flow.is_some()));
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
        assert!(matches!(&cut, Network::Cut(Sentence::Theirs(_), tail) if tail.flow.is_some()));
        let mut whole = Network::whole(&runtime, &model, SessionOptions::default()).unwrap();
        for (phonemes, speaker) in [(2, 0), (60, 1), (300, 2)] {
            let worst = apart(&mut cut, &mut whole, phonemes, Some(speaker));
            assert!(worst < 1e-4, "speaker {speaker}: pieces differ from the whole by {worst}");
        }
        assert_ne!(hear(&mut cut, 60, Some(0)), hear(&mut cut, 60, Some(1)));
    }
}
