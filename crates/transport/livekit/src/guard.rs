//! How much a client may send. Time is passed in.

use std::time::{Duration, Instant};

/// Frames of signalling, and packets of data, in a second.
const FRAMES_A_SECOND: u32 = 100;
const PACKETS_A_SECOND: u32 = 300;
/// Frames that could not be read; a client that sends more of them speaks something else.
const MAX_UNREADABLE: u32 = 20;
/// Offers in a call: each costs a pass over all sections.
const MAX_OFFERS: u32 = 500;

pub(crate) struct Guard {
    second: Instant,
    frames: u32,
    packets: u32,
    unreadable: u32,
    offers: u32,
}

impl Guard {
    pub(crate) fn new(now: Instant) -> Self {
        Self { second: now, frames: 0, packets: 0, unreadable: 0, offers: 0 }
    }

    /// Whether another frame is taken at `now`.
    pub(crate) fn frame(&mut self, now: Instant) -> bool {
        self.next_second(now);
        self.frames += 1;
        self.frames <= FRAMES_A_SECOND
    }

    /// Whether another packet of data is taken at `now`.
    pub(crate) fn data(&mut self, now: Instant) -> bool {
        self.next_second(now);
        self.packets += 1;
        self.packets <= PACKETS_A_SECOND
    }

    /// A frame could not be read: whether that is borne.
    pub(crate) fn unreadable(&mut self) -> bool {
        self.unreadable += 1;
        self.unreadable <= MAX_UNREADABLE
    }

    /// Whether another offer is answered.
    pub(crate) fn offer(&mut self) -> bool {
        self.offers += 1;
        self.offers <= MAX_OFFERS
    }

    fn next_second(&mut self, now: Instant) {
        if now.saturating_duration_since(self.second) >= Duration::from_secs(1) {
            (self.second, self.frames, self.packets) = (now, 0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_off_and_the_next_second_begins_anew() {
        let now = Instant::now();
        let mut guard = Guard::new(now);
        assert_eq!((0..1000).filter(|_| guard.frame(now)).count(), FRAMES_A_SECOND as usize);
        assert!(guard.frame(now + Duration::from_secs(1)));
        assert_eq!((0..1000).filter(|_| guard.unreadable()).count(), MAX_UNREADABLE as usize);
    }
}
