//! Long sound is cut where it is quietest, all at once or as it comes.

use std::ops::Range;

use crate::SAMPLE_RATE_HZ;

const RATE: usize = SAMPLE_RATE_HZ as usize;
/// The longest stretch, so that with the quiet after it a recogniser's 30 s hold it.
const LONGEST: usize = 28 * RATE;
/// A cut is looked for from here on.
const SHORTEST: usize = 15 * RATE;
/// Loudness is looked at in steps of 20 ms.
const STEP: usize = RATE / 50;
/// A cut lies in the middle of the quietest 300 ms.
const PAUSE_STEPS: usize = 15;
/// Root mean square under which there is nothing to hear: -70 dB of full scale.
const SILENCE_RMS: f32 = 3e-4;

/// Ranges of at most 28 s that cover `samples` (16 kHz) in order.
pub fn stretches(samples: &[f32]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    while let Some(length) = next_cut(&samples[start..]) {
        ranges.push(start..start + length);
        start += length;
    }
    if start < samples.len() {
        ranges.push(start..samples.len());
    }
    ranges
}

/// A stretch of a longer sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Samples before it.
    pub start: u64,
    /// 16 kHz mono.
    pub samples: Vec<f32>,
}

/// Cuts sound into stretches as it comes; the cuts are those of [`stretches`], and never more than 28 s and a block are
/// kept.
#[derive(Clone, Debug, Default)]
pub struct Stretcher {
    start: u64,
    samples: Vec<f32>,
}

impl Stretcher {
    /// Takes the next samples (16 kHz) and gives the stretches that they complete.
    pub fn push(&mut self, samples: &[f32]) -> Vec<Stretch> {
        self.samples.extend_from_slice(samples);
        let mut done = Vec::new();
        while let Some(length) = next_cut(&self.samples) {
            let rest = self.samples.split_off(length);
            done.push(self.take(rest));
        }
        done
    }

    /// The last stretch, if there is any sound left.
    pub fn finish(mut self) -> Option<Stretch> {
        (!self.samples.is_empty()).then(|| self.take(Vec::new()))
    }

    fn take(&mut self, rest: Vec<f32>) -> Stretch {
        let samples = std::mem::replace(&mut self.samples, rest);
        let start = self.start;
        self.start += samples.len() as u64;
        Stretch { start, samples }
    }
}

/// Whether nothing in `samples` is loud enough to be speech.
pub fn is_silence(samples: &[f32]) -> bool {
    samples.chunks(STEP).all(|step| energy(step) / (step.len() as f32) < SILENCE_RMS * SILENCE_RMS)
}

/// Where the first stretch of `samples` ends, if they are longer than one.
fn next_cut(samples: &[f32]) -> Option<usize> {
    (samples.len() > LONGEST).then(|| SHORTEST + quietest(&samples[SHORTEST..LONGEST]))
}

fn energy(samples: &[f32]) -> f32 {
    samples.iter().map(|value| value * value).sum()
}

/// The middle of the quietest pause; the later one when two are as quiet.
fn quietest(samples: &[f32]) -> usize {
    let steps: Vec<f32> = samples.chunks_exact(STEP).map(energy).collect();
    let loudness = steps.windows(PAUSE_STEPS).map(|pause| pause.iter().sum::<f32>());
    let best = loudness.enumerate().min_by(|(at, a), (bt, b)| a.total_cmp(b).then(bt.cmp(at)));
    best.map_or(samples.len(), |(step, _)| (step + PAUSE_STEPS / 2) * STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_in_the_pause_and_covers_everything() {
        let mut samples = vec![0.1; 70 * RATE];
        samples[20 * RATE..20 * RATE + RATE / 2].fill(0.0);
        let ranges = stretches(&samples);
        assert!((20 * RATE..20 * RATE + RATE / 2).contains(&ranges[0].end));
        assert!(ranges.iter().all(|range| range.len() <= LONGEST && !range.is_empty()));
        assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (0, samples.len()));
    }

    #[test]
    fn sound_that_comes_in_blocks_is_cut_in_the_same_places() {
        let samples: Vec<f32> =
            (0..95 * RATE).map(|n| 0.3 * (n as f32 * 1e-5).sin() * (n as f32 * 0.05).sin()).collect();
        for block in [RATE / 100 + 1, 40 * RATE, samples.len()] {
            let mut stretcher = Stretcher::default();
            let mut cut: Vec<Stretch> = samples.chunks(block).flat_map(|block| stretcher.push(block)).collect();
            cut.extend(stretcher.finish());
            let ranges: Vec<_> = cut.iter().map(|s| s.start as usize..s.start as usize + s.samples.len()).collect();
            assert_eq!(ranges, stretches(&samples));
            assert_eq!(cut.into_iter().flat_map(|stretch| stretch.samples).collect::<Vec<_>>(), samples);
        }
        assert_eq!(Stretcher::default().finish(), None);
    }

    #[test]
    fn short_and_empty_sound_is_left_whole() {
        assert!(stretches(&[]).is_empty());
        assert_eq!(stretches(&[0.5; 100]), vec![0..100]);
    }

    #[test]
    fn tells_silence_from_whispering() {
        assert!(is_silence(&[]));
        assert!(is_silence(&[1e-4; 16_000]));
        let mut quiet = vec![0.0; 16_000];
        quiet[8_000..8_800].fill(2e-3);
        assert!(!is_silence(&quiet));
    }
}
