//! Nothing on the server grows without a bound.

use std::sync::Arc;

use queue::redis::{RedisQueue, RedisSettings};
use queue::{QueueError, Task, TaskQueue};
use serde_json::json;

use crate::server::RedisServer;
use crate::support::{LONG, Running, task, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_is_refused_where_it_is_submitted() {
    let server = RedisServer::start();
    let settings = RedisSettings { message_bytes: 2000, payload_bytes: 1000, ..server.settings() };
    let queue = RedisQueue::open(settings).await.unwrap();
    let long = |bytes: usize| task("q", "t.echo", json!({"a": "x".repeat(bytes)}));
    assert!(queue.submit(long(100)).await.is_ok());
    let refused = queue.submit(long(2000)).await.unwrap_err();
    assert!(matches!(&refused, QueueError::TooMuch(why) if why.contains("at most 2000")), "{refused}");
    assert!(queue.put(vec![0; 1000], LONG).await.is_ok());
    let refused = queue.put(vec![0; 1001], LONG).await.unwrap_err();
    assert!(matches!(&refused, QueueError::TooMuch(why) if why.contains("1001 bytes")), "{refused}");
    assert_eq!(queue.backlog("q").await.unwrap().length, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_dead_letters_the_latest_are_kept_and_of_all_else_nothing_for_ever() {
    let server = RedisServer::start();
    let settings = RedisSettings { dead_letters: 3, ..server.settings() };
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(settings).await.unwrap());
    let worker = Running::start(queue.clone(), &["q"], 1);
    let mut ids = Vec::new();
    for _ in 0..5 {
        let id = queue.submit(Task { idempotency_key: None, ..task("q", "t.fail", json!({})) }).await.unwrap();
        queue.outcome(&id, LONG).await.unwrap();
        ids.insert(0, id);
    }
    let dead: Vec<_> = queue.dead("q", 10).await.unwrap().into_iter().map(|letter| letter.id).collect();
    assert_eq!(dead, ids[..3], "the latest three, latest first");
    assert_eq!(server.cli(&["--raw", "KEYS", "interviewer:dead:q:*"]).lines().count(), 3);
    worker.stop().await;
    until("the worker has left", || async { server.cli(&["EXISTS", "interviewer:workers"]) == "0" }).await;
    // what is left has a time to live, but for the queue's own letters and bindings
    let left = server.cli(&["--raw", "KEYS", "*"]);
    let timeless = left.lines().filter(|key| server.cli(&["TTL", key]) == "-1");
    let other = timeless.filter(|key| !key.starts_with("interviewer:dead:q") && !key.starts_with("_kombu.binding"));
    assert_eq!(other.collect::<Vec<_>>(), Vec::<&str>::new());
}
