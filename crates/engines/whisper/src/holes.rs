//! Sound that no word was found for: the decoder, which hears 30 s at once, may take a pause for the end, or begin
//! after one.

use std::ops::Range;

use audio::SAMPLE_RATE_HZ;
use speech::Word;

/// Loudness is looked at in steps of 20 ms.
const STEP_MS: u64 = 20;
const STEP: usize = SAMPLE_RATE_HZ as usize / 1000 * STEP_MS as usize;
/// A gap this long may hold words; shorter ones are pauses, and inaccuracies of the words' times.
const SHORTEST_MS: u64 = 2500;
/// So much of it must stand out of the background.
const LOUD_MS: u64 = 1500;
/// The background is the softest tenth; what is 10 dB above it stands out.
const SOFTEST: usize = 10;
const ABOVE_BACKGROUND: f32 = 10.0;
/// Below -70 dB of full scale nothing does.
const AUDIBLE_POWER: f32 = 1e-7;
/// Who speaks says at least so many words in a second, pauses left out; with fewer it is worth to look for holes.
const WORDS_PER_LOUD_SECOND: f32 = 2.0;

/// A gap between words in which somebody seems to speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    /// The number of words before it.
    pub(crate) after_words: usize,
    /// Its samples.
    pub(crate) samples: Range<usize>,
}

/// The holes in `words`, whose times are from the start of `samples` (16 kHz), in order.
pub(crate) fn find(words: &[Word], samples: &[f32]) -> Vec<Hole> {
    let loud = loud_steps(samples);
    let is_hole = |&(_, from_ms, to_ms): &(usize, u64, u64)| {
        to_ms >= from_ms + SHORTEST_MS && ms_in(&loud[steps(from_ms, to_ms, loud.len())]) >= LOUD_MS
    };
    let hole = |(after_words, from_ms, to_ms)| Hole { after_words, samples: at(from_ms, samples)..at(to_ms, samples) };
    gaps(words, ms(samples.len())).into_iter().filter(is_hole).map(hole).collect()
}

/// Whether so few words are said in `samples` that there may be holes.
pub(crate) fn suspected(words: usize, samples: &[f32]) -> bool {
    let loud_ms = ms_in(&loud_steps(samples));
    words > 0 && loud_ms >= SHORTEST_MS && (words as f32) < WORDS_PER_LOUD_SECOND * loud_ms as f32 / 1000.0
}

/// Where no word is: the number of words before, start and end in milliseconds. The first one begins with the sound, and
/// the last one ends with it.
fn gaps(words: &[Word], end_ms: u64) -> Vec<(usize, u64, u64)> {
    if words.is_empty() {
        return Vec::new();
    }
    let starts = words.iter().map(|word| word.start_ms).chain([end_ms]);
    let ends = [0].into_iter().chain(words.iter().map(|word| word.end_ms));
    ends.zip(starts).enumerate().map(|(before, (from, to))| (before, from, to)).collect()
}

/// Which steps stand out of the background.
fn loud_steps(samples: &[f32]) -> Vec<bool> {
    let powers: Vec<f32> = samples.chunks(STEP).map(power).collect();
    let mut sorted = powers.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let background = sorted.get(sorted.len() / SOFTEST).copied().unwrap_or(0.0);
    let loud = AUDIBLE_POWER.max(ABOVE_BACKGROUND * background);
    powers.into_iter().map(|power| power > loud).collect()
}

fn ms_in(loud: &[bool]) -> u64 {
    loud.iter().filter(|&&loud| loud).count() as u64 * STEP_MS
}

fn power(step: &[f32]) -> f32 {
    step.iter().map(|value| value * value).sum::<f32>() / step.len() as f32
}

/// The steps between two times, within `count` of them.
fn steps(from_ms: u64, to_ms: u64, count: usize) -> Range<usize> {
    let to = ((to_ms / STEP_MS) as usize).min(count);
    ((from_ms / STEP_MS) as usize).min(to)..to
}

fn ms(samples: usize) -> u64 {
    samples as u64 * 1000 / u64::from(SAMPLE_RATE_HZ)
}

fn at(ms: u64, samples: &[f32]) -> usize {
    ((ms * u64::from(SAMPLE_RATE_HZ) / 1000) as usize).min(samples.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One word that lasts from `start_ms` to `end_ms`.
    fn word(start_ms: u64, end_ms: u64) -> Word {
        Word { text: "word".into(), start_ms, end_ms, confidence: 1.0 }
    }

    /// Ten seconds of sound that is loud in the given span of milliseconds.
    fn sound(loud: Range<usize>) -> Vec<f32> {
        let mut samples = vec![0.001; 160_000];
        samples[loud.start * 16..loud.end * 16].fill(0.1);
        samples
    }

    #[test]
    fn speech_before_between_and_after_words_is_found() {
        let samples = sound(0..8000);
        let found = find(&[word(3000, 3300), word(3400, 4000), word(6500, 7000)], &samples);
        let spans: Vec<_> = found.iter().map(|hole| (hole.after_words, hole.samples.clone())).collect();
        assert_eq!(spans, [(0, 0..48_000), (2, 64_000..104_000)]);
        let found = find(&[word(0, 1000), word(1200, 3000)], &samples);
        assert_eq!(found, [Hole { after_words: 2, samples: 48_000..160_000 }]);
    }

    #[test]
    fn pauses_and_what_does_not_stand_out_are_no_holes() {
        assert_eq!(find(&[word(4000, 5000)], &sound(4000..5000)), []);
        assert_eq!(find(&[word(4000, 5000)], &[0.05; 160_000]), [], "steady noise");
        assert_eq!(find(&[word(0, 5000), word(7000, 8000)], &sound(0..8000)), [], "a pause");
        assert_eq!(find(&[], &sound(0..8000)), [], "who said nothing passed over nothing");
        assert_eq!(find(&[], &[]), []);
    }

    #[test]
    fn few_words_in_much_sound_are_suspicious() {
        let samples = sound(1000..9000);
        assert!(suspected(15, &samples) && !suspected(16, &samples));
        assert!(!suspected(0, &samples) && !suspected(1, &sound(0..1000)) && !suspected(1, &[]));
    }
}
