//! One run of a task, within its limits.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::roster::Stop;
use super::{Context, Handler};
use crate::{Failure, FailureKind};

/// One run, within the task's limits. A handler that panics costs its own task.
pub(super) async fn attempt(handler: Arc<dyn Handler>, context: Context, stop: &Stop) -> Result<Value, Ended> {
    let (cancel, task) = (context.cancel.clone(), context.task());
    let (soft_limit_ms, hard_limit_ms) = (task.soft_limit_ms, task.hard_limit_ms);
    let mut running = tokio::spawn(async move { handler.run(context).await });
    let abort = AbortOnDrop(running.abort_handle());
    let limit = |ms: Option<u64>| ms.map_or(FOREVER, Duration::from_millis);
    let soft = tokio::time::sleep(limit(soft_limit_ms));
    let hard = tokio::time::sleep(limit(hard_limit_ms));
    tokio::pin!(soft, hard);
    let mut told_to_stop = false;
    loop {
        tokio::select! {
            result = &mut running => {
                drop(abort);
                return ended(result, told_to_stop, soft_limit_ms);
            }
            () = &mut soft, if !told_to_stop => {
                told_to_stop = true;
                cancel.cancel();
            }
            () = &mut hard => return Err(Ended::Failed(over(FailureKind::HardLimit, hard_limit_ms))),
            () = stop.now.notified() => return Err(Ended::Terminated),
        }
    }
}

/// Longer than any task.
const FOREVER: Duration = Duration::from_secs(30 * 24 * 3600);

/// Why a run has no result.
pub(super) enum Ended {
    Failed(Failure),
    Terminated,
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn ended(
    result: Result<Result<Value, Failure>, tokio::task::JoinError>,
    told_to_stop: bool,
    soft_limit_ms: Option<u64>,
) -> Result<Value, Ended> {
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) if told_to_stop => Err(Ended::Failed(over(FailureKind::SoftLimit, soft_limit_ms))),
        Ok(Err(failure)) => Err(Ended::Failed(failure)),
        Err(error) => {
            let message = format!("the handler broke off: {error}; see the worker's log");
            Err(Ended::Failed(Failure::new(FailureKind::Internal, message)))
        }
    }
}

fn over(kind: FailureKind, limit_ms: Option<u64>) -> Failure {
    Failure::new(kind, format!("it ran longer than {} ms", limit_ms.unwrap_or(0)))
}
