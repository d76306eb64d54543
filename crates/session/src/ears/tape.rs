//! The last minute of the candidate's sound, kept for recognition.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::SAMPLES_PER_MS;

/// Sound kept for recognition, in samples (60 s): more than the longest stretch and the end-of-turn model's window.
const KEPT_SAMPLES: usize = 960_000;

/// The last minute of the candidate's sound.
#[derive(Clone, Default)]
pub(crate) struct Tape(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// Sample of the session's clock at which `samples` begins.
    start: u64,
    samples: VecDeque<f32>,
}

impl Tape {
    /// The sound from `from_ms` to `to_ms`; what is not there is silence.
    pub(crate) fn slice(&self, from_ms: u64, to_ms: u64) -> Vec<f32> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sample = |at: u64| at.checked_sub(kept.start).and_then(|i| kept.samples.get(i as usize)).copied();
        (from_ms * SAMPLES_PER_MS..to_ms * SAMPLES_PER_MS).map(|at| sample(at).unwrap_or(0.0)).collect()
    }

    /// Where the sound that is there ends, milliseconds.
    pub(crate) fn end_ms(&self) -> u64 {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.start + kept.samples.len() as u64) / SAMPLES_PER_MS
    }

    pub(super) fn put(&self, at: u64, samples: &[f32]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.samples.is_empty() {
            kept.start = at;
        }
        let missing = at.saturating_sub(kept.start + kept.samples.len() as u64) as usize;
        if missing > KEPT_SAMPLES {
            kept.samples.clear();
            kept.start = at;
        } else {
            kept.samples.extend(std::iter::repeat_n(0.0, missing));
        }
        kept.samples.extend(samples);
        let surplus = kept.samples.len().saturating_sub(KEPT_SAMPLES);
        kept.samples.drain(..surplus);
        kept.start += surplus as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tape_gives_what_was_put_and_silence_elsewhere() {
        let tape = Tape::default();
        tape.put(1600, &[0.5; 160]);
        tape.put(1920, &[0.25; 160]);
        let heard = tape.slice(99, 131);
        assert_eq!((heard.len(), tape.end_ms()), (32 * 16, 130));
        assert_eq!((heard[0], heard[16], heard[176 + 8], heard[16 + 320]), (0.0, 0.5, 0.0, 0.25));
    }
}
