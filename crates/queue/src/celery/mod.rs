//! Celery's message protocol, version 2, as kombu puts it on Redis: formats only, no connection.
//!
//! Written from Celery's documentation of the protocol and held against Celery 5.7 in `tests/celery.rs`.

mod body;
mod control;
mod envelope;
mod event;
mod outcome;
mod python;
mod signature;
mod time;

pub(crate) use body::MAX_BODY_BYTES;
pub use body::{Body, decode_body};
pub(crate) use control::{Command, command, matches_binding, reply};
pub use envelope::{Envelope, Links};
pub(crate) use event::{Event, broadcast};
pub(crate) use outcome::{exception, python_class, retry_meta};
pub use outcome::{from_meta, is_over, meta};
pub(crate) use python::repr;
pub(crate) use signature::{Parent, followers, prefixed};
pub use time::{iso8601, unix_ms};

/// Between a queue's name and its priority step, and between the parts of a binding.
pub const SEPARATOR: &str = "\x06\x16";
/// Kombu's priority steps: a priority counts as the step below it.
pub const STEPS: [u8; 4] = [0, 3, 6, 9];
/// Before the id in the key of a task's result, which is also the channel on which it is told.
pub const RESULT_PREFIX: &str = "celery-task-meta-";
/// Likewise of what belongs to a group.
pub const GROUP_PREFIX: &str = "celery-taskset-meta-";

/// The list in which tasks of `queue` with `priority` wait.
pub fn list_key(queue: &str, priority: u8) -> String {
    let step = STEPS.iter().rev().find(|step| **step <= priority).copied().unwrap_or(0);
    if step == 0 { queue.to_owned() } else { format!("{queue}{SEPARATOR}{step}") }
}

/// All lists of `queues` in the order in which they are served: by priority, then by queue.
pub fn list_keys(queues: &[String]) -> Vec<(String, String)> {
    STEPS.iter().flat_map(|step| queues.iter().map(|queue| (list_key(queue, *step), queue.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_kombus() {
        assert_eq!(
            [0, 2, 3, 5, 8, 9].map(|p| list_key("stt", p)),
            ["stt", "stt", "stt\x06\x163", "stt\x06\x163", "stt\x06\x166", "stt\x06\x169"]
        );
        let keys = list_keys(&["a".into(), "b".into()]);
        let keys: Vec<_> = keys.iter().map(|(key, _)| key.as_str()).take(4).collect();
        assert_eq!(keys, ["a", "b", "a\x06\x163", "b\x06\x163"]);
    }
}
