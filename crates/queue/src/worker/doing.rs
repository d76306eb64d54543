//! One task: begun or not, run within its limits, and what is told of it in the end.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use metrics::{counter, histogram};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::attempt::{Ended, attempt};
use super::roster::Stop;
use super::{Context, Handler, Place, Roster};
use crate::{Consumer, Delivery, Failure, FailureKind, Outcome, TaskQueue, now_unix_ms};

/// Tasks that run for less than this are short.
const SHORT: Duration = Duration::from_millis(30);
/// What each task needs.
pub(super) struct Shared {
    pub(super) queue: Arc<dyn TaskQueue>,
    pub(super) consumer: Arc<dyn Consumer>,
    pub(super) handlers: HashMap<String, Arc<dyn Handler>>,
    pub(super) roster: Arc<Roster>,
    pub(super) scheduled: Arc<Semaphore>,
    /// How long tasks ran lately, microseconds.
    pub(super) lately_us: AtomicU64,
}

/// A delivery that waits for one of the worker's places.
pub(super) struct Waiting {
    pub(super) delivery: Delivery,
    pub(super) stop: Stop,
    pub(super) slot: Option<OwnedSemaphorePermit>,
}

/// What is to be done with a delivery in the end.
enum End {
    Finish(Outcome, f64),
    Retry(Failure, Duration),
    Bury(Failure),
    GiveBack,
}

/// Does a task that has a place; without one it goes back.
pub(super) async fn handle(shared: Arc<Shared>, waiting: Waiting, place: Option<OwnedSemaphorePermit>) {
    let Waiting { delivery, stop, slot } = waiting;
    let end = match shared.settled(&delivery) {
        Some(end) => end,
        None if place.is_some() => shared.begin(&delivery, &stop).await,
        None => End::GiveBack,
    };
    drop(place);
    shared.end(&delivery, end).await;
    drop(slot);
}

impl Shared {
    pub(super) fn tasks_are_short(&self) -> bool {
        self.lately_us.load(Ordering::Relaxed) < SHORT.as_micros() as u64
    }

    /// A running mean in which the last task counts for a quarter.
    fn note_run(&self, ran_s: f64) {
        let (now, before) = ((ran_s * 1e6) as u64, self.lately_us.load(Ordering::Relaxed));
        let mean = if before == u64::MAX { now } else { before - before / 4 + now / 4 };
        self.lately_us.store(mean, Ordering::Relaxed);
    }

    async fn end(&self, delivery: &Delivery, end: End) {
        let (consumer, name) = (&self.consumer, &delivery.task.name);
        let (word, done) = match &end {
            End::Finish(Outcome::Done(_), _) => ("done", true),
            End::Finish(Outcome::Failed(_), _) | End::Bury(_) => ("failed", true),
            End::Finish(Outcome::Revoked(_), _) => ("revoked", false),
            End::Retry(..) => ("retried", false),
            End::GiveBack => ("given_back", false),
        };
        let result = match &end {
            End::Finish(outcome, ran_s) => consumer.finish(delivery, outcome, *ran_s).await,
            End::Retry(failure, after) => consumer.retry(delivery, failure, *after).await,
            End::Bury(failure) => consumer.bury(delivery, failure).await,
            End::GiveBack => consumer.give_back(delivery).await,
        };
        self.roster.remove(&delivery.tag, done);
        let known = if self.handlers.contains_key(name) { name.clone() } else { "unknown".to_owned() };
        counter!("interviewer_tasks_total", "task" => known, "outcome" => word).increment(1);
        if let Err(error) = result {
            let id = &delivery.task.id;
            tracing::warn!(%error, task = id, "what became of a task could not be kept; it will come again");
        }
    }

    /// What need not be begun.
    fn settled(&self, delivery: &Delivery) -> Option<End> {
        let task = &delivery.task;
        if delivery.revoked || self.roster.is_revoked(&task.id) {
            return Some(End::Finish(Outcome::Revoked("revoked".into()), 0.0));
        }
        if let Some(done) = &delivery.done {
            return Some(End::Finish(done.clone(), 0.0));
        }
        task.is_late(now_unix_ms()).then(|| End::Finish(Outcome::Revoked("expired".into()), 0.0))
    }

    async fn begin(&self, delivery: &Delivery, stop: &Stop) -> End {
        let task = &delivery.task;
        let Some(handler) = self.handlers.get(&task.name) else {
            let message = format!("no worker of queue {} knows the task \"{}\"", task.queue, task.name);
            return End::Bury(Failure::new(FailureKind::UnknownTask, message));
        };
        if let Some(sent) = task.sent_unix_ms.filter(|_| task.retries == 0) {
            let waited = now_unix_ms().saturating_sub(task.not_before_unix_ms.unwrap_or(sent).max(sent));
            histogram!("interviewer_task_wait_seconds", "queue" => task.queue.clone()).record(waited as f64 / 1000.0);
        }
        self.roster.place(&delivery.tag, task, Place::Active);
        self.consumer.started(delivery).await;
        let began = Instant::now();
        let (consumer, queue) = (self.consumer.clone(), self.queue.clone());
        let context = Context { delivery: delivery.clone(), consumer, queue, cancel: stop.cancel.clone() };
        let result = attempt(handler.clone(), context, stop).await;
        let ran_s = began.elapsed().as_secs_f64();
        self.note_run(ran_s);
        histogram!("interviewer_task_run_seconds", "task" => task.name.clone()).record(ran_s);
        match result {
            Ok(value) => End::Finish(Outcome::Done(value), ran_s),
            Err(Ended::Terminated) => End::Finish(Outcome::Revoked("terminated".into()), ran_s),
            Err(Ended::Failed(failure)) => self.failed(&**handler, delivery, failure),
        }
    }

    fn failed(&self, handler: &dyn Handler, delivery: &Delivery, failure: Failure) -> End {
        let (retries, task) = (handler.retries(), &delivery.task);
        if !failure.passes() {
            return End::Bury(failure);
        }
        if task.retries >= retries.most {
            let message = format!("{} (given up after {} tries)", failure.message, task.retries + 1);
            return End::Bury(Failure { message, ..failure });
        }
        counter!("interviewer_task_retries_total", "task" => task.name.clone()).increment(1);
        End::Retry(failure, retries.backoff.random_wait(task.retries))
    }
}
