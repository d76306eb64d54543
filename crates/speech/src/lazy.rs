//! A voice that is loaded when it is first needed.

use std::sync::Arc;

use tokio::sync::{OnceCell, mpsc};

use crate::{EngineError, EngineErrorKind, SpeechRequest, SpeechStream, Voice, VoiceInfo};

/// Chunks that may wait for the listener.
const CHUNKS: usize = 64;

type Loaded = Arc<dyn Voice>;
type Load = dyn Fn() -> Result<Loaded, EngineError> + Send + Sync;

/// A voice that takes no memory until somebody asks for it; then the first request waits until it is loaded. What
/// cannot be loaded is tried again at the next request.
#[derive(Clone)]
pub struct LazyVoice {
    info: VoiceInfo,
    load: Arc<Load>,
    loaded: Arc<OnceCell<Loaded>>,
}

impl LazyVoice {
    /// The voice that `load` answers, which may block; `info` is what that voice will say of itself.
    pub fn new(info: VoiceInfo, load: impl Fn() -> Result<Loaded, EngineError> + Send + Sync + 'static) -> Self {
        Self { info, load: Arc::new(load), loaded: Arc::default() }
    }

    async fn loaded(&self) -> Result<&Loaded, EngineError> {
        let load = || async {
            let load = self.load.clone();
            let panicked =
                |_| EngineError::new("voice", EngineErrorKind::Gone, "the voice panicked while it was loaded");
            tokio::task::spawn_blocking(move || load()).await.map_err(panicked)?
        };
        self.loaded.get_or_try_init(load).await
    }
}

impl Voice for LazyVoice {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        if let Some(voice) = self.loaded.get() {
            return voice.speak(request);
        }
        let (listener, stream) = mpsc::channel(CHUNKS);
        let lazy = self.clone();
        tokio::spawn(async move {
            let mut chunks = match lazy.loaded().await {
                Ok(voice) if !listener.is_closed() => voice.speak(request),
                Ok(_) => return,
                Err(error) => return drop(listener.send(Err(error)).await),
            };
            while let Some(chunk) = chunks.recv().await {
                if listener.send(chunk).await.is_err() {
                    return;
                }
            }
        });
        stream
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::fakes::{Act, FakeVoice, LETTER_SAMPLES, hear};

    #[tokio::test]
    async fn it_is_loaded_once_when_it_is_needed_and_again_only_after_a_failure() {
        let fake = FakeVoice::new("fake", 0.5, &[Act::Speaks]);
        let loads = Arc::new(AtomicU32::new(0));
        let (voice, counted) = (fake.clone(), loads.clone());
        let lazy = LazyVoice::new(fake.info().clone(), move || match counted.fetch_add(1, Ordering::Relaxed) {
            0 => Err(EngineError::new("fake", EngineErrorKind::Asset, "not yet")),
            1 => panic!("as told"),
            _ => Ok(voice.clone()),
        });
        assert_eq!((lazy.info(), loads.load(Ordering::Relaxed)), (fake.info(), 0));
        assert_eq!(hear(&lazy, "abc").await.1, Some(EngineErrorKind::Asset));
        assert_eq!(hear(&lazy, "abc").await.1, Some(EngineErrorKind::Gone));
        let (one, two) = tokio::join!(hear(&lazy, "abc"), hear(&lazy, "abc"));
        assert_eq!((one.0.len(), two.0.len()), (3 * LETTER_SAMPLES, 3 * LETTER_SAMPLES));
        assert_eq!((hear(&lazy, "abc").await.1, loads.load(Ordering::Relaxed)), (None, 3));
    }
}
