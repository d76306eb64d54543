//! A voice of workers.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use speech::{AudioChunk, Cancel, EngineError, EngineErrorKind, SpeechRequest, SpeechStream, Voice, VoiceInfo};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::ask::{cancelled, failed, lost};
use super::recognizer::CancelOnDrop;
use crate::tasks::{SPEAK, SpeakRequest, SpeakResult, kwargs, samples_of};
use crate::{Outcome, Progress, QueueError, Task, TaskQueue};

/// The engine's name in errors.
const ENGINE: &str = "remote voice";
/// Chunks that wait for who plays them.
const CHUNKS: usize = 64;
/// So many workers are asked, one after the other.
const TRIES: u32 = 3;

/// When a remote voice loses patience.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteVoiceSettings {
    /// The queue of the workers.
    pub queue: String,
    /// When nothing comes for so long, the local voice is asked, or another worker.
    pub slow_after: Duration,
    /// After this time a line is of no use any more.
    pub deadline: Duration,
}

impl Default for RemoteVoiceSettings {
    fn default() -> Self {
        Self { queue: "tts".into(), slow_after: Duration::from_millis(2500), deadline: Duration::from_secs(30) }
    }
}

/// A voice that asks workers; and, where they are slow or gone, a local one if there is one.
pub struct RemoteVoice {
    inner: Arc<Inner>,
    info: VoiceInfo,
}

struct Inner {
    queue: Arc<dyn TaskQueue>,
    settings: RemoteVoiceSettings,
    local: Option<Arc<dyn Voice>>,
}

impl RemoteVoice {
    /// Asks the workers of `queue` who they are, for at most `within`, and speaks by them; with `local` to fall back on.
    ///
    /// # Errors
    /// `Late` when no worker answers and there is no local voice.
    pub async fn find(
        queue: Arc<dyn TaskQueue>,
        settings: RemoteVoiceSettings,
        local: Option<Arc<dyn Voice>>,
        within: Duration,
    ) -> Result<Self, QueueError> {
        let inner = Arc::new(Inner { queue, settings, local });
        let info = match (inner.who(within).await, &inner.local) {
            (Ok(info), _) => info,
            (Err(_), Some(local)) => local.info().clone(),
            (Err(error), None) => return Err(error),
        };
        Ok(Self { inner, info })
    }
}

impl Inner {
    fn task(&self, request: &SpeakRequest, deadline: Duration) -> Task {
        let mut task = Task::new(SPEAK, &self.settings.queue, kwargs(request)).expiring_in(deadline);
        task.hard_limit_ms = Some(deadline.as_millis() as u64);
        task
    }

    async fn who(&self, within: Duration) -> Result<VoiceInfo, QueueError> {
        let id = self.queue.submit(self.task(&SpeakRequest::who(), within)).await?;
        let malformed = |reason: String| QueueError::Malformed { place: "a worker's answer".into(), reason };
        match self.queue.outcome(&id, within).await? {
            Outcome::Done(value) => {
                let result: SpeakResult = serde_json::from_value(value).map_err(|e| malformed(e.to_string()))?;
                Ok(result.voice.into())
            }
            Outcome::Failed(failure) => Err(malformed(failure.message)),
            Outcome::Revoked(reason) => Err(malformed(format!("the task was {reason}"))),
        }
    }

    /// Speaks by workers, one after the other, then by the local voice. What one began another goes on with.
    async fn speak(&self, request: &SpeechRequest, out: &Out) {
        let until = Instant::now() + self.settings.deadline;
        let mut told = 0;
        let mut last = EngineError::new(ENGINE, EngineErrorKind::Gone, "no worker answered in time");
        for _ in 0..TRIES {
            match self.by_a_worker(request, out, &mut told).await {
                Ok(()) => return,
                Err(error) if !error.retryable() => return out.send(Err(error)).await,
                Err(error) => last = error,
            }
            counter!("interviewer_remote_slow_total", "engine" => "voice").increment(1);
            if self.local.is_some() || Instant::now() >= until {
                break;
            }
        }
        match &self.local {
            Some(local) => {
                counter!("interviewer_remote_fallback_total", "engine" => "voice").increment(1);
                tracing::warn!(error = %last, "the local voice is asked instead");
                let mut stream = local.speak(request.clone());
                let mut place = 0;
                while let Some(chunk) = stream.recv().await {
                    match chunk {
                        Ok(chunk) => out.pass(chunk.samples, &mut place, &mut told).await,
                        Err(error) => out.send(Err(error)).await,
                    }
                }
            }
            None => out.send(Err(last)).await,
        }
    }

    async fn by_a_worker(&self, request: &SpeechRequest, out: &Out, told: &mut usize) -> Result<(), EngineError> {
        let task = self.task(&request.into(), self.settings.deadline);
        let gone = |e: &QueueError| lost(ENGINE, e);
        let mut progress = self.queue.follow(&task.id, self.settings.slow_after).await.map_err(|e| gone(&e))?;
        let id = self.queue.submit(task).await.map_err(|e| gone(&e))?;
        let mut unasked = CancelOnDrop { queue: self.queue.clone(), id: Some(id) };
        let mut place = 0;
        while let Some(step) = progress.recv().await {
            match step {
                Progress::Chunk(bytes) => out.pass(samples_of(&bytes), &mut place, told).await,
                Progress::End(outcome) => {
                    unasked.id = None;
                    return ended(outcome);
                }
            }
        }
        Err(EngineError::new(ENGINE, EngineErrorKind::Gone, "a worker is slow, or there is none"))
    }
}

fn ended(outcome: Outcome) -> Result<(), EngineError> {
    match outcome {
        Outcome::Done(_) => Ok(()),
        Outcome::Failed(failure) => Err(failed(ENGINE, &failure)),
        Outcome::Revoked(reason) => {
            Err(EngineError::new(ENGINE, EngineErrorKind::Busy, format!("the task was {reason}")))
        }
    }
}

/// Where the sound goes.
struct Out(mpsc::Sender<Result<AudioChunk, EngineError>>);

impl Out {
    async fn send(&self, chunk: Result<AudioChunk, EngineError>) {
        let _ = self.0.send(chunk).await;
    }

    /// Passes on what of `samples`, which begin at `place`, was not told yet.
    async fn pass(&self, mut samples: Vec<f32>, place: &mut usize, told: &mut usize) {
        let end = *place + samples.len();
        if end > *told {
            samples.drain(..told.saturating_sub(*place));
            *told = end;
            self.send(Ok(AudioChunk { samples })).await;
        }
        *place = end;
    }
}

impl Voice for RemoteVoice {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        let (sender, stream) = mpsc::channel(CHUNKS);
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let (out, cancel): (Out, Cancel) = (Out(sender), request.cancel.clone());
            tokio::select! {
                () = inner.speak(&request, &out) => {}
                () = cancelled(&cancel) => {}
                () = out.0.closed() => {}
            }
        });
        stream
    }
}
