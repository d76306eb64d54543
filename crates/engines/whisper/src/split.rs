//! Long sound is cut where it is quietest.

use std::ops::Range;

use audio::SAMPLE_RATE_HZ;

const RATE: usize = SAMPLE_RATE_HZ as usize;
/// The longest stretch, so that with the quiet after it the model's 30 s hold it.
const LONGEST: usize = 28 * RATE;
/// A cut is looked for from here on.
const SHORTEST: usize = 15 * RATE;
/// Loudness is looked at in steps of 20 ms.
const STEP: usize = RATE / 50;
/// A cut lies in the middle of the quietest 300 ms.
const PAUSE_STEPS: usize = 15;
/// Root mean square under which there is nothing to hear: -70 dB of full scale.
const SILENCE_RMS: f32 = 3e-4;

/// Ranges of at most 28 s that cover `samples` in order.
pub(crate) fn stretches(samples: &[f32]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    while samples.len() - start > LONGEST {
        let end = start + SHORTEST + quietest(&samples[start + SHORTEST..start + LONGEST]);
        ranges.push(start..end);
        start = end;
    }
    if start < samples.len() {
        ranges.push(start..samples.len());
    }
    ranges
}

/// Whether nothing in `samples` is loud enough to be speech.
pub(crate) fn is_silence(samples: &[f32]) -> bool {
    samples.chunks(STEP).all(|step| energy(step) / (step.len() as f32) < SILENCE_RMS * SILENCE_RMS)
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
