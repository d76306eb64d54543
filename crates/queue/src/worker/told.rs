//! What a worker has in hand, in Celery's words: the answers to its tools.

use serde_json::{Map, Value, json};

use super::roster::{Entry, Place, Roster};

impl Roster {
    /// The tasks that stand at `place`, as Celery tells of them.
    pub(crate) fn infos(&self, place: Place) -> Vec<Value> {
        let state = self.lock();
        let entries = state.entries.values().filter(|entry| entry.place == place);
        entries
            .map(|entry| match place {
                Place::Scheduled => {
                    let eta = entry.task.not_before_unix_ms.map(crate::celery::iso8601);
                    json!({"eta": eta, "priority": entry.task.priority, "request": self.info(entry)})
                }
                _ => self.info(entry),
            })
            .collect()
    }

    /// Those of `ids` that are in hand, with where they stand.
    pub(crate) fn found(&self, ids: &[String]) -> Value {
        let state = self.lock();
        let mut found = Map::new();
        for entry in state.entries.values().filter(|entry| ids.contains(&entry.task.id)) {
            let place = match entry.place {
                Place::Reserved => "reserved",
                Place::Scheduled => "scheduled",
                Place::Active => "active",
            };
            found.insert(entry.task.id.clone(), json!([place, self.info(entry)]));
        }
        found.into()
    }

    /// What Celery's `inspect stats` tells.
    pub(crate) fn stats(&self, clock: u64) -> Value {
        json!({
            "total": self.lock().totals, "pid": std::process::id(), "clock": clock.to_string(), "prefetch_count": self.concurrency + 1,
            "pool": {"implementation": "interviewer", "max-concurrency": self.concurrency},
            "broker": {"transport": "redis"},
        })
    }

    fn info(&self, entry: &Entry) -> Value {
        let task = &entry.task;
        json!({
            "id": task.id, "name": task.name, "type": task.name, "args": task.args, "kwargs": task.kwargs,
            "hostname": self.name, "time_start": entry.began_unix_ms.map(|ms| ms as f64 / 1000.0), "acknowledged": false,
            "delivery_info": {"exchange": "", "routing_key": task.queue, "priority": task.priority, "redelivered": false},
            "worker_pid": std::process::id(),
        })
    }
}
