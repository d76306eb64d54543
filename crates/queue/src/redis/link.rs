//! A connection that is made anew whenever it breaks, with everything that was listened to.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics::{counter, gauge};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ErrorKind, RedisError, ServerErrorKind};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::hub::Hub;
use super::target::{Target, shown};
use crate::{Backoff, QueueError};

/// A command that takes longer counts as lost.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);
/// Likewise a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Waits between tries to connect.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(50), most: Duration::from_secs(2) };
/// A connection on which nothing is asked is tried so often.
const PROBE_EVERY: Duration = Duration::from_secs(15);

/// The connection; cheap to clone, shared by all who use it.
#[derive(Clone)]
pub struct Link(Arc<Inner>);

struct Inner {
    target: Target,
    shown: String,
    patience: Duration,
    live: Mutex<Live>,
    hub: Arc<Hub>,
    /// Whether the server can tell of changed keys.
    watches: AtomicBool,
}

#[derive(Default)]
struct Live {
    connection: Option<MultiplexedConnection>,
    /// Counts connections, so that a broken one is dropped once.
    number: u64,
}

impl Link {
    /// Connects to the server at `url`; commands wait for a lost server as long as `patience`.
    ///
    /// # Errors
    /// `Settings` for a URL that cannot be, `Lost` when the server does not answer, `Refused` when it does not let us
    /// in or is older than Redis 6.
    pub async fn open(url: &str, patience: Duration) -> Result<Self, QueueError> {
        let inner = Inner {
            target: Target::parse(url)?,
            shown: shown(url),
            patience,
            live: Mutex::default(),
            hub: Arc::default(),
            watches: AtomicBool::new(true),
        };
        let link = Self(Arc::new(inner));
        link.live().await.map_err(|e| link.error(&e))?;
        tokio::spawn(keep(Arc::downgrade(&link.0)));
        Ok(link)
    }

    /// Runs `command` on the connection; while the server is lost, again and again, for as long as the link's patience.
    /// So `command` must be one that may run twice.
    pub(crate) async fn run<T, F, Fut>(&self, command: F) -> Result<T, QueueError>
    where
        F: Fn(MultiplexedConnection) -> Fut,
        Fut: Future<Output = Result<T, RedisError>>,
    {
        self.run_for(self.0.patience, command).await
    }

    /// Likewise, for as long as `patience`.
    pub(crate) async fn run_for<T, F, Fut>(&self, patience: Duration, command: F) -> Result<T, QueueError>
    where
        F: Fn(MultiplexedConnection) -> Fut,
        Fut: Future<Output = Result<T, RedisError>>,
    {
        let until = Instant::now() + patience;
        let mut failures = 0;
        loop {
            let result = match self.live().await {
                Ok((connection, number)) => match command(connection).await {
                    Err(error) if is_lost(&error) => {
                        self.broken(number).await;
                        Err(error)
                    }
                    other => other,
                },
                Err(error) => Err(error),
            };
            match result {
                Ok(value) => return Ok(value),
                Err(error) if !is_lost(&error) || Instant::now() >= until => return Err(self.error(&error)),
                Err(_) => tokio::time::sleep(BACKOFF.random_wait(failures)).await,
            }
            failures += 1;
        }
    }

    /// The database's number.
    pub(crate) fn database(&self) -> i64 {
        self.0.target.database()
    }

    /// Whether the server tells of changed keys.
    pub(crate) fn watches(&self) -> bool {
        self.0.watches.load(Ordering::Relaxed)
    }

    /// The bell that rings when a watched key has changed.
    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// The connection, if there is one now.
    pub(super) async fn at_hand(&self) -> Option<MultiplexedConnection> {
        self.0.live.lock().await.connection.clone()
    }

    /// The connection's number: it changes whenever the connection was made anew.
    pub(crate) async fn number(&self) -> u64 {
        self.0.live.lock().await.number
    }

    async fn live(&self) -> Result<(MultiplexedConnection, u64), RedisError> {
        let mut live = self.0.live.lock().await;
        if let Some(connection) = &live.connection {
            return Ok((connection.clone(), live.number));
        }
        // boxed, for it is large and seldom: every command would carry room for it
        let mut connection = Box::pin(self.connect()).await?;
        self.prepare(&mut connection).await?;
        live.number += 1;
        live.connection = Some(connection.clone());
        gauge!("interviewer_queue_connected").set(1.0);
        if live.number > 1 {
            counter!("interviewer_queue_reconnects_total").increment(1);
            tracing::warn!(server = self.0.shown, "the queue's server is back");
        }
        self.0.hub.again();
        Ok((connection, live.number))
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let hub = self.0.hub.clone();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_push_sender(move |info| {
                hub.push(info);
                Ok::<(), std::convert::Infallible>(())
            });
        let client = self.0.target.client().await?;
        client.get_multiplexed_async_connection_with_config(&config).await
    }

    /// Listens again to what was listened to, and asks to be told of changed keys.
    async fn prepare(&self, connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
        let watch = redis::cmd("CLIENT").arg(&["TRACKING", "ON", "OPTIN"]).query_async::<()>(connection).await;
        if let Err(error) = &watch
            && is_lost(error)
        {
            return watch;
        }
        self.0.watches.store(watch.is_ok(), Ordering::Relaxed);
        for channel in self.0.hub.all() {
            connection.subscribe(channel).await?;
        }
        Ok(())
    }

    async fn broken(&self, number: u64) {
        let mut live = self.0.live.lock().await;
        if live.number == number && live.connection.take().is_some() {
            gauge!("interviewer_queue_connected").set(0.0);
            tracing::warn!(server = self.0.shown, "the connection to the queue's server is lost");
        }
    }

    fn error(&self, error: &RedisError) -> QueueError {
        let text = format!("{}: {error}", self.0.shown);
        if is_lost(error) { QueueError::Lost(text) } else { QueueError::Refused(text) }
    }
}

/// Connects anew as soon as the connection is lost, and finds out that it is when nobody asks anything.
async fn keep(inner: std::sync::Weak<Inner>) {
    let mut failures = 0;
    loop {
        let Some(hub) = inner.upgrade().map(|inner| inner.hub.clone()) else { return };
        let wait = if failures == 0 { PROBE_EVERY } else { BACKOFF.random_wait(failures) };
        tokio::select! {
            () = hub.lost.notified(), if failures == 0 => {}
            () = tokio::time::sleep(wait) => {}
        }
        let Some(inner) = inner.upgrade() else { return };
        let link = Link(inner);
        let probe =
            link.run_for(Duration::ZERO, |mut c| async move { redis::cmd("PING").query_async::<()>(&mut c).await });
        failures = if probe.await.is_ok() { 0 } else { failures + 1 };
    }
}

/// Whether the same may succeed on another connection, or a little later.
fn is_lost(error: &RedisError) -> bool {
    let kind = error.kind();
    error.is_io_error()
        || error.is_connection_dropped()
        || error.is_timeout()
        || matches!(
            kind,
            ErrorKind::Server(
                ServerErrorKind::BusyLoading
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::TryAgain
                    | ServerErrorKind::ReadOnly
            ) | ErrorKind::MasterNameNotFoundBySentinel
        )
}
