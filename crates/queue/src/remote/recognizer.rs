//! Recognition by workers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use metrics::counter;
use speech::{Cancel, EngineError, EngineErrorKind, Recognition, RecognitionRequest, Recognizer};

use super::ask::{cancelled, failed, lost};
use crate::tasks::{
    SAMPLE_RATE_HZ, Sound, SoundEncoding, TRANSCRIBE, TranscribeRequest, TranscribeResult, kwargs, sound_bytes,
    within_ms,
};
use crate::{Outcome, QueueError, Task, TaskQueue, now_unix_ms};

/// The engine's name in errors.
const ENGINE: &str = "remote recogniser";
/// Captions come after what the conversation waits for.
const CAPTION_PRIORITY: u8 = 6;
/// With more than so many tasks waiting, asking a second worker would only make the queue longer.
const SHORT_QUEUE: u64 = 2;

/// When a remote recogniser loses patience.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteRecognizerSettings {
    /// The queue of the workers.
    pub queue: String,
    /// An answer is slow after this time, and after `slow_per_s` more for each second of sound: then the local engine
    /// is asked, or another worker.
    pub slow_after: Duration,
    /// See `slow_after`.
    pub slow_per_s: Duration,
    /// After this time an answer is of no use any more.
    pub deadline: Duration,
}

impl Default for RemoteRecognizerSettings {
    fn default() -> Self {
        Self {
            queue: "stt".into(),
            slow_after: Duration::from_millis(1500),
            slow_per_s: Duration::from_millis(200),
            deadline: Duration::from_secs(12),
        }
    }
}

/// A recogniser that asks workers; and, where they are slow or gone, a local one if there is one.
pub struct RemoteRecognizer {
    queue: Arc<dyn TaskQueue>,
    settings: RemoteRecognizerSettings,
    local: Option<Arc<dyn Recognizer>>,
    name: String,
}

impl RemoteRecognizer {
    /// Recognition by the workers of `queue`, with `local` to fall back on.
    pub fn new(
        queue: Arc<dyn TaskQueue>,
        settings: RemoteRecognizerSettings,
        local: Option<Arc<dyn Recognizer>>,
    ) -> Self {
        let name = format!("workers of queue {}", settings.queue);
        Self { queue, settings, local, name }
    }

    async fn asked(&self, request: &RecognitionRequest) -> Result<Recognition, EngineError> {
        let until_unix_ms = now_unix_ms() + self.settings.deadline.as_millis() as u64;
        let audio = self.beside(&request.samples).await?;
        let key = audio.key.clone();
        let arguments = TranscribeRequest {
            audio,
            language: request.language.clone(),
            prompt: request.prompt.clone(),
            within_ms: within_ms(request.urgency),
            word_times: request.word_times,
        };
        let answer = tokio::select! {
            answer = self.answered(&arguments, request, until_unix_ms) => answer,
            () = tokio::time::sleep(self.settings.deadline) => {
                Err(EngineError::new(ENGINE, EngineErrorKind::Gone, "no worker answered in time"))
            }
        };
        let queue = self.queue.clone();
        tokio::spawn(async move { queue.forget(&key).await });
        answer
    }

    async fn beside(&self, samples: &[f32]) -> Result<Sound, EngineError> {
        let time = self.settings.deadline * 2;
        let key = self.queue.put(sound_bytes(samples), time).await.map_err(|e| lost(ENGINE, &e))?;
        Ok(Sound { key, encoding: SoundEncoding::S16le, sample_rate_hz: SAMPLE_RATE_HZ, samples: samples.len() })
    }

    /// The first answer; when it is slow, a second worker or the local engine is asked too.
    async fn answered(
        &self,
        arguments: &TranscribeRequest,
        request: &RecognitionRequest,
        until_unix_ms: u64,
    ) -> Result<Recognition, EngineError> {
        let first = self.by_a_worker(arguments, request, until_unix_ms);
        tokio::pin!(first);
        let seconds = request.samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
        let slow_after = self.settings.slow_after + self.settings.slow_per_s.mul_f64(seconds);
        tokio::select! {
            answer = &mut first => return answer,
            () = tokio::time::sleep(slow_after) => {}
        }
        counter!("interviewer_remote_slow_total", "engine" => "recogniser").increment(1);
        tokio::select! {
            answer = &mut first => answer,
            Some(answer) = self.otherwise(arguments, request, until_unix_ms) => answer,
        }
    }

