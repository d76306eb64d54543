//! A voice whose lines all processes share: what one had synthesised, none synthesises again.

use std::sync::Arc;
use std::time::Duration;

use speech::{AudioChunk, EngineError, SpeechRequest, SpeechStream, Voice, VoiceInfo, line_key};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::Cache;
use crate::tasks::{samples_of, sound_bytes};

/// Lines are kept for this long.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// A line that another process is making is waited for so long; then it is made here, since a listener waits.
const MADE_WITHIN: Duration = Duration::from_secs(2);
/// The end of the making may have been told before we listened for it.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Samples in a chunk that comes from the cache (200 ms).
const CHUNK_SAMPLES: usize = 3200;

/// A voice with a shared cache in front.
pub struct SharedVoice {
    inner: Arc<dyn Voice>,
    cache: Arc<dyn Cache>,
}

type Out = mpsc::Sender<Result<AudioChunk, EngineError>>;

impl SharedVoice {
    /// `inner` with `cache` in front.
    pub fn new(inner: Arc<dyn Voice>, cache: Arc<dyn Cache>) -> Self {
        Self { inner, cache }
    }
}

impl Voice for SharedVoice {
    fn info(&self) -> &VoiceInfo {
        self.inner.info()
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        let (sender, stream) = mpsc::channel(64);
        let (inner, cache, key) = (self.inner.clone(), self.cache.clone(), line_key(self.info(), &request));
        tokio::spawn(async move {
            match kept(&*cache, &key).await {
                Some(bytes) => tell(&bytes, &sender).await,
                None => make(&*inner, &*cache, request, &key, &sender).await,
            }
        });
        stream
    }
}

/// What lies under `key`, which others may be making; `None` when it is for us to make.
async fn kept(cache: &dyn Cache, key: &str) -> Option<Vec<u8>> {
    let until = Instant::now() + MADE_WITHIN;
    loop {
        // a cache that cannot be reached costs time, not the line
        if let Some(bytes) = cache.get(key).await.ok()? {
            return Some(bytes);
        }
        let ours = cache.begin(key, MADE_WITHIN).await.unwrap_or(true);
        if ours || Instant::now() >= until {
            // somebody may have made it between our look and our turn
            let made = cache.get(key).await.ok().flatten();
            if ours && made.is_some() {
                let _ = cache.end(key).await;
            }
            return made;
        }
        cache.wait(key, LOOK_AGAIN).await;
    }
}

async fn tell(bytes: &[u8], out: &Out) {
    for chunk in samples_of(bytes).chunks(CHUNK_SAMPLES) {
        if out.send(Ok(AudioChunk { samples: chunk.to_vec() })).await.is_err() {
            return;
        }
    }
}

/// Passes on what the voice makes, and keeps it when it came to its end without an error.
async fn make(inner: &dyn Voice, cache: &dyn Cache, request: SpeechRequest, key: &str, out: &Out) {
    let cancel = request.cancel.clone();
    let mut stream = inner.speak(request);
    let (mut all, mut whole) = (Vec::new(), true);
    while let Some(chunk) = stream.recv().await {
        whole &= chunk.is_ok();
        all.extend(chunk.iter().flat_map(|chunk| sound_bytes(&chunk.samples)));
        if out.send(chunk).await.is_err() {
            whole = false;
            break;
        }
    }
    if whole
        && !all.is_empty()
        && !cancel.is_cancelled()
        && let Err(error) = cache.put(key, &all, KEPT_FOR).await
    {
        tracing::warn!(%error, "a spoken line could not be kept for others");
    }
    let _ = cache.end(key).await;
}
