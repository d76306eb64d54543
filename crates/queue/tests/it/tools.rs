//! Celery's own command line, as an operator types it, sees our worker.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;

use queue::redis::RedisQueue;
use queue::{Outcome, TaskQueue};
use serde_json::{Value, json};

use crate::celery::run;
use crate::server::RedisServer;
use crate::support::{LONG, Running, task, until};

/// What our worker answers to `celery inspect COMMAND`.
fn inspect(server: &RedisServer, worker: &Running, command: &str) -> Value {
    let output = run(server, &["-m", "celery", "-A", "app", "inspect", command, "--json"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command}: {text}");
    let answers: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{command}: {error}: {text}"));
    answers[&worker.roster.name].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn celery_inspect_sees_us_and_llen_is_the_backlog() {
    let server = RedisServer::start();
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(server.settings()).await.unwrap());
    let worker = Running::start(queue.clone(), &["ours"], 1);
    let sleeping = queue.submit(task("ours", "t.sleep", json!({"ms": 600_000}))).await.unwrap();
    until("it runs", || async { worker.roster.is_active(&sleeping) }).await;
    for _ in 0..7 {
        queue.submit(task("ours", "t.add", json!({}))).await.unwrap();
    }
    assert_eq!(server.cli(&["LLEN", "ours"]), "7", "what KEDA's Redis scaler reads");
    let ask = |command| tokio::task::block_in_place(|| inspect(&server, &worker, command));
    assert_eq!(ask("ping"), json!({"ok": "pong"}));
    let active = ask("active");
    assert_eq!((&active[0]["name"], &active[0]["id"]), (&json!("t.sleep"), &json!(sleeping)));
    assert!(ask("registered").as_array().unwrap().contains(&json!("t.add")));
    queue.cancel(&sleeping).await.unwrap();
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn celery_events_sees_our_signs_of_life_and_our_tasks() {
    let server = RedisServer::start();
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(server.settings()).await.unwrap());
    let worker = Running::start(queue.clone(), &["ours"], 1);
    let mut command = run(&server, &["-u", "-m", "celery", "-A", "app", "events", "--dump"]);
    let mut watching = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut told = |what: &str| {
        let name = &worker.roster.name;
        tokio::task::block_in_place(|| lines.any(|line| line.starts_with(name) && line.contains(what)))
    };
    assert!(told("heartbeat"));
    let id = queue.submit(task("ours", "t.add", json!({"x": 4}))).await.unwrap();
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Done(4.into()));
    assert!(told(&format!("task received: t.add({id})")) && told("task succeeded"));
    watching.kill().unwrap();
    watching.wait().unwrap();
    worker.stop().await;
}
