//! `interviewer worker` and `interviewer queue`, as an operator uses them.

use std::time::Duration;

use queue::tasks::REPORT;
use queue::{Outcome, Task, TaskQueue};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use crate::program::{interviewer, spoken};
use crate::workers::{Redis, Worker, json_lines, redis_cli, until};

fn ask(redis: &Redis, args: &[&str]) -> Vec<Value> {
    let url = redis.url();
    let ran = interviewer(&[&["queue"], args, &["--json", "--url", &url]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    json_lines(&ran.out)
}

fn task(name: &str, kwargs: Value) -> Task {
    let Value::Object(kwargs) = kwargs else { panic!("named arguments") };
    Task::new(name, "reports", kwargs)
}

#[test]
fn what_waits_is_counted_and_what_was_given_up_is_listed_and_put_back() {
    let (redis, data) = (Redis::start(), tempfile::tempdir().unwrap());
    let runtime = Runtime::new().unwrap();
    let queue = runtime.block_on(redis.queue());
    runtime.block_on(async {
        queue.submit(Task::new("interviewer.transcribe", "stt", Map::new())).await.unwrap();
        queue.submit(task("what.is.this", json!({}))).await.unwrap();
        queue.submit(task(REPORT, json!({"interview": "../etc"}))).await.unwrap();
    });
    redis_cli(&redis, &["LPUSH", "reports", "rubbish"]);
    let status = ask(&redis, &["status"]);
    let counts: Vec<_> = status.iter().map(|queue| (&queue["queue"], &queue["waiting"], &queue["dead"])).collect();
    assert_eq!(json!(counts), json!([["stt", 1, 0], ["tts", 0, 0], ["reports", 3, 0]]));
    assert!(status[0]["oldest_ms"].is_u64(), "{status:?}");

    let worker = Worker::start(&redis, data.path(), "reports");
    runtime.block_on(until("all are given up", async || ask(&redis, &["status"])[2]["dead"] == 3));
    let dead = ask(&redis, &["dead", "reports"]);
    let reason = |task: &str| {
        let letter = dead.iter().find(|letter| letter["task"] == task).unwrap_or_else(|| panic!("{task}: {dead:?}"));
        letter["reason"].as_str().unwrap()
    };
    assert!(reason("").contains("not JSON"));
    assert!(reason("what.is.this").contains("knows the task"));
    assert!(reason(REPORT).contains("missing field"), "{}", reason(REPORT));
    assert_eq!(ask(&redis, &["dead", "reports", "--limit", "1"]).len(), 1);
    assert!(worker.get("/metrics").1.contains("interviewer_dead_letters_total{queue=\"reports\"} 3"));
    assert!(worker.terminate());

    let url = redis.url();
    let replayed = interviewer(&["queue", "replay", "reports", "--url", &url]);
    assert!(replayed.code == 0 && replayed.out.contains("2 put back into reports"), "{replayed:?}");
    assert!(replayed.out.contains("stays"), "what never was a task stays: {replayed:?}");
    let status = ask(&redis, &["status"]);
    assert_eq!((&status[2]["waiting"], &status[2]["dead"]), (&2.into(), &1.into()));
    interviewer(&["queue", "replay", "reports", "nobody", "--url", &url]).failed_in_one_line(&["nobody", "reports"]);
}

#[test]
fn a_worker_tells_how_it_is_and_finishes_when_it_is_told_to_end() {
    let (redis, data) = (Redis::start(), tempfile::tempdir().unwrap());
    let worker = Worker::start(&redis, data.path(), "reports");
    Runtime::new().unwrap().block_on(async {
        until("it takes work", async || worker.get("/readyz").0 == 200).await;
        let queue = redis.queue().await;
        let id =
            queue.submit(task(REPORT, json!({"interview": "a", "plan": {}, "records": {"key": "k"}}))).await.unwrap();
        let outcome = queue.outcome(&id, Duration::from_secs(20)).await.unwrap();
        let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
        assert!(failure.message.contains("plan"), "{failure:?}");
    });
    assert_eq!(worker.get("/healthz"), (200, "ok\n".to_owned()));
    let (_, metrics) = worker.get("/metrics");
    for name in
        ["interviewer_tasks_total{task=\"interviewer.report\",outcome=\"failed\"} 1", "interviewer_task_run_seconds"]
    {
        assert!(metrics.contains(name), "{name} in {metrics}");
    }
    assert!(worker.terminate());
}

/// A worker that is told to end in the middle of a task that takes too long, while another waits.
#[test]
fn a_worker_tells_how_much_waits_and_hands_back_what_it_cannot_finish() {
    let (redis, data) = (Redis::start(), tempfile::tempdir().unwrap());
    let said = spoken("I asked everyone what they needed first, and then I wrote it down.");
    let minutes: Vec<u8> = said.iter().cycle().take(180 * 16_000).flat_map(|sample| sample.to_le_bytes()).collect();
    let samples = minutes.len() / 2;
    let runtime = Runtime::new().unwrap();
    let queue = runtime.block_on(redis.queue());
    let worker = Worker::start_with(&redis, data.path(), "stt", &["--drain", "1"]);
    runtime.block_on(async {
        let key = queue.put(minutes, Duration::from_secs(600)).await.unwrap();
        let audio = json!({"key": key, "encoding": "s16le", "sample_rate_hz": 16_000, "samples": samples});
        for _ in 0..2 {
            let Value::Object(kwargs) = json!({"audio": audio}) else { panic!("named arguments") };
            queue.submit(Task::new("interviewer.transcribe", "stt", kwargs)).await.unwrap();
        }
        until("one is being done", async || worker.is_busy(&redis)).await;
        let tells = |metrics: &str, name: &str| figure(metrics, &format!("{name}{{queue=\"stt\"}}"));
        until("how many wait, and how long", async || {
            let (_, metrics) = worker.get("/metrics");
            tells(&metrics, "interviewer_queue_length") == Some(1.0)
                && tells(&metrics, "interviewer_queue_oldest_seconds").is_some_and(|s| s > 0.0)
        })
        .await;
    });
    assert!(worker.terminate());
    let waiting = runtime.block_on(queue.backlog("stt")).unwrap().length;
    assert_eq!(waiting, 2, "the one that had been begun is there for another");
    assert_eq!(redis_cli(&redis, &["HLEN", "unacked"]), "0");
}

#[test]
fn a_worker_tells_that_its_server_was_away() {
    let (mut redis, data) = (Redis::start(), tempfile::tempdir().unwrap());
    let worker = Worker::start(&redis, data.path(), "reports");
    let figure = |name: &str| figure(&worker.get("/metrics").1, name);
    assert_eq!(
        (figure("interviewer_queue_connected"), figure("interviewer_queue_reconnects_total")),
        (Some(1.0), None)
    );
    redis.0.kill();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(until("it is lost", async || figure("interviewer_queue_connected") == Some(0.0)));
    redis.0.begin().unwrap();
    runtime.block_on(until("it is back", async || {
        figure("interviewer_queue_connected") == Some(1.0) && figure("interviewer_queue_reconnects_total") >= Some(1.0)
    }));
    runtime.block_on(until("it takes work", async || worker.get("/readyz").0 == 200));
    assert!(worker.terminate());
}

/// A figure of /metrics.
fn figure(metrics: &str, name: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

#[test]
fn what_is_wrong_is_said_in_one_line_before_any_model_is_loaded() {
    let redis = Redis::start();
    let url = redis.url();
    interviewer(&["worker", "--queues", "stt,letters", "--url", &url]).failed_in_one_line(&["letters", "stt"]);
    let nowhere = "redis://127.0.0.1:1/0";
    for args in [["worker", "--queues", "stt", "--url", nowhere].as_slice(), &["queue", "status", "--url", nowhere]] {
        let ran = interviewer(args);
        assert!(ran.code == 1 && ran.err.contains("queue.url") && ran.err.contains("Redis"), "{ran:?}");
    }
    interviewer(&["queue", "status", "--url", "http://here"]).failed_in_one_line(&["queue.url", "redis://"]);
}
