//! The worker's loop.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use metrics::{counter, histogram};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;

use super::roster::Stop;
use super::{Context, Handler, Place, Roster};
use crate::{Consumer, Delivery, Failure, FailureKind, Outcome, QueueError, TaskQueue, now_unix_ms};

/// How a worker works.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerSettings {
    /// The queues that it serves, in the order in which it prefers them.
    pub queues: Vec<String>,
    /// So many tasks are done at once.
    pub concurrency: usize,
    /// So many more are taken ahead, while tasks are short.
    pub prefetch: usize,
    /// When it is told to stop, what it has begun may run for this long; the rest goes back.
    pub drain: Duration,
}

/// Tasks that run for less than this are short.
const SHORT: Duration = Duration::from_millis(30);
/// Tasks not to be begun yet that are held at most.
const SCHEDULED: usize = 10_000;

/// A worker with its handlers.
pub struct Worker {
    queue: Arc<dyn TaskQueue>,
    handlers: HashMap<String, Arc<dyn Handler>>,
    settings: WorkerSettings,
    roster: Arc<Roster>,
}

/// What each task needs.
struct Shared {
    queue: Arc<dyn TaskQueue>,
    consumer: Arc<dyn Consumer>,
    handlers: HashMap<String, Arc<dyn Handler>>,
    roster: Arc<Roster>,
    scheduled: Arc<Semaphore>,
    /// How long tasks ran lately, microseconds.
    lately_us: AtomicU64,
}

impl Worker {
    /// A worker of `queue` that does what `handlers` can.
    pub fn new(queue: Arc<dyn TaskQueue>, handlers: Vec<Arc<dyn Handler>>, settings: WorkerSettings) -> Self {
        let handlers: HashMap<_, _> =
            handlers.into_iter().map(|handler| (handler.name().to_owned(), handler)).collect();
        let tasks = handlers.keys().cloned().collect();
        let roster = Arc::new(Roster::new(settings.queues.clone(), tasks, settings.concurrency));
        Self { queue, handlers, settings, roster }
    }

    /// What it has in hand; also the way to stop it.
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.clone()
    }

    /// Works until its roster is told to stop; then does what it has begun, within the bound, and hands back the rest.
    ///
    /// # Errors
    /// When it cannot join its queues, or the queue's server refuses.
    pub async fn run(self) -> Result<(), QueueError> {
        let consumer = self.queue.consumer(self.roster.clone()).await?;
        self.roster.note_joined();
        let shared = Arc::new(Shared {
            queue: self.queue,
            consumer: consumer.clone(),
            handlers: self.handlers,
            roster: self.roster.clone(),
            scheduled: Arc::new(Semaphore::new(SCHEDULED)),
            lately_us: AtomicU64::new(u64::MAX),
        });
        let (line, waiting) = mpsc::unbounded_channel();
        let mut doing = tokio::spawn(in_line(shared.clone(), waiting, self.settings.concurrency.max(1)));
        let slots = Slots {
            own: Arc::new(Semaphore::new(self.settings.concurrency.max(1))),
            ahead: Arc::new(Semaphore::new(self.settings.prefetch)),
        };
        let result = take(&shared, &slots, line).await;
        self.roster.stop();
        if tokio::time::timeout(self.settings.drain, &mut doing).await.is_err() {
            tracing::warn!("tasks ran too long to be waited for; they go back into their queues");
            doing.abort();
        }
        consumer.close().await?;
        result
    }
}

/// A delivery that waits for one of the worker's places.
struct Waiting {
    delivery: Delivery,
    stop: Stop,
    slot: Option<OwnedSemaphorePermit>,
}

type Line = mpsc::UnboundedSender<Waiting>;

/// How many tasks may be in hand: one for each place, and some ahead.
struct Slots {
    own: Arc<Semaphore>,
    ahead: Arc<Semaphore>,
}

impl Slots {
    /// All that are free, at least one. Tasks are taken ahead only where that saves something, that is while they are
    /// short; one that waited here behind a long one could be done by another worker meanwhile.
    async fn free(&self, short: bool) -> Vec<OwnedSemaphorePermit> {
        let mut free = Vec::new();
        let first = tokio::select! {
            slot = self.own.clone().acquire_owned() => slot,
            slot = self.ahead.clone().acquire_owned(), if short => slot,
        };
        free.extend(first);
        while let Ok(slot) = self.own.clone().try_acquire_owned() {
            free.push(slot);
        }
        while short && let Ok(slot) = self.ahead.clone().try_acquire_owned() {
            free.push(slot);
        }
        free
    }
}

