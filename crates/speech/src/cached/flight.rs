//! A line that is being fetched or made: one flight, any number of listeners.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audio::wav::pcm16;
use tokio::sync::watch;

use super::shelf::Found;
use super::{Cache, Listener, called_off, counted, floats};
use crate::{AudioChunk, Cancel, EngineError, EngineErrorKind, SpeechRequest};

/// The lines in the making, by their keys.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<String, watch::Sender<Progress>>>);

/// How far a line has come.
#[derive(Default)]
struct Progress {
    chunks: Vec<Arc<[f32]>>,
    end: Option<Result<(), EngineError>>,
}

/// Listens to the flight of `key`, which begins if there is none.
pub(super) async fn join(cache: &Arc<Cache>, key: String, request: SpeechRequest, listener: &Listener) {
    let cancel = request.cancel.clone();
    let progress = {
        let mut flights = cache.flights.lock();
        match flights.get(&key) {
            Some(flight) => {
                counted("joined");
                flight.subscribe()
            }
            None => {
                let (progress, listening) = watch::channel(Progress::default());
                flights.insert(key.clone(), progress.clone());
                tokio::spawn(Flight { cache: cache.clone(), key, progress }.fly(request));
                listening
            }
        }
    };
    follow(progress, &cancel, listener).await;
}

/// Passes on what there is and what comes, until the end or until the listener has gone or called it off.
async fn follow(mut progress: watch::Receiver<Progress>, cancel: &Cancel, listener: &Listener) {
    let mut passed = 0;
    loop {
        let (chunks, end) = {
            let now = progress.borrow_and_update();
            (now.chunks[passed..].to_vec(), now.end.clone())
        };
        passed += chunks.len();
        if cancel.is_cancelled() {
            return drop(listener.send(Err(called_off())).await);
        }
        for chunk in chunks {
            if listener.send(Ok(AudioChunk { samples: chunk.to_vec() })).await.is_err() {
                return;
            }
        }
        match end {
            Some(Ok(())) => return,
            Some(Err(error)) => return drop(listener.send(Err(error)).await),
            None => {}
        }
        tokio::select! {
            changed = progress.changed() => if changed.is_err() { return },
            () = listener.closed() => return,
        }
    }
}

/// A flight on its way. When it is dropped, who asks for the line begins another, and whoever still waits is told.
struct Flight {
    cache: Arc<Cache>,
    key: String,
    progress: watch::Sender<Progress>,
}

impl Flight {
    /// Fetches the line from disk, or has it made and keeps it.
    async fn fly(self, request: SpeechRequest) {
        let line = match self.fetch().await {
            Some(line) => {
                let chunks = line.chunks(super::CHUNK_SAMPLES).map(|chunk| floats(chunk).into()).collect();
                self.progress.send_modify(|progress| progress.chunks = chunks);
                self.cache.memory.put(&self.key, line);
                return self.end(Ok(()));
            }
            None => self.make(request).await,
        };
        let Some(line) = line else { return };
        self.cache.memory.put(&self.key, line.clone());
        self.end(Ok(()));
        self.keep(line).await;
    }

    async fn fetch(&self) -> Option<Arc<[i16]>> {
        let (shelf, key) = (self.cache.shelf.clone(), self.key.clone());
        match tokio::task::spawn_blocking(move || shelf.read(&key)).await.ok()? {
            Found::Line(samples) => {
                counted("disk");
                Some(samples.into())
            }
            Found::Damaged => {
                counted("damaged");
                tracing::warn!("a spoken line on disk was damaged; it is made anew");
                None
            }
            Found::Nothing => None,
        }
    }

    /// The whole line; `None` when it was empty, broke off, or when nobody listens any more.
    async fn make(&self, request: SpeechRequest) -> Option<Arc<[i16]>> {
        counted("made");
        // its own flag: the one who asked first may leave while others listen
        let mut stream = self.cache.inner.speak(SpeechRequest { cancel: Cancel::default(), ..request });
        let mut line: Vec<i16> = Vec::new();
        loop {
            let chunk = tokio::select! {
                chunk = stream.recv() => chunk,
                () = self.progress.closed() => match self.cache.flights.abandon(&self.key, &self.progress) {
                    true => return None,
                    false => continue,
                },
            };
            match chunk {
                Some(Ok(chunk)) => {
                    line.extend(chunk.samples.iter().copied().map(pcm16));
                    self.progress.send_modify(|progress| progress.chunks.push(chunk.samples.into()));
                }
                Some(Err(error)) => {
                    self.end(Err(error));
                    return None;
                }
                None if line.is_empty() => {
                    self.end(Ok(()));
                    return None;
                }
                None => return Some(line.into()),
            }
        }
    }

    /// A cache that cannot be written costs time, not speech: the failure is only logged.
    async fn keep(&self, line: Arc<[i16]>) {
        let (shelf, key) = (self.cache.shelf.clone(), self.key.clone());
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || shelf.write(&key, &line)).await {
            tracing::warn!(%error, "a spoken line could not be kept for the next time");
        }
    }

    fn end(&self, end: Result<(), EngineError>) {
        self.progress.send_modify(|progress| {
            progress.end.get_or_insert(end);
        });
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.cache.flights.remove(&self.key, &self.progress);
        let gone = EngineError::new("cache", EngineErrorKind::Gone, "the line's synthesis ended before its time");
        self.end(Err(gone));
    }
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Progress>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a flight that nobody listens to; `false` if somebody has just joined it.
    fn abandon(&self, key: &str, flight: &watch::Sender<Progress>) -> bool {
        let mut flights = self.lock();
        if flight.receiver_count() > 0 {
            return false;
        }
        flights.remove(key);
        true
    }

    /// Removes this flight, but no later one of the same line.
    fn remove(&self, key: &str, flight: &watch::Sender<Progress>) {
        let mut flights = self.lock();
        if flights.get(key).is_some_and(|there| there.same_channel(flight)) {
            flights.remove(key);
        }
    }
}
