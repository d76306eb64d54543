//! Beside the real Celery: Python submits and we work, we submit and Python works, and its tools see us.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use queue::redis::RedisQueue;
use queue::{FailureKind, Outcome, Task, TaskQueue, now_unix_ms};
use serde_json::{Value, json};

use crate::server::RedisServer;
use crate::support::{LONG, Running, task, until};

/// Python with Celery in it.
fn python() -> PathBuf {
    let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
    let python = cache.unwrap_or_else(home).join("celery/bin/python");
    assert!(python.exists(), "Celery is missing ({}); `scripts/celery` installs it", python.display());
    python
}

/// Python with these arguments, in the folder of the app.
pub(crate) fn run(server: &RedisServer, args: &[&str]) -> Command {
    let mut command = Command::new(python());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
    command.args(args).current_dir(folder).env("REDIS_URL", server.url()).env("PYTHONDONTWRITEBYTECODE", "1");
    command.stdin(Stdio::null());
    command
}

/// Celery's own worker; killed when dropped.
pub(crate) struct PythonWorker(Child);

impl PythonWorker {
    pub(crate) fn start(server: &RedisServer) -> Self {
        let args =
            ["-m", "celery", "-A", "app", "worker", "-Q", "py", "-c", "2", "--pool", "threads", "-n", "python@here"];
        let quiet = ["--without-gossip", "--without-mingle", "-l", "ERROR"];
        let mut worker = run(server, &[&args[..], &quiet[..]].concat());
        let child = worker.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self(child)
    }
}

impl Drop for PythonWorker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the driver saw.
async fn drive(server: &RedisServer) -> HashMap<String, Value> {
    let mut command = run(server, &["drive.py"]);
    let output = tokio::task::spawn_blocking(move || command.stderr(Stdio::piped()).output().unwrap()).await.unwrap();
    let (said, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complaints}");
    let line = |line: &str| {
        let mut said: Value = serde_json::from_str(line).unwrap();
        (said["name"].as_str().unwrap().to_owned(), said["value"].take())
    };
    said.lines().map(line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn celery_and_we_are_one_system() {
    let server = RedisServer::start();
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(server.settings()).await.unwrap());
    let _python = PythonWorker::start(&server);
    let ours = Running::start(queue.clone(), &["ours"], 4);
    let one = Running::start(queue.clone(), &["one"], 1);
    let saw = drive(&server).await;
    what_python_saw(&saw);
    what_we_see_of_python(&*queue).await;
    ours.stop().await;
    one.stop().await;
    // Python tells of a task before it acknowledges it
    until("nothing is held any more", || async { server.cli(&["HLEN", "unacked"]) == "0" }).await;
}

fn what_python_saw(saw: &HashMap<String, Value>) {
    let is = |name: &str, value: Value| assert_eq!(saw[name], value, "{name}");
    is("add", json!(5));
    is("packed", json!([1, "é", [255, 0], {"n": null}]));
    is("big", json!(200_000));
    is("ignored", json!(0));
    is("fail", json!(["builtins.ValueError", ["as it was told"]]));
    is("unknown is NotRegistered", json!(true));
    is("hard", json!(true));
    is("flaky", json!(3));
    is("hopeless", json!("celery.exceptions.MaxRetriesExceededError"));
    assert!(saw["eta_s"].as_f64().unwrap() >= 1.0);
    is("expires", json!(["celery.exceptions.TaskRevokedError", ["expired"]]));
    is("revoked", json!(["celery.exceptions.TaskRevokedError", ["revoked"]]));
    is("terminated", json!(["celery.exceptions.TaskRevokedError", ["terminated"]]));
    is("backlog", json!(4));
    is("backlog of priority 0", json!(1));
    is("priorities", json!([0, 3, 6, 9]));
    is("group", json!([0, 1, 2, 3, 4]));
    is("chord", json!(3));
    is("chord, mixed", json!([[1, 5, 7]]));
    is("chord of groups", json!([[2, 1, 3]])); // Celery's own order, for tasks that share a place
    is("chord, failing", json!(true));
    is("chain", json!(111));
    is("chain, failing", json!(["builtins.ValueError", ["as it was told"]]));
    is("chain into group", json!([11, 21]));
    is("linked", json!(true));
    is("link_error", json!(true));
    is("ping", json!([{"ok": "pong"}, {"ok": "pong"}]));
    is("active", json!(["t.sleep"]));
    is("scheduled", json!([true]));
    is("active_queues", json!(["one", "ours"]));
    is("stats", json!(true));
    is("query_task", json!(["active"]));
    is("later", json!(["celery.exceptions.TaskRevokedError", ["revoked"]]));
    assert!(saw["registered"].as_array().unwrap().contains(&"t.add".into()));
    let events: Vec<_> = saw["events"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for kind in ["received", "started", "succeeded", "failed", "retried", "revoked"] {
        assert!(events.contains(&format!("task-{kind}").as_str()), "{events:?}");
    }
    assert!(events.contains(&"worker-heartbeat"), "{events:?}");
    is("events: workers alive", json!(true));
    assert!(saw["events: tasks by state"].as_array().unwrap().contains(&"SUCCESS".into()));
}

async fn what_we_see_of_python(queue: &dyn TaskQueue) {
    let outcome = async |task: Task| {
        let id = queue.submit(task).await.unwrap();
        queue.outcome(&id, LONG).await.unwrap()
    };
    let sum = Task { args: vec![json!(1)], ..task("py", "p.add", json!({"x": 2, "y": 3})) };
    assert_eq!(outcome(sum).await, Outcome::Done(6.into()));
    let Outcome::Failed(failure) = outcome(task("py", "p.fail", json!({}))).await else { panic!("it fails") };
    assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Input, "as it was told"));
    assert_eq!(failure.class.as_deref(), Some("builtins.ValueError"));
    assert_eq!(outcome(task("py", "p.flaky", json!({}))).await, Outcome::Done(2.into()));
    let late = Task { expires_unix_ms: Some(now_unix_ms() - 1000), ..task("py", "p.add", json!({})) };
    assert_eq!(outcome(late).await, Outcome::Revoked("expired".into()));
    let off = Task { not_before_unix_ms: Some(now_unix_ms() + 600), ..task("py", "p.add", json!({})) };
    let id = queue.submit(off).await.unwrap();
    until("it is taken", || async { queue.backlog("py").await.unwrap().length == 0 }).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    queue.cancel(&id).await.unwrap();
    assert!(matches!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Revoked(_)));
}

/// A Python worker that is killed with a task in hand: kombu's visibility timeout gives the task back by our sweep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_python_worker_held_comes_back() {
    let server = RedisServer::start();
    let settings = queue::redis::RedisSettings { visibility: Duration::from_secs(2), ..server.settings() };
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(settings).await.unwrap());
    let python = PythonWorker::start(&server);
    let sleeping = task("py", "p.sleep", json!({"ms": 600_000}));
    let id = queue.submit(sleeping).await.unwrap();
    until("it is taken", || async { server.cli(&["HLEN", "unacked"]) == "1" }).await;
    drop(python);
    let sweeper = Running::start(queue.clone(), &["elsewhere"], 1);
    until("it is back", || async { queue.backlog("py").await.unwrap().length == 1 }).await;
    assert_eq!(server.cli(&["HLEN", "unacked"]), "0");
    assert!(server.cli(&["LINDEX", "py", "0"]).contains("redelivered"), "marked as what somebody had before");
    queue.cancel(&id).await.unwrap();
    sweeper.stop().await;
}
