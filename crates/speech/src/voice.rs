//! Text to speech.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::speakable::{sentences, speakable_with};
use crate::{Cancel, EngineError, Lexicon};

/// A line to be spoken.
#[derive(Clone, Debug)]
pub struct SpeechRequest {
    /// Plain text, as a person would write it.
    pub text: String,
    /// Which of the engine's voices; `None` is the engine's default.
    pub voice: Option<String>,
    /// How the plan's names are said.
    pub lexicon: Arc<Lexicon>,
    /// 1 is the voice's own pace, 2 is twice as fast; 0.5..2.
    pub speed: f32,
    /// Set by the caller when the rest is no longer wanted.
    pub cancel: Cancel,
}

impl SpeechRequest {
    /// `text` in the engine's default voice at its own pace.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), voice: None, lexicon: Arc::default(), speed: 1.0, cancel: Cancel::default() }
    }

    /// The text as it is said, sentence by sentence: what an engine makes phonemes of. It holds phonemes already where
    /// the lexicon does ([`crate::lexicon::parts`] finds them).
    pub fn sentences(&self) -> Vec<String> {
        sentences(&speakable_with(&self.text, &self.lexicon))
    }
}

/// A piece of speech, to be played right after the piece before it.
#[derive(Clone, Debug)]
pub struct AudioChunk {
    /// 16 kHz mono, -1..1.
    pub samples: Vec<f32>,
}

/// Chunks as they are made; ends (`None`) after the last one or after an error.
pub type SpeechStream = mpsc::Receiver<Result<AudioChunk, EngineError>>;

/// What a voice is, for captions, receipts and cache keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceInfo {
    /// The engine, for instance `piper`.
    pub engine: String,
    /// The default voice's name, for instance `en_US-joe-medium`.
    pub name: String,
    /// Hash of the model file and of everything else that changes the sound.
    pub fingerprint: String,
}

/// Text to speech. Long-lived and shared by all sessions.
pub trait Voice: Send + Sync {
    /// What this voice is.
    fn info(&self) -> &VoiceInfo;

    /// Starts to speak; chunks arrive as they are made.
    /// A full queue is one [`crate::EngineErrorKind::Busy`] in the stream.
    fn speak(&self, request: SpeechRequest) -> SpeechStream;
}

/// Has `voice` speak `request` with nobody listening, so that a [`crate::CachedVoice`] on the way remembers it.
///
/// # Errors
/// The voice's own error.
pub async fn speak_ahead(voice: &dyn Voice, request: SpeechRequest) -> Result<(), EngineError> {
    let mut stream = voice.speak(request);
    while let Some(chunk) = stream.recv().await {
        chunk?;
    }
    Ok(())
}
