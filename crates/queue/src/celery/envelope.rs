//! A task's message as kombu puts it into a list of Redis.

mod read;

use base64::Engine;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Body, MAX_BODY_BYTES, decode_body, iso8601, repr};
use crate::{QueueError, Task};

/// What hangs on a task: its group, and what is to follow it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links {
    /// The group that it belongs to.
    pub group: Option<String>,
    /// Its place in the group.
    pub group_index: Option<i64>,
    /// The first task of all.
    pub root: Option<String>,
    /// The task that submitted this one.
    pub parent: Option<String>,
    /// Signatures of what follows: `callbacks`, `errbacks`, `chain`, `chord`.
    pub embed: Map<String, Value>,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope(Map<String, Value>);

impl Envelope {
    /// A message for `task` with what hangs on it; `origin` says who sent it.
    pub fn of(task: &Task, links: &Links, origin: &str) -> Self {
        let body = Body { args: task.args.clone(), kwargs: task.kwargs.clone(), embed: embed(&links.embed) };
        let time = |ms: Option<u64>| ms.map(iso8601);
        let seconds = |ms: Option<u64>| ms.map(|ms| ms as f64 / 1000.0);
        let mut headers = json!({
            "lang": "rust", "task": task.name, "id": task.id, "shadow": null,
            "eta": time(task.not_before_unix_ms), "expires": time(task.expires_unix_ms),
            "group": links.group, "group_index": links.group_index, "retries": task.retries,
            "timelimit": [seconds(task.hard_limit_ms), seconds(task.soft_limit_ms)],
            "root_id": links.root.as_ref().unwrap_or(&task.id), "parent_id": links.parent,
            "argsrepr": repr(&task.args.clone().into()), "kwargsrepr": repr(&task.kwargs.clone().into()),
            "origin": origin, "ignore_result": task.ignore_result, "replaced_task_nesting": 0,
            "stamped_headers": null, "stamps": {}, "sent_unix_ms": task.sent_unix_ms,
        });
        if let Some(key) = &task.idempotency_key {
            headers["idempotency_key"] = key.as_str().into();
        }
        if let Some(trace) = &task.trace {
            headers["traceparent"] = trace.as_str().into();
        }
        Self::packed(
            &body.encode(),
            "application/json",
            headers,
            json!({
                "correlation_id": task.id, "reply_to": "", "delivery_mode": 2, "priority": task.priority,
                "delivery_info": {"exchange": "", "routing_key": task.queue},
            }),
        )
    }

    /// A message of any kind, `body` being base64.
    pub(crate) fn packed(body: &str, content_type: &str, headers: Value, mut properties: Value) -> Self {
        properties["body_encoding"] = "base64".into();
        properties["delivery_tag"] = Uuid::new_v4().to_string().into();
        let message = [
            ("body", body.into()),
            ("content-encoding", "utf-8".into()),
            ("content-type", content_type.into()),
            ("headers", headers),
            ("properties", properties),
        ];
        Self(message.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// A message of `body` that is no task: a reply or an event.
    pub(crate) fn plain(body: &Value, headers: Value, exchange: &str, routing_key: &str) -> Self {
        let body = base64::engine::general_purpose::STANDARD.encode(body.to_string());
        Self::packed(
            &body,
            "application/json",
            headers,
            json!({
                "delivery_mode": 1, "priority": 0, "delivery_info": {"exchange": exchange, "routing_key": routing_key},
            }),
        )
    }

    /// Reads a message.
    ///
    /// # Errors
    /// `Malformed` when it is not JSON, or not an object with headers and properties.
    pub fn parse(bytes: &[u8]) -> Result<Self, QueueError> {
        let value: Value = serde_json::from_slice(bytes).map_err(|e| wrong("the message", format!("not JSON: {e}")))?;
        match value {
            Value::Object(map) if map.get("headers").is_some_and(Value::is_object) => {
                if map.get("properties").is_some_and(Value::is_object) {
                    return Ok(Self(map));
                }
                Err(wrong("the message", "it has no properties"))
            }
            Value::Object(_) => Err(wrong("the message", "it has no headers")),
            _ => Err(wrong("the message", "not an object")),
        }
    }

    /// The message's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        Value::Object(self.0.clone()).to_string().into_bytes()
    }

    /// The tag that tells this delivery apart.
    pub fn tag(&self) -> Option<&str> {
        self.property("delivery_tag")?.as_str()
    }

    /// Whether somebody had taken it before.
    pub fn redelivered(&self) -> bool {
        let own = self.header("redelivered").and_then(Value::as_bool);
        let info = self.property("delivery_info").and_then(|info| info.get("redelivered")).and_then(Value::as_bool);
        own == Some(true) || info == Some(true)
    }

    /// The task's name and id, as far as they can be read.
    pub fn names(&self) -> (String, String) {
        let text = |name| self.header(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("task"), text("id"))
    }

    /// Its body.
    ///
    /// # Errors
    /// `Malformed` with what is wrong.
    pub fn body(&self) -> Result<Body, QueueError> {
        let text = self.0.get("body").and_then(Value::as_str).unwrap_or_default();
        if text.len() > MAX_BODY_BYTES * 2 {
            return Err(wrong("the message's body", "it is too large"));
        }
        let content_type = self.0.get("content-type").and_then(Value::as_str).unwrap_or_default();
        let compression = self.header("compression").and_then(Value::as_str);
        decode_body(text, self.property("body_encoding").and_then(Value::as_str), compression, content_type)
    }

    /// The body as JSON of whatever shape, of a message that is no task.
    pub(crate) fn plain_body(&self) -> Option<Value> {
        let bytes = base64::engine::general_purpose::STANDARD.decode(self.0.get("body")?.as_str()?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The same task once more: with another delivery tag, so many retries, and not before a point in time.
    #[must_use]
    pub fn again(&self, retries: u32, not_before_unix_ms: Option<u64>) -> Self {
        let mut again = self.clone();
        again.set("headers", "retries", retries.into());
        again.set("headers", "eta", not_before_unix_ms.map(iso8601).into());
        again.set("properties", "delivery_tag", Uuid::new_v4().to_string().into());
        again
    }

    /// The same message, marked as one that somebody had taken before.
    #[must_use]
    pub fn restored(&self) -> Self {
        let mut restored = self.clone();
        restored.set("headers", "redelivered", true.into());
        if let Some(Value::Object(properties)) = restored.0.get_mut("properties")
            && let Some(Value::Object(info)) = properties.get_mut("delivery_info")
        {
            info.insert("redelivered".into(), true.into());
        }
        restored
    }

    fn set(&mut self, part: &str, name: &str, value: Value) {
        if let Some(Value::Object(part)) = self.0.get_mut(part) {
            part.insert(name.into(), value);
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&Value> {
        self.0.get("headers")?.get(name)
    }

    pub(crate) fn property(&self, name: &str) -> Option<&Value> {
        self.0.get("properties")?.get(name)
    }
}

/// All four kinds of what follows, as Celery writes them.
fn embed(given: &Map<String, Value>) -> Map<String, Value> {
    let kinds = ["callbacks", "errbacks", "chain", "chord"];
    kinds.iter().map(|kind| ((*kind).to_owned(), given.get(*kind).cloned().unwrap_or_default())).collect()
}

pub(super) fn wrong(place: &str, reason: impl Into<String>) -> QueueError {
    QueueError::Malformed { place: place.into(), reason: reason.into() }
}

#[cfg(test)]
mod tests;
