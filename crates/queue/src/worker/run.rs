//! The worker's loop.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;

use super::doing::{Shared, Waiting, handle};
use super::roster::Stop;
use super::{Handler, Place, Roster};
use crate::{Delivery, QueueError, TaskQueue, now_unix_ms};

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

/// Tasks not to be begun yet that are held at most.
const SCHEDULED: usize = 10_000;

/// A worker with its handlers.
pub struct Worker {
    queue: Arc<dyn TaskQueue>,
    handlers: HashMap<String, Arc<dyn Handler>>,
    settings: WorkerSettings,
    roster: Arc<Roster>,
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
