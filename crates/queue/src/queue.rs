//! What a queue of tasks does.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::celery::{Envelope, Links};
use crate::worker::Roster;
use crate::{Failure, Outcome, QueueError, Task};

/// What comes of a task while it is being done.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// A piece of its result, in order.
    Chunk(Vec<u8>),
    /// The end.
    End(Outcome),
}

/// How much waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Backlog {
    /// Tasks that nobody has taken.
    pub length: u64,
    /// How long the one that is taken next has waited, where that is known, in milliseconds.
    pub oldest_ms: Option<u64>,
}

/// A task that was given up, or a message that was none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// The letter's own id.
    pub letter: String,
    /// Where it waited.
    pub queue: String,
    /// Why it was given up.
    pub reason: String,
    /// When.
    pub at_unix_ms: u64,
    /// The task's name; empty if it could not be read.
    pub task: String,
    /// The task's id; empty if it could not be read.
    pub id: String,
    /// Bytes of the message.
    pub bytes: usize,
}

/// A task that was taken; it is ours until it is finished, retried, buried or given back.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The task.
    pub task: Task,
    /// Tells this delivery apart.
    pub tag: String,
    /// Somebody had taken it before.
    pub redelivered: bool,
    /// It was called off while it waited.
    pub revoked: bool,
    /// It (or one with its idempotency key) was done already; it need not be done again.
    pub done: Option<Outcome>,
    /// The message that it came in, where it came in one.
    pub(crate) wire: Option<Arc<Wire>>,
}

/// A message, and what hangs on its task.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) envelope: Envelope,
    pub(crate) links: Links,
}

/// Tasks: submitted by some, done by others.
#[async_trait]
pub trait TaskQueue: Send + Sync {
    /// Puts `task` in its queue; the id under which its result will be found. It is another task's id when that task
    /// has the same idempotency key. Submitting the same id again changes nothing.
    ///
    /// # Errors
    /// `Lost` when it is not certain that the task is there; `TooMuch` when it is larger than allowed.
    async fn submit(&self, task: Task) -> Result<String, QueueError>;

    /// Waits until the task is done or given up.
    ///
    /// # Errors
    /// `Late` when that did not happen `within`; the task goes on.
    async fn outcome(&self, id: &str, within: Duration) -> Result<Outcome, QueueError>;

    /// The task's pieces and its end, as they come, from the first on. The stream ends without [`Progress::End`] when
    /// nothing came for as long as `within`.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn follow(&self, id: &str, within: Duration) -> Result<mpsc::Receiver<Progress>, QueueError>;

    /// Calls the task off: it is not begun, and stopped if it was.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn cancel(&self, id: &str) -> Result<(), QueueError>;

    /// Joins the workers of the queues that `roster` names.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn consumer(&self, roster: Arc<Roster>) -> Result<Arc<dyn Consumer>, QueueError>;

    /// How much waits in `queue`.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn backlog(&self, queue: &str) -> Result<Backlog, QueueError>;

    /// The latest dead letters of `queue`, newest first, at most `limit`.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn dead(&self, queue: &str, limit: usize) -> Result<Vec<DeadLetter>, QueueError>;

    /// Puts a dead letter back into `queue`, with all its tries before it.
    ///
    /// # Errors
    /// `Unknown` when there is none with this id; `Malformed` when it never was a task.
    async fn replay(&self, queue: &str, letter: &str) -> Result<(), QueueError>;

    /// Keeps what goes beside a task (sound, say) for `time`; the key under which it lies.
    ///
    /// # Errors
    /// `TooMuch` when it is larger than allowed, `Lost` when it could not be kept.
    async fn put(&self, bytes: Vec<u8>, time: Duration) -> Result<String, QueueError>;

    /// What was put beside a task; `None` when its time is over.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, QueueError>;

    /// Forgets what was put beside a task.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn forget(&self, key: &str) -> Result<(), QueueError>;
}

/// One worker's end of its queues.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Waits for tasks and takes at most `most`; at least one. What is taken while the caller stops waiting is handed
    /// back by [`Consumer::close`].
    ///
    /// # Errors
    /// None that passes: a server that is lost is waited for.
    async fn next(&self, most: usize) -> Result<Vec<Delivery>, QueueError>;

    /// Tells that a task is begun.
    async fn started(&self, delivery: &Delivery);

    /// A piece of the task's result, for those who follow it.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn progress(&self, delivery: &Delivery, chunk: Vec<u8>) -> Result<(), QueueError>;

    /// Keeps what became of the task and acknowledges it, in one. `ran_s`: how long it took, in seconds.
    ///
    /// # Errors
    /// `Lost` when that is not certain; the task will then be delivered again.
    async fn finish(&self, delivery: &Delivery, outcome: &Outcome, ran_s: f64) -> Result<(), QueueError>;

    /// Puts the task back, not to be begun before `after` has passed, with one more retry to its name.
    ///
    /// # Errors
    /// As [`Consumer::finish`].
    async fn retry(&self, delivery: &Delivery, failure: &Failure, after: Duration) -> Result<(), QueueError>;

    /// Gives the task up: it failed, and becomes a dead letter.
    ///
    /// # Errors
    /// As [`Consumer::finish`].
    async fn bury(&self, delivery: &Delivery, failure: &Failure) -> Result<(), QueueError>;

    /// Puts the task back untouched, first in its queue.
    ///
    /// # Errors
    /// As [`Consumer::finish`].
    async fn give_back(&self, delivery: &Delivery) -> Result<(), QueueError>;

    /// Leaves: everything that is still held goes back into its queue.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached; others will take the tasks over when our lease has run out.
    async fn close(&self) -> Result<(), QueueError>;
}
