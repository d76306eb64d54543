//! `interviewer.transcribe`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use speech::{Recognition, RecognitionRequest, Recognizer, Urgency, Word};

use super::{Sound, TRANSCRIBE, answer, arguments, failure};
use crate::Failure;
use crate::worker::{Context, Handler};

/// What `interviewer.transcribe` is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TranscribeRequest {
    /// The stretch of speech.
    pub audio: Sound,
    /// ISO 639-1, for instance `en`; null detects it.
    #[serde(default)]
    pub language: Option<String>,
    /// Names and terms that are likely to be said.
    #[serde(default)]
    pub prompt: Option<String>,
    /// Milliseconds after its beginning by which the answer is waited for: doubtful words get a second look only where it
    /// can be expected to be done by then. null: there is no hurry.
    #[serde(default)]
    pub within_ms: Option<u32>,
    /// Whether words with times are wanted.
    #[serde(default = "yes")]
    pub word_times: bool,
}

/// How long the answer may take from now on, as a task says it; the clocks of two machines need not agree.
pub(crate) fn within_ms(urgency: Urgency) -> Option<u32> {
    match urgency {
        Urgency::Unhurried => None,
        Urgency::By(deadline) => {
            let left = deadline.saturating_duration_since(Instant::now());
            Some(left.as_millis().try_into().unwrap_or(u32::MAX))
        }
        Urgency::Glimpse => Some(0),
    }
}

fn urgency(within_ms: Option<u32>) -> Urgency {
    within_ms.map_or(Urgency::Unhurried, |ms| Urgency::By(Instant::now() + Duration::from_millis(ms.into())))
}

fn yes() -> bool {
    true
}

/// A word as it was heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TranscribedWord {
    /// The word with its punctuation.
    pub text: String,
    /// Start, from the sound's first sample, in milliseconds.
    pub start_ms: u64,
    /// End, likewise.
    pub end_ms: u64,
    /// 0..1.
    pub confidence: f32,
}

/// What `interviewer.transcribe` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TranscribeResult {
    /// All words, as they should be read; empty when nobody spoke.
    pub text: String,
    /// ISO 639-1.
    #[serde(default)]
    pub language: String,
    /// Empty unless asked for.
    #[serde(default)]
    pub words: Vec<TranscribedWord>,
    /// Mean log-probability of the tokens.
    #[serde(default)]
    pub average_log_probability: f32,
    /// 0..1, the belief that nobody spoke.
    #[serde(default)]
    pub no_speech_probability: f32,
    /// How often a part was decoded again because the first result looked wrong.
    #[serde(default)]
    pub fallbacks: u32,
    /// Time spent in inference, in milliseconds.
    #[serde(default)]
    pub compute_ms: f32,
}

impl From<Recognition> for TranscribeResult {
    fn from(r: Recognition) -> Self {
        let word = |w: Word| TranscribedWord {
            text: w.text,
            start_ms: w.start_ms,
            end_ms: w.end_ms,
            confidence: w.confidence,
        };
        Self {
            text: r.text,
            language: r.language,
            words: r.words.into_iter().map(word).collect(),
            average_log_probability: r.average_log_probability,
            no_speech_probability: r.no_speech_probability,
            fallbacks: r.fallbacks,
            compute_ms: r.compute_ms,
        }
    }
}

impl From<TranscribeResult> for Recognition {
    fn from(r: TranscribeResult) -> Self {
        let word = |w: TranscribedWord| Word {
            text: w.text,
            start_ms: w.start_ms,
            end_ms: w.end_ms,
            confidence: w.confidence,
        };
        Self {
            text: r.text,
            language: r.language,
            words: r.words.into_iter().map(word).collect(),
            average_log_probability: r.average_log_probability,
            no_speech_probability: r.no_speech_probability,
            fallbacks: r.fallbacks,
            compute_ms: r.compute_ms,
        }
    }
}

/// Does `interviewer.transcribe` with a recogniser.
pub struct TranscribeHandler(pub Arc<dyn Recognizer>);

#[async_trait]
impl Handler for TranscribeHandler {
    fn name(&self) -> &str {
        TRANSCRIBE
    }

    async fn run(&self, context: Context) -> Result<Value, Failure> {
        let request: TranscribeRequest = arguments(context.task())?;
        let samples = request.audio.read(&*context.queue).await?;
        let request = RecognitionRequest {
            language: request.language,
            prompt: request.prompt,
            word_times: request.word_times,
            urgency: urgency(request.within_ms),
            cancel: context.cancel,
            ..RecognitionRequest::new(samples)
        };
        let recognition = self.0.recognize(request).await.map_err(|e| failure(&e))?;
        answer(&TranscribeResult::from(recognition))
    }
}
