//! The network and its alphabet: phonemes in, samples at 24 kHz out.

use std::collections::HashMap;
use std::path::Path;

use onnx::{Input, Runtime, Session, SessionOptions};
use serde::Deserialize;
use speech::{EngineError, EngineErrorKind};

use crate::style::{STYLE_LEN, Styles};
use crate::{ENGINE, KokoroConfig, error};

/// Hertz.
pub(crate) const RATE_HZ: u32 = 24_000;

#[derive(Deserialize)]
struct VocabularyFile {
    vocab: HashMap<char, i64>,
}

pub(crate) struct Network {
    session: Session,
    vocabulary: HashMap<char, i64>,
}

impl Network {
    pub(crate) fn load(runtime: &Runtime, config: &KokoroConfig) -> Result<Self, EngineError> {
        let vocabulary = read_vocabulary(&config.folder.join("vocab.json"))?;
        let options = SessionOptions { threads: config.threads, arena: true };
        let session = runtime.session(ENGINE, &config.model(), options)?;
        session.expect_inputs(&config.model().display().to_string(), &["tokens", "style", "speed"])?;
        Ok(Self { session, vocabulary })
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

    pub(crate) fn speak(&mut self, tokens: &[i64], styles: &Styles, speed: f32) -> Result<Vec<f32>, EngineError> {
        let padded = [&[0], tokens, &[0]].concat();
        let outputs = self.session.run(vec![
            ("tokens", Input::I64(vec![1, padded.len()], padded)),
            ("style", Input::F32(vec![1, STYLE_LEN], styles.row(tokens.len()).to_vec())),
            ("speed", Input::F32(vec![1], vec![speed])),
        ])?;
        let audio = outputs.into_iter().next().map(|output| output.values);
        audio.ok_or_else(|| error(EngineErrorKind::Inference, "the model gave no audio"))
    }
}

fn read_vocabulary(file: &Path) -> Result<HashMap<char, i64>, EngineError> {
    onnx::require(ENGINE, "kokoro", file)?;
    let broken = |e: &dyn std::fmt::Display| {
        error(EngineErrorKind::Asset, format!("{}: {e}{}", file.display(), onnx::mending(file)))
    };
    let text = std::fs::read_to_string(file).map_err(|e| broken(&e))?;
    Ok(serde_json::from_str::<VocabularyFile>(&text).map_err(|e| broken(&e))?.vocab)
}
