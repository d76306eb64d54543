//! A voice behind a guard: deadlines, another try where it helps, a look at what comes out, and a circuit breaker.
//!
//! The guard makes every failure of an engine an error soon, and never a hang, so that whoever asks can turn elsewhere
//! (see [`crate::FallbackVoice`]). It does nothing about failures itself but to try again, and that only before the
//! first sound.

mod attempt;
mod expected;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::{counter, gauge};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::breaker::{Breaker, BreakerSettings, BreakerState, Outcome, Ticket};
use crate::{AudioChunk, EngineError, EngineErrorKind, SpeechRequest, SpeechStream, Voice, VoiceInfo};
use attempt::{Attempt, attempt};

/// Chunks that may wait for the listener.
const CHUNKS: usize = 64;
/// In errors and metrics, where the engine's own name is not at hand.
const GUARD: &str = "voice";

/// How long to wait for an engine, and how often to ask it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardSettings {
    /// How long the first sound may take, the wait in the engine's queue included, in milliseconds.
    pub first_ms: u64,
    /// How long each further chunk may take, in milliseconds.
    pub between_ms: u64,
    /// Further tries after an error that may pass, before the first sound.
    pub retries: u32,
    /// The wait before the first of them, in milliseconds; it doubles with each, give or take half, so that those who
    /// failed together do not come back together.
    pub backoff_ms: u64,
    /// When to leave the engine alone.
    pub breaker: BreakerSettings,
}

impl Default for GuardSettings {
    /// Two seconds to the first sound and between chunks, two further tries.
    fn default() -> Self {
        let breaker = BreakerSettings::default();
        Self { first_ms: 2_000, between_ms: 2_000, retries: 2, backoff_ms: 40, breaker }
    }
}

/// A voice behind a guard.
#[derive(Clone)]
pub struct GuardedVoice(Arc<Guard>);

struct Guard {
    inner: Arc<dyn Voice>,
    settings: GuardSettings,
    breaker: Mutex<Breaker>,
    /// The breaker's time counts from here.
    began: Instant,
}

type Listener = mpsc::Sender<Result<AudioChunk, EngineError>>;

impl GuardedVoice {
    /// `inner` behind a guard. Called within a Tokio runtime, as [`Voice::speak`] is.
    pub fn new(inner: Arc<dyn Voice>, settings: GuardSettings) -> Self {
        let breaker = Mutex::new(Breaker::new(settings.breaker));
        let guard = Guard { inner, settings, breaker, began: Instant::now() };
        guard.show_state();
        Self(Arc::new(guard))
    }

    /// What the breaker does with requests now.
    pub fn breaker(&self) -> BreakerState {
        self.0.lock().state(self.0.now_ms())
    }
}

impl Voice for GuardedVoice {
    fn info(&self) -> &VoiceInfo {
        self.0.inner.info()
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        let (listener, stream) = mpsc::channel(CHUNKS);
        let guard = self.0.clone();
        tokio::spawn(async move { guard.serve(&request, &listener).await });
        stream
    }
}

impl Guard {
    async fn serve(self: Arc<Self>, request: &SpeechRequest, listener: &Listener) {
        let mut backoff_ms = self.settings.backoff_ms;
        for tries_left in (0..=self.settings.retries).rev() {
            let Some(admission) = Admission::ask(&self) else {
                self.count("refused");
                let message =
                    format!("{} failed several times and is left alone for a while", self.inner.info().engine);
                let error = EngineError::new(GUARD, EngineErrorKind::Unavailable, message);
                return drop(listener.send(Err(error)).await);
            };
            let Attempt { result, sounded } = attempt(&*self.inner, self.settings, request, listener).await;
            admission.tell(&result);
            self.count(label(&result));
            let Err(error) = result else { return };
            let again = tries_left > 0 && !sounded && may_pass(&error) && !request.cancel.is_cancelled();
            if !again {
                return drop(listener.send(Err(error)).await);
            }
            counter!("interviewer_voice_retries_total", "engine" => self.engine()).increment(1);
            tokio::select! {
                () = sleep(Duration::from_millis(jittered(backoff_ms, random()))) => backoff_ms *= 2,
                () = listener.closed() => return,
            }
        }
    }

    fn count(&self, outcome: &'static str) {
        counter!("interviewer_voice_requests_total", "engine" => self.engine(), "outcome" => outcome).increment(1);
    }

    fn engine(&self) -> String {
        self.inner.info().engine.clone()
    }

    /// 0 closed, 1 half-open, 2 open.
    fn show_state(&self) {
        let state = match self.lock().state(self.now_ms()) {
            BreakerState::Closed => 0.0,
            BreakerState::HalfOpen => 1.0,
            BreakerState::Open => 2.0,
        };
        gauge!("interviewer_voice_breaker_state", "engine" => self.engine()).set(state);
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to ask the engine. Dropped without word of how it went, as when a task is called off, it says that nobody
/// knows.
struct Admission<'a> {
    guard: &'a Guard,
    ticket: Option<Ticket>,
    outcome: Outcome,
}

impl<'a> Admission<'a> {
    fn ask(guard: &'a Guard) -> Option<Self> {
        let ticket = guard.lock().admit(guard.now_ms());
        guard.show_state();
        ticket.map(|ticket| Self { guard, ticket: Some(ticket), outcome: Outcome::Unknown })
    }

    fn tell(mut self, result: &Result<(), EngineError>) {
        self.outcome = match result.as_ref().map_err(|error| error.kind) {
            Ok(()) => Outcome::Good,
            // a full queue is no sign of a broken engine, and nobody could have served the other two
            Err(EngineErrorKind::Busy | EngineErrorKind::Cancelled | EngineErrorKind::Input) => Outcome::Unknown,
            Err(_) => Outcome::Bad,
        };
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.guard.lock().told(ticket, self.outcome, self.guard.now_ms());
            self.guard.show_state();
        }
    }
}

/// Whether the same engine may serve the same request a little later. Whoever was late once has cost time enough.
fn may_pass(error: &EngineError) -> bool {
    error.retryable() && !matches!(error.kind, EngineErrorKind::Late | EngineErrorKind::Unavailable)
}

fn label(result: &Result<(), EngineError>) -> &'static str {
    match result.as_ref().map_err(|error| error.kind) {
        Ok(()) => "ok",
        Err(EngineErrorKind::Busy) => "busy",
        Err(EngineErrorKind::Cancelled) => "cancelled",
        Err(EngineErrorKind::Input) => "input",
        Err(EngineErrorKind::Late) => "late",
        Err(EngineErrorKind::Rubbish) => "rubbish",
        Err(_) => "failed",
    }
}

/// `wait_ms`, give or take half of it, by `chance`.
fn jittered(wait_ms: u64, chance: u64) -> u64 {
    wait_ms / 2 + chance % (wait_ms + 1)
}

/// The seed of a new hash map is as good a chance as is needed here.
fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}
