//! The submitting side.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use uuid::Uuid;

use super::consumer::MemoryConsumer;
use super::state::{RESULTS_FOR, State};
use crate::worker::Roster;
use crate::{Backlog, Consumer, DeadLetter, Outcome, Progress, QueueError, Task, TaskQueue, now_unix_ms};

/// All payloads together have at most so many bytes.
const PAYLOAD_BYTES: usize = 1 << 30;
/// Pieces that wait for a slow follower.
const PIECES: usize = 256;

/// Tasks in the process; cheap to clone, all clones are one queue.
#[derive(Clone, Default)]
pub struct MemoryQueue(pub(super) Arc<Inner>);

#[derive(Default)]
pub(super) struct Inner {
    state: Mutex<State>,
    /// Rings when a task was put.
    pub(super) put: Notify,
}

impl MemoryQueue {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TaskQueue for MemoryQueue {
    async fn submit(&self, mut task: Task) -> Result<String, QueueError> {
        task.sent_unix_ms.get_or_insert_with(now_unix_ms);
        let mut state = self.lock();
        state.tidy();
        if let Some(key) = &task.idempotency_key {
            if let Some((id, _)) = state.keys.get(key) {
                return Ok(id.clone());
            }
            state.keys.insert(key.clone(), (task.id.clone(), Instant::now() + RESULTS_FOR));
        }
        let id = task.id.clone();
        if !state.knows(&id) {
            state.record(&id);
            state.push(task, false);
        }
        drop(state);
        self.0.put.notify_waiters();
        Ok(id)
    }

    async fn outcome(&self, id: &str, within: Duration) -> Result<Outcome, QueueError> {
        let until = Instant::now() + within;
        let bell = self.lock().record(id).bell.clone();
        loop {
            // listened for before it is looked at, so that nothing is missed in between
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            if let Some(outcome) = self.lock().record(id).outcome.clone() {
                return Ok(outcome);
            }
            if tokio::time::timeout_at(until, rung).await.is_err() {
                return Err(QueueError::Late(within.as_millis() as u64));
            }
        }
    }

    async fn follow(&self, id: &str, within: Duration) -> Result<mpsc::Receiver<Progress>, QueueError> {
        let (sender, receiver) = mpsc::channel(PIECES);
        let (queue, id) = (self.clone(), id.to_owned());
        tokio::spawn(async move {
            let bell = queue.lock().record(&id).bell.clone();
            let mut place = 0;
            loop {
                let rung = bell.notified();
                tokio::pin!(rung);
                rung.as_mut().enable();
                let (pieces, outcome) = {
                    let mut state = queue.lock();
                    let record = state.record(&id);
                    (record.pieces.get(place..).unwrap_or_default().to_vec(), record.outcome.clone())
                };
                for piece in pieces {
                    place += 1;
                    if sender.send(Progress::Chunk(piece)).await.is_err() {
                        return;
                    }
                }
                if let Some(outcome) = outcome {
                    let _ = sender.send(Progress::End(outcome)).await;
                    return;
                }
                tokio::select! {
                    rung = tokio::time::timeout(within, rung) => if rung.is_err() { return },
                    () = sender.closed() => return,
                }
            }
        });
        Ok(receiver)
    }

    async fn cancel(&self, id: &str) -> Result<(), QueueError> {
        let workers: Vec<_> = {
            let mut state = self.lock();
            state.revoked.insert(id.to_owned(), Instant::now() + RESULTS_FOR);
            state.workers.iter().filter_map(std::sync::Weak::upgrade).collect()
        };
        for worker in workers {
            worker.revoke(&[id.to_owned()], true);
        }
        Ok(())
    }

    async fn consumer(&self, roster: Arc<Roster>) -> Result<Arc<dyn Consumer>, QueueError> {
        self.lock().workers.push(Arc::downgrade(&roster));
        Ok(Arc::new(MemoryConsumer { queue: self.clone(), roster }))
    }

    async fn backlog(&self, queue: &str) -> Result<Backlog, QueueError> {
        let (length, sent) = self.lock().waiting(queue);
        Ok(Backlog { length, oldest_ms: sent.map(|sent| now_unix_ms().saturating_sub(sent)) })
    }

    async fn dead(&self, queue: &str, limit: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let state = self.lock();
        let letters = state.dead.get(queue).map(|letters| letters.iter().take(limit));
        Ok(letters.into_iter().flatten().map(|(letter, _)| letter.clone()).collect())
    }

    async fn replay(&self, queue: &str, letter: &str) -> Result<(), QueueError> {
        let mut state = self.lock();
        let letters = state.dead.entry(queue.to_owned()).or_default();
        let place = letters.iter().position(|(other, _)| other.letter == letter);
        let Some((_, task)) = place.and_then(|place| letters.remove(place)) else {
            return Err(QueueError::Unknown(format!("dead letter {letter} of queue {queue}")));
        };
        state.record(&task.id).outcome = None;
        state.push(Task { retries: 0, not_before_unix_ms: None, ..task }, false);
        drop(state);
        self.0.put.notify_waiters();
        Ok(())
    }

    async fn put(&self, bytes: Vec<u8>, time: Duration) -> Result<String, QueueError> {
        let mut state = self.lock();
        state.tidy();
        let held: usize = state.payloads.values().map(|(bytes, _)| bytes.len()).sum();
        if held + bytes.len() > PAYLOAD_BYTES {
            return Err(QueueError::TooMuch(format!(
                "{held} bytes lie beside tasks already; at most {PAYLOAD_BYTES} may"
            )));
        }
        let key = format!("interviewer:payload:{}", Uuid::new_v4());
        state.payloads.insert(key.clone(), (bytes, Instant::now() + time));
        Ok(key)
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, QueueError> {
        let state = self.lock();
        Ok(state.payloads.get(key).filter(|(_, until)| *until > Instant::now()).map(|(bytes, _)| bytes.clone()))
    }

    async fn forget(&self, key: &str) -> Result<(), QueueError> {
        self.lock().payloads.remove(key);
        Ok(())
    }
}
