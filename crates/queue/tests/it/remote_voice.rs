//! The voice as a task: pieces, workers that die in mid-line, lines that are said once for all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use queue::memory::{MemoryCache, MemoryQueue};
use queue::redis::{RedisCache, RedisQueue};
use queue::remote::{RemoteVoice, RemoteVoiceSettings, SharedVoice};
use queue::tasks::SpeakHandler;
use queue::worker::Handler;
use queue::{Cache, TaskQueue};
use speech::{AudioChunk, EngineError, EngineErrorKind, Lexicon, SpeechRequest, SpeechStream, Voice, VoiceInfo};

use crate::server::RedisServer;
use crate::support::{LONG, Running};

/// Says a hundred samples for each character, in chunks of a thousand; stops for good after some, if told to.
struct FakeVoice {
    info: VoiceInfo,
    stops_after: Option<usize>,
    calls: AtomicU32,
}

impl FakeVoice {
    fn new(stops_after: Option<usize>) -> Arc<Self> {
        let info = VoiceInfo { engine: "fake".into(), name: "v".into(), fingerprint: "1".into() };
        Arc::new(Self { info, stops_after, calls: AtomicU32::new(0) })
    }
}

/// What it says: of names what the lexicon has.
fn said(text: &str) -> Vec<f32> {
    (0..text.len() * 100).map(|i| (i % 1000) as f32 / 2000.0).collect()
}

impl Voice for FakeVoice {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let (sender, stream) = tokio::sync::mpsc::channel(4);
        let stops_after = self.stops_after;
        tokio::spawn(async move {
            let text = request.lexicon.entries().get(&request.text).cloned().unwrap_or(request.text);
            for (place, chunk) in said(&text).chunks(1000).enumerate() {
                if stops_after.is_some_and(|after| place >= after) {
                    tokio::time::sleep(LONG * 10).await;
                }
                if sender.send(Ok(AudioChunk { samples: chunk.to_vec() })).await.is_err() {
                    return;
                }
            }
        });
        stream
    }
}

fn speaks(queue: &Arc<dyn TaskQueue>, voice: Arc<FakeVoice>) -> Running {
    let handlers: Vec<Arc<dyn Handler>> = vec![Arc::new(SpeakHandler(voice))];
    Running::with(queue.clone(), &["tts"], 2, handlers, LONG)
}

async fn heard(voice: &dyn Voice, text: &str) -> Result<Vec<f32>, EngineError> {
    heard_with(voice, text, &[]).await
}

async fn heard_with(voice: &dyn Voice, text: &str, lexicon: &[(&str, &str)]) -> Result<Vec<f32>, EngineError> {
    let lexicon = lexicon.iter().map(|(written, said)| ((*written).to_owned(), (*said).to_owned()));
    let lexicon = Arc::new(Lexicon::new(lexicon));
    let mut stream = voice.speak(SpeechRequest { lexicon, ..SpeechRequest::new(text) });
    let mut all = Vec::new();
    while let Some(chunk) = stream.recv().await {
        all.extend(chunk?.samples);
    }
    Ok(all)
}

fn same(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4));
}

async fn speaking(queue: Arc<dyn TaskQueue>) {
    let hasty = RemoteVoiceSettings { slow_after: Duration::from_millis(600), ..RemoteVoiceSettings::default() };
    let text = "a line of some length, to be said in pieces";
    let worker = speaks(&queue, FakeVoice::new(None));
    let remote = RemoteVoice::find(queue.clone(), hasty.clone(), None, LONG).await.unwrap();
    assert_eq!(remote.info(), &FakeVoice::new(None).info, "the workers' voice is ours");
    same(&heard(&remote, text).await.unwrap(), &said(text));
    names_are_said_as_the_plan_has_them(&remote).await;
    worker.stop().await;
    // a worker that stops in mid-line: the local voice goes on where it stopped
    let stuck = speaks(&queue, FakeVoice::new(Some(2)));
    let local = FakeVoice::new(None);
    let remote = RemoteVoice::find(queue.clone(), hasty.clone(), Some(local.clone()), LONG).await.unwrap();
    same(&heard(&remote, text).await.unwrap(), &said(text));
    assert_eq!(local.calls.load(Ordering::SeqCst), 1);
    stuck.kill();
    let nobody = RemoteVoice::find(queue.clone(), hasty, None, Duration::from_millis(100)).await;
    assert!(nobody.is_err(), "a voice that nobody has is an error");
}

async fn names_are_said_as_the_plan_has_them(remote: &dyn Voice) {
    let neev = heard_with(remote, "Niamh", &[("Niamh", "neev")]).await.unwrap();
    same(&neev, &said("neev"));
    let endless = "e".repeat(6000);
    let refused = heard_with(remote, "Niamh", &[("Niamh", &endless)]).await.unwrap_err();
    assert!(refused.kind == EngineErrorKind::Input && refused.message.contains("lexicon"), "{refused}");
}

/// Two plans may say one line differently; each hears its own, whoever had it said before.
async fn a_line_said_for_one_plan_is_not_said_for_another(cache: Arc<dyn Cache>) {
    let voice = FakeVoice::new(None);
    let shared = SharedVoice::new(voice.clone(), cache);
    for _ in 0..2 {
        for said_so in ["neev", "nee-uv"] {
            same(&heard_with(&shared, "Niamh", &[("Niamh", said_so)]).await.unwrap(), &said(said_so));
        }
        same(&heard(&shared, "Niamh").await.unwrap(), &said("Niamh"));
    }
    assert_eq!(voice.calls.load(Ordering::SeqCst), 3, "each was made once");
}

/// One who began a line and died over it is not waited for any longer than a listener can bear.
async fn a_line_whose_maker_died_is_made(cache: Arc<dyn Cache>) {
    let voice = FakeVoice::new(None);
    let shared = SharedVoice::new(voice.clone(), cache.clone());
    let key = speech::line_key(shared.info(), &SpeechRequest::new("left behind"));
    assert!(cache.begin(&key, LONG * 10).await.unwrap());
    same(&heard(&shared, "left behind").await.unwrap(), &said("left behind"));
    assert!(cache.get(&key).await.unwrap().is_some(), "and it is there for others");
}

async fn sharing(cache: Arc<dyn Cache>) {
    a_line_said_for_one_plan_is_not_said_for_another(cache.clone()).await;
    a_line_whose_maker_died_is_made(cache.clone()).await;
    let voice = FakeVoice::new(None);
    let ours = SharedVoice::new(voice.clone(), cache.clone());
    let theirs = SharedVoice::new(voice.clone(), cache);
    let text = "the same line";
    let (a, b) = tokio::join!(heard(&ours, text), heard(&theirs, text));
    same(&a.unwrap(), &said(text));
    same(&b.unwrap(), &said(text));
    same(&heard(&theirs, text).await.unwrap(), &said(text));
    assert_eq!(voice.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_process() {
    speaking(Arc::new(MemoryQueue::default())).await;
    sharing(Arc::new(MemoryCache::new(1 << 20))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis() {
    let server = RedisServer::start();
    speaking(Arc::new(RedisQueue::open(server.settings()).await.unwrap())).await;
    sharing(Arc::new(RedisCache::open(&server.settings(), "lines", 1 << 20).await.unwrap())).await;
}
