//! `interviewer.speak`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use speech::{Lexicon, SpeechRequest, Voice, VoiceInfo};

use super::{SAMPLE_RATE_HZ, SPEAK, answer, arguments, failure, sound_bytes};
use crate::worker::{Context, Handler};
use crate::{Failure, FailureKind};

/// No line is longer, in characters; nor is what a lexicon holds.
const MOST_CHARACTERS: usize = 5000;
/// A lexicon's entries.
const MOST_ENTRIES: usize = 500;

/// What `interviewer.speak` is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpeakRequest {
    /// Plain text, at most 5000 characters. An empty one only asks which voice answers.
    pub text: String,
    /// Which of the engine's voices; null is its default.
    #[serde(default)]
    pub voice: Option<String>,
    /// 1 is the voice's own pace, 2 is twice as fast; 0.5 to 2.
    #[serde(default = "own_pace")]
    pub speed: f32,
    /// How names are said: from written words to a respelling (`neev`) or, between strokes, to IPA (`/nˈiːv/`). At most
    /// 500 entries of 5000 characters together.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lexicon: BTreeMap<String, String>,
}

impl SpeakRequest {
    /// Asks only which voice answers.
    pub(crate) fn who() -> Self {
        Self { text: String::new(), voice: None, speed: own_pace(), lexicon: BTreeMap::new() }
    }

    /// # Errors
    /// `Input` with what is out of bounds.
    fn check(&self) -> Result<(), Failure> {
        let characters = self.text.chars().count();
        let entries = self.lexicon.len();
        let said: usize =
            self.lexicon.iter().map(|(written, said)| written.chars().count() + said.chars().count()).sum();
        let what = if characters > MOST_CHARACTERS {
            format!("text has {characters} characters; at most {MOST_CHARACTERS}")
        } else if !(0.5..=2.0).contains(&self.speed) {
            format!("speed is {}; it must be 0.5 to 2", self.speed)
        } else if entries > MOST_ENTRIES || said > MOST_CHARACTERS {
            format!("lexicon has {entries} entries of {said} characters; at most {MOST_ENTRIES} of {MOST_CHARACTERS}")
        } else {
            return Ok(());
        };
        Err(Failure::new(FailureKind::Input, what))
    }
}

impl From<&SpeechRequest> for SpeakRequest {
    fn from(request: &SpeechRequest) -> Self {
        let SpeechRequest { text, voice, speed, lexicon, .. } = request;
        let lexicon = lexicon.entries().clone();
        Self { text: text.clone(), voice: voice.clone(), speed: *speed, lexicon }
    }
}

fn own_pace() -> f32 {
    1.0
}

/// Which voice spoke.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoiceName {
    /// The engine, for instance `piper`.
    pub engine: String,
    /// The voice's name.
    pub name: String,
    /// Hash of everything that changes the sound.
    pub fingerprint: String,
}

/// What `interviewer.speak` answers. The sound itself goes before it, in pieces of signed 16 bit little-endian samples.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpeakResult {
    /// How many pieces there are.
    pub chunks: u64,
    /// How many samples all pieces have together.
    pub samples: u64,
    /// Always 16000; mono.
    pub sample_rate_hz: u32,
    /// Which voice spoke.
    pub voice: VoiceName,
}

impl From<&VoiceInfo> for VoiceName {
    fn from(info: &VoiceInfo) -> Self {
        Self { engine: info.engine.clone(), name: info.name.clone(), fingerprint: info.fingerprint.clone() }
    }
}

impl From<VoiceName> for VoiceInfo {
    fn from(name: VoiceName) -> Self {
        Self { engine: name.engine, name: name.name, fingerprint: name.fingerprint }
    }
}

/// Does `interviewer.speak` with a voice.
pub struct SpeakHandler(pub Arc<dyn Voice>);

#[async_trait]
impl Handler for SpeakHandler {
    fn name(&self) -> &str {
        SPEAK
    }

    async fn run(&self, context: Context) -> Result<Value, Failure> {
        let request: SpeakRequest = arguments(context.task())?;
        request.check()?;
        let SpeakRequest { text, voice, speed, lexicon } = request;
        let mut result =
            SpeakResult { sample_rate_hz: SAMPLE_RATE_HZ, voice: self.0.info().into(), ..SpeakResult::default() };
        if text.trim().is_empty() {
            return answer(&result);
        }
        let (lexicon, cancel) = (Arc::new(Lexicon::new(lexicon)), context.cancel.clone());
        let mut stream = self.0.speak(SpeechRequest { text, voice, lexicon, speed, cancel });
        while let Some(chunk) = stream.recv().await {
            let samples = chunk.map_err(|e| failure(&e))?.samples;
            result.chunks += 1;
            result.samples += samples.len() as u64;
            context.progress(sound_bytes(&samples)).await?;
        }
        answer(&result)
    }
}
