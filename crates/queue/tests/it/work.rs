//! What a worker does, on each queue.

use std::sync::Arc;
use std::time::Duration;

use queue::memory::MemoryQueue;
use queue::redis::RedisQueue;
use queue::{FailureKind, Outcome, QueueError, Task, TaskQueue, now_unix_ms};
use serde_json::{Value, json};

use crate::server::RedisServer;
use crate::support::{Does, LONG, Running, task, until};

async fn outcome(queue: &dyn TaskQueue, task: Task) -> Outcome {
    let id = queue.submit(task).await.unwrap();
    queue.outcome(&id, LONG).await.unwrap()
}

async fn failed(queue: &dyn TaskQueue, task: Task) -> (FailureKind, String) {
    match outcome(queue, task).await {
        Outcome::Failed(failure) => (failure.kind, failure.message),
        other => panic!("{other:?}"),
    }
}

async fn works(queue: Arc<dyn TaskQueue>) {
    let worker = Running::start(queue.clone(), &["w"], 2);
    let queue = &*queue;
    assert_eq!(outcome(queue, task("w", "t.add", json!({"x": 2, "y": 3}))).await, Outcome::Done(5.into()));
    assert_eq!(outcome(queue, task("w", "t.flaky", json!({}))).await, Outcome::Done(3.into()));
    assert_eq!(failed(queue, task("w", "t.fail", json!({}))).await, (FailureKind::Input, "as it was told".into()));
    let (kind, message) = failed(queue, task("w", "t.hopeless", json!({}))).await;
    assert!(kind == FailureKind::Passing && message.contains("after 3 tries"), "{message}");
    assert_eq!(failed(queue, task("w", "t.panic", json!({}))).await.0, FailureKind::Internal);
    assert_eq!(failed(queue, task("w", "t.what", json!({}))).await.0, FailureKind::UnknownTask);
    let limited = Task { hard_limit_ms: Some(100), ..task("w", "t.sleep", json!({"ms": 5000})) };
    assert_eq!(failed(queue, limited).await.0, FailureKind::HardLimit);
    let limited = Task { soft_limit_ms: Some(100), ..task("w", "t.sleep", json!({"ms": 5000})) };
    assert_eq!(failed(queue, limited).await.0, FailureKind::SoftLimit);
    let late = Task { expires_unix_ms: Some(now_unix_ms() - 1), ..task("w", "t.add", json!({})) };
    assert_eq!(outcome(queue, late).await, Outcome::Revoked("expired".into()));
    let began = now_unix_ms();
    let later = Task { not_before_unix_ms: Some(began + 300), ..task("w", "t.add", json!({})) };
    assert_eq!(outcome(queue, later).await, Outcome::Done(0.into()));
    assert!(now_unix_ms() >= began + 300);
    assert_eq!(queue.dead("w", 100).await.unwrap().len(), 6);
    running_tasks_are_stopped(queue, &worker).await;
    worker.stop().await;
}

async fn running_tasks_are_stopped(queue: &dyn TaskQueue, worker: &Running) {
    let id = queue.submit(task("w", "t.sleep", json!({"ms": 10_000}))).await.unwrap();
    until("it runs", || async { worker.roster.is_active(&id) }).await;
    queue.cancel(&id).await.unwrap();
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Revoked("terminated".into()));
    let later = Task { not_before_unix_ms: Some(now_unix_ms() + 60_000), ..task("w", "t.add", json!({})) };
    let id = queue.submit(later).await.unwrap();
    until("it is taken", || async { queue.backlog("w").await.unwrap().length == 0 }).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    queue.cancel(&id).await.unwrap();
    assert_eq!(
        queue.outcome(&id, LONG).await.unwrap(),
        Outcome::Revoked("revoked".into()),
        "what waits is given up at once"
    );
}

/// What was begun is finished, what was not goes back; what takes too long goes back too.
async fn drains(queue: Arc<dyn TaskQueue>) {
    let worker = Running::with(queue.clone(), &["d"], 1, Does::all(), LONG);
    let first = queue.submit(task("d", "t.sleep", json!({"ms": 300}))).await.unwrap();
    let second = queue.submit(task("d", "t.add", json!({"x": 1}))).await.unwrap();
    until("it runs", || async { worker.roster.counts().0 == 1 }).await;
    worker.stop().await;
    assert_eq!(queue.outcome(&first, Duration::from_millis(100)).await.unwrap(), Outcome::Done("slept".into()));
    assert_eq!(queue.outcome(&second, Duration::from_millis(50)).await, Err(QueueError::Late(50)));
    assert_eq!(queue.backlog("d").await.unwrap().length, 1);
    let impatient = Running::with(queue.clone(), &["d"], 2, Does::all(), Duration::from_millis(50));
    let long = queue.submit(task("d", "t.sleep", json!({"ms": 60_000}))).await.unwrap();
    assert_eq!(queue.outcome(&second, LONG).await.unwrap(), Outcome::Done(1.into()));
    until("it runs", || async { impatient.roster.counts().0 == 1 }).await;
    impatient.stop().await;
    assert_eq!(queue.backlog("d").await.unwrap().length, 1, "it is there for another");
    queue.cancel(&long).await.unwrap();
}

async fn one_key_one_effect(queue: Arc<dyn TaskQueue>) {
    let counting = Does::new("t.order");
    let worker = Running::with(queue.clone(), &["k"], 4, vec![counting.clone()], LONG);
    let keyed = || Task { idempotency_key: Some("effect".into()), ..task("k", "t.order", json!({})) };
    let first = outcome(&*queue, keyed()).await;
    for _ in 0..5 {
        assert_eq!(outcome(&*queue, keyed()).await, first);
    }
    assert_eq!(counting.runs.load(std::sync::atomic::Ordering::SeqCst), 1);
    worker.stop().await;
}

/// What nobody had begun by its deadline is not begun: not by a worker that comes late, nor by one that was busy.
async fn what_is_too_late_is_not_done(queue: Arc<dyn TaskQueue>) {
    let urgent = || task("late", "t.order", json!({})).expiring_in(Duration::from_millis(200));
    let before = queue.submit(urgent()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let counting = Does::new("t.order");
    let worker = Running::with(queue.clone(), &["late"], 1, vec![counting.clone(), Does::new("t.sleep")], LONG);
    assert_eq!(queue.outcome(&before, LONG).await.unwrap(), Outcome::Revoked("expired".into()));
    let busy = queue.submit(task("late", "t.sleep", json!({"ms": 500}))).await.unwrap();
    let behind = queue.submit(urgent()).await.unwrap();
    assert_eq!(queue.outcome(&behind, LONG).await.unwrap(), Outcome::Revoked("expired".into()));
    assert_eq!(queue.outcome(&busy, LONG).await.unwrap(), Outcome::Done("slept".into()));
    assert_eq!(counting.runs.load(std::sync::atomic::Ordering::SeqCst), 0);
    worker.stop().await;
}

async fn all(queue: Arc<dyn TaskQueue>) {
    works(queue.clone()).await;
    drains(queue.clone()).await;
    one_key_one_effect(queue.clone()).await;
    what_is_too_late_is_not_done(queue).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_process() {
    all(Arc::new(MemoryQueue::default())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis() {
    let server = RedisServer::start();
    all(Arc::new(RedisQueue::open(server.settings()).await.unwrap())).await;
    let held: Value = server.cli(&["HLEN", "unacked"]).parse::<i64>().unwrap().into();
    assert_eq!(held, json!(0));
}
