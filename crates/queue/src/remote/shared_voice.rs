//! A voice whose lines all processes share: what one had synthesised, none synthesises again.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use speech::{AudioChunk, EngineError, SpeechRequest, SpeechStream, Voice, VoiceInfo};
use tokio::sync::mpsc;

use crate::Cache;
use crate::tasks::{samples_of, sound_bytes};

/// Lines are kept for this long.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// Whoever synthesises a line and dies leaves it to others after this time.
const MADE_WITHIN: Duration = Duration::from_secs(10);
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

    /// By content: everything that changes the sound.
    fn key(&self, request: &SpeechRequest) -> String {
        let VoiceInfo { engine, name, fingerprint } = self.inner.info();
        let voice = request.voice.as_deref().unwrap_or(name);
        let mut hash = Sha256::new();
        for part in [engine.as_str(), voice, fingerprint, &request.speed.to_string(), &request.text] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Voice for SharedVoice {
    fn info(&self) -> &VoiceInfo {
        self.inner.info()
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        let (sender, stream) = mpsc::channel(64);
        let (inner, cache, key) = (self.inner.clone(), self.cache.clone(), self.key(&request));
        tokio::spawn(async move {
            if let Ok(Some(bytes)) = cache.get(&key).await {
                return tell(&bytes, &sender).await;
            }
            if matches!(cache.begin(&key, MADE_WITHIN).await, Ok(false)) {
                // somebody is at it: their line is here sooner than one of our own would be
                cache.wait(&key, MADE_WITHIN).await;
                if let Ok(Some(bytes)) = cache.get(&key).await {
                    return tell(&bytes, &sender).await;
                }
            }
            make(&*inner, &*cache, request, &key, &sender).await;
        });
        stream
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
