//! The cache in the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::{Cache, QueueError};

/// Bytes within a bound, in the process.
pub struct MemoryCache {
    bound_bytes: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    values: HashMap<String, Value>,
    making: HashMap<String, (Instant, Arc<Notify>)>,
    bytes: u64,
    uses: u64,
}

struct Value {
    bytes: Vec<u8>,
    until: Instant,
    used: u64,
}

impl MemoryCache {
    /// A cache of at most `bound_bytes`.
    pub fn new(bound_bytes: u64) -> Self {
        Self { bound_bytes, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove(&mut self, key: &str) {
        if let Some(value) = self.values.remove(key) {
            self.bytes -= value.bytes.len() as u64;
        }
    }

    fn oldest(&self) -> Option<String> {
        self.values.iter().min_by_key(|(_, value)| value.used).map(|(key, _)| key.clone())
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, QueueError> {
        let mut state = self.lock();
        state.uses += 1;
        let used = state.uses;
        match state.values.get_mut(key) {
            Some(value) if value.until > Instant::now() => {
                value.used = used;
                Ok(Some(value.bytes.clone()))
            }
            _ => {
                state.remove(key);
                Ok(None)
            }
        }
    }

    async fn put(&self, key: &str, bytes: &[u8], time: Duration) -> Result<(), QueueError> {
        if bytes.len() as u64 > self.bound_bytes {
            return Ok(());
        }
        let mut state = self.lock();
        state.remove(key);
        state.uses += 1;
        let value = Value { bytes: bytes.to_vec(), until: Instant::now() + time, used: state.uses };
        state.bytes += bytes.len() as u64;
        state.values.insert(key.to_owned(), value);
        while state.bytes > self.bound_bytes {
            let Some(oldest) = state.oldest() else { break };
            state.remove(&oldest);
        }
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<(), QueueError> {
        self.lock().remove(key);
        Ok(())
    }

    async fn begin(&self, key: &str, within: Duration) -> Result<bool, QueueError> {
        let mut state = self.lock();
        if state.making.get(key).is_some_and(|(until, _)| *until > Instant::now()) {
            return Ok(false);
        }
        state.making.insert(key.to_owned(), (Instant::now() + within, Arc::default()));
        Ok(true)
    }

    async fn end(&self, key: &str) -> Result<(), QueueError> {
        if let Some((_, bell)) = self.lock().making.remove(key) {
            bell.notify_waiters();
        }
        Ok(())
    }

    async fn wait(&self, key: &str, time: Duration) {
        let bell = self.lock().making.get(key).map(|(_, bell)| bell.clone());
        if let Some(bell) = bell {
            let _ = tokio::time::timeout(time, bell.notified()).await;
        }
    }
}
