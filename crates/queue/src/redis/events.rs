//! Tells Celery's tools what happens: task events in batches, workers' signs of life every two seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use super::Link;
use crate::celery::{Event, broadcast};
use crate::now_unix_ms;
use crate::worker::Roster;

/// Signs of life, as often as Celery's workers give them.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// Task events wait for others of their kind for this long.
const BATCH: Duration = Duration::from_millis(50);
/// Events that wait; more are lost, since they must not hold up the work.
const WAITING: usize = 4096;
/// Events of one message.
const OF_A_MESSAGE: usize = 64;

/// Where events are put.
pub(crate) struct Events {
    waiting: mpsc::Sender<Event>,
    tasks_too: Arc<AtomicBool>,
    teller: Teller,
    task: JoinHandle<()>,
}

/// Publishes.
#[derive(Clone)]
struct Teller {
    link: Link,
    roster: Arc<Roster>,
    clock: Arc<AtomicU64>,
}

impl Events {
    pub(crate) fn start(link: Link, roster: Arc<Roster>, tasks_too: bool) -> Self {
        let (waiting, events) = mpsc::channel(WAITING);
        let teller = Teller { link, roster, clock: Arc::new(AtomicU64::new(1)) };
        let task = tokio::spawn(tell(teller.clone(), events));
        Self { waiting, tasks_too: Arc::new(AtomicBool::new(tasks_too)), teller, task }
    }

    /// Puts a task event, if they are told at all.
    pub(crate) fn send(&self, kind: &'static str, fields: impl FnOnce() -> Value) {
        if self.tasks_too.load(Ordering::Relaxed) {
            let _ = self.waiting.try_send(Event::new(kind, fields()));
        }
    }

    /// Begins or stops to tell of tasks; whether that changed anything.
    pub(crate) fn tell_of_tasks(&self, tell: bool) -> bool {
        self.tasks_too.swap(tell, Ordering::Relaxed) != tell
    }

    /// The logical clock, moved on.
    pub(crate) fn tick(&self) -> u64 {
        self.teller.tick()
    }

    /// Gives a sign of life at once.
    pub(crate) async fn heartbeat(&self) {
        self.teller.worker("worker-heartbeat").await;
    }

    pub(crate) async fn stop(&self) {
        tokio::time::sleep(BATCH).await; // what waits is told first
        self.task.abort();
        self.teller.worker("worker-offline").await;
    }
}

async fn tell(teller: Teller, mut events: mpsc::Receiver<Event>) {
    teller.worker("worker-online").await;
    let mut heartbeat = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            event = events.recv() => {
                let Some(event) = event else { return };
                tokio::time::sleep(BATCH).await;
                let mut batch = vec![teller.dress(event)];
                while let Ok(event) = events.try_recv() {
                    batch.push(teller.dress(event));
                }
                for batch in batch.chunks(OF_A_MESSAGE) {
                    teller.publish("task.multi", &batch.to_vec().into()).await;
                }
            }
            _ = heartbeat.tick() => teller.worker("worker-heartbeat").await,
        }
    }
}

impl Teller {
    async fn worker(&self, kind: &'static str) {
        let (active, processed) = self.roster.counts();
        let fields = json!({
            "freq": HEARTBEAT.as_secs(), "active": active, "processed": processed, "loadavg": load(),
            "sw_ident": "interviewer", "sw_ver": env!("CARGO_PKG_VERSION"), "sw_sys": "Linux",
        });
        let event = self.dress(Event::new(kind, fields));
        self.publish(&kind.replace('-', "."), &event).await;
    }

    fn dress(&self, event: Event) -> Value {
        event.dressed(&self.roster.name, now_unix_ms() as f64 / 1000.0, self.tick())
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }

    /// Nobody waits for events: one that cannot be told now is not told.
    async fn publish(&self, routing_key: &str, body: &Value) {
        let (channel, message) = broadcast(self.link.database(), &self.roster.name, routing_key, body);
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(channel).arg(message);
        let publish = &publish;
        let _ = self.link.run_for(Duration::ZERO, |mut c| async move { publish.query_async::<()>(&mut c).await }).await;
    }
}

fn load() -> Vec<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).filter_map(|number| number.parse().ok()).collect()
}
