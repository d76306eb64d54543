//! A voice's `.onnx.json`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use speech::{EngineError, EngineErrorKind};

use crate::error;

/// Speakers that an error names.
const MOST_NAMED: usize = 12;

/// What this crate reads of the file.
#[derive(Debug, Deserialize)]
pub(crate) struct VoiceFile {
    pub(crate) audio: Audio,
    pub(crate) espeak: EspeakVoice,
    #[serde(default)]
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
#[serde(default)]
pub(crate) struct Scales {
    pub(crate) noise_scale: f32,
    pub(crate) length_scale: f32,
    pub(crate) noise_w: f32,
}

/// Piper's own, for files that leave them out.
impl Default for Scales {
    fn default() -> Self {
        Self { noise_scale: 0.667, length_scale: 1.0, noise_w: 0.8 }
    }
}

impl VoiceFile {
    /// The speaker of that name or number, the first one if none is named; `None` in a voice of one speaker.
    pub(crate) fn speaker(&self, wanted: Option<&str>) -> Result<Option<i64>, EngineError> {
        let Some(wanted) = wanted else { return Ok((self.num_speakers > 1).then_some(0)) };
        let named = self.speaker_id_map.get(wanted).copied();
        let number = wanted.parse::<i64>().ok();
        let known = |number: &i64| (0..i64::from(self.num_speakers)).contains(number);
        match named.or(number).filter(known) {
            Some(speaker) => Ok((self.num_speakers > 1).then_some(speaker)),
            None => {
                Err(error(EngineErrorKind::Input, format!("there is no speaker \"{wanted}\"; {}", self.speakers())))
            }
        }
    }

    /// Who there is, in words.
    fn speakers(&self) -> String {
        let mut names: Vec<(i64, &str)> = self.speaker_id_map.iter().map(|(name, id)| (*id, name.as_str())).collect();
        names.sort_unstable();
        let first = names.iter().take(MOST_NAMED).map(|(_, name)| *name).collect::<Vec<_>>().join(", ");
        match (self.num_speakers, names.len()) {
            (..=1, _) => "the voice has one, who needs no name".into(),
            (count, 0) => format!("they have the numbers 0 to {}", count - 1),
            (count, MOST_NAMED..) => format!("they are {first} and so on, or the numbers 0 to {}", count - 1),
            (count, _) => format!("they are {first}, or the numbers 0 to {}", count - 1),
        }
    }

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
        if !(1..=100_000).contains(&self.num_speakers) {
            return Err(format!("num_speakers {} is not within 1..100000", self.num_speakers));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(speakers: u32, names: &[(&str, i64)]) -> VoiceFile {
        VoiceFile {
            audio: Audio { sample_rate: 16_000 },
            espeak: EspeakVoice { voice: "en-us".into() },
            inference: Scales::default(),
            phoneme_id_map: ["_", "^", "$"].map(|mark| (mark.to_owned(), vec![0])).into(),
            num_speakers: speakers,
            speaker_id_map: names.iter().map(|(name, id)| ((*name).to_owned(), *id)).collect(),
            phoneme_type: "espeak".into(),
        }
    }

    #[test]
    fn speakers_go_by_name_and_by_number() {
        let several = voice(3, &[("anna", 0), ("bob", 2)]);
        for (wanted, speaker) in [(None, 0), (Some("bob"), 2), (Some("1"), 1), (Some("0"), 0)] {
            assert_eq!(several.speaker(wanted).unwrap(), Some(speaker));
        }
        for nobody in ["eve", "3", "-1", ""] {
            let error = several.speaker(Some(nobody)).unwrap_err();
            assert_eq!(error.kind, EngineErrorKind::Input);
            assert!(error.message.ends_with("they are anna, bob, or the numbers 0 to 2"), "{error}");
        }
        let alone = voice(1, &[]);
        assert_eq!((alone.speaker(None).unwrap(), alone.speaker(Some("0")).unwrap()), (None, None));
        assert!(alone.speaker(Some("bob")).unwrap_err().message.contains("needs no name"));
    }

    #[test]
    fn files_of_all_kinds_are_read_or_refused_by_field() {
        let least = r#"{"audio": {"sample_rate": 16000}, "espeak": {"voice": "de"}, "phoneme_id_map":
            {"_": [0], "^": [1], "$": [2]}}"#;
        let voice: VoiceFile = serde_json::from_str(least).unwrap();
        assert!(voice.check().is_ok() && voice.num_speakers == 1 && voice.inference.noise_w == 0.8);
        for (from, to, field) in [
            ("16000", "4000", "audio.sample_rate"),
            ("\"^\": [1],", "", "phoneme_id_map"),
            ("[2]}}", "[2]}, \"phoneme_type\": \"text\"}", "phoneme_type"),
            ("[2]}}", "[2]}, \"num_speakers\": 0}", "num_speakers"),
        ] {
            let voice: VoiceFile = serde_json::from_str(&least.replacen(from, to, 1)).unwrap();
            assert!(voice.check().unwrap_err().contains(field));
        }
    }
}
