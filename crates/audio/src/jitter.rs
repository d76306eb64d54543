//! Packets of sound put in order, and a verdict on those that do not come. Time is passed in.
//!
//! The listener here is a recogniser, not an ear: it wants every packet, in order and soon, and does not mind when they
//! come in bursts. So a packet that is the next one leaves at once, and only behind a gap is there a wait. How long is
//! learnt from the packets that did come out of order: as long as the latest of them took, and a quarter more, forgotten
//! slowly.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Packets that wait at most; more of them mean that the gap is given up.
const MAX_WAITING: usize = 64;
/// A longer gap is not filled with guesses: the sound after it stands where it was spoken.
const MAX_FILLED: u64 = 5;
/// A packet that is so far ahead or behind begins a new stream.
const NEW_STREAM: u64 = 3000;
/// Bounds of the wait behind a gap, in microseconds, and where it starts.
const PATIENCE_US: std::ops::RangeInclusive<u64> = 20_000..=120_000;
const FIRST_PATIENCE_US: u64 = 40_000;
/// Each packet in order takes away one part in so many of what is above the least patience: half in 14 s.
const FORGETS: u64 = 1000;
/// Arrivals that are remembered.
const ARRIVALS: usize = 64;

/// What is next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A packet.
    Packet(Arc<[u8]>),
    /// A packet is lost; the one that follows it may hold a copy of its sound, and comes next.
    Recover(Arc<[u8]>),
    /// A packet is lost, and the one after it as well.
    Conceal,
}

/// What became of the packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// They came in time.
    pub received: u64,
    /// Lost, with a copy in the packet behind.
    pub recovered: u64,
    /// Lost without a copy, and guessed.
    pub concealed: u64,
    /// Lost in a gap that is too long for guesses.
    pub skipped: u64,
    /// They came when they had been given up.
    pub late: u64,
    /// They came twice.
    pub repeated: u64,
}

struct Waiting {
    came_us: u64,
    payload: Arc<[u8]>,
}

/// Puts the packets of one stream in order.
pub struct Jitter {
    waiting: BTreeMap<u64, Waiting>,
    next: Option<u64>,
    patience_us: u64,
    /// When which packets came, the newest last.
    arrivals: VecDeque<(u64, u64)>,
    fates: Fates,
}

impl Default for Jitter {
    fn default() -> Self {
        let (waiting, arrivals) = (BTreeMap::new(), VecDeque::new());
        Self { waiting, next: None, patience_us: FIRST_PATIENCE_US, arrivals, fates: Fates::default() }
    }
}

impl Jitter {
    /// The packet with the extended sequence number `seq` comes at `now_us`.
    pub fn push(&mut self, seq: u64, payload: Arc<[u8]>, now_us: u64) {
        let next = *self.next.get_or_insert(seq);
        if seq.abs_diff(next) > NEW_STREAM {
            self.begin_anew(seq);
        }
        self.learn(seq, now_us);
        if self.waiting.contains_key(&seq) {
            self.fates.repeated += 1;
        } else if self.next.is_some_and(|next| seq < next) {
            match self.arrivals.iter().filter(|(s, _)| *s == seq).count() {
                0 | 1 => self.fates.late += 1,
                _ => self.fates.repeated += 1,
            }
        } else {
            self.fates.received += 1;
            self.waiting.insert(seq, Waiting { came_us: now_us, payload });
        }
        if self.waiting.len() > MAX_WAITING {
            self.skip_to_first();
        }
    }

    /// What is next at `now_us`; `None` when it has to be waited for.
    pub fn pull(&mut self, now_us: u64) -> Option<Next> {
        let next = self.next?;
        if let Some(packet) = self.waiting.remove(&next) {
            self.next = Some(next + 1);
            let (least_us, above_us) = (*PATIENCE_US.start(), self.patience_us - PATIENCE_US.start());
            self.patience_us = least_us + above_us - above_us.div_ceil(FORGETS).min(above_us);
            return Some(Next::Packet(packet.payload));
        }
        if self.due_us()? > now_us {
            return None;
        }
        let (first, packet) = self.waiting.first_key_value()?;
        let (gap, following) = (first - next, packet.payload.clone());
        if gap > MAX_FILLED {
            self.skip_to_first();
            return self.pull(now_us);
        }
        self.next = Some(next + 1);
        if gap == 1 {
            self.fates.recovered += 1;
            return Some(Next::Recover(following));
        }
        self.fates.concealed += 1;
        Some(Next::Conceal)
    }

    /// When [`Jitter::pull`] will have something, if nothing more comes; `None` when it will not.
    pub fn due_us(&self) -> Option<u64> {
        let (first, packet) = self.waiting.first_key_value()?;
        Some(if Some(*first) == self.next { packet.came_us } else { packet.came_us + self.patience_us })
    }

    /// How long a gap is waited for, in microseconds.
    pub fn patience_us(&self) -> u64 {
        self.patience_us
    }

    /// What became of the packets so far.
    pub fn fates(&self) -> Fates {
        self.fates
    }

    /// A packet out of order shows how long those take.
    fn learn(&mut self, seq: u64, now_us: u64) {
        let overtaken_us = self.arrivals.iter().find(|(other, _)| *other > seq).map(|(_, came_us)| *came_us);
        if let Some(came_us) = overtaken_us {
            let took_us = now_us.saturating_sub(came_us);
            let wanted_us = (took_us + took_us / 4).clamp(*PATIENCE_US.start(), *PATIENCE_US.end());
            self.patience_us = self.patience_us.max(wanted_us);
        }
        self.arrivals.push_back((seq, now_us));
        if self.arrivals.len() > ARRIVALS {
            self.arrivals.pop_front();
        }
    }

    fn begin_anew(&mut self, seq: u64) {
        self.fates.skipped += self.waiting.len() as u64;
        self.waiting.clear();
        self.arrivals.clear();
        self.next = Some(seq);
    }

    fn skip_to_first(&mut self) {
        if let (Some((first, _)), Some(next)) = (self.waiting.first_key_value(), self.next) {
            self.fates.skipped += first.saturating_sub(next);
            self.next = Some(*first);
        }
    }
}

#[cfg(test)]
mod tests;
