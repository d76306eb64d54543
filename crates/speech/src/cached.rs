//! A voice that remembers: what was said once is not synthesised again.
//!
//! Content-addressed: the key is a hash of the text, the voice, the pace and the model's own fingerprint. Kept on disk
//! as raw 16-bit PCM, the least recently written first to go when the bound is reached.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io};

use audio::wav::pcm16;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::{AudioChunk, SpeechRequest, SpeechStream, Voice, VoiceInfo};

/// Samples in a chunk that comes from the cache (200 ms).
const CHUNK_SAMPLES: usize = 3200;
/// Tells unfinished files of this process apart: two sessions may keep the same line at once.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// A voice with a cache on disk in front.
pub struct CachedVoice {
    shelf: Arc<Shelf>,
    inner: Arc<dyn Voice>,
}

struct Shelf {
    folder: PathBuf,
    bound_bytes: u64,
}

impl CachedVoice {
    /// `inner` with a cache in `folder`, which is made if needed and holds at most `bound_bytes`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(inner: Arc<dyn Voice>, folder: &Path, bound_bytes: u64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let shelf = Arc::new(Shelf { folder: folder.to_owned(), bound_bytes });
        Ok(Self { shelf, inner })
    }

    /// Synthesises `text` ahead, if it is not there already, and waits until it is.
    ///
    /// # Errors
    /// The voice's own error.
    pub async fn prepare(&self, text: &str) -> Result<(), crate::EngineError> {
        let request = SpeechRequest::new(text);
        if self.shelf.path(&self.key(&request)).exists() {
            return Ok(());
        }
        let mut stream = self.speak(request);
        while let Some(chunk) = stream.recv().await {
            chunk?;
        }
        Ok(())
    }

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

impl Voice for CachedVoice {
    fn info(&self) -> &VoiceInfo {
        self.inner.info()
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        let (sender, stream) = mpsc::channel(64);
        let (shelf, inner, key) = (self.shelf.clone(), self.inner.clone(), self.key(&request));
        tokio::spawn(async move {
            match shelf.clone().read(key.clone()).await {
                Some(samples) => send_all(&sender, &samples).await,
                None => make(&shelf, &*inner, request, &key, &sender).await,
            }
        });
        stream
    }
}

async fn send_all(sender: &mpsc::Sender<Result<AudioChunk, crate::EngineError>>, samples: &[f32]) {
    for chunk in samples.chunks(CHUNK_SAMPLES) {
        if sender.send(Ok(AudioChunk { samples: chunk.to_vec() })).await.is_err() {
            return;
        }
    }
}

/// Passes on what the voice makes, and keeps it when it came to its end without an error.
async fn make(
    shelf: &Arc<Shelf>,
    inner: &dyn Voice,
    request: SpeechRequest,
    key: &str,
    sender: &mpsc::Sender<Result<AudioChunk, crate::EngineError>>,
) {
    let cancel = request.cancel.clone();
    let mut stream = inner.speak(request);
    let mut all = Vec::new();
    while let Some(chunk) = stream.recv().await {
        let failed = chunk.is_err();
        all.extend(chunk.iter().flat_map(|chunk| chunk.samples.iter().copied()));
        if sender.send(chunk).await.is_err() || failed {
            return;
        }
    }
    if !cancel.is_cancelled() && !all.is_empty() {
        shelf.clone().write(key.to_owned(), all).await;
    }
}

