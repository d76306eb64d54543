//! The worker in `workers/python`: Celery and faster-whisper, asked by ours.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use queue::remote::{RemoteRecognizer, RemoteRecognizerSettings};
use queue::{FailureKind, Outcome, Task, TaskQueue};
use serde_json::json;
use speech::{RecognitionRequest, Recognizer};

use crate::program::spoken;
use crate::workers::Redis;

/// The worker loads its model first.
const LONG: Duration = Duration::from_secs(120);

struct PythonWorker(Child);

impl Drop for PythonWorker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(python: &Path, redis: &Redis) -> PythonWorker {
    let model = interviewer_cache().join("assets/whisper-base");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workers/python");
    let mut command = Command::new(python);
    command.args(["-m", "celery", "-A", "worker", "worker", "-Q", "stt", "-l", "ERROR"]);
    command.args(["--pool", "threads", "--concurrency", "1"]).current_dir(folder);
    command.env("REDIS_URL", redis.url()).env("STT_MODEL", model).env("STT_DEVICE", "cpu").env("STT_THREADS", "1");
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("HF_HUB_OFFLINE", "1");
    PythonWorker(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
}

fn interviewer_cache() -> PathBuf {
    assets::cache_dir().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_in_python_recognises_for_us() {
    let python = interviewer_cache().join("python-worker/bin/python");
    if !python.is_file() {
        eprintln!("skipped: {} is missing; `scripts/python-worker` installs it", python.display());
        return;
    }
    let redis = Redis::start();
    let _worker = start(&python, &redis);
    let queue: Arc<dyn TaskQueue> = Arc::new(redis.queue().await);
    let about = RemoteRecognizerSettings { slow_after: LONG, deadline: LONG, ..Default::default() };
    let recognizer = RemoteRecognizer::new(queue.clone(), about, None);
    let said = spoken("I built a small service that sends letters to customers.");
    let samples: Vec<f32> = said.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let length_ms = samples.len() as u64 / 16;
    let heard = recognizer.recognize(RecognitionRequest::new(samples)).await.unwrap();
    assert!(heard.text.contains("letters to customers"), "{heard:?}");
    assert!(heard.words.len() >= 9 && heard.language == "en", "{heard:?}");
    let in_order = heard.words.windows(2).all(|pair| pair[0].start_ms <= pair[1].start_ms);
    assert!(in_order && heard.words.iter().all(|word| word.end_ms <= length_ms + 500), "{heard:?}");

    let kwargs = json!({"audio": {"key": "elsewhere", "samples": 1}}).as_object().unwrap().clone();
    let id = queue.submit(Task::new("interviewer.transcribe", "stt", kwargs)).await.unwrap();
    let Outcome::Failed(failure) = queue.outcome(&id, LONG).await.unwrap() else { panic!("it is wrong") };
    assert!(failure.kind == FailureKind::Input && failure.message.contains("audio.key"), "{failure:?}");
}
