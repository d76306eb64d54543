//! What the server tells of its own accord, handed to those who listen.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::{PushInfo, PushKind, Value};
use tokio::sync::{Notify, mpsc};

/// What a listener is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    /// Something was published on its channel.
    Message(Vec<u8>),
    /// The connection was made anew: something may have been missed.
    Again,
}

/// Listeners by channel, each with the number by which it is removed.
type Channels = HashMap<String, Vec<(u64, mpsc::UnboundedSender<Told>)>>;

/// Listeners by channel; and a bell that rings when a watched key changes.
#[derive(Default)]
pub(crate) struct Hub {
    channels: Mutex<Channels>,
    numbers: std::sync::atomic::AtomicU64,
    /// Rings when a watched key has changed, and when the connection was made anew.
    pub(crate) changed: Notify,
    /// Rings when the connection is lost.
    pub(crate) lost: Notify,
}

impl Hub {
    /// Adds a listener; whether it is the channel's first, with the number by which it is removed.
    pub(crate) fn add(&self, channel: &str) -> (bool, u64, mpsc::UnboundedReceiver<Told>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let number = self.numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut channels = self.lock();
        let listeners = channels.entry(channel.to_owned()).or_default();
        listeners.push((number, sender));
        (listeners.len() == 1, number, receiver)
    }

    /// Removes a listener; whether it was the channel's last.
    pub(crate) fn remove(&self, channel: &str, number: u64) -> bool {
        let mut channels = self.lock();
        let Some(listeners) = channels.get_mut(channel) else { return false };
        listeners.retain(|(other, _)| *other != number);
        let last = listeners.is_empty();
        if last {
            channels.remove(channel);
        }
        last
    }

    /// All channels that somebody listens to.
    pub(crate) fn all(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Whether somebody listens to `channel`.
    pub(crate) fn has(&self, channel: &str) -> bool {
        self.lock().contains_key(channel)
    }

    /// Takes what the server told.
    pub(crate) fn push(&self, info: PushInfo) {
        match info.kind {
            PushKind::Message => self.message(info.data),
            PushKind::Invalidate => self.changed.notify_one(),
            PushKind::Disconnection => self.lost.notify_one(),
            _ => {}
        }
    }

    /// Tells everybody that the connection was made anew.
    pub(crate) fn again(&self) {
        for listeners in self.lock().values() {
            listeners.iter().for_each(|(_, sender)| drop(sender.send(Told::Again)));
        }
        self.changed.notify_one();
    }

    fn message(&self, data: Vec<Value>) {
        let mut data = data.into_iter();
        if let (Some(Value::BulkString(channel)), Some(Value::BulkString(payload))) = (data.next(), data.next())
            && let Ok(channel) = std::str::from_utf8(&channel)
            && let Some(listeners) = self.lock().get(channel)
        {
            listeners.iter().for_each(|(_, sender)| drop(sender.send(Told::Message(payload.clone()))));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Channels> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