/// Takes as many tasks as there are slots and puts them in line.
async fn take(shared: &Arc<Shared>, slots: &Slots, line: Line) -> Result<(), QueueError> {
    let mut stopping = shared.roster.stopping();
    loop {
        let free = tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => return Ok(()),
            free = slots.free(shared.tasks_are_short()) => free,
        };
        let taken = tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => return Ok(()),
            taken = shared.consumer.next(free.len()) => taken?,
        };
        for (delivery, slot) in taken.into_iter().zip(free) {
            let stop = shared.roster.place(&delivery.tag, &delivery.task, Place::Reserved);
            match delivery.task.wait_ms(now_unix_ms()) {
                0 => drop(line.send(Waiting { delivery, stop, slot: Some(slot) })),
                // its slot is free for others while it waits
                wait_ms => drop(tokio::spawn(schedule(shared.clone(), delivery, stop, wait_ms, line.clone()))),
            }
        }
    }
}

/// Puts a task in line when its time has come.
async fn schedule(shared: Arc<Shared>, delivery: Delivery, stop: Stop, wait_ms: u64, line: Line) {
    let _held = shared.scheduled.clone().acquire_owned().await;
    shared.roster.place(&delivery.tag, &delivery.task, Place::Scheduled);
    let mut stopping = shared.roster.stopping();
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
        () = stop.now.notified() => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
    shared.roster.place(&delivery.tag, &delivery.task, Place::Reserved);
    let _ = line.send(Waiting { delivery, stop, slot: None });
}

/// Gives the worker's places to those in line, one after the other, and waits for all that was begun.
async fn in_line(shared: Arc<Shared>, mut line: mpsc::UnboundedReceiver<Waiting>, concurrency: usize) {
    let places = Arc::new(Semaphore::new(concurrency));
    let mut stopping = shared.roster.stopping();
    let mut running = JoinSet::new();
    while let Some(waiting) = line.recv().await {
        let place = tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => None,
            place = places.clone().acquire_owned() => place.ok(),
        };
        running.spawn(handle(shared.clone(), waiting, place));
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}

/// What is to be done with a delivery in the end.
enum End {
    Finish(Outcome, f64),
    Retry(Failure, Duration),
    Bury(Failure),
    GiveBack,
}

/// Does a task that has a place; without one it goes back.
async fn handle(shared: Arc<Shared>, waiting: Waiting, place: Option<OwnedSemaphorePermit>) {
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
    fn tasks_are_short(&self) -> bool {
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
        let result = self.attempt(handler.clone(), delivery, stop).await;
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

    /// One run, within the task's limits. A handler that panics costs its own task.
    async fn attempt(&self, handler: Arc<dyn Handler>, delivery: &Delivery, stop: &Stop) -> Result<Value, Ended> {
        let cancel = stop.cancel.clone();
        let (delivery_, consumer, queue) = (delivery.clone(), self.consumer.clone(), self.queue.clone());
        let context = Context { delivery: delivery_, consumer, queue, cancel: cancel.clone() };
        let mut running = tokio::spawn(async move { handler.run(context).await });
        let abort = AbortOnDrop(running.abort_handle());
        let task = &delivery.task;
        let limit = |ms: Option<u64>| ms.map_or(FOREVER, Duration::from_millis);
        let soft = tokio::time::sleep(limit(task.soft_limit_ms));
        let hard = tokio::time::sleep(limit(task.hard_limit_ms));
        tokio::pin!(soft, hard);
        let mut told_to_stop = false;
        loop {
            tokio::select! {
                result = &mut running => {
                    drop(abort);
                    return ended(result, told_to_stop, task.soft_limit_ms);
                }
                () = &mut soft, if !told_to_stop => {
                    told_to_stop = true;
                    cancel.cancel();
                }
                () = &mut hard => return Err(Ended::Failed(over(FailureKind::HardLimit, task.hard_limit_ms))),
                () = stop.now.notified() => return Err(Ended::Terminated),
            }
        }
    }
}

/// Longer than any task.
const FOREVER: Duration = Duration::from_secs(30 * 24 * 3600);

enum Ended {
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
