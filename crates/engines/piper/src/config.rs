//! A voice's `.onnx.json`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use speech::{EngineError, EngineErrorKind};

use crate::error;

/// What this crate reads of the file.
#[derive(Debug, Deserialize)]
pub(crate) struct VoiceFile {
    pub(crate) audio: Audio,
    pub(crate) espeak: EspeakVoice,
    pub(crate) inference: Scales,
    pub(crate) phoneme_id_map: HashMap<String, Vec<i64>>,
    #[serde(default = "one")]
    pub(crate) num_speakers: u32,
    #[serde(default)]
    pub(crate) speaker_id_map: HashMap<String, i64>,
    #[serde(default = "espeak_phonemes")]
    pub(crate) phoneme_type: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Audio {
    /// In hertz.
    pub(crate) sample_rate: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct EspeakVoice {
    pub(crate) voice: String,
}

/// How much a line varies, and how long it takes.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Scales {
    pub(crate) noise_scale: f32,
    pub(crate) length_scale: f32,
    pub(crate) noise_w: f32,
}

impl VoiceFile {
    /// Reads the file beside `model`.
    pub(crate) fn beside(model: &Path) -> Result<Self, EngineError> {
        let mut name = model.as_os_str().to_owned();
        name.push(".json");
        let file = PathBuf::from(name);
        onnx::require(crate::ENGINE, "piper-en_US-joe-medium", &file)?;
        let broken = |e: &dyn std::fmt::Display| {
            error(EngineErrorKind::Asset, format!("{}: {e}{}", file.display(), onnx::mending(&file)))
        };
        let text = std::fs::read_to_string(&file).map_err(|e| broken(&e))?;
        let voice: Self = serde_json::from_str(&text).map_err(|e| broken(&e))?;
        voice.check().map_err(|e| broken(&e))?;
        Ok(voice)
    }

    fn check(&self) -> Result<(), String> {
        if self.phoneme_type != "espeak" {
            return Err(format!("phoneme_type \"{}\" is not supported, only \"espeak\"", self.phoneme_type));
        }
        if !(8_000..=48_000).contains(&self.audio.sample_rate) {
            return Err(format!("audio.sample_rate {} is not within 8000..48000", self.audio.sample_rate));
        }
        match ["_", "^", "$"].iter().find(|mark| !self.phoneme_id_map.contains_key(**mark)) {
            Some(mark) => Err(format!("phoneme_id_map has no \"{mark}\"")),
            None => Ok(()),
        }
    }
}

fn one() -> u32 {
    1
}

fn espeak_phonemes() -> String {
    "espeak".into()
}
