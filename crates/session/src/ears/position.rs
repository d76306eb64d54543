//! Where on the session's clock the sound belongs that comes: where it was spoken, as far as that can be known. Sound
//! cannot come before it was spoken, so whoever came soonest of late tells best how far behind the clock the rest is.

use speech::VadMemory;

/// Sound that comes so much later than it should may be lost, in samples (300 ms) ...
const LATE_SAMPLES: u64 = 4800;
/// ... and is, when it stays late for so long, in samples (250 ms); after a stall it catches up at once.
const STAYS_LATE_SAMPLES: u64 = 4000;
/// Sound that is so much ahead of the clock is dropped where nobody speaks, in samples (20 ms): a microphone's clock may
/// run fast, and what was sent before we listened comes all at once.
const AHEAD_SAMPLES: u64 = 320;
/// When even the soonest of so much sound, in samples (2 s) ...
const WATCHED_SAMPLES: u64 = 32_000;
/// ... came later than this, in samples (40 ms), it is put where it was spoken as soon as nobody speaks.
const STEADILY_LATE_SAMPLES: u64 = 640;

/// Where in the stream we are.
pub(super) struct Position {
    /// Sample of the session's clock at which the next sound belongs.
    pub(super) next: u64,
    /// Sound that does not fill a frame yet; ends at `next`.
    pub(super) rest: Vec<f32>,
    pub(super) memory: VadMemory,
    /// Since when sound has come late, in samples of the session's clock.
    late_since: Option<u64>,
    /// Since when lateness is watched, and that of the sound that came soonest since, in samples.
    soonest: Option<(u64, u64)>,
    /// By how much all sound came late in the watch before, in samples.
    steadily_late: u64,
    /// Whether any sound has come.
    begun: bool,
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
        let (rest, memory) = (Vec::new(), VadMemory::default());
        Self { next, rest, memory, late_since: None, soonest: None, steadily_late: 0, begun: false, failed: false }
    }

    /// Where `count` samples belong that come at `now` (samples of the session's clock), somebody speaking or not.
    pub(super) fn place(&mut self, count: u64, now: u64, speaking: bool) -> Placing {
        if self.next > now + AHEAD_SAMPLES && !speaking {
            return Placing::Drop;
        }
        let lost = now.saturating_sub(count).saturating_sub(self.next);
        if !std::mem::replace(&mut self.begun, true) {
            return after(lost);
        }
        if lost <= LATE_SAMPLES {
            self.late_since = None;
            return self.place_steadily_late(lost, now, speaking);
        }
        let since = *self.late_since.get_or_insert(now);
        if now - since < STAYS_LATE_SAMPLES {
            return Placing::Follows;
        }
        (self.late_since, self.soonest, self.steadily_late) = (None, None, 0);
        Placing::After(lost)
    }

    fn place_steadily_late(&mut self, late: u64, now: u64, speaking: bool) -> Placing {
        let (since, least) = self.soonest.map_or((now, late), |(since, least)| (since, least.min(late)));
        let watched = now.saturating_sub(since) >= WATCHED_SAMPLES;
        self.soonest = (!watched).then_some((since, least));
        if watched {
            self.steadily_late = if least > STEADILY_LATE_SAMPLES { least } else { 0 };
        }
        if speaking || self.steadily_late == 0 {
            return Placing::Follows;
        }
        self.soonest = None;
        after(std::mem::take(&mut self.steadily_late).min(late))
    }
}

fn after(lost: u64) -> Placing {
    if lost == 0 { Placing::Follows } else { Placing::After(lost) }
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
    fn the_first_sound_lies_where_it_was_spoken_and_what_was_sent_before_is_dropped() {
        let mut position = Position::starting_at(0);
        assert_eq!(position.place(FRAME, 8000, false), Placing::After(8000 - FRAME));
        position.next = 8000;
        let follows = (0..3).all(|_| position.place(FRAME, 8000, false) == Placing::Follows);
        assert!(follows, "up to a frame ahead");
        position.next = 8000 + 2 * FRAME;
        assert_eq!(position.place(FRAME, 8000, false), Placing::Drop);
    }

    #[test]
    fn sound_that_is_steadily_late_is_put_right_as_soon_as_nobody_speaks() {
        let mut position = Position::starting_at(0);
        let (mut now, mut moved) = (FRAME, Vec::new());
        for frame in 0..400 {
            // 120 ms are lost at the 50th; every fifth frame comes late
            now += if frame == 50 { 6 * FRAME } else { 0 };
            let late = if frame % 5 == 4 { 2 * FRAME } else { 0 };
            let speaking = frame < 300;
            if let Placing::After(gap) = position.place(FRAME, now + late, speaking) {
                moved.push((frame, gap));
                position.next += gap;
            }
            position.next += FRAME;
            now += FRAME;
        }
        assert_eq!(moved, [(300, 6 * FRAME)]);
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
