//! Handlers and workers for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use queue::worker::{Context, Handler, Retries, Roster, Worker, WorkerSettings};
use queue::{Backoff, Failure, FailureKind, QueueError, Task, TaskQueue};
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;

/// Longer than anything in a test should take.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) fn task(queue: &str, name: &str, kwargs: Value) -> Task {
    let Value::Object(kwargs) = kwargs else { panic!("named arguments") };
    Task::new(name, queue, kwargs)
}

pub(crate) fn nothing(queue: &str) -> Task {
    Task::new("t.nothing", queue, Map::new())
}

/// A handler that is told what to do by its task's name.
pub(crate) struct Does {
    name: &'static str,
    pub(crate) runs: AtomicU32,
}

impl Does {
    pub(crate) fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self { name, runs: AtomicU32::new(0) })
    }

    pub(crate) fn all() -> Vec<Arc<dyn Handler>> {
        let names = ["t.add", "t.echo", "t.fail", "t.flaky", "t.hopeless", "t.sleep", "t.panic", "t.order", "t.pieces"];
        names.into_iter().map(|name| Self::new(name) as Arc<dyn Handler>).collect()
    }
}

#[async_trait]
impl Handler for Does {
    fn name(&self) -> &str {
        self.name
    }

    fn retries(&self) -> Retries {
        Retries { most: 2, backoff: Backoff { first: Duration::from_millis(100), most: Duration::from_secs(1) } }
    }

    async fn run(&self, context: Context) -> Result<Value, Failure> {
        let run = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
        let task = context.task().clone();
        let number = |name: &str| task.kwargs.get(name).and_then(Value::as_i64);
        match self.name {
            "t.add" => {
                let by_place: i64 = task.args.iter().filter_map(sum).sum();
                Ok((by_place + number("x").unwrap_or(0) + number("y").unwrap_or(0)).into())
            }
            "t.echo" => Ok(json!([task.args, task.kwargs])),
            "t.fail" => Err(Failure::new(FailureKind::Input, "as it was told")),
            "t.flaky" if task.retries < 2 => {
                Err(Failure::new(FailureKind::Passing, format!("not yet ({})", task.retries)))
            }
            "t.hopeless" => Err(Failure::new(FailureKind::Passing, "never")),
            "t.sleep" => {
                for _ in 0..number("ms").unwrap_or(0) / 10 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    if context.cancel.is_cancelled() {
                        return Err(Failure::new(FailureKind::Internal, "stopped"));
                    }
                }
                Ok("slept".into())
            }
            "t.panic" => panic!("as it was told"),
            "t.order" => Ok(run.into()),
            "t.pieces" => {
                for piece in 0..number("pieces").unwrap_or(3) {
                    context.progress(vec![piece as u8; 3]).await?;
                }
                Ok("all".into())
            }
            _ => Ok(run.into()),
        }
    }
}

fn sum(value: &Value) -> Option<i64> {
    match value {
        Value::Array(values) => Some(values.iter().filter_map(sum).sum()),
        other => other.as_i64(),
    }
}

/// A worker that runs until it is stopped.
pub(crate) struct Running {
    pub(crate) roster: Arc<Roster>,
    task: JoinHandle<Result<(), QueueError>>,
}

impl Running {
    pub(crate) fn start(queue: Arc<dyn TaskQueue>, queues: &[&str], concurrency: usize) -> Self {
        Self::with(queue, queues, concurrency, Does::all(), Duration::from_secs(5))
    }

    pub(crate) fn with(
        queue: Arc<dyn TaskQueue>,
        queues: &[&str],
        concurrency: usize,
        handlers: Vec<Arc<dyn Handler>>,
        drain: Duration,
    ) -> Self {
        let queues = queues.iter().map(|queue| (*queue).to_owned()).collect();
        let worker = Worker::new(queue, handlers, WorkerSettings { queues, concurrency, prefetch: 1, drain });
        Self { roster: worker.roster(), task: tokio::spawn(worker.run()) }
    }

    pub(crate) async fn stop(self) {
        self.roster.stop();
        self.task.await.unwrap().unwrap();
    }

    /// Ends it as a kill would, as far as that can be done within a process.
    pub(crate) fn kill(self) {
        self.task.abort();
    }
}

/// Asks until it is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, so: impl Fn() -> F) {
    for _ in 0..1000 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}
