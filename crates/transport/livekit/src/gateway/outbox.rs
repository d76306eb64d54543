//! What waits to be written to a connection that may be slow. Sound that is late is worth nothing: of it only the newest is
//! kept. What has to arrive (data, handshakes) is kept, and repeated by those who sent it should it be lost.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use metrics::counter;
use tokio::sync::Notify;

use crate::way::is_sound;

/// Packets of sound that wait at most: half a second.
const MAX_SOUND: usize = 25;
/// Packets that wait at most.
const MAX_PACKETS: usize = 256;

#[derive(Default)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Default)]
struct Waiting {
    packets: VecDeque<Vec<u8>>,
    sound: usize,
    closed: bool,
}

impl Outbox {
    /// Puts a packet behind those that wait; what there is no room for is dropped, the oldest first.
    pub(super) fn put(&self, packet: Vec<u8>) {
        let dropped = self.lock().put(packet);
        if dropped {
            counter!("interviewer_livekit_tcp_dropped_total").increment(1);
        }
        self.changed.notify_one();
    }

    /// The next packet, or `None` when it is closed. One reader only.
    pub(super) async fn take(&self) -> Option<Vec<u8>> {
        loop {
            {
                let mut waiting = self.lock();
                if waiting.closed {
                    return None;
                }
                if let Some(packet) = waiting.take() {
                    return Some(packet);
                }
            }
            self.changed.notified().await;
        }
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Whether another had to go for it.
    fn put(&mut self, packet: Vec<u8>) -> bool {
        let oldest = match is_sound(&packet) {
            true if self.sound >= MAX_SOUND => self.packets.iter().position(|packet| is_sound(packet)),
            _ if self.packets.len() >= MAX_PACKETS => Some(0),
            _ => None,
        };
        let dropped = oldest.and_then(|index| self.packets.remove(index));
        self.sound -= usize::from(dropped.as_deref().is_some_and(is_sound));
        self.sound += usize::from(is_sound(&packet));
        self.packets.push_back(packet);
        dropped.is_some()
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let packet = self.packets.pop_front()?;
        self.sound -= usize::from(is_sound(&packet));
        Some(packet)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOUND: u8 = 128;
    const DATA: u8 = 20;

    #[test]
    fn of_sound_the_newest_half_second_is_kept_and_data_is_not_dropped_for_it() {
        let mut waiting = Waiting::default();
        waiting.put(vec![DATA, 0]);
        let dropped = (0..100u8).filter(|number| waiting.put(vec![SOUND, *number])).count();
        assert_eq!(dropped, 75);
        let kept: Vec<_> = std::iter::from_fn(|| waiting.take()).collect();
        assert_eq!(
            (kept.len(), &kept[0], &kept[1], &kept[25]),
            (26, &vec![DATA, 0], &vec![SOUND, 75], &vec![SOUND, 99])
        );
        assert_eq!(waiting.sound, 0);
    }

    proptest! {
        #[test]
        fn it_is_bounded_and_keeps_the_order(packets in prop::collection::vec(prop::sample::select(vec![SOUND, DATA]), 0..1000)) {
            let mut waiting = Waiting::default();
            for (number, kind) in packets.iter().enumerate() {
                waiting.put(vec![*kind, (number >> 8) as u8, number as u8]);
                prop_assert!(waiting.packets.len() <= MAX_PACKETS && waiting.sound <= MAX_SOUND);
            }
            let kept: Vec<_> = std::iter::from_fn(|| waiting.take()).map(|packet| (packet[1], packet[2])).collect();
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(waiting.sound, 0);
        }
    }
}
