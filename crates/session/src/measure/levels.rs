//! How loud each side is, ten milliseconds at a time.

/// Milliseconds of a frame.
pub(super) const FRAME_MS: u64 = 10;
const FRAME_SAMPLES: u64 = 160;

/// Makes levels of samples: the root mean square of each frame, full scale being 1.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    /// The sample that comes next.
    next: u64,
    energy: [f32; 2],
    /// Samples in `energy`; a frame that was entered in its middle is judged by what came of it.
    counted: u64,
}

impl Counter {
    /// A counter whose first sample has this place in the recording.
    pub fn starting_at(sample: u64) -> Self {
        Self { next: sample, ..Self::default() }
    }

    /// Takes samples, `[candidate, interviewer]`, 16 kHz; the frame numbers and levels that they complete.
    pub fn push(&mut self, samples: &[[i16; 2]]) -> Vec<(u64, [f32; 2])> {
        let mut complete = Vec::with_capacity(samples.len() / FRAME_SAMPLES as usize + 1);
        for sample in samples {
            for (energy, value) in self.energy.iter_mut().zip(sample) {
                *energy += (f32::from(*value) / 32768.0).powi(2);
            }
            self.counted += 1;
            self.next += 1;
            if self.next.is_multiple_of(FRAME_SAMPLES) {
                complete.extend(self.finish());
            }
        }
        complete
    }

    /// The last frame, though it is not full.
    pub fn finish(&mut self) -> Option<(u64, [f32; 2])> {
        let counted = std::mem::take(&mut self.counted);
        let energy = std::mem::take(&mut self.energy);
        let level = energy.map(|energy| (energy / counted as f32).sqrt());
        (counted > 0).then(|| ((self.next - 1) / FRAME_SAMPLES, level))
    }
}

/// The levels of both sides over some time.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// Number of the first frame.
    from: u64,
    candidate: Vec<f32>,
    interviewer: Vec<f32>,
}

impl Levels {
    /// Takes frames; what is missing between them is silence.
    pub fn extend(&mut self, frames: impl IntoIterator<Item = (u64, [f32; 2])>) {
        for (number, [candidate, interviewer]) in frames {
            if self.candidate.is_empty() {
                self.from = number;
            }
            let Some(index) = number.checked_sub(self.from) else { continue };
            self.candidate.resize(index as usize, 0.0);
            self.interviewer.resize(index as usize, 0.0);
            self.candidate.push(candidate);
            self.interviewer.push(interviewer);
        }
    }

    /// Up to when they are known, milliseconds.
    pub(super) fn known_ms(&self) -> u64 {
        (self.from + self.candidate.len() as u64) * FRAME_MS
    }

    /// Forgets what lies before `ms`.
    pub(super) fn forget_before(&mut self, ms: u64) {
        let surplus = ((ms / FRAME_MS).saturating_sub(self.from) as usize).min(self.candidate.len());
        self.candidate.drain(..surplus);
        self.interviewer.drain(..surplus);
        self.from += surplus as u64;
    }

    /// The time of the first frame, milliseconds, and the levels of the candidate and of the interviewer.
    pub(super) fn sides(&self) -> (u64, &[f32], &[f32]) {
        (self.from * FRAME_MS, &self.candidate, &self.interviewer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_lie_on_the_recording_s_grid_wherever_the_counting_begins() {
        let sound: Vec<[i16; 2]> = (0..1000).map(|i| [i * 20, 0]).collect();
        let whole = Counter::default().push(&sound);
        let mut counter = Counter::starting_at(70);
        let mut later = counter.push(&sound[70..333]);
        later.extend(counter.push(&sound[333..]));
        assert_eq!(whole[1..], later[1..]);
        assert_eq!((whole.len(), later[0].0, counter.finish().map(|(frame, _)| frame)), (6, 0, Some(6)));
    }

    #[test]
    fn a_gap_is_silence_and_what_is_old_is_forgotten() {
        let mut levels = Levels::default();
        levels.extend([(100, [0.5, 0.1]), (103, [0.25, 0.2])]);
        assert_eq!(levels.sides(), (1000, &[0.5, 0.0, 0.0, 0.25][..], &[0.1, 0.0, 0.0, 0.2][..]));
        levels.forget_before(1030);
        assert_eq!((levels.sides().0, levels.known_ms()), (1030, 1040));
    }
}
