//! Where in our own sound one word ends and the next begins.

/// Samples over which loudness is measured (10 ms).
const STEP: usize = 160;
/// A gap between words is at least so many steps long (30 ms) ...
const GAP_STEPS: usize = 3;
/// ... and this much quieter than the sound on average: 20 dB, as power.
const QUIETER: f32 = 0.01;
/// A word that has only just begun is no help to whoever heard it: the gap lies at least so many samples back (150 ms).
const BEHIND: usize = 2400;

/// The end of the last gap between words in `heard` (16 kHz), in samples; 0 when there is none, which is the beginning.
pub(super) fn last_gap(heard: &[i16]) -> usize {
    let power = |step: &[i16]| step.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / STEP as f32;
    let powers: Vec<f32> = heard[..heard.len().saturating_sub(BEHIND)].chunks_exact(STEP).map(power).collect();
    let loudness = powers.iter().sum::<f32>() / powers.len().max(1) as f32;
    let quiet = |steps: &[f32]| steps.iter().all(|power| *power <= loudness * QUIETER);
    let gap = powers.windows(GAP_STEPS).rposition(quiet);
    // some silence before the word is kept, for its first sound may be soft
    gap.map_or(0, |gap| (gap + GAP_STEPS - 1) * STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_in_which_it_stopped_begins_after_the_gap() {
        let word = |ms: usize| vec![8000i16; ms * 16];
        let mut heard = word(400);
        heard.extend(vec![20i16; 60 * 16]);
        heard.extend(word(300));
        let gap_ms = last_gap(&heard) / 16;
        assert!((440..=460).contains(&gap_ms), "{gap_ms}");
        heard.truncate(500 * 16); // only 40 ms of the second word were heard
        assert_eq!(last_gap(&heard), 0);
        assert_eq!(last_gap(&[]), 0);
    }
}
