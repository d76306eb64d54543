//! The working side: takes messages, and tells what became of them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::events::Events;
use super::queue::{CHUNKS, DONE, RedisQueue};
use super::scripts::Call;
use super::{Link, RedisSettings, beat, control, follow};
use crate::celery::{RESULT_PREFIX, list_key, list_keys, meta, repr, retry_meta};
use crate::worker::Roster;
use crate::{Consumer, Delivery, Failure, Outcome, QueueError, Task, now_unix_ms};

/// Kombu's keys of what is held.
pub(crate) const UNACKED: &str = "unacked";
pub(crate) const UNACKED_INDEX: &str = "unacked_index";
/// Where the server cannot tell that something came, we look so often.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// Where it can, we look nevertheless, should it have been missed.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);
/// A server that is lost is asked again after this time.
const LOST_AGAIN: Duration = Duration::from_millis(500);
/// Pieces of results are kept for this long after the last of them.
const CHUNKS_FOR_S: u64 = 120;

/// One worker's end of its queues.
pub(crate) struct RedisConsumer {
    pub(crate) queue: RedisQueue,
    pub(crate) roster: Arc<Roster>,
    pub(crate) events: Events,
    /// All lists, first served first, with their queues.
    pub(super) lists: Vec<(String, String)>,
    /// Tags of what we hold and know of.
    tags: Mutex<HashSet<String>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl RedisConsumer {
    pub(crate) async fn join(settings: &RedisSettings, roster: Arc<Roster>) -> Result<Arc<Self>, QueueError> {
        let queue = open(settings).await?;
        for name in &roster.queues {
            queue.declare(name).await?;
        }
        let events = Events::start(queue.link.clone(), roster.clone(), settings.task_events);
        let lists = list_keys(&roster.queues);
        let consumer = Self { queue, roster, events, lists, tags: Mutex::default(), tasks: Mutex::default() };
        let consumer = Arc::new(consumer);
        beat::show_life(&consumer).await?;
        let tasks = [tokio::spawn(beat::run(Arc::downgrade(&consumer))), control::start(&consumer).await?];
        consumer.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
        Ok(consumer)
    }

    pub(crate) fn link(&self) -> &Link {
        &self.queue.link
    }

    /// The key of the tags that `worker` holds.
    pub(crate) fn held_by(worker: &str) -> String {
        format!("interviewer:held:{worker}")
    }

    pub(crate) fn held(&self) -> String {
        Self::held_by(&self.roster.name)
    }

    pub(crate) fn tags(&self) -> MutexGuard<'_, HashSet<String>> {
        self.tags.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call that lets go of `delivery`.
    pub(super) fn release<'a>(&self, script: &'a redis::Script) -> Call<'a> {
        Call::new(script).key(UNACKED_INDEX).key(UNACKED).key(self.held())
    }

    pub(super) fn seconds_kept(&self) -> u64 {
        self.queue.settings.results_for.as_secs().max(1)
    }

    /// Asks to be told when something comes, and waits for that.
    async fn wait(&self) -> Result<(), QueueError> {
        if !self.link().watches() {
            tokio::time::sleep(LOOK_EVERY).await;
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for (list, _) in &self.lists {
            pipe.cmd("CLIENT").arg(&["CACHING", "YES"]).ignore().llen(list);
        }
        let waiting: Vec<u64> = self
            .link()
            .run(|mut c| {
                let pipe = pipe.clone();
                async move { pipe.query_async(&mut c).await }
            })
            .await?;
        if waiting.iter().all(|length| *length == 0) {
            let _ = tokio::time::timeout(LOOK_ANYWAY, self.link().hub().changed.notified()).await;
        }
        Ok(())
    }

    fn list_of(delivery: &Delivery) -> String {
        list_key(&delivery.task.queue, delivery.task.priority)
    }

    fn announce(&self, task: &Task, outcome: &Outcome, ran_s: f64) {
        match outcome {
            Outcome::Done(result) => self.events.send("task-succeeded", || {
                json!({"uuid": task.id, "result": repr(result), "runtime": ran_s})
            }),
            Outcome::Failed(failure) => self.events.send("task-failed", || failed(task, failure)),
            Outcome::Revoked(reason) => self.events.send("task-revoked", || {
                json!({"uuid": task.id, "terminated": reason == "terminated", "signum": null, "expired": reason == "expired"})
            }),
        }
    }
}

#[async_trait]
impl Consumer for RedisConsumer {
    async fn next(&self, most: usize) -> Result<Vec<Delivery>, QueueError> {
        loop {
            let result = match self.take(most.max(1)).await {
                Ok(taken) if !taken.is_empty() => return Ok(taken),
                Ok(_) => self.wait().await,
                Err(error) => Err(error),
            };
            if let Err(error) = result {
                // a server that is lost, full or not yet a master gets better; a worker that ended would not
                tracing::warn!(%error, "no tasks can be taken");
                tokio::time::sleep(LOST_AGAIN).await;
            }
        }
    }

