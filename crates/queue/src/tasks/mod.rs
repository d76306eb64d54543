//! The tasks of an interview: what they are given, what they answer, and the handlers of those that need an engine.
//!
//! Their JSON Schemas stand in `docs/tasks.md`, for people who write workers of their own.

mod report;
mod sound;
mod speak;
mod transcribe;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Failure, FailureKind, Task};

pub use report::{RecordsRef, ReportRequest, ReportResult};
pub use sound::{SAMPLE_RATE_HZ, Sound, SoundEncoding, samples_of, sound_bytes};
pub use speak::{SpeakHandler, SpeakRequest, SpeakResult, VoiceName};
pub(crate) use transcribe::within_ms;
pub use transcribe::{TranscribeHandler, TranscribeRequest, TranscribeResult, TranscribedWord};

/// Recognises a stretch of speech.
pub const TRANSCRIBE: &str = "interviewer.transcribe";
/// Speaks a line.
pub const SPEAK: &str = "interviewer.speak";
/// Makes an interview's files.
pub const REPORT: &str = "interviewer.report";

/// A task's arguments as `T`.
///
/// # Errors
/// `Input` with the field that is wrong.
pub fn arguments<T: DeserializeOwned>(task: &Task) -> Result<T, Failure> {
    let wrong = |what: String| Failure::new(FailureKind::Input, format!("{}: {what}", task.name));
    if !task.args.is_empty() {
        return Err(wrong("its arguments are given by name, none by place".into()));
    }
    serde_json::from_value(Value::Object(task.kwargs.clone()))
        .map_err(|e| wrong(format!("its arguments are wrong: {e}")))
}

/// `request` as a task's arguments.
pub(crate) fn kwargs(request: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(request) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// `result` as a task's result.
pub(crate) fn answer(result: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(result).map_err(|e| Failure::new(FailureKind::Internal, format!("its result is no JSON: {e}")))
}

/// An engine's failure as a task's.
pub(crate) fn failure(error: &speech::EngineError) -> Failure {
    use speech::EngineErrorKind::{Busy, Cancelled, Gone, Inference, Input};
    let kind = match error.kind {
        Input => FailureKind::Input,
        Busy | Inference => FailureKind::Passing,
        Cancelled => FailureKind::SoftLimit,
        Gone => FailureKind::Passing,
        _ => FailureKind::Internal,
    };
    Failure::new(kind, error.to_string())
}
