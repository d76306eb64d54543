//! How many small tasks a worker process does.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use queue::{Outcome, Task, TaskQueue};
use serde_json::Map;

use super::workers::{Kind, NOTHING, Process};

/// A worker that starts does its first tasks before it is up to speed; they are not counted.
const UNCOUNTED: f64 = 0.1;
/// So many of the last tasks are waited for: no worker holds more.
const LAST: usize = 200;
/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// A worker that is slower has died.
const WITHIN: Duration = Duration::from_secs(100);

/// Puts `tasks` into the queue, starts a worker, and times how it empties it. Results are kept, as Celery does.
pub(super) async fn tasks_per_s(
    queue: &dyn TaskQueue,
    kind: Kind,
    tasks: u32,
    start: impl FnOnce() -> Result<Process>,
) -> Result<f64> {
    let name = kind.small();
    let mut ids = Vec::new();
    for _ in 0..tasks {
        ids.push(queue.submit(Task::new(NOTHING, &name, Map::new())).await?);
    }
    let _worker = start()?;
    let waiting = async || Ok::<_, anyhow::Error>(queue.backlog(&name).await?.length);
    let until = Instant::now() + WITHIN;
    let counted = (f64::from(tasks) * (1.0 - UNCOUNTED)) as u64;
    while waiting().await? > counted {
        ensure!(Instant::now() < until, "{} does not take its tasks", kind.describe(1));
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let (began, left) = (Instant::now(), waiting().await?);
    for id in ids.iter().rev().take(LAST).rev() {
        let outcome = queue.outcome(id, WITHIN).await.with_context(|| kind.describe(1))?;
        ensure!(matches!(outcome, Outcome::Done(_)), "a task ended as {outcome:?}");
    }
    Ok(left as f64 / began.elapsed().as_secs_f64())
}
