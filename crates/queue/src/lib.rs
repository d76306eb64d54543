//! Work that travels: tasks, what becomes of them, and what is kept for all processes.
//!
//! Two traits, [`TaskQueue`] and [`Cache`], each in the process ([`memory`]) and on Redis ([`redis`]). On Redis tasks
//! travel in Celery's own protocol ([`celery`]): workers in Python and ours serve the same queues, either side submits,
//! and Celery's tools see both. A [`worker::Worker`] takes tasks off either kind of queue and hands them to handlers.

mod backoff;
mod cache;
pub mod celery;
mod error;
mod lease;
pub mod memory;
mod queue;
pub mod redis;
pub mod remote;
mod task;
pub mod tasks;
pub mod worker;

pub use backoff::Backoff;
pub use cache::{Cache, kept_or_made};
pub use error::QueueError;
pub use lease::Leases;
pub use queue::{Backlog, Consumer, DeadLetter, Delivery, Progress, TaskQueue};
pub use task::{Failure, FailureKind, Outcome, PRIORITIES, Task, now_unix_ms};
