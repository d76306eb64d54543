//! How much a client may send. Time is passed in.

use std::time::{Duration, Instant};

/// Frames of signalling, and packets of data, in a second.
const FRAMES_A_SECOND: u32 = 100;
const PACKETS_A_SECOND: u32 = 300;
/// Frames that could not be read; a client that sends more of them speaks something else.
const MAX_UNREADABLE: u32 = 20;
/// Offers in a call: each costs a pass over all sections.
const MAX_OFFERS: u32 = 500;

/// Sound may run ahead of time, or lag behind it, by so much: what comes in a heap after a break is heard, what never ends is not.
const SLACK: Duration = Duration::from_secs(2);

pub(crate) struct Guard {
    /// Up to when sound was taken, had it come as it was spoken.
    taken: Instant,
    second: Instant,
    frames: u32,
    packets: u32,
    unreadable: u32,
    offers: u32,
}

impl Guard {
    pub(crate) fn new(now: Instant) -> Self {
        Self { taken: now, second: now, frames: 0, packets: 0, unreadable: 0, offers: 0 }
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

    /// Whether sound that lasts so long is taken at `now`.
    pub(crate) fn sound(&mut self, lasts: Duration, now: Instant) -> bool {
        let taken = now.checked_sub(SLACK).map_or(self.taken, |least| self.taken.max(least)) + lasts;
        let fits = taken <= now + SLACK;
        if fits {
            self.taken = taken;
        }
        fits
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
        let frame = Duration::from_millis(20);
        assert_eq!((0..1000).filter(|_| guard.sound(frame, now)).count(), 100, "two seconds");
        let mut later = now + Duration::from_secs(10);
        assert_eq!((0..1000).filter(|_| guard.sound(frame, later)).count(), 200, "a break, and two seconds");
        for _ in 0..1000 {
            later += frame;
            assert!(guard.sound(frame, later));
        }
        assert_eq!((0..1000).filter(|_| guard.unreadable()).count(), MAX_UNREADABLE as usize);
    }
}