    async fn started(&self, delivery: &Delivery) {
        self.events.send("task-started", || json!({"uuid": delivery.task.id}));
    }

    async fn progress(&self, delivery: &Delivery, chunk: Vec<u8>) -> Result<(), QueueError> {
        let place = self.roster.next_place(&delivery.tag);
        let call = Call::new(&self.queue.scripts.chunk).key(format!("{CHUNKS}{}", delivery.task.id));
        call.arg(chunk).number(place).number(CHUNKS_FOR_S).run::<i64>(self.link()).await.map(drop)
    }

    async fn finish(&self, delivery: &Delivery, outcome: &Outcome, ran_s: f64) -> Result<(), QueueError> {
        let task = &delivery.task;
        let links = delivery.wire.as_ref().map(|wire| wire.links.clone()).unwrap_or_default();
        // what follows comes first: should we die in between, the task comes again, and what follows is not repeated
        follow::follow(&self.queue, task, &links, outcome).await?;
        let record = meta(&task.id, &links, outcome, now_unix_ms()).to_string();
        let done = match (&task.idempotency_key, outcome) {
            (Some(key), Outcome::Done(_)) => format!("{DONE}{key}"),
            _ => String::new(),
        };
        let kept = if task.ignore_result { "" } else { record.as_str() };
        let call = self.release(&self.queue.scripts.finish).key(format!("{RESULT_PREFIX}{}", task.id)).key(done);
        let call = call.arg(&delivery.tag).arg(kept).number(self.seconds_kept()).arg(&record);
        call.run::<u8>(self.link()).await?;
        self.tags().remove(&delivery.tag);
        self.announce(task, outcome, ran_s);
        Ok(())
    }

    async fn retry(&self, delivery: &Delivery, failure: &Failure, after: Duration) -> Result<(), QueueError> {
        let (task, Some(wire)) = (&delivery.task, &delivery.wire) else { return Ok(()) };
        let not_before = (!after.is_zero()).then(|| now_unix_ms() + after.as_millis() as u64);
        let message = wire.envelope.again(task.retries + 1, not_before).to_bytes();
        let record =
            if task.ignore_result { String::new() } else { retry_meta(&task.id, &wire.links, failure).to_string() };
        let call = self.release(&self.queue.scripts.retry).key(Self::list_of(delivery));
        let call = call.key(format!("{RESULT_PREFIX}{}", task.id)).arg(&delivery.tag).arg(message).arg(record);
        call.number(self.seconds_kept()).run::<u8>(self.link()).await?;
        self.tags().remove(&delivery.tag);
        self.events.send("task-retried", || failed(task, failure));
        Ok(())
    }

    async fn bury(&self, delivery: &Delivery, failure: &Failure) -> Result<(), QueueError> {
        let (task, Some(wire)) = (&delivery.task, &delivery.wire) else { return Ok(()) };
        let outcome = Outcome::Failed(failure.clone());
        follow::follow(&self.queue, task, &wire.links, &outcome).await?;
        let record = (!task.ignore_result).then(|| meta(&task.id, &wire.links, &outcome, now_unix_ms()));
        let raw = wire.envelope.to_bytes();
        self.entomb(delivery.tag.as_bytes(), &raw, &task.queue, &task.name, &task.id, &failure.message, record).await?;
        self.announce(task, &outcome, 0.0);
        Ok(())
    }

    async fn give_back(&self, delivery: &Delivery) -> Result<(), QueueError> {
        let Some(wire) = &delivery.wire else { return Ok(()) };
        let call = self.release(&self.queue.scripts.give_back).key(Self::list_of(delivery));
        call.arg(&delivery.tag).arg(wire.envelope.restored().to_bytes()).run::<u8>(self.link()).await?;
        self.tags().remove(&delivery.tag);
        Ok(())
    }

    async fn close(&self) -> Result<(), QueueError> {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.iter().for_each(JoinHandle::abort);
        beat::leave(self).await?;
        self.events.stop().await;
        Ok(())
    }
}

/// A queue with connections of its own. Who joins had a server to ask; should it be gone since, it is waited for.
async fn open(settings: &RedisSettings) -> Result<RedisQueue, QueueError> {
    let until = Instant::now() + settings.patience;
    loop {
        match RedisQueue::open(settings.clone()).await {
            Err(error) if error.retryable() && Instant::now() < until => tokio::time::sleep(LOST_AGAIN).await,
            other => return other,
        }
    }
}

fn failed(task: &Task, failure: &Failure) -> Value {
    let (_, class) = crate::celery::python_class(failure);
    let exception = format!("{class}({})", repr(&failure.message.as_str().into()));
    json!({"uuid": task.id, "exception": exception, "traceback": exception})
}
