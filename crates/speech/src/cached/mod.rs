//! A voice that remembers: what was said once is not synthesised again.
//!
//! Content-addressed: the key is a hash of the text *as it is said* (so of the plan's lexicon too, and of the rules that
//! put text into words), the voice, the pace, and the engine's own fingerprint. What was made lies in memory and on
//! disk, each within its bound; what was not used for longest makes room. Whoever asks for a line that is being made
//! joins in: it is synthesised once. A line that broke off, or that nobody wanted to hear to its end, is not kept.

mod flight;
mod memory;
mod shelf;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::speakable::speakable_with;
use crate::{AudioChunk, EngineError, EngineErrorKind, SpeechRequest, SpeechStream, Voice, VoiceInfo};
use flight::Flights;
use memory::Memory;
use shelf::Shelf;

/// Samples in a chunk that comes from the cache (200 ms).
const CHUNK_SAMPLES: usize = 3200;
/// Chunks that may wait for the listener.
const CHUNKS: usize = 64;

/// Where spoken lines are kept, and how many.
#[derive(Clone, Debug)]
pub struct CacheSettings {
    /// The folder on disk, which is made if needed. Several voices may share it.
    pub folder: PathBuf,
    /// Bound on disk, in bytes.
    pub disk_bytes: u64,
    /// Bound in memory, in bytes; a minute of speech is 1.9 MB.
    pub memory_bytes: usize,
}

/// A voice with a cache in front.
#[derive(Clone)]
pub struct CachedVoice(Arc<Cache>);

struct Cache {
    inner: Arc<dyn Voice>,
    memory: Memory,
    shelf: Shelf,
    flights: Flights,
}

type Listener = mpsc::Sender<Result<AudioChunk, EngineError>>;

impl CachedVoice {
    /// `inner` with a cache in front.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(inner: Arc<dyn Voice>, settings: &CacheSettings) -> io::Result<Self> {
        let (memory, flights) = (Memory::new(settings.memory_bytes), Flights::default());
        let shelf = Shelf::new(&settings.folder, settings.disk_bytes)?;
        Ok(Self(Arc::new(Cache { inner, memory, shelf, flights })))
    }
}

impl Voice for CachedVoice {
    fn info(&self) -> &VoiceInfo {
        self.0.inner.info()
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        let (listener, stream) = mpsc::channel(CHUNKS);
        let cache = self.0.clone();
        tokio::spawn(async move {
            let key = line_key(cache.inner.info(), &request);
            match cache.memory.get(&key) {
                _ if request.cancel.is_cancelled() => drop(listener.send(Err(called_off())).await),
                Some(samples) => {
                    counted("memory");
                    send_all(&listener, &samples).await;
                }
                None => flight::join(&cache, key, request, &listener).await,
            }
        });
        stream
    }
}

async fn send_all(listener: &Listener, samples: &[i16]) {
    for chunk in samples.chunks(CHUNK_SAMPLES) {
        if listener.send(Ok(AudioChunk { samples: floats(chunk) })).await.is_err() {
            return;
        }
    }
}

fn called_off() -> EngineError {
    EngineError::new("cache", EngineErrorKind::Cancelled, "the line is no longer wanted")
}

fn floats(samples: &[i16]) -> Vec<f32> {
    samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect()
}

/// The hash (hexadecimal) of all that changes the sound of `request` said by the voice `info`: what a cache of spoken
/// lines goes by.
pub fn line_key(info: &VoiceInfo, request: &SpeechRequest) -> String {
    let VoiceInfo { engine, name, fingerprint } = info;
    let voice = request.voice.as_deref().unwrap_or(name);
    let said = speakable_with(&request.text, &request.lexicon);
    let mut hash = Sha256::new();
    for part in [engine, voice, fingerprint, request.speed.to_string().as_str(), &said] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|n| char::from_digit(n.into(), 16)).collect()
}

/// Where a line came from: `memory`, `disk`, `made` or `joined`; and what was found `damaged`.
fn counted(from: &'static str) {
    metrics::counter!("interviewer_voice_cache_lines_total", "from" => from).increment(1);
}
