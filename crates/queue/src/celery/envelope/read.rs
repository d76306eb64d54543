//! A message, read as a task.

use serde_json::Value;

use super::{Envelope, Links, wrong};
use crate::celery::unix_ms;
use crate::{PRIORITIES, QueueError, Task};

impl Envelope {
    /// The task that came in `queue` by this message, and what hangs on it.
    ///
    /// # Errors
    /// `Malformed` with the field that is wrong.
    pub fn read(&self, queue: &str) -> Result<(Task, Links), QueueError> {
        let body = self.body()?;
        let (name, id) = self.names();
        if name.is_empty() || id.is_empty() {
            return Err(wrong("the message's headers", "\"task\" and \"id\" must be texts"));
        }
        let limits = self.header("timelimit");
        let limit =
            |place: usize| limits.and_then(|l| l.get(place)).and_then(Value::as_f64).map(|s| (s * 1000.0) as u64);
        let text = |name| self.header(name).and_then(Value::as_str).map(str::to_owned);
        let task = Task {
            id,
            name,
            queue: queue.to_owned(),
            args: body.args,
            kwargs: body.kwargs,
            priority: self.property("priority").and_then(Value::as_u64).map_or(0, |p| p.min(9) as u8) % PRIORITIES,
            not_before_unix_ms: self.time("eta")?,
            expires_unix_ms: self.time("expires")?,
            hard_limit_ms: limit(0),
            soft_limit_ms: limit(1),
            ignore_result: self.header("ignore_result").and_then(Value::as_bool).unwrap_or(false),
            idempotency_key: text("idempotency_key"),
            trace: text("traceparent"),
            retries: self.header("retries").and_then(Value::as_u64).map_or(0, |r| r.min(u64::from(u32::MAX)) as u32),
            sent_unix_ms: self.header("sent_unix_ms").and_then(Value::as_u64),
        };
        let links = Links {
            group: text("group"),
            group_index: self.header("group_index").and_then(Value::as_i64),
            root: text("root_id"),
            parent: text("parent_id"),
            embed: body.embed,
        };
        Ok((task, links))
    }

    fn time(&self, name: &str) -> Result<Option<u64>, QueueError> {
        match self.header(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => match unix_ms(text) {
                Some(ms) => Ok(Some(ms)),
                None => Err(wrong("the message's headers", format!("\"{name}\" is \"{text}\", which is no time"))),
            },
            Some(_) => Err(wrong("the message's headers", format!("\"{name}\" must be a text with a time"))),
        }
    }
}
