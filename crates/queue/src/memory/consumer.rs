//! The working side.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use metrics::counter;
use uuid::Uuid;

use super::MemoryQueue;
use super::state::Held;
use crate::worker::Roster;
use crate::{Consumer, DeadLetter, Delivery, Failure, Outcome, QueueError, Task, now_unix_ms};

pub(super) struct MemoryConsumer {
    pub(super) queue: MemoryQueue,
    pub(super) roster: Arc<Roster>,
}

impl MemoryConsumer {
    fn take(&self, most: usize) -> Vec<Delivery> {
        let mut state = self.queue.lock();
        let mut taken = Vec::new();
        while taken.len() < most {
            let Some(task) = state.pop(&self.roster.queues) else { break };
            let tag = Uuid::new_v4().to_string();
            let redelivered = state.redelivered.remove(&task.id);
            let first = task.idempotency_key.as_ref().and_then(|key| Some(state.keys.get(key)?.0.clone()));
            let done = match first {
                Some(first) => state.success(&first),
                None if redelivered => state.success(&task.id),
                None => None,
            };
            let revoked = state.revoked.contains_key(&task.id);
            state.held.insert(tag.clone(), Held { task: task.clone(), worker: self.roster.name.clone() });
            taken.push(Delivery { task, tag, redelivered, revoked, done, wire: None });
        }
        taken
    }

    fn let_go(&self, delivery: &Delivery) -> bool {
        self.queue.lock().held.remove(&delivery.tag).is_some()
    }

    fn put(&self, task: Task, first: bool) {
        let mut state = self.queue.lock();
        if first {
            state.redelivered.insert(task.id.clone());
        }
        state.push(task, first);
        drop(state);
        self.queue.0.put.notify_waiters();
    }
}

#[async_trait]
impl Consumer for MemoryConsumer {
    async fn next(&self, most: usize) -> Result<Vec<Delivery>, QueueError> {
        loop {
            let put = self.queue.0.put.notified();
            tokio::pin!(put);
            put.as_mut().enable();
            let taken = self.take(most.max(1));
            if !taken.is_empty() {
                return Ok(taken);
            }
            put.await;
        }
    }

    async fn started(&self, _: &Delivery) {}

    async fn progress(&self, delivery: &Delivery, chunk: Vec<u8>) -> Result<(), QueueError> {
        let place = self.roster.next_place(&delivery.tag) as usize;
        let mut state = self.queue.lock();
        let record = state.record(&delivery.task.id);
        match record.pieces.get_mut(place) {
            Some(piece) => *piece = chunk,
            None => record.pieces.push(chunk),
        }
        record.bell.notify_waiters();
        Ok(())
    }

    async fn finish(&self, delivery: &Delivery, outcome: &Outcome, _ran_s: f64) -> Result<(), QueueError> {
        self.let_go(delivery);
        self.queue.lock().settle(&delivery.task.id, outcome.clone());
        Ok(())
    }

    async fn retry(&self, delivery: &Delivery, _: &Failure, after: Duration) -> Result<(), QueueError> {
        if self.let_go(delivery) {
            let not_before_unix_ms = (!after.is_zero()).then(|| now_unix_ms() + after.as_millis() as u64);
            self.put(Task { retries: delivery.task.retries + 1, not_before_unix_ms, ..delivery.task.clone() }, false);
        }
        Ok(())
    }

    async fn bury(&self, delivery: &Delivery, failure: &Failure) -> Result<(), QueueError> {
        if self.let_go(delivery) {
            let task = delivery.task.clone();
            counter!("interviewer_dead_letters_total", "queue" => task.queue.clone()).increment(1);
            let mut state = self.queue.lock();
            state.settle(&task.id, Outcome::Failed(failure.clone()));
            let letter = DeadLetter {
                letter: Uuid::new_v4().to_string(),
                queue: task.queue.clone(),
                reason: failure.message.clone(),
                at_unix_ms: now_unix_ms(),
                task: task.name.clone(),
                id: task.id.clone(),
                bytes: 0,
            };
            state.bury(letter, task);
        }
        Ok(())
    }

    async fn give_back(&self, delivery: &Delivery) -> Result<(), QueueError> {
        if self.let_go(delivery) {
            self.put(delivery.task.clone(), true);
        }
        Ok(())
    }

    async fn close(&self) -> Result<(), QueueError> {
        let left: Vec<Task> = {
            let mut state = self.queue.lock();
            let ours: Vec<_> = state
                .held
                .iter()
                .filter(|(_, held)| held.worker == self.roster.name)
                .map(|(tag, _)| tag.clone())
                .collect();
            ours.iter().filter_map(|tag| Some(state.held.remove(tag)?.task)).collect()
        };
        left.into_iter().for_each(|task| self.put(task, true));
        Ok(())
    }
}
