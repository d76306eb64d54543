//! What does a task.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use speech::Cancel;

use crate::{Backoff, Consumer, Delivery, Failure, FailureKind, QueueError, Task, TaskQueue};

/// What a handler is given.
#[derive(Clone)]
pub struct Context {
    pub(crate) delivery: Delivery,
    pub(crate) consumer: Arc<dyn Consumer>,
    /// The queue, for what lies beside the task.
    pub queue: Arc<dyn TaskQueue>,
    /// Set when the task is called off or has run too long.
    pub cancel: Cancel,
}

impl Context {
    /// The task.
    pub fn task(&self) -> &Task {
        &self.delivery.task
    }

    /// What the task's effects go by: the same for every run of it, and for tasks that are to have their effect once.
    pub fn effect_key(&self) -> &str {
        self.delivery.task.idempotency_key.as_deref().unwrap_or(&self.delivery.task.id)
    }

    /// Tells those who follow the task a piece of its result.
    ///
    /// # Errors
    /// A passing failure when the queue's server is lost.
    pub async fn progress(&self, chunk: Vec<u8>) -> Result<(), Failure> {
        self.consumer.progress(&self.delivery, chunk).await.map_err(Failure::from)
    }
}

impl From<QueueError> for Failure {
    fn from(error: QueueError) -> Self {
        let kind = if error.retryable() { FailureKind::Passing } else { FailureKind::Input };
        Self::new(kind, error.to_string())
    }
}

/// How often and how soon a task is tried again after a passing failure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retries {
    /// So many tries after the first.
    pub most: u32,
    /// The waits between.
    pub backoff: Backoff,
}

impl Default for Retries {
    fn default() -> Self {
        use std::time::Duration;
        Self { most: 3, backoff: Backoff { first: Duration::from_millis(500), most: Duration::from_secs(60) } }
    }
}

/// Does tasks of one name.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The name of its tasks, for instance `interviewer.transcribe`.
    fn name(&self) -> &str;

    /// How often a task is tried again.
    fn retries(&self) -> Retries {
        Retries::default()
    }

    /// Does a task; its result.
    ///
    /// # Errors
    /// With [`FailureKind::Passing`] it is tried again later; otherwise it is given up.
    async fn run(&self, context: Context) -> Result<Value, Failure>;
}
