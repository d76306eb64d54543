//! What there was to hear where the candidate sits: their own voice as it was spoken, and the interviewer's as it came.

use std::time::Instant;

use super::candidate::{FRAME, FRAME_SAMPLES};

/// Samples a second.
const RATE_HZ: f64 = 16_000.0;
/// A sample up to so far from zero is silence.
const SILENT: u16 = 32;

/// Both sides on the candidate's clock, 16 kHz mono each.
#[derive(Default)]
pub(crate) struct Tape {
    /// When the microphone gave its first frame: before there is one, the connection is made.
    began: Option<Instant>,
    candidate: Vec<i16>,
    interviewer: Vec<i16>,
}

impl Tape {
    /// The candidate's next frame, the first of them at `now`.
    pub(crate) fn speak(&mut self, frame: &[i16], now: Instant) {
        self.began.get_or_insert(now);
        self.candidate.extend(frame);
    }

    /// Sound of the interviewer's that comes at `now` is heard at once, or after what came before it and is not yet
    /// played. Of a stream that comes as it is spoken, silence is left out while it is behind, as a jitter buffer does.
    pub(crate) fn hear(&mut self, samples: &[i16], sent_ahead: bool, now: Instant) {
        let at = self.place(now);
        let behind = self.interviewer.len() > at + FRAME_SAMPLES;
        if !sent_ahead && behind && samples.iter().all(|sample| sample.unsigned_abs() <= SILENT) {
            return;
        }
        if self.interviewer.len() < at {
            self.interviewer.resize(at, 0);
        }
        self.interviewer.extend(samples);
    }

    /// What is not yet played at `now` is not heard.
    pub(crate) fn hush(&mut self, now: Instant) {
        let at = self.place(now);
        self.interviewer.truncate(at);
    }

    /// The candidate's side and the interviewer's.
    pub(crate) fn sides(&self) -> (&[i16], &[i16]) {
        (&self.candidate, &self.interviewer)
    }

    /// The sample at `now`: a frame of the microphone's leaves when its last sample has been spoken.
    fn place(&self, now: Instant) -> usize {
        let since = now.saturating_duration_since(self.began.unwrap_or(now)) + FRAME;
        (since.as_secs_f64() * RATE_HZ) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LOUD: [i16; FRAME_SAMPLES] = [9000; FRAME_SAMPLES];

    fn loud_ms(tape: &Tape) -> Vec<(usize, usize)> {
        let is_loud = |ms: &usize| tape.interviewer[*ms * 16].unsigned_abs() > SILENT;
        let mut stretches: Vec<(usize, usize)> = Vec::new();
        for ms in (0..tape.interviewer.len() / 16).filter(is_loud) {
            match stretches.last_mut().filter(|(_, to)| *to == ms) {
                Some((_, to)) => *to = ms + 1,
                None => stretches.push((ms, ms + 1)),
            }
        }
        stretches
    }

    #[test]
    fn sound_is_heard_when_it_comes_or_after_what_waits_and_not_when_it_is_hushed() {
        let (began, ms) = (Instant::now(), Duration::from_millis(1));
        let mut tape = Tape::default();
        tape.speak(&LOUD, began);
        for _ in 0..5 {
            tape.hear(&LOUD, true, began + 80 * ms);
        }
        tape.hear(&LOUD, true, began + 400 * ms);
        assert_eq!(loud_ms(&tape), [(100, 200), (420, 440)]);
        tape.hush(began + 410 * ms);
        assert_eq!(loud_ms(&tape), [(100, 200), (420, 430)]);
    }

    #[test]
    fn a_stream_that_fell_behind_catches_up_in_silence() {
        let (began, ms) = (Instant::now(), Duration::from_millis(1));
        let mut tape = Tape::default();
        tape.speak(&LOUD, began);
        let at = |frame: u32| if (5..10).contains(&frame) { 200 } else { frame * 20 }; // five of them are held up
        for frame in 0..100 {
            let sound = if frame == 50 { LOUD } else { [0; FRAME_SAMPLES] };
            tape.hear(&sound, false, began + at(frame) * ms);
        }
        assert_eq!(loud_ms(&tape), [(1040, 1060)], "a frame late at the most");
    }
}