impl Shelf {
    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.pcm"))
    }

    async fn read(self: Arc<Self>, key: String) -> Option<Vec<f32>> {
        let bytes = tokio::fs::read(self.path(&key)).await.ok()?;
        Some(bytes.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect())
    }

    /// A cache that cannot be written costs time, not speech: the failure is only logged.
    async fn write(self: Arc<Self>, key: String, samples: Vec<f32>) {
        let written = tokio::task::spawn_blocking(move || self.write_now(&key, &samples)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, "a spoken line could not be kept for the next time");
        }
    }

    fn write_now(&self, key: &str, samples: &[f32]) -> io::Result<()> {
        let bytes: Vec<u8> = samples.iter().flat_map(|s| pcm16(*s).to_le_bytes()).collect();
        let write = WRITES.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.folder.join(format!("{key}.{}.{write}.part", std::process::id()));
        fs::write(&unfinished, bytes)?;
        fs::rename(&unfinished, self.path(key))?;
        self.make_room()
    }

    fn make_room(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another writer may have given it its final name, or made room, meanwhile.
            let Ok(about) = entry.metadata() else { continue };
            files.push((about.modified()?, about.len(), entry.path()));
        }
        let mut total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        files.sort();
        for (_, bytes, path) in files {
            if total <= self.bound_bytes {
                break;
            }
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => total -= bytes,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::{EngineError, EngineErrorKind};

    /// A voice that counts how often it is asked and says one sample a character.
    struct FakeVoice(VoiceInfo, AtomicU32);

    impl Voice for FakeVoice {
        fn info(&self) -> &VoiceInfo {
            &self.0
        }

        fn speak(&self, request: SpeechRequest) -> SpeechStream {
            self.1.fetch_add(1, Ordering::Relaxed);
            let (sender, stream) = mpsc::channel(4);
            let _ = sender.try_send(Ok(AudioChunk { samples: vec![0.5; request.text.len()] }));
            if request.text.contains("fail") {
                let _ = sender.try_send(Err(EngineError::new("fake", EngineErrorKind::Inference, "as told")));
            }
            stream
        }
    }

    fn cached(folder: &Path, bound_bytes: u64) -> (CachedVoice, Arc<FakeVoice>) {
        let info = VoiceInfo { engine: "fake".into(), name: "f".into(), fingerprint: "1".into() };
        let fake = Arc::new(FakeVoice(info, AtomicU32::new(0)));
        (CachedVoice::new(fake.clone(), folder, bound_bytes).unwrap(), fake)
    }

    async fn all(voice: &CachedVoice, text: &str) -> usize {
        let mut stream = voice.speak(SpeechRequest::new(text));
        let mut count = 0;
        while let Some(Ok(chunk)) = stream.recv().await {
            count += chunk.samples.len();
        }
        count
    }

    #[tokio::test]
    async fn what_was_said_once_is_not_synthesised_again() {
        let folder = tempfile::tempdir().unwrap();
        let (voice, fake) = cached(folder.path(), 1 << 20);
        voice.prepare("hello").await.unwrap();
        while fs::read_dir(folder.path()).unwrap().count() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!((all(&voice, "hello").await, all(&voice, "other").await), (5, 5));
        assert_eq!(fake.1.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn half_a_line_is_never_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (voice, fake) = cached(folder.path(), 1 << 20);
        all(&voice, "fail").await;
        all(&voice, "fail").await;
        assert_eq!(fake.1.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn writers_of_the_same_line_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf { folder: folder.path().to_owned(), bound_bytes: 1 << 20 };
        std::thread::scope(|scope| {
            let write = || (0..100).for_each(|_| shelf.write_now("a", &[0.5; 1000]).unwrap());
            (0..4).for_each(|_| drop(scope.spawn(write)));
        });
        assert_eq!(fs::read(shelf.path("a")).unwrap().len(), 2000);
    }

    #[tokio::test]
    async fn samples_are_rounded_and_clipped_as_in_recordings() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Arc::new(Shelf { folder: folder.path().to_owned(), bound_bytes: 1 << 20 });
        let samples = [0.6, -0.6, 100.5, 1e9, -1e9].map(|s: f32| s / 32_768.0);
        shelf.write_now("a", &samples).unwrap();
        let read = shelf.read("a".to_owned()).await.unwrap();
        assert_eq!(read, samples.map(|s| f32::from(pcm16(s)) / 32_768.0));
        assert_eq!(read[..2], [1.0 / 32_768.0, -1.0 / 32_768.0]);
    }

    #[test]
    fn the_oldest_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf { folder: folder.path().to_owned(), bound_bytes: 25 };
        for key in ["a", "b", "c"] {
            shelf.write_now(key, &[0.0; 5]).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert!(!shelf.path("a").exists() && shelf.path("b").exists() && shelf.path("c").exists());
    }
}
