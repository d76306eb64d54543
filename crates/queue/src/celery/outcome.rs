//! What became of a task, as Celery's result backend keeps it.

use serde_json::{Value, json};

use super::{Links, iso8601};
use crate::{Failure, FailureKind, Outcome};

/// The record of `outcome` of the task `id`, done at `now_unix_ms`.
pub fn meta(id: &str, links: &Links, outcome: &Outcome, now_unix_ms: u64) -> Value {
    let (status, result) = match outcome {
        Outcome::Done(value) => ("SUCCESS", value.clone()),
        Outcome::Failed(failure) => ("FAILURE", exception(failure)),
        Outcome::Revoked(reason) => ("REVOKED", revoked(reason)),
    };
    record(id, links, status, result, Some(iso8601(now_unix_ms)))
}

/// The record of a task that failed and is tried again.
pub(crate) fn retry_meta(id: &str, links: &Links, failure: &Failure) -> Value {
    record(id, links, "RETRY", exception(failure), None)
}

fn record(id: &str, links: &Links, status: &str, result: Value, done: Option<String>) -> Value {
    let mut meta = json!({
        "status": status, "result": result, "traceback": null, "children": [], "date_done": done, "task_id": id,
    });
    if let Some(group) = &links.group {
        meta["group_id"] = group.as_str().into();
    }
    if let Some(parent) = &links.parent {
        meta["parent_id"] = parent.as_str().into();
    }
    meta
}

fn revoked(reason: &str) -> Value {
    json!({"exc_type": "TaskRevokedError", "exc_message": [reason], "exc_module": "celery.exceptions"})
}

/// A failure as Python's exception.
pub(crate) fn exception(failure: &Failure) -> Value {
    let (module, class) = python_class(failure);
    json!({"exc_type": class, "exc_message": [failure.message], "exc_module": module})
}

/// The Python class that a failure is told as: its module and its name.
pub(crate) fn python_class(failure: &Failure) -> (&str, &str) {
    if let Some(class) = &failure.class {
        return class.rsplit_once('.').unwrap_or(("builtins", class));
    }
    match failure.kind {
        FailureKind::Input => ("builtins", "ValueError"),
        FailureKind::UnknownTask => ("celery.exceptions", "NotRegistered"),
        FailureKind::Passing => ("celery.exceptions", "MaxRetriesExceededError"),
        FailureKind::SoftLimit => ("billiard.exceptions", "SoftTimeLimitExceeded"),
        FailureKind::HardLimit => ("billiard.exceptions", "TimeLimitExceeded"),
        FailureKind::Internal => ("builtins", "RuntimeError"),
    }
}

/// Whether a record with this status is the last one.
pub fn is_over(status: &str) -> bool {
    matches!(status, "SUCCESS" | "FAILURE" | "REVOKED")
}

/// What a record says; `None` while the task is not over.
pub fn from_meta(meta: &Value) -> Option<Outcome> {
    let result = meta.get("result").cloned().unwrap_or_default();
    match meta.get("status")?.as_str()? {
        "SUCCESS" => Some(Outcome::Done(result)),
        "FAILURE" => Some(Outcome::Failed(failure(&result))),
        "REVOKED" => Some(Outcome::Revoked(message(&result))),
        _ => None,
    }
}

fn failure(exception: &Value) -> Failure {
    let text = |name: &str| exception.get(name).and_then(Value::as_str).unwrap_or_default();
    let (class, module) = (text("exc_type"), text("exc_module"));
    let kind = match class {
        "ValueError" | "TypeError" | "KeyError" => FailureKind::Input,
        "NotRegistered" => FailureKind::UnknownTask,
        "MaxRetriesExceededError" | "Retry" | "ConnectionError" => FailureKind::Passing,
        "SoftTimeLimitExceeded" => FailureKind::SoftLimit,
        "TimeLimitExceeded" => FailureKind::HardLimit,
        _ => FailureKind::Internal,
    };
    let class = if module.is_empty() { class.to_owned() } else { format!("{module}.{class}") };
    Failure { kind, message: message(exception), class: Some(class) }
}

/// Python's exceptions have a list of arguments; the first of them is the message.
fn message(exception: &Value) -> String {
    let message = exception.get("exc_message").unwrap_or(&Value::Null);
    match message.as_array().map_or(Some(message), |arguments| arguments.first()) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_survive() {
        for kind in [
            FailureKind::Input,
            FailureKind::UnknownTask,
            FailureKind::Passing,
            FailureKind::SoftLimit,
            FailureKind::HardLimit,
            FailureKind::Internal,
        ] {
            let record = meta("a", &Links::default(), &Outcome::Failed(Failure::new(kind, "why")), 0);
            let Some(Outcome::Failed(read)) = from_meta(&record) else { panic!("{record}") };
            assert_eq!((read.kind, read.message.as_str()), (kind, "why"));
        }
        for outcome in [Outcome::Done(json!({"a": 1})), Outcome::Revoked("late".into())] {
            assert_eq!(from_meta(&meta("a", &Links::default(), &outcome, 0)), Some(outcome));
        }
        assert_eq!(from_meta(&json!({"status": "STARTED"})), None);
        assert_eq!(from_meta(&json!(3)), None);
    }
}
