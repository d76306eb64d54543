//! Leases in the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::{Leases, QueueError};

/// Who holds what, in the process.
#[derive(Default)]
pub struct MemoryLeases(Mutex<HashMap<String, (String, Instant)>>);

impl MemoryLeases {
    fn take(&self, name: &str, holder: &str, time: Duration, over: bool) -> (Option<String>, String) {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        leases.retain(|_, (_, until)| *until > now);
        let before = leases.get(name).map(|(holder, _)| holder.clone());
        match &before {
            Some(other) if other != holder && !over => (before.clone(), other.clone()),
            _ => {
                leases.insert(name.to_owned(), (holder.to_owned(), now + time));
                (before, holder.to_owned())
            }
        }
    }
}

#[async_trait]
impl Leases for MemoryLeases {
    async fn claim(&self, name: &str, holder: &str, time: Duration) -> Result<String, QueueError> {
        Ok(self.take(name, holder, time, false).1)
    }

    async fn take_over(&self, name: &str, holder: &str, time: Duration) -> Result<Option<String>, QueueError> {
        Ok(self.take(name, holder, time, true).0)
    }

    async fn release(&self, name: &str, holder: &str) -> Result<(), QueueError> {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if leases.get(name).is_some_and(|(other, _)| other == holder) {
            leases.remove(name);
        }
        Ok(())
    }

    async fn holder(&self, name: &str) -> Result<Option<String>, QueueError> {
        let leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(leases.get(name).filter(|(_, until)| *until > Instant::now()).map(|(holder, _)| holder.clone()))
    }
}
