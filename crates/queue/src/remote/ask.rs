//! What both remote engines need.

use std::time::Duration;

use speech::{Cancel, EngineError, EngineErrorKind};

use crate::{Failure, FailureKind, QueueError};

/// How often it is looked whether an answer is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// Waits until `cancel` is set.
pub(super) async fn cancelled(cancel: &Cancel) {
    while !cancel.is_cancelled() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A task's failure as an engine's.
pub(super) fn failed(engine: &'static str, failure: &Failure) -> EngineError {
    let kind = match failure.kind {
        FailureKind::Input => EngineErrorKind::Input,
        FailureKind::UnknownTask => EngineErrorKind::Gone,
        FailureKind::Passing => EngineErrorKind::Busy,
        FailureKind::SoftLimit | FailureKind::HardLimit | FailureKind::Internal => EngineErrorKind::Inference,
    };
    EngineError::new(engine, kind, &failure.message)
}

/// A queue's failure as an engine's.
pub(super) fn lost(engine: &'static str, error: &QueueError) -> EngineError {
    let kind = match error {
        QueueError::TooMuch(_) | QueueError::Malformed { .. } => EngineErrorKind::Input,
        _ => EngineErrorKind::Gone,
    };
    EngineError::new(engine, kind, error)
}
