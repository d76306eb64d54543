//! What a worker has in hand, for those who run it and those who ask about it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use speech::Cancel;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::{Task, now_unix_ms};

/// So many revoked ids are remembered, as by Celery's workers.
const REVOKED: usize = 50_000;

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Taken, about to be begun.
    Reserved,
    /// Taken, not to be begun yet.
    Scheduled,
    /// Being done.
    Active,
}

/// By which a running task is stopped.
#[derive(Clone, Default)]
pub(crate) struct Stop {
    pub(crate) cancel: Cancel,
    pub(crate) now: Arc<Notify>,
}

pub(super) struct Entry {
    pub(super) task: Task,
    pub(super) place: Place,
    pub(super) began_unix_ms: Option<u64>,
    stop: Stop,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) entries: HashMap<String, Entry>,
    revoked: HashSet<String>,
    revoked_order: VecDeque<String>,
    pieces: HashMap<String, u64>,
    pub(super) totals: HashMap<String, u64>,
}

/// A worker's name, what it serves, and what it has in hand.
pub struct Roster {
    /// `interviewer@host` with something that tells workers on one host apart.
    pub name: String,
    /// The queues that it serves.
    pub queues: Vec<String>,
    /// The tasks that it knows, sorted.
    pub tasks: Vec<String>,
    /// How many it does at once.
    pub concurrency: usize,
    state: Mutex<State>,
    processed: AtomicU64,
    stopping: watch::Sender<bool>,
    joined: AtomicBool,
}

impl Roster {
    /// A worker that has nothing in hand.
    pub fn new(queues: Vec<String>, mut tasks: Vec<String>, concurrency: usize) -> Self {
        tasks.sort();
        let unique = &Uuid::new_v4().simple().to_string()[..6];
        let name = format!("interviewer-{}-{unique}@{}", std::process::id(), super::host());
        let (state, processed, stopping, joined) = Default::default();
        Self { name, queues, tasks, concurrency, state, processed, stopping, joined }
    }

    /// Ends the worker, once it has done what it holds.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Tells when the worker is to end.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Whether the worker has joined its queues: it takes work.
    pub fn has_joined(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }

    pub(crate) fn note_joined(&self) {
        self.joined.store(true, Ordering::Relaxed);
    }

    /// Takes note of a task, or of where it now stands.
    pub(crate) fn place(&self, tag: &str, task: &Task, place: Place) -> Stop {
        let mut state = self.lock();
        let entry = state.entries.entry(tag.to_owned()).or_insert_with(|| Entry {
            task: task.clone(),
            place,
            began_unix_ms: None,
            stop: Stop::default(),
        });
        entry.place = place;
        if place == Place::Active {
            entry.began_unix_ms = Some(now_unix_ms());
        }
        entry.stop.clone()
    }

    /// A task is no longer in hand.
    pub(crate) fn remove(&self, tag: &str, done: bool) {
        let mut state = self.lock();
        state.pieces.remove(tag);
        if let Some(entry) = state.entries.remove(tag)
            && done
        {
            *state.totals.entry(entry.task.name).or_default() += 1;
            self.processed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The place of the next piece of a task's result.
    pub(crate) fn next_place(&self, tag: &str) -> u64 {
        let mut state = self.lock();
        let place = state.pieces.entry(tag.to_owned()).or_default();
        *place += 1;
        *place - 1
    }

    /// Calls tasks off; those that run are stopped if `stop`. Says which were.
    pub(crate) fn revoke(&self, ids: &[String], stop: bool) -> Vec<String> {
        let mut state = self.lock();
        for id in ids {
            if state.revoked.insert(id.clone()) {
                state.revoked_order.push_back(id.clone());
            }
        }
        while state.revoked_order.len() > REVOKED {
            if let Some(oldest) = state.revoked_order.pop_front() {
                state.revoked.remove(&oldest);
            }
        }
        let mut stopped = Vec::new();
        for entry in state.entries.values().filter(|entry| ids.contains(&entry.task.id)) {
            // what waits is woken either way, so that it is given up at once
            if stop || entry.place != Place::Active {
                entry.stop.cancel.cancel();
                entry.stop.now.notify_one();
                stopped.push(entry.task.id.clone());
            }
        }
        stopped
    }

    /// Whether a task was called off.
    pub(crate) fn is_revoked(&self, id: &str) -> bool {
        self.lock().revoked.contains(id)
    }

    /// The tasks that were called off.
    pub(crate) fn revoked(&self) -> Vec<String> {
        self.lock().revoked_order.iter().cloned().collect()
    }

    /// Whether a task is being done now.
    pub fn is_active(&self, id: &str) -> bool {
        self.lock().entries.values().any(|entry| entry.place == Place::Active && entry.task.id == id)
    }

    /// Tasks being done now, and tasks done so far.
    pub fn counts(&self) -> (usize, u64) {
        let active = self.lock().entries.values().filter(|entry| entry.place == Place::Active).count();
        (active, self.processed.load(Ordering::Relaxed))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
