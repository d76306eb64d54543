//! What a queue in the process holds.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::worker::Roster;
use crate::{DeadLetter, Outcome, PRIORITIES, Task};

/// Results are kept for this long.
pub(super) const RESULTS_FOR: Duration = Duration::from_secs(600);
/// So many dead letters are kept of a queue.
const DEAD_LETTERS: usize = 10_000;

/// What is known of a task.
pub(super) struct Record {
    pub(super) outcome: Option<Outcome>,
    pub(super) pieces: Vec<Vec<u8>>,
    pub(super) bell: Arc<Notify>,
    forget_at: Instant,
}

/// A task that somebody took.
pub(super) struct Held {
    pub(super) task: Task,
    pub(super) worker: String,
}

#[derive(Default)]
pub(super) struct State {
    lists: HashMap<String, [VecDeque<Task>; PRIORITIES as usize]>,
    pub(super) held: HashMap<String, Held>,
    records: HashMap<String, Record>,
    /// The task that stands for an idempotency key.
    pub(super) keys: HashMap<String, (String, Instant)>,
    pub(super) redelivered: HashSet<String>,
    pub(super) revoked: HashMap<String, Instant>,
    pub(super) dead: HashMap<String, VecDeque<(DeadLetter, Task)>>,
    pub(super) payloads: HashMap<String, (Vec<u8>, Instant)>,
    pub(super) workers: Vec<Weak<Roster>>,
}

impl State {
    /// What is known of a task; begun if nothing is.
    pub(super) fn record(&mut self, id: &str) -> &mut Record {
        let record = self.records.entry(id.to_owned()).or_insert_with(|| Record {
            outcome: None,
            pieces: Vec::new(),
            bell: Arc::default(),
            forget_at: Instant::now() + RESULTS_FOR,
        });
        record.forget_at = Instant::now() + RESULTS_FOR;
        record
    }

    /// Whether anything is known of a task.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.records.contains_key(id)
    }

    /// The outcome of a task that succeeded.
    pub(super) fn success(&self, id: &str) -> Option<Outcome> {
        let outcome = self.records.get(id)?.outcome.clone();
        outcome.filter(|outcome| matches!(outcome, Outcome::Done(_)))
    }

    /// Notes what became of a task and wakes those who wait. What once succeeded stays so.
    pub(super) fn settle(&mut self, id: &str, outcome: Outcome) {
        let record = self.record(id);
        if !matches!(record.outcome, Some(Outcome::Done(_))) {
            record.outcome = Some(outcome);
        }
        record.bell.notify_waiters();
    }

    pub(super) fn push(&mut self, task: Task, first: bool) {
        let lists = self.lists.entry(task.queue.clone()).or_default();
        let list = &mut lists[usize::from(task.priority.min(PRIORITIES - 1))];
        if first { list.push_front(task) } else { list.push_back(task) }
    }

    pub(super) fn pop(&mut self, queues: &[String]) -> Option<Task> {
        (0..usize::from(PRIORITIES))
            .find_map(|priority| queues.iter().find_map(|queue| self.lists.get_mut(queue)?[priority].pop_front()))
    }

    /// Number of waiting tasks, and when the next was submitted.
    pub(super) fn waiting(&self, queue: &str) -> (u64, Option<u64>) {
        let Some(lists) = self.lists.get(queue) else { return (0, None) };
        let length = lists.iter().map(VecDeque::len).sum::<usize>() as u64;
        (length, lists.iter().find_map(|list| list.front()?.sent_unix_ms))
    }

    pub(super) fn bury(&mut self, letter: DeadLetter, task: Task) {
        let letters = self.dead.entry(letter.queue.clone()).or_default();
        letters.push_front((letter, task));
        letters.truncate(DEAD_LETTERS);
    }

    /// Forgets what nobody will ask for any more.
    pub(super) fn tidy(&mut self) {
        let now = Instant::now();
        self.records.retain(|_, record| record.forget_at > now);
        self.keys.retain(|_, (_, until)| *until > now);
        self.revoked.retain(|_, until| *until > now);
        self.payloads.retain(|_, (_, until)| *until > now);
        self.workers.retain(|worker| worker.strong_count() > 0);
    }
}
