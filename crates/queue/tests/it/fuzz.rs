//! Rubbish on the queue costs a dead letter and nothing else.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use queue::redis::RedisQueue;
use queue::tasks::{SpeakHandler, TranscribeHandler};
use queue::worker::Handler;
use queue::{FailureKind, Outcome, TaskQueue};
use serde_json::{Value, json};
use speech::{EngineError, Recognition, RecognitionRequest, Recognizer, SpeechRequest, SpeechStream, Voice, VoiceInfo};

use crate::server::RedisServer;
use crate::support::{Does, LONG, Running, task, until};

/// Hears nothing.
struct FakeRecognizer;

#[async_trait]
impl Recognizer for FakeRecognizer {
    fn name(&self) -> &str {
        "fake"
    }

    async fn recognize(&self, _: RecognitionRequest) -> Result<Recognition, EngineError> {
        Ok(Recognition::default())
    }
}

/// Says nothing.
struct FakeVoice(VoiceInfo);

impl Voice for FakeVoice {
    fn info(&self) -> &VoiceInfo {
        &self.0
    }

    fn speak(&self, _: SpeechRequest) -> SpeechStream {
        tokio::sync::mpsc::channel(1).1
    }
}

fn message(task: &str, body: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut message = json!({
        "body": body, "content-type": "application/json", "content-encoding": "utf-8",
        "headers": {"task": task, "id": format!("id-{task}"), "eta": null, "expires": null, "retries": 0},
        "properties": {"delivery_tag": format!("tag-{}", queue::now_unix_ms()), "body_encoding": "base64", "priority": 0,
            "delivery_info": {"exchange": "", "routing_key": "f"}},
    });
    change(&mut message);
    message.to_string().into_bytes()
}

fn body(kwargs: Value) -> String {
    STANDARD.encode(json!([[], kwargs, {}]).to_string())
}

fn bomb() -> String {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![b' '; 1 << 20];
    (0..64).for_each(|_| encoder.write_all(&zeros).unwrap());
    STANDARD.encode(encoder.finish().unwrap())
}

/// What comes in, and a word of why it is refused.
fn rubbish() -> Vec<(Vec<u8>, &'static str)> {
    let empty = body(json!({}));
    let tagless = |m: &mut Value| drop(m["properties"]["delivery_tag"].take());
    vec![
        (b"".to_vec(), "not JSON"),
        (b"{".to_vec(), "not JSON"),
        (vec![0xff, 0xfe, 0x00, 0x01], "not JSON"),
        (b"[1, 2]".to_vec(), "no delivery tag"),
        (b"\"text\"".to_vec(), "not JSON"),
        (b"{}".to_vec(), "no delivery tag"),
        (vec![b'['; 100_000], "not JSON"),
        (vec![b'x'; 5 << 20], "bytes"),
        (message("t.add", &empty, tagless), "no delivery tag"),
        (message("t.add", &empty, |m| m["headers"] = json!(3)), "headers"),
        (message("t.add", &empty, |m| m["headers"]["id"] = json!(null)), "\"id\""),
        (message("t.add", &empty, |m| m["headers"]["eta"] = json!("soon")), "no time"),
        (message("t.add", &empty, |m| m["headers"]["expires"] = json!({"a": 1})), "text with a time"),
        (message("t.add", "!!!", |_| {}), "not base64"),
        (message("t.add", "AAAA", |_| {}), "not JSON"),
        (message("t.add", &STANDARD.encode("[[],{}]"), |_| {}), "[arguments"),
        (message("t.add", &STANDARD.encode("[".repeat(5000)), |_| {}), "not JSON"),
        (message("t.add", &empty, |m| m["content-type"] = json!("application/x-python-serialize")), "type"),
        (message("t.add", &bomb(), |m| m["headers"]["compression"] = json!("application/x-gzip")), "larger"),
        (message("t.unheard", &empty, |_| {}), "knows the task"),
        (message("interviewer.transcribe", &empty, |_| {}), "audio"),
        (message("interviewer.transcribe", &body(json!({"audio": "loud"})), |_| {}), "its arguments are wrong"),
        (
            message(
                "interviewer.transcribe",
                &body(json!({"audio": {"key": "interviewer:payload:gone", "encoding": "s16le",
                "sample_rate_hz": 16000, "samples": 10}})),
                |_| {},
            ),
            "nothing under",
        ),
        (
            message(
                "interviewer.transcribe",
                &body(json!({"audio": {"key": "other:key", "encoding": "s16le",
                "sample_rate_hz": 16000, "samples": 10}})),
                |_| {},
            ),
            "must begin with",
        ),
        (message("interviewer.speak", &body(json!({"text": 5})), |_| {}), "its arguments are wrong"),
        (message("interviewer.speak", &body(json!({"text": "hi", "speed": 99})), |_| {}), "speed is 99"),
        (message("interviewer.speak", &body(json!({"text": "x".repeat(6000)})), |_| {}), "6000 characters"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rubbish_is_dead_lettered_with_a_reason() {
    let server = RedisServer::start();
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(server.settings()).await.unwrap());
    let info = VoiceInfo { engine: "fake".into(), name: "fake".into(), fingerprint: "1".into() };
    let mut handlers: Vec<Arc<dyn Handler>> = Does::all();
    handlers.push(Arc::new(TranscribeHandler(Arc::new(FakeRecognizer))));
    handlers.push(Arc::new(SpeakHandler(Arc::new(FakeVoice(info)))));
    let worker = Running::with(queue.clone(), &["f"], 2, handlers, Duration::from_secs(5));
    for (bytes, why) in rubbish() {
        let before = queue.dead("f", 1000).await.unwrap().len();
        server.push_raw("f", &bytes);
        until(why, || async { queue.dead("f", 1000).await.unwrap().len() > before }).await;
        let letter = queue.dead("f", 1).await.unwrap().remove(0);
        assert!(letter.reason.contains(why), "{why}: {letter:?}");
        if why == "no delivery tag" {
            continue; // it may be a task but for its tag
        }
        if letter.id.is_empty() {
            assert!(queue.replay("f", &letter.letter).await.is_err(), "what never was a task is not replayed");
        } else {
            let Outcome::Failed(failure) = queue.outcome(&letter.id, LONG).await.unwrap() else { panic!("{letter:?}") };
            assert!(matches!(failure.kind, FailureKind::Input | FailureKind::UnknownTask), "{failure:?}");
        }
    }
    mutations(&server, &*queue).await;
    let id = queue.submit(task("f", "t.add", json!({"x": 1}))).await.unwrap();
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Done(1.into()), "the worker is unharmed");
    worker.stop().await;
    assert_eq!(server.cli(&["HLEN", "unacked"]), "0");
}

/// Bytes of a good message changed at random places.
async fn mutations(server: &RedisServer, queue: &dyn TaskQueue) {
    let good = message("t.add", &body(json!({"x": 1})), |_| {});
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..60 {
        let mut bytes = good.clone();
        for _ in 0..3 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let place = random as usize % bytes.len();
            bytes[place] = (random >> 32) as u8;
        }
        server.push_raw("f", &bytes);
    }
    until("all are taken", || async { queue.backlog("f").await.unwrap().length == 0 }).await;
}
