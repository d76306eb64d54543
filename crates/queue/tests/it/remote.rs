//! Recognition as a task: answers, fallbacks, deadlines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use queue::TaskQueue;
use queue::memory::MemoryQueue;
use queue::redis::RedisQueue;
use queue::remote::{RemoteRecognizer, RemoteRecognizerSettings};
use queue::tasks::TranscribeHandler;
use queue::worker::Handler;
use speech::{EngineError, EngineErrorKind, Recognition, RecognitionRequest, Recognizer, Urgency, Word};

use crate::server::RedisServer;
use crate::support::{LONG, Running};

/// Says how many samples it heard, after a time.
struct FakeRecognizer {
    name: &'static str,
    slow: Duration,
    calls: AtomicU32,
}

impl FakeRecognizer {
    fn new(name: &'static str, slow: Duration) -> Arc<Self> {
        Arc::new(Self { name, slow, calls: AtomicU32::new(0) })
    }
}

#[async_trait]
impl Recognizer for FakeRecognizer {
    fn name(&self) -> &str {
        self.name
    }

    async fn recognize(&self, request: RecognitionRequest) -> Result<Recognition, EngineError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.slow).await;
        if request.prompt.as_deref() == Some("broken") {
            return Err(EngineError::new("fake", EngineErrorKind::Input, "as it was told"));
        }
        let word = Word { text: self.name.into(), start_ms: 0, end_ms: 10, confidence: 0.5 };
        let language = request.language.unwrap_or_default();
        let text = format!("{} heard {}", self.name, request.samples.len());
        let words = vec![word; usize::from(request.word_times)];
        let fallbacks = u32::from(request.urgency == Urgency::Unhurried); // a second look, where there is time
        Ok(Recognition { text, language, words, fallbacks, ..Recognition::default() })
    }
}

fn sound() -> RecognitionRequest {
    RecognitionRequest::new((0..16_000).map(|i| (i as f32 / 40.0).sin() / 2.0).collect::<Vec<_>>())
}

fn hasty() -> RemoteRecognizerSettings {
    RemoteRecognizerSettings {
        slow_after: Duration::from_millis(150),
        slow_per_s: Duration::ZERO,
        deadline: Duration::from_secs(4),
        ..RemoteRecognizerSettings::default()
    }
}

fn hears(queue: &Arc<dyn TaskQueue>, recognizer: Arc<FakeRecognizer>) -> Running {
    let handlers: Vec<Arc<dyn Handler>> = vec![Arc::new(TranscribeHandler(recognizer))];
    Running::with(queue.clone(), &["stt"], 1, handlers, LONG)
}

async fn hearing(queue: Arc<dyn TaskQueue>) {
    let local = FakeRecognizer::new("local", Duration::ZERO);
    let remote = RemoteRecognizer::new(queue.clone(), hasty(), Some(local.clone()));
    // nobody works: the local engine answers
    assert_eq!(remote.recognize(sound()).await.unwrap().text, "local heard 16000");
    let worker = hears(&queue, FakeRecognizer::new("far", Duration::ZERO));
    let far = remote.recognize(sound()).await.unwrap();
    assert_eq!((far.text.as_str(), far.language.as_str(), far.words.len()), ("far heard 16000", "en", 1));
    assert_eq!(far.fallbacks, 1, "there is no hurry");
    let urgent = RecognitionRequest { urgency: Urgency::By(Instant::now() + LONG), ..sound() };
    assert_eq!(remote.recognize(urgent).await.unwrap().fallbacks, 0, "how long we wait is known to the worker");
    let broken = RecognitionRequest { prompt: Some("broken".into()), ..sound() };
    let calls = local.calls.load(Ordering::SeqCst);
    assert_eq!(remote.recognize(broken).await.unwrap_err().kind, EngineErrorKind::Input);
    assert_eq!(local.calls.load(Ordering::SeqCst), calls, "what no engine can do is not tried by another");
    worker.stop().await;
    a_slow_worker_is_not_waited_for(&queue).await;
    what_is_no_longer_wanted_is_called_off(&queue).await;
    what_comes_too_late_is_not_recognised(&queue).await;
}

async fn a_slow_worker_is_not_waited_for(queue: &Arc<dyn TaskQueue>) {
    let (slow, quick) = (FakeRecognizer::new("slow", LONG), FakeRecognizer::new("quick", Duration::ZERO));
    let stuck = hears(queue, slow.clone());
    let remote = RemoteRecognizer::new(queue.clone(), hasty(), None);
    let asked = sound();
    let answer = async {
        while slow.calls.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        hears(queue, quick)
    };
    let (answer, second) = tokio::join!(remote.recognize(asked), answer);
    assert_eq!(answer.unwrap().text, "quick heard 16000");
    second.stop().await;
    stuck.kill();
}

async fn what_is_no_longer_wanted_is_called_off(queue: &Arc<dyn TaskQueue>) {
    let slow = FakeRecognizer::new("slow", LONG);
    let worker = hears(queue, slow.clone());
    let remote = RemoteRecognizer::new(queue.clone(), RemoteRecognizerSettings::default(), None);
    let request = sound();
    let cancel = request.cancel.clone();
    let stop = async {
        while slow.calls.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    };
    let (answer, ()) = tokio::join!(remote.recognize(request), stop);
    assert_eq!(answer.unwrap_err().kind, EngineErrorKind::Cancelled);
    crate::support::until("the worker stopped it", || async { worker.roster.counts().0 == 0 }).await;
    worker.stop().await;
}

/// Nobody answers within the deadline: the caller is told, and a worker that comes later leaves it alone.
async fn what_comes_too_late_is_not_recognised(queue: &Arc<dyn TaskQueue>) {
    let brief = RemoteRecognizerSettings { deadline: Duration::from_millis(400), ..hasty() };
    let remote = RemoteRecognizer::new(queue.clone(), brief, None);
    let error = remote.recognize(sound()).await.unwrap_err();
    assert!(error.kind == EngineErrorKind::Gone && error.message.contains("in time"), "{error}");
    let late = FakeRecognizer::new("late", Duration::ZERO);
    let worker = hears(queue, late.clone());
    crate::support::until("what waited is gone", || async {
        queue.backlog("stt").await.unwrap().length == 0 && worker.roster.counts().0 == 0
    })
    .await;
    worker.stop().await;
    assert_eq!(late.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_process() {
    hearing(Arc::new(MemoryQueue::default())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis() {
    let server = RedisServer::start();
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(server.settings()).await.unwrap());
    hearing(queue).await;
}
