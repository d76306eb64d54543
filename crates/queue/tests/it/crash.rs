//! Nothing is lost and nothing happens twice, whoever is killed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use queue::redis::{RedisQueue, RedisSettings};
use queue::worker::{Context, Handler, Roster, Worker, WorkerSettings};
use queue::{Failure, FailureKind, Outcome, Task, TaskQueue};
use serde_json::{Value, json};

use crate::server::RedisServer;
use crate::support::{LONG, Running, nothing, task, until};

const TASKS: usize = 1000;
const WORKERS: usize = 3;
const URL: &str = "QUEUE_TEST_URL";
const FOLDER: &str = "QUEUE_TEST_FOLDER";

/// Has an effect (a file), by the task's key, so that it is had once however often the task is run.
struct Effect(PathBuf);

#[async_trait]
impl Handler for Effect {
    fn name(&self) -> &str {
        "t.effect"
    }

    async fn run(&self, context: Context) -> Result<Value, Failure> {
        let random = uuid_like();
        tokio::time::sleep(Duration::from_millis(15 + random % 40)).await;
        std::fs::write(self.0.join("runs").join(random.to_string()), context.effect_key()).unwrap();
        let effect = self.0.join("effects").join(context.effect_key());
        match std::fs::File::create_new(&effect) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(Failure::new(FailureKind::Internal, error.to_string()));
            }
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(random % 10)).await;
        Ok(context.effect_key().into())
    }
}

fn uuid_like() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

fn settings(url: &str) -> RedisSettings {
    RedisSettings { lease: Duration::from_millis(900), patience: Duration::from_secs(30), ..RedisSettings::new(url) }
}

/// Not a test: the program of the workers that are killed.
#[test]
#[ignore = "the other tests start it"]
fn worker_process() {
    let (Ok(url), Ok(folder)) = (std::env::var(URL), std::env::var(FOLDER)) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let queue = Arc::new(RedisQueue::open(settings(&url)).await.unwrap());
        let handlers: Vec<Arc<dyn Handler>> = vec![Arc::new(Effect(folder.into()))];
        let about = WorkerSettings { queues: vec!["c".into()], concurrency: 4, prefetch: 1, drain: LONG };
        Worker::new(queue, handlers, about).run().await.unwrap();
    });
}

fn start_worker(url: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::worker_process", "--ignored", "--nocapture"])
        .env(URL, url)
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn count(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_survive_killed_workers_and_a_killed_server() {
    let (mut server, folder) = (RedisServer::durable(), tempfile::tempdir().unwrap());
    for name in ["runs", "effects"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(settings(&server.url())).await.unwrap());
    let mut workers: Vec<Child> = (0..WORKERS).map(|_| start_worker(&server.url(), folder.path())).collect();
    let mut ids = Vec::new();
    for number in 0..TASKS {
        // every tenth is submitted twice under one key
        for _ in 0..1 + usize::from(number % 10 == 0) {
            let key = Some(format!("effect-{number}"));
            let id = queue.submit(Task { idempotency_key: key, ..task("c", "t.effect", json!({})) }).await.unwrap();
            ids.push(id);
        }
    }
    let mut kills = 0;
    for round in 0.. {
        tokio::time::sleep(Duration::from_millis(150 + uuid_like() % 200)).await;
        let left = queue.backlog("c").await.unwrap().length;
        if round == 3 || round == 8 {
            tokio::task::block_in_place(|| server.restart(Duration::from_millis(200)));
        } else if left > 0 || round < 12 {
            let victim = (uuid_like() as usize) % WORKERS;
            workers[victim].kill().unwrap();
            workers[victim].wait().unwrap();
            workers[victim] = start_worker(&server.url(), folder.path());
            kills += 1;
        } else {
            break;
        }
    }
    for id in &ids {
        match queue.outcome(id, Duration::from_secs(60)).await {
            Ok(Outcome::Done(key)) => assert!(key.as_str().unwrap().starts_with("effect-")),
            other => panic!("{id}: {other:?} after {kills} kills"),
        }
    }
    assert!(kills >= 8, "{kills}");
    assert_eq!(count(&folder.path().join("effects")), TASKS, "each effect once");
    assert!(count(&folder.path().join("runs")) >= TASKS);
    assert!(queue.dead("c", 10).await.unwrap().is_empty());
    until("nothing is held any more", || async { server.cli(&["HLEN", "unacked"]) == "0" }).await;
    for mut worker in workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
}

/// A worker that vanishes with tasks in hand: another has them when its lease is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_worker_held_is_taken_over() {
    let server = RedisServer::start();
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(server.settings()).await.unwrap());
    let id = queue.submit(task("h", "t.add", json!({"x": 9}))).await.unwrap();
    let dead = queue.consumer(Arc::new(Roster::new(vec!["h".into()], vec![], 1))).await.unwrap();
    assert_eq!(dead.next(1).await.unwrap().len(), 1);
    drop(dead);
    let alive = Running::start(queue.clone(), &["h"], 1);
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Done(9.into()));
    alive.stop().await;
}

/// The server's answer to a take is lost: the worker holds by the server's account what it never saw.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_but_never_arrived_goes_back() {
    let server = RedisServer::start();
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(server.settings()).await.unwrap());
    let id = queue.submit(task("l", "t.add", json!({"x": 8}))).await.unwrap();
    let message = server.cli(&["RPOP", "l"]);
    let tag =
        serde_json::from_str::<Value>(&message).unwrap()["properties"]["delivery_tag"].as_str().unwrap().to_owned();
    let worker = Running::start(queue.clone(), &["l"], 1);
    until("it is there", || async { !server.cli(&["KEYS", "interviewer:alive:*"]).is_empty() }).await;
    server.cli(&["HSET", "unacked", &tag, &format!("[{message}, \"\", \"l\"]")]);
    server.cli(&["ZADD", "unacked_index", &(queue::now_unix_ms() / 1000).to_string(), &tag]);
    server.cli(&["SADD", &format!("interviewer:held:{}", worker.roster.name), &tag]);
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Done(8.into()));
    worker.stop().await;
}

/// Whoever submits, waits and works while the server is away goes on when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_back_finds_everybody_waiting() {
    let mut server = RedisServer::durable();
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(server.settings()).await.unwrap());
    let worker = Running::start(queue.clone(), &["b"], 1);
    let slow = queue.submit(task("b", "t.sleep", json!({"ms": 700}))).await.unwrap();
    until("it runs", || async { worker.roster.counts().0 == 1 }).await;
    let waiting = {
        let queue = queue.clone();
        tokio::spawn(async move { queue.outcome(&slow, LONG).await })
    };
    tokio::task::block_in_place(|| server.kill());
    let submitting = {
        let queue = queue.clone();
        tokio::spawn(async move { queue.submit(task("b", "t.add", json!({"x": 3}))).await })
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    tokio::task::block_in_place(|| server.restart_killed());
    assert_eq!(waiting.await.unwrap().unwrap(), Outcome::Done("slept".into()));
    let id = submitting.await.unwrap().unwrap();
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Done(3.into()));
    let never = RedisSettings { patience: Duration::from_millis(200), ..RedisSettings::new("redis://127.0.0.1:1/0") };
    assert!(RedisQueue::open(never).await.is_err_and(|error| error.retryable()));
    assert!(queue.submit(Task { args: vec!["x".repeat(5 << 20).into()], ..nothing("b") }).await.is_err(), "too large");
    worker.stop().await;
}
