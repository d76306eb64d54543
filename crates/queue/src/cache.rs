//! What is kept for all who ask.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;

use crate::QueueError;

/// Bytes with a time to live and a bound on all of them together; what was used longest ago goes first.
#[async_trait]
pub trait Cache: Send + Sync {
    /// What lies under `key`.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, QueueError>;

    /// Keeps `bytes` for `time`. What is larger than the whole bound is not kept.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn put(&self, key: &str, bytes: &[u8], time: Duration) -> Result<(), QueueError>;

    /// Forgets.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn remove(&self, key: &str) -> Result<(), QueueError>;

    /// Tries to be the one who makes what lies under `key`, for at most `within`; whether we are.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn begin(&self, key: &str, within: Duration) -> Result<bool, QueueError>;

    /// Lets others make it, and wakes those who wait for it.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn end(&self, key: &str) -> Result<(), QueueError>;

    /// Waits until somebody ends making `key`, at most for `time`.
    async fn wait(&self, key: &str, time: Duration);
}

/// How often those who wait for another's work look for themselves.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What lies under `key`, made by `make` if it is not there: by one of all who ask at once (single flight). Should
/// that one die, another takes over after `within`. A cache that cannot be reached costs time, not the answer.
///
/// # Errors
/// Whatever `make` answers.
pub async fn kept_or_made<E, F, Fut>(
    cache: &dyn Cache,
    key: &str,
    time: Duration,
    within: Duration,
    make: F,
) -> Result<Vec<u8>, E>
where
    F: FnOnce() -> Fut + Send,
    Fut: Future<Output = Result<Vec<u8>, E>> + Send,
{
    loop {
        if let Ok(Some(bytes)) = cache.get(key).await {
            return Ok(bytes);
        }
        match cache.begin(key, within).await {
            Ok(false) => cache.wait(key, LOOK_AGAIN).await,
            Ok(true) => return made(cache, key, time, make).await,
            Err(_) => return make().await,
        }
    }
}

async fn made<E, F, Fut>(cache: &dyn Cache, key: &str, time: Duration, make: F) -> Result<Vec<u8>, E>
where
    F: FnOnce() -> Fut + Send,
    Fut: Future<Output = Result<Vec<u8>, E>> + Send,
{
    // somebody may have made it between our look and our turn
    if let Ok(Some(bytes)) = cache.get(key).await {
        let _ = cache.end(key).await;
        return Ok(bytes);
    }
    let result = make().await;
    if let Ok(bytes) = &result
        && let Err(error) = cache.put(key, bytes, time).await
    {
        tracing::warn!(%error, "what was made could not be kept for others");
    }
    let _ = cache.end(key).await;
    result
}
