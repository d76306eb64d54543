//! What a client may send, and how much of it. Time is passed in.

use std::time::Duration;

use crate::proto::Fault;

/// Bytes of one frame of sound or text.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;
/// Sound may run ahead of time by so much.
const SLACK: Duration = Duration::from_secs(2);
/// Text messages in a second.
const MESSAGES_A_SECOND: u32 = 50;
/// A flood is complained about once in so long, not at each frame.
const COMPLAIN_EVERY: Duration = Duration::from_secs(1);

/// Watches one connection.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// Sound taken.
    taken: Duration,
    second: u64,
    messages: u32,
    complained: Option<Duration>,
}

/// What to do with a frame.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Take,
    /// Dropped; nothing is said, since it was said a moment ago.
    Drop,
    Complain(Fault),
}

impl Guard {
    /// A frame of `bytes` of 16-bit sound at `sample_rate_hz`, `now` after the first one could have come.
    pub(crate) fn sound(&mut self, bytes: usize, sample_rate_hz: u32, now: Duration) -> Verdict {
        if bytes > MAX_FRAME_BYTES {
            return too_large("frame", bytes);
        }
        if bytes == 0 || !bytes.is_multiple_of(2) {
            let message = format!("A frame of {bytes} bytes is not 16-bit sound and was dropped.");
            return Verdict::Complain(("bad_audio_frame", message));
        }
        let length = Duration::from_secs_f64(bytes as f64 / 2.0 / f64::from(sample_rate_hz));
        self.taken = self.taken.max(now.saturating_sub(SLACK));
        if self.taken + length > now + SLACK {
            return self.too_fast("Sound comes faster than time passes; what is too much is dropped.", now);
        }
        self.taken += length;
        Verdict::Take
    }

    /// A text message of `bytes`.
    pub(crate) fn message(&mut self, bytes: usize, now: Duration) -> Verdict {
        if bytes > MAX_FRAME_BYTES {
            return too_large("message", bytes);
        }
        if now.as_secs() != self.second {
            self.second = now.as_secs();
            self.messages = 0;
        }
        self.messages += 1;
        if self.messages > MESSAGES_A_SECOND {
            return self.too_fast("More than 50 messages a second; what is too much is dropped.", now);
        }
        Verdict::Take
    }

    fn too_fast(&mut self, message: &str, now: Duration) -> Verdict {
        if self.complained.is_some_and(|then| now < then + COMPLAIN_EVERY) {
            return Verdict::Drop;
        }
        self.complained = Some(now);
        Verdict::Complain(("too_fast", message.into()))
    }
}

fn too_large(what: &str, bytes: usize) -> Verdict {
    let message = format!("A {what} of {bytes} bytes was dropped; at most {MAX_FRAME_BYTES} are taken.");
    Verdict::Complain(("frame_too_large", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn sound_in_time_is_taken_for_hours_and_a_flood_is_not() {
        let mut guard = Guard::default();
        for i in 0..500_000u32 {
            assert_eq!(guard.sound(640, 16_000, 20 * MS * i), Verdict::Take);
        }
        let mut guard = Guard::default();
        let taken = (0..1000).filter(|_| guard.sound(640, 16_000, MS) == Verdict::Take).count();
        assert_eq!(taken, 100, "two seconds of slack");
    }

    #[test]
    fn a_flood_is_complained_about_once_a_second() {
        let mut guard = Guard::default();
        let complaints = (0..3000u32).filter(|i| matches!(guard.message(10, *i * MS), Verdict::Complain(_))).count();
        assert_eq!(complaints, 3);
    }

    #[test]
    fn bad_frames_are_named() {
        let mut guard = Guard::default();
        let code = |verdict| if let Verdict::Complain((code, _)) = verdict { code } else { "" };
        assert_eq!(code(guard.sound(641, 16_000, MS)), "bad_audio_frame");
        assert_eq!(code(guard.sound(0, 16_000, MS)), "bad_audio_frame");
        assert_eq!(code(guard.sound(100_000, 16_000, MS)), "frame_too_large");
    }
}
