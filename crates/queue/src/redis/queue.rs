//! The submitting side.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use redis::Cmd;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::Uuid;

use super::consumer::RedisConsumer;
use super::follower::Follower;
use super::hub::Told;
use super::scripts::{Call, Scripts};
use super::{Link, RedisSettings};
use crate::celery::{Envelope, Links, RESULT_PREFIX, from_meta, list_key, prefixed};
use crate::worker::Roster;
use crate::{Backlog, Consumer, DeadLetter, Outcome, Progress, QueueError, Task, TaskQueue, now_unix_ms};

/// Before the id in keys of ours.
pub(crate) const ONCE: &str = "interviewer:once:";
pub(crate) const DONE: &str = "interviewer:done:";
pub(crate) const REVOKED: &str = "interviewer:revoked:";
pub(crate) const DEAD: &str = "interviewer:dead:";
pub(crate) const CHUNKS: &str = "interviewer:chunks:";
const PAYLOAD: &str = "interviewer:payload:";

/// A submission whose answer was lost is repeated within this time.
const REPEATED_WITHIN_S: u64 = 300;
/// A task is remembered as called off for this long.
const REVOKED_FOR_S: u64 = 3600;
/// Those who wait look for themselves so often, should a word have been missed.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Tasks on Redis.
pub struct RedisQueue {
    pub(crate) link: Link,
    /// Large things have a connection of their own, so that small ones do not wait behind them.
    bulk: Link,
    pub(crate) scripts: Arc<Scripts>,
    pub(crate) settings: RedisSettings,
    declared: Mutex<HashSet<String>>,
    origin: String,
}

impl RedisQueue {
    /// Connects.
    ///
    /// # Errors
    /// `Settings` for a URL that cannot be, `Lost` or `Refused` when the server does not let us in.
    pub async fn open(settings: RedisSettings) -> Result<Self, QueueError> {
        let link = Link::open(&settings.url, settings.patience).await?;
        let bulk = Link::open(&settings.url, settings.patience).await?;
        let origin = format!("interviewer{}@{}", std::process::id(), crate::worker::host());
        Ok(Self { link, bulk, scripts: Arc::new(Scripts::new()), settings, declared: Mutex::default(), origin })
    }

    /// Submits `task` with what hangs on it.
    pub(crate) async fn send(&self, task: &Task, links: &Links) -> Result<String, QueueError> {
        let message = Envelope::of(task, links, &self.origin).to_bytes();
        if message.len() > self.settings.message_bytes {
            let (has, may) = (message.len(), self.settings.message_bytes);
            return Err(QueueError::TooMuch(format!(
                "the task has {has} bytes, at most {may} are sent; put large things beside it"
            )));
        }
        self.declare(&task.queue).await?;
        let (key, seconds) = match &task.idempotency_key {
            Some(key) => (key, self.settings.results_for.as_secs().max(1)),
            None => (&task.id, REPEATED_WITHIN_S),
        };
        let call =
            Call::new(&self.scripts.submit).key(list_key(&task.queue, task.priority)).key(format!("{ONCE}{key}"));
        call.arg(message).arg(&task.id).number(seconds).run(&self.link).await
    }

