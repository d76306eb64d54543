//! A task, and what becomes of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A task's priority is below this; 0 is done first.
pub const PRIORITIES: u8 = 10;

/// Milliseconds since 1970, by the machine's clock.
pub fn now_unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// A piece of work.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// Unique; a UUID unless it came from elsewhere.
    pub id: String,
    /// What is to be done, for instance `interviewer.transcribe`.
    pub name: String,
    /// Where it waits.
    pub queue: String,
    /// Its arguments by place.
    pub args: Vec<Value>,
    /// Its arguments by name.
    pub kwargs: Map<String, Value>,
    /// 0 (first) to 9 (last).
    pub priority: u8,
    /// Not to be begun before.
    pub not_before_unix_ms: Option<u64>,
    /// Not to be begun after: an answer would come too late for whoever asked.
    pub expires_unix_ms: Option<u64>,
    /// How long it may run before it is told to stop.
    pub soft_limit_ms: Option<u64>,
    /// How long it may run before it is stopped.
    pub hard_limit_ms: Option<u64>,
    /// Nobody will ask for its result.
    pub ignore_result: bool,
    /// Tasks with the same key are one task: it is done once, and all have its result.
    pub idempotency_key: Option<String>,
    /// The trace that it belongs to, as in W3C's `traceparent`.
    pub trace: Option<String>,
    /// How often it has been tried and failed.
    pub retries: u32,
    /// When it was submitted, where that is known.
    pub sent_unix_ms: Option<u64>,
}

impl Task {
    /// A task with a new id.
    pub fn new(name: impl Into<String>, queue: impl Into<String>, kwargs: Map<String, Value>) -> Self {
        let id = Uuid::new_v4().to_string();
        Self { id, name: name.into(), queue: queue.into(), kwargs, ..Self::default() }
    }

    /// The same, to be dropped when nobody has begun it within `time`.
    #[must_use]
    pub fn expiring_in(mut self, time: Duration) -> Self {
        self.expires_unix_ms = Some(now_unix_ms() + time.as_millis() as u64);
        self
    }

    /// Whether it is too late to begin, at `now_unix_ms`.
    pub fn is_late(&self, now_unix_ms: u64) -> bool {
        self.expires_unix_ms.is_some_and(|expires| expires <= now_unix_ms)
    }

    /// How long until it may be begun, at `now_unix_ms`.
    pub fn wait_ms(&self, now_unix_ms: u64) -> u64 {
        self.not_before_unix_ms.map_or(0, |from| from.saturating_sub(now_unix_ms))
    }
}

/// What kind of failure it was; callers decide by this, people read the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The task cannot be done whoever tries.
    Input,
    /// No worker of its queue knows it.
    UnknownTask,
    /// It may succeed when it is tried again.
    Passing,
    /// It was told to stop and did.
    SoftLimit,
    /// It was stopped.
    HardLimit,
    /// The handler itself is at fault.
    Internal,
}

/// Why a task failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// What was wrong, where, and what to do.
    pub message: String,
    /// The exception's class where it came from Python, for instance `celery.exceptions.Reject`.
    pub class: Option<String>,
}

impl Failure {
    /// A failure of our own.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), class: None }
    }

    /// Whether it is worth trying again.
    pub fn passes(&self) -> bool {
        self.kind == FailureKind::Passing
    }
}

/// What became of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was done; its result.
    Done(Value),
    /// It was tried and will not be tried again.
    Failed(Failure),
    /// It was called off, or expired; why.
    Revoked(String),
}
