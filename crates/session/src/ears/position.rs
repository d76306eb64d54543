//! Where on the session's clock the sound belongs that comes.

use speech::VadMemory;

/// Sound that comes so much later than it should may be lost, in samples (300 ms) ...
const LATE_SAMPLES: u64 = 4800;
/// ... and is, when it stays late for so long, in samples (250 ms); after a stall it catches up at once.
const STAYS_LATE_SAMPLES: u64 = 4000;
/// Sound that is so much ahead of the clock is dropped where nobody speaks, in samples (100 ms): a microphone's clock
/// may run fast.
const AHEAD_SAMPLES: u64 = 1600;

/// Where in the stream we are.
pub(super) struct Position {
    /// Sample of the session's clock at which the next sound belongs.
    pub(super) next: u64,
    /// Sound that does not fill a frame yet; ends at `next`.
    pub(super) rest: Vec<f32>,
    pub(super) memory: VadMemory,
    /// Since when sound has come late, in samples of the session's clock.
    late_since: Option<u64>,
    /// Voice activity failed on the frame before.
    pub(super) failed: bool,
}

/// What to do with sound that comes.
#[derive(Debug, PartialEq)]
pub(super) enum Placing {
    /// It follows what came before.
    Follows,
    /// So many samples before it are lost.
    After(u64),
    /// It is ahead of the clock and nobody speaks.
    Drop,
}

impl Position {
    pub(super) fn starting_at(next: u64) -> Self {
        Self { next, rest: Vec::new(), memory: VadMemory::default(), late_since: None, failed: false }
    }

    /// Where `count` samples belong that come at `now` (samples of the session's clock), somebody speaking or not.
    pub(super) fn place(&mut self, count: u64, now: u64, speaking: bool) -> Placing {
        if self.next > now + AHEAD_SAMPLES && !speaking {
            return Placing::Drop;
        }
        let lost = now.saturating_sub(count).saturating_sub(self.next);
        if lost <= LATE_SAMPLES {
            self.late_since = None;
            return Placing::Follows;
        }
        let since = *self.late_since.get_or_insert(now);
        if now - since < STAYS_LATE_SAMPLES {
            return Placing::Follows;
        }
        self.late_since = None;
        Placing::After(lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 ms of sound, in samples.
    const FRAME: u64 = 320;

    #[test]
    fn after_a_stall_the_sound_lies_where_it_was_spoken() {
        let mut position = Position::starting_at(0);
        let mut now = 0;
        for _ in 0..50 {
            now += FRAME;
            assert_eq!(position.place(FRAME, now, true), Placing::Follows);
            position.next += FRAME;
        }
        now += 50 * FRAME; // one second without sound, then all of it at once
        for _ in 0..50 {
            assert_eq!(position.place(FRAME, now, true), Placing::Follows);
            position.next += FRAME;
        }
        assert_eq!(position.next, now);
    }

    #[test]
    fn sound_that_stays_late_was_lost_and_sound_ahead_is_dropped_in_silence() {
        let mut position = Position::starting_at(0);
        let mut now = 3 * 16_000;
        let mut lost = 0;
        for _ in 0..20 {
            if let Placing::After(gap) = position.place(FRAME, now, false) {
                position.next += gap;
                lost += gap;
            }
            position.next += FRAME;
            now += FRAME;
        }
        assert!((47_000..48_000).contains(&lost), "{lost}");
        position.next = now + 2 * AHEAD_SAMPLES;
        assert_eq!(position.place(FRAME, now, true), Placing::Follows);
        assert_eq!(position.place(FRAME, now, false), Placing::Drop);
    }
}
