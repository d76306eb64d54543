//! How to reach the server, and how long things last on it.

use std::time::Duration;

/// Settings of a queue on Redis. The defaults are Celery's where Celery has one.
#[derive(Clone, Debug, PartialEq)]
pub struct RedisSettings {
    /// `redis://` or `rediss://` (TLS) `[user:password@]host[:port][/database]`, or
    /// `sentinel://host[:port][,host[:port]…]/database?master=NAME[&username=…][&password=…]` (`sentinels://` with TLS).
    /// With TLS, `ssl_ca_certs=FILE`, `ssl_certfile=FILE` and `ssl_keyfile=FILE` may follow, as in Celery's URLs.
    pub url: String,
    /// Where tasks go that name no queue; Celery's is `celery`.
    pub default_queue: String,
    /// How long a result is kept.
    pub results_for: Duration,
    /// How long a task may be held without a sign of life before it is delivered again; must be the same for all.
    pub visibility: Duration,
    /// How long after its last sign of life one of our own workers counts as dead.
    pub lease: Duration,
    /// How long a command waits for a server that is lost before it fails.
    pub patience: Duration,
    /// No message is larger, in bytes.
    pub message_bytes: usize,
    /// Nothing beside a message is larger, in bytes.
    pub payload_bytes: usize,
    /// So many dead letters are kept of a queue.
    pub dead_letters: usize,
    /// Tell Celery's tools of each task, not only of workers.
    pub task_events: bool,
}

impl RedisSettings {
    /// The defaults, on the server at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            default_queue: "celery".into(),
            results_for: Duration::from_secs(24 * 3600),
            visibility: Duration::from_secs(3600),
            lease: Duration::from_secs(5),
            patience: Duration::from_secs(10),
            message_bytes: 4 << 20,
            payload_bytes: 256 << 20,
            dead_letters: 10_000,
            task_events: true,
        }
    }
}
