//! Speech to text.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Cancel, EngineError};

/// How long the caller can wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Urgency {
    /// Until the words are as good as they get: files.
    #[default]
    Unhurried,
    /// Until then. Doubtful words get a second look only if it can be expected to be done by then; words that are late
    /// are still words.
    By(Instant),
    /// For captions that are soon outdated: one look, and none at all when others wait.
    Glimpse,
}

/// A stretch of speech to be recognised.
#[derive(Clone, Debug)]
pub struct RecognitionRequest {
    /// 16 kHz mono, -1..1; any length, long ones are cut at pauses inside.
    pub samples: Arc<[f32]>,
    /// ISO 639-1, for instance `en`; `None` detects it.
    pub language: Option<String>,
    /// Names and terms that are likely to be said; biases recognition.
    pub prompt: Option<String>,
    /// What was heard in the beginning of the same sound, or in nearly the same: an engine that can confirms it at once
    /// instead of finding it word by word. It does not change what is heard.
    pub draft: Option<String>,
    /// Whether words with times are wanted; without them an answer is a little cheaper.
    pub word_times: bool,
    /// How long the caller can wait.
    pub urgency: Urgency,
    /// Set by the caller when the answer is no longer wanted.
    pub cancel: Cancel,
}

impl RecognitionRequest {
    /// A request for English with word times, no prompt and no hurry. `samples`: 16 kHz mono.
    pub fn new(samples: impl Into<Arc<[f32]>>) -> Self {
        Self {
            samples: samples.into(),
            language: Some("en".into()),
            prompt: None,
            draft: None,
            word_times: true,
            urgency: Urgency::Unhurried,
            cancel: Cancel::default(),
        }
    }
}

/// A word as it was heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word with its punctuation, without surrounding spaces.
    pub text: String,
    /// Start, from the first sample of the request, in milliseconds.
    pub start_ms: u64,
    /// End, likewise.
    pub end_ms: u64,
    /// 0..1.
    pub confidence: f32,
}

/// What was recognised.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recognition {
    /// All words, joined as they should be read; empty when there was no speech.
    pub text: String,
    /// ISO 639-1.
    pub language: String,
    /// Empty unless asked for.
    pub words: Vec<Word>,
    /// Mean log-probability of the tokens.
    pub average_log_probability: f32,
    /// 0..1, the recogniser's own belief that nobody spoke.
    pub no_speech_probability: f32,
    /// How often a part had to be decoded again because the first result looked wrong.
    pub fallbacks: u32,
    /// Time spent in inference, in milliseconds.
    pub compute_ms: f32,
}

/// Speech to text. Long-lived and shared by all sessions.
#[async_trait]
pub trait Recognizer: Send + Sync {
    /// A name with the model's, for logs and receipts, for instance `whisper-base int8`.
    fn name(&self) -> &str;

    /// Recognises one stretch.
    ///
    /// # Errors
    /// [`crate::EngineErrorKind::Busy`] at once when the queue is full, or a glimpse would be in the way of others; `Cancelled` when the request's flag was set.
    async fn recognize(&self, request: RecognitionRequest) -> Result<Recognition, EngineError>;
}