    /// Binds the queue as kombu does, so that Celery's tools know of it.
    pub(crate) async fn declare(&self, queue: &str) -> Result<(), QueueError> {
        if self.declared().contains(queue) {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for table in ["_kombu.binding.", "_kombu.binding_permanent."] {
            pipe.sadd(format!("{table}{queue}"), prefixed(queue)).ignore();
        }
        self.link
            .run(|mut c| {
                let pipe = pipe.clone();
                async move { pipe.query_async::<()>(&mut c).await }
            })
            .await?;
        self.declared().insert(queue.to_owned());
        Ok(())
    }

    fn declared(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.declared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn record(&self, id: &str) -> Result<Option<Outcome>, QueueError> {
        let mut get = redis::cmd("GET");
        get.arg(format!("{RESULT_PREFIX}{id}"));
        let record: Option<Vec<u8>> = ask(&self.link, &get).await?;
        Ok(record.and_then(|record| outcome_of(&record)))
    }
}

/// Runs one command that may run twice.
pub(crate) async fn ask<T: redis::FromRedisValue>(link: &Link, command: &Cmd) -> Result<T, QueueError> {
    link.run(|mut connection| async move { command.query_async(&mut connection).await }).await
}

pub(super) fn outcome_of(record: &[u8]) -> Option<Outcome> {
    from_meta(&serde_json::from_slice::<Value>(record).ok()?)
}

#[async_trait]
impl TaskQueue for RedisQueue {
    async fn submit(&self, mut task: Task) -> Result<String, QueueError> {
        task.sent_unix_ms.get_or_insert_with(now_unix_ms);
        self.send(&task, &Links::default()).await
    }

    async fn outcome(&self, id: &str, within: Duration) -> Result<Outcome, QueueError> {
        let until = Instant::now() + within;
        let mut listener = self.link.listen(&format!("{RESULT_PREFIX}{id}")).await?;
        let mut told = Some(Told::Again);
        loop {
            let outcome = match told {
                Some(Told::Message(record)) => outcome_of(&record),
                _ => self.record(id).await?,
            };
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(QueueError::Late(within.as_millis() as u64));
            }
            told = listener.next(left.min(LOOK_AGAIN)).await;
        }
    }

    async fn follow(&self, id: &str, within: Duration) -> Result<mpsc::Receiver<Progress>, QueueError> {
        Follower::of(self.link.clone(), self.bulk.clone(), id).start(within).await
    }

    async fn cancel(&self, id: &str) -> Result<(), QueueError> {
        // `stop` is ours: a Python worker must not kill the process that holds its model
        let body = json!({"method": "revoke", "arguments": {"task_id": [id], "terminate": false, "stop": true},
            "destination": null, "pattern": null, "matcher": null});
        let message = Envelope::plain(&body, json!({"clock": 0, "expires": 0}), "celery.pidbox", "").to_bytes();
        let mut pipe = redis::pipe();
        pipe.set_ex(format!("{REVOKED}{id}"), "1", REVOKED_FOR_S).ignore();
        pipe.publish(format!("/{}.celery.pidbox", self.link.database()), message).ignore();
        self.link
            .run(|mut c| {
                let pipe = pipe.clone();
                async move { pipe.query_async::<()>(&mut c).await }
            })
            .await
    }

    async fn consumer(&self, roster: Arc<Roster>) -> Result<Arc<dyn Consumer>, QueueError> {
        Ok(RedisConsumer::join(&self.settings, roster).await?)
    }

    async fn backlog(&self, queue: &str) -> Result<Backlog, QueueError> {
        self.waiting(queue).await
    }

    async fn dead(&self, queue: &str, limit: usize) -> Result<Vec<DeadLetter>, QueueError> {
        self.letters(queue, limit).await
    }

    async fn replay(&self, queue: &str, letter: &str) -> Result<(), QueueError> {
        self.put_back(queue, letter).await
    }

    async fn put(&self, bytes: Vec<u8>, time: Duration) -> Result<String, QueueError> {
        let (has, may) = (bytes.len(), self.settings.payload_bytes);
        if has > may {
            return Err(QueueError::TooMuch(format!("{has} bytes are too many to go beside a task; at most {may}")));
        }
        let key = format!("{PAYLOAD}{}", Uuid::new_v4());
        let mut set = redis::cmd("SET");
        set.arg(&key).arg(bytes).arg("PX").arg(time.as_millis().max(1) as u64);
        ask::<()>(&self.bulk, &set).await?;
        Ok(key)
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, QueueError> {
        if !key.starts_with(PAYLOAD) {
            return Err(QueueError::Unknown(format!("payload \"{key}\"; its key must begin with {PAYLOAD}")));
        }
        let mut get = redis::cmd("GET");
        get.arg(key);
        ask(&self.bulk, &get).await
    }

    async fn forget(&self, key: &str) -> Result<(), QueueError> {
        let mut unlink = redis::cmd("UNLINK");
        unlink.arg(key);
        if key.starts_with(PAYLOAD) { ask(&self.bulk, &unlink).await } else { Ok(()) }
    }
}

/// Keys that a take needs beside the lists.
pub(crate) fn take_prefixes() -> [&'static str; 4] {
    [REVOKED, RESULT_PREFIX, DONE, DEAD]
}
