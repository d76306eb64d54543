//! Our own sound as the candidate hears it, for the ears to tell its echo from a voice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sound kept, in samples (4 s): what is sent ahead, and what is behind by a slow network.
const KEPT_SAMPLES: usize = 64_000;

/// Shared by the mouth, which puts, and the ears, which look.
#[derive(Clone, Default)]
pub(crate) struct Reference(Arc<Mutex<Played>>);

#[derive(Default)]
struct Played {
    /// Sample of the session's clock at which `samples` begins.
    start: u64,
    samples: VecDeque<i16>,
}

impl Reference {
    /// Puts sound from sample `at` on.
    pub(crate) fn put(&self, at: u64, samples: &[i16]) {
        let mut played = self.lock();
        let end = played.start + played.samples.len() as u64;
        if played.samples.is_empty() || at > end + KEPT_SAMPLES as u64 {
            played.samples.clear();
            played.start = at;
        }
        let missing = at.saturating_sub(played.start + played.samples.len() as u64) as usize;
        played.samples.extend(std::iter::repeat_n(0, missing));
        played.samples.extend(samples);
        let surplus = played.samples.len().saturating_sub(KEPT_SAMPLES);
        played.samples.drain(..surplus);
        played.start += surplus as u64;
    }

    /// Takes back what was put from sample `at` on: it is not heard.
    pub(crate) fn erase(&self, at: u64) {
        let mut played = self.lock();
        let kept = at.saturating_sub(played.start) as usize;
        played.samples.truncate(kept);
    }

    /// Our sound from sample `at` on, -1..1, silence where there is none; whether there is any.
    pub(crate) fn read(&self, at: u64, into: &mut [f32]) -> bool {
        let played = self.lock();
        let sample = |at: u64| at.checked_sub(played.start).and_then(|i| played.samples.get(i as usize)).copied();
        let mut any = false;
        for (place, out) in (at..).zip(into) {
            let sample = sample(place).unwrap_or(0);
            any |= sample != 0;
            *out = f32::from(sample) / 32_768.0;
        }
        any
    }

    fn lock(&self) -> MutexGuard<'_, Played> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_and_not_taken_back_is_read() {
        let reference = Reference::default();
        reference.put(1000, &[16_384; 320]);
        reference.put(1640, &[8192; 320]);
        reference.erase(1700);
        let mut heard = [9.0; 800];
        assert!(reference.read(900, &mut heard));
        let at = |sample: usize| heard[sample - 900];
        assert_eq!([at(999), at(1000), at(1400), at(1650), at(1699)], [0.0, 0.5, 0.0, 0.25, 0.25]);
        assert!(!reference.read(1700, &mut heard));
    }
}
