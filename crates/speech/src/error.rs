//! What can go wrong in an engine, and whether to try again.

use thiserror::Error;

/// What kind of failure it was; callers decide by this, people read the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineErrorKind {
    /// A file that the engine needs is missing or broken; the message names the file and the command that mends it.
    Asset,
    /// The engine's queue is full.
    Busy,
    /// The one who asked no longer wants the answer.
    Cancelled,
    /// The engine's thread has ended.
    Gone,
    /// The request cannot be served whoever serves it.
    Input,
    /// Inference itself failed.
    Inference,
    /// The answer did not come in time.
    Late,
    /// What came is no answer: sound that is noise or silence, breaks off, or does not end.
    Rubbish,
    /// The engine failed several times and is left alone for a while.
    Unavailable,
}

/// An engine's failure: which engine, what was wrong, and what to do.
#[derive(Clone, Debug, Error)]
#[error("{engine}: {message}")]
pub struct EngineError {
    /// The engine that failed, for instance `whisper`.
    pub engine: &'static str,
    /// The kind of failure.
    pub kind: EngineErrorKind,
    /// What was wrong, where, and what to do.
    pub message: String,
}

impl EngineError {
    /// An error of `engine`; `message` may be anything that can be shown.
    pub fn new(engine: &'static str, kind: EngineErrorKind, message: impl ToString) -> Self {
        Self { engine, kind, message: message.to_string() }
    }

    /// Whether the same request may succeed later or elsewhere.
    pub fn retryable(&self) -> bool {
        !matches!(self.kind, EngineErrorKind::Asset | EngineErrorKind::Cancelled | EngineErrorKind::Input)
    }
}
