//! The network and its alphabet: phonemes in, samples at 24 kHz out.
//!
//! Text, durations, pitch and features are computed by ONNX Runtime, sound is made of them by our [`Generator`].

use std::collections::HashMap;
use std::path::Path;

use onnx::{Graph, Input, Runtime, Session, SessionOptions};
use serde::Deserialize;
use speech::{EngineError, EngineErrorKind};
use vocoder::Kernel;

use crate::generator::Generator;
use crate::style::{STYLE_LEN, Styles};
use crate::{ENGINE, KokoroConfig, error, unwanted};

/// Hertz.
pub(crate) const RATE_HZ: u32 = 24_000;

#[derive(Deserialize)]
struct VocabularyFile {
    vocab: HashMap<char, i64>,
}

pub(crate) struct Network {
    /// The whole model, or what comes before the generator.
    session: Session,
    generator: Option<Generator>,
    vocabulary: HashMap<char, i64>,
}

impl Network {
    pub(crate) fn load(runtime: &Runtime, config: &KokoroConfig) -> Result<Self, EngineError> {
        let vocabulary = read_vocabulary(&config.folder.join("vocab.json"))?;
        let (model, name) = (config.model(), config.model().display().to_string());
        let options = SessionOptions { threads: config.threads, arena: true };
        let cut = std::fs::read(&model).ok().and_then(|bytes| cut(&bytes));
        let network = match cut {
            Some((generator, first)) => {
                let session = runtime.session_from_memory(ENGINE, &name, &first, options)?;
                Self { session, generator: Some(generator), vocabulary }
            }
            None => {
                tracing::warn!(%name, "the model is not the one that is known; it runs as it is, which takes longer");
                Self::whole(runtime, &model, options, vocabulary)?
            }
        };
        network.session.expect_inputs(&name, &["tokens", "style", "speed"])?;
        Ok(network)
    }

    /// The model as it is.
    fn whole(
        runtime: &Runtime,
        model: &Path,
        options: SessionOptions,
        vocabulary: HashMap<char, i64>,
    ) -> Result<Self, EngineError> {
        Ok(Self { session: runtime.session(ENGINE, model, options)?, generator: None, vocabulary })
    }

    /// The numbers of what the alphabet knows of `phonemes`.
    pub(crate) fn encode(&self, phonemes: &str) -> Vec<i64> {
        let known = phonemes.chars().filter_map(|c| {
            let id = self.vocabulary.get(&c).copied();
            if id.is_none() {
                tracing::debug!(phoneme = %c, "the voice does not know a phoneme");
            }
            id
        });
        known.collect()
    }

    /// The samples of `tokens`. `wanted` is asked now and then whether to go on; if not, that is `Cancelled`.
    pub(crate) fn speak(
        &mut self,
        tokens: &[i64],
        styles: &Styles,
        speed: f32,
        wanted: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, EngineError> {
        let padded = [&[0], tokens, &[0]].concat();
        let outputs = self.session.run(vec![
            ("tokens", Input::I64(vec![1, padded.len()], padded)),
            ("style", Input::F32(vec![1, STYLE_LEN], styles.row(tokens.len()).to_vec())),
            ("speed", Input::F32(vec![1], vec![speed])),
        ])?;
        let audio = match self.generator.as_mut() {
            Some(generator) => generator.speak(&outputs, wanted),
            None => outputs.into_iter().next().map(|output| output.values),
        };
        audio.ok_or_else(|| match wanted() {
            true => error(EngineErrorKind::Inference, "the model gave no audio, or features of other sizes"),
            false => unwanted(),
        })
    }
}

/// Our generator, and a model that ends where it begins.
fn cut(bytes: &[u8]) -> Option<(Generator, Vec<u8>)> {
    let graph = Graph::read(bytes)?;
    let generator = Generator::read(Kernel::best(), &graph)?;
    let first = graph.up_to(&generator.inputs());
    Some((generator, first))
}

fn read_vocabulary(file: &Path) -> Result<HashMap<char, i64>, EngineError> {
    onnx::require(ENGINE, "kokoro", file)?;
    let broken = |e: &dyn std::fmt::Display| {
        error(EngineErrorKind::Asset, format!("{}: {e}{}", file.display(), onnx::mending(file)))
    };
    let text = std::fs::read_to_string(file).map_err(|e| broken(&e))?;
    Ok(serde_json::from_str::<VocabularyFile>(&text).map_err(|e| broken(&e))?.vocab)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Instant;

    use super::*;

    /// Mean power of 25 ms pieces in 20 bands of the spectrum's lower 8 kHz, in decibels.
    fn bands(samples: &[f32]) -> Vec<[f32; 20]> {
        let frame = |samples: &[f32]| {
            std::array::from_fn(|band| {
                let hertz = 100.0 * 1.22_f32.powi(band as i32);
                let step = std::f32::consts::TAU * hertz / RATE_HZ as f32;
                let (mut re, mut im) = (0.0, 0.0);
                for (n, x) in samples.iter().enumerate() {
                    let window = 0.5 - 0.5 * (std::f32::consts::TAU * n as f32 / samples.len() as f32).cos();
                    re += x * window * (step * n as f32).cos();
                    im += x * window * (step * n as f32).sin();
                }
                10.0 * (re * re + im * im + 1e-4).log10()
            })
        };
        samples.chunks_exact(600).map(frame).collect()
    }

    /// Our generator speaks as the model's own, but for what the latter rounds to 8 bits.
    #[test]
    fn the_generator_speaks_as_the_model_does() {
        let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
        let assets = cache.unwrap_or_else(home).join("assets");
        let runtime = Runtime::load(&assets.join("onnxruntime")).unwrap();
        let config = KokoroConfig::new(assets.join("kokoro"));
        let started = Instant::now();
        let mut ours = Network::load(&runtime, &config).unwrap();
        println!("loaded in {:?}", started.elapsed());
        assert!(ours.generator.is_some());
        let options = SessionOptions::default();
        let vocabulary = ours.vocabulary.clone();
        let mut whole = Network::whole(&runtime, &config.model(), options, vocabulary).unwrap();
        for (voice, line) in [("af_heart", "həlˈO wˈɜɹld."), ("bm_george", "kʊd juː tˈɛl mˌiː əbˈWt ɪt?")]
        {
            let styles = Styles::read(&config.folder, voice).unwrap();
            let tokens = ours.encode(line);
            let timed = |network: &mut Network| {
                let started = Instant::now();
                let samples = network.speak(&tokens, &styles, 1.0, &|| true).unwrap();
                println!("{voice}: {} samples in {:?}", samples.len(), started.elapsed());
                samples
            };
            let (ours, theirs) = (timed(&mut ours), timed(&mut whole));
            assert_eq!(ours.len(), theirs.len());
            let (ours, theirs) = (bands(&ours), bands(&theirs));
            let apart =
                |(a, b): (&[f32; 20], &[f32; 20])| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / 20.0;
            let mean = ours.iter().zip(&theirs).map(apart).sum::<f32>() / ours.len() as f32;
            println!("{voice}: {mean} dB apart");
            assert!(mean < 3.0, "{voice}: the spectra are {mean} dB apart");
        }
    }
}