    async fn otherwise(
        &self,
        arguments: &TranscribeRequest,
        request: &RecognitionRequest,
        until_unix_ms: u64,
    ) -> Option<Result<Recognition, EngineError>> {
        if let Some(local) = &self.local {
            return Some(local.recognize(request.clone()).await);
        }
        let short = self.queue.backlog(&self.settings.queue).await.is_ok_and(|backlog| backlog.length <= SHORT_QUEUE);
        if short { Some(self.by_a_worker(arguments, request, until_unix_ms).await) } else { None }
    }

    /// What no worker has begun at `until_unix_ms` is not begun: whoever asked has given up by then, also on a second
    /// worker that was asked later.
    async fn by_a_worker(
        &self,
        arguments: &TranscribeRequest,
        request: &RecognitionRequest,
        until_unix_ms: u64,
    ) -> Result<Recognition, EngineError> {
        let mut task = Task::new(TRANSCRIBE, &self.settings.queue, kwargs(arguments));
        task.expires_unix_ms = Some(until_unix_ms);
        task.hard_limit_ms = Some(self.settings.deadline.as_millis() as u64);
        task.priority = if request.word_times { 0 } else { CAPTION_PRIORITY };
        let id = self.queue.submit(task).await.map_err(|e| lost(ENGINE, &e))?;
        let mut unasked = CancelOnDrop { queue: self.queue.clone(), id: Some(id.clone()) };
        // whoever asked waits no longer than the deadline, and calls the task off then
        let outcome = self.queue.outcome(&id, self.settings.deadline * 2).await;
        unasked.id = None;
        read(outcome)
    }
}

fn read(outcome: Result<Outcome, QueueError>) -> Result<Recognition, EngineError> {
    match outcome {
        Ok(Outcome::Done(value)) => match serde_json::from_value::<TranscribeResult>(value) {
            Ok(result) => Ok(result.into()),
            Err(e) => {
                Err(EngineError::new(ENGINE, EngineErrorKind::Inference, format!("a worker's answer is wrong: {e}")))
            }
        },
        Ok(Outcome::Failed(failure)) => Err(failed(ENGINE, &failure)),
        Ok(Outcome::Revoked(reason)) => {
            Err(EngineError::new(ENGINE, EngineErrorKind::Busy, format!("the task was {reason}")))
        }
        Err(error) => Err(lost(ENGINE, &error)),
    }
}

#[async_trait]
impl Recognizer for RemoteRecognizer {
    fn name(&self) -> &str {
        &self.name
    }

    async fn recognize(&self, request: RecognitionRequest) -> Result<Recognition, EngineError> {
        let no_longer_wanted = |_: &Cancel| EngineError::new(ENGINE, EngineErrorKind::Cancelled, "no longer wanted");
        let cancel = request.cancel.clone();
        let answer = tokio::select! {
            answer = self.asked(&request) => answer,
            () = cancelled(&cancel) => return Err(no_longer_wanted(&cancel)),
        };
        match (answer, &self.local) {
            (Err(error), Some(local)) if error.retryable() => {
                counter!("interviewer_remote_fallback_total", "engine" => "recogniser").increment(1);
                tracing::warn!(%error, "the local recogniser is asked instead");
                local.recognize(request).await
            }
            (answer, _) => answer,
        }
    }
}

/// Calls a task off when nobody waits for it any more.
pub(super) struct CancelOnDrop {
    pub(super) queue: Arc<dyn TaskQueue>,
    pub(super) id: Option<String>,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), tokio::runtime::Handle::try_current()) else { return };
        let queue = self.queue.clone();
        runtime.spawn(async move { queue.cancel(&id).await });
    }
}
