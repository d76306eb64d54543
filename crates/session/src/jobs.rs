//! Work that a session asks of its engines beside the conversation.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use speech::{CLAIM_LEAD_MS, Cancel, EngineError, EngineErrorKind, Recognition, RecognitionRequest, Urgency};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::ears::Tape;
use crate::engines::Engines;

/// A busy engine is asked again so many times ...
const TRIES: u32 = 30;
/// ... with so long between.
const BETWEEN_TRIES: Duration = Duration::from_millis(150);

/// Words of a pause are wanted within so long of its being noticed; a second look at doubtful ones is taken only if there
/// is time for it. A pause counts after 200 ms (96 with `brisk`), and most turns end after 520 to 800 ms of silence.
pub const WORDS_WITHIN: Duration = Duration::from_millis(600);

/// What came of a piece of work.
pub(crate) enum Done {
    Recognised { stretch: u32, from_ms: u64, result: Result<Recognition, EngineError> },
    Judged { pause: u32, result: Result<f32, EngineError> },
    Overheard { look: u32, result: Result<f32, EngineError> },
    Glimpsed { from_ms: u64, text: String },
}

/// Starts work and can call it off.
pub(crate) struct Jobs {
    engines: Engines,
    tape: Tape,
    prompt: Option<String>,
    done: mpsc::Sender<Done>,
    running: HashMap<u32, Running>,
    glimpse: Option<Cancel>,
    /// What was heard last, and from when on.
    heard: Option<(u64, String)>,
    /// How often voices over ours were judged by their sound.
    looks: u32,
}

/// A stretch that is being recognised.
struct Running {
    cancel: Cancel,
    since: Instant,
}

impl Jobs {
    pub(crate) fn new(engines: Engines, tape: Tape, prompt: Option<String>, done: mpsc::Sender<Done>) -> Self {
        Self { engines, tape, prompt, done, running: HashMap::new(), glimpse: None, heard: None, looks: 0 }
    }

    pub(crate) fn recognise(&mut self, stretch: u32, from_ms: u64, to_ms: u64) {
        self.drop_glimpse();
        let cancel = Cancel::default();
        self.running.insert(stretch, Running { cancel: cancel.clone(), since: Instant::now() });
        let by = Urgency::By(std::time::Instant::now() + WORDS_WITHIN);
        let request = self.request(from_ms, to_ms, by, cancel);
        let (recognizer, done) = (self.engines.recognizer.clone(), self.done.clone());
        tokio::spawn(async move {
            let mut result = recognizer.recognize(request.clone()).await;
            for _ in 0..TRIES {
                if !result.as_ref().is_err_and(|e| e.kind == EngineErrorKind::Busy) || request.cancel.is_cancelled() {
                    break;
                }
                tokio::time::sleep(BETWEEN_TRIES).await;
                result = recognizer.recognize(request.clone()).await;
            }
            let _ = done.send(Done::Recognised { stretch, from_ms, result }).await;
        });
    }

    /// Recognises for captions only, and only when nothing else is being recognised.
    pub(crate) fn glimpse(&mut self, from_ms: u64, to_ms: u64) {
        if !self.running.is_empty() {
            return;
        }
        let cancel = Cancel::default();
        self.glimpse = Some(cancel.clone());
        let request = self.request(from_ms, to_ms, Urgency::Glimpse, cancel);
        let (recognizer, done) = (self.engines.recognizer.clone(), self.done.clone());
        tokio::spawn(async move {
            if let Ok(recognition) = recognizer.recognize(request).await {
                let _ = done.send(Done::Glimpsed { from_ms, text: recognition.text }).await;
            }
        });
    }

    /// Notes what was heard from `from_ms` on: the next look at the same sound begins with it.
    pub(crate) fn note_heard(&mut self, from_ms: u64, text: &str) {
        self.heard = Some((from_ms, text.to_owned()));
    }

    pub(crate) fn judge(&self, pause: u32, from_ms: u64, to_ms: u64) {
        let samples: Arc<[f32]> = self.tape.slice(from_ms, to_ms).into();
        let (model, done) = (self.engines.end_of_turn.clone(), self.done.clone());
        tokio::spawn(async move {
            let result = model.probability(samples).await;
            let _ = done.send(Done::Judged { pause, result }).await;
        });
    }

    /// Judges the voice over ours that began at `from_ms`.
    pub(crate) fn overhear(&mut self, from_ms: u64, to_ms: u64) {
        self.looks += 1;
        let samples: Arc<[f32]> =
            self.tape.slice(from_ms.saturating_sub(CLAIM_LEAD_MS), to_ms.min(self.tape.end_ms())).into();
        let (look, model, done) = (self.looks, self.engines.floor_claim.clone(), self.done.clone());
        tokio::spawn(async move {
            let result = model.probability(samples).await;
            let _ = done.send(Done::Overheard { look, result }).await;
        });
    }

    /// Whether no voice was judged after this look: an answer about an earlier one comes too late.
    pub(crate) fn is_latest_look(&self, look: u32) -> bool {
        look == self.looks
    }

    pub(crate) fn forget(&mut self, stretch: u32) {
        if let Some(running) = self.running.remove(&stretch) {
            running.cancel.cancel();
        }
    }

    /// Notes that a stretch is done; whether it was still wanted.
    pub(crate) fn finish(&mut self, stretch: u32) -> bool {
        self.running.remove(&stretch).is_some()
    }

    /// Whether a stretch is being recognised.
    pub(crate) fn are_running(&self) -> bool {
        !self.running.is_empty()
    }

    /// Since when the stretch is being recognised that was asked for first, of those that are.
    pub(crate) fn running_since(&self) -> Option<Instant> {
        self.running.values().map(|running| running.since).min()
    }

    /// Calls everything off.
    pub(crate) fn drop_all(&mut self) {
        self.drop_glimpse();
        self.running.drain().for_each(|(_, running)| running.cancel.cancel());
    }

    /// Calls the glimpse off.
    pub(crate) fn drop_glimpse(&mut self) {
        if let Some(cancel) = self.glimpse.take() {
            cancel.cancel();
        }
    }

    fn request(&self, from_ms: u64, to_ms: u64, urgency: Urgency, cancel: Cancel) -> RecognitionRequest {
        let samples = self.tape.slice(from_ms, to_ms);
        let (prompt, word_times) = (self.prompt.clone(), urgency != Urgency::Glimpse);
        let draft = self.heard.as_ref().filter(|(heard_from_ms, _)| *heard_from_ms == from_ms);
        let draft = draft.map(|(_, text)| text.clone());
        RecognitionRequest { prompt, draft, word_times, urgency, cancel, ..RecognitionRequest::new(samples) }
    }
}
