//! Events, by which Celery's tools watch workers and tasks.

use serde_json::{Map, Value, json};

use super::Envelope;

/// Something that happened: its type (`task-started`, say) and what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) kind: &'static str,
    pub(crate) fields: Map<String, Value>,
}

impl Event {
    pub(crate) fn new(kind: &'static str, fields: Value) -> Self {
        let fields = if let Value::Object(fields) = fields { fields } else { Map::new() };
        Self { kind, fields }
    }

    /// As it is sent: from `hostname`, at `unix_s`, with the logical clock at `clock`.
    pub(crate) fn dressed(self, hostname: &str, unix_s: f64, clock: u64) -> Value {
        let mut event = self.fields;
        let dress = json!({
            "type": self.kind, "hostname": hostname, "timestamp": unix_s, "clock": clock, "utcoffset": 0,
            "pid": std::process::id(),
        });
        if let Value::Object(dress) = dress {
            event.extend(dress);
        }
        Value::Object(event)
    }
}

/// The channel of database `db` and the message that carry `body` (one event, or a list of task events) with
/// `routing_key` (`worker.heartbeat`, `task.multi`).
pub(crate) fn broadcast(db: i64, hostname: &str, routing_key: &str, body: &Value) -> (String, Vec<u8>) {
    let message = Envelope::plain(body, json!({"hostname": hostname}), "celeryev", routing_key);
    (format!("/{db}.celeryev/{routing_key}"), message.to_bytes())
}
