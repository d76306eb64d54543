//! Where a speaker could have paused: between two words, where the speech is low anyway.

use speech::Word;

use super::Place;
use crate::sound::{self, SAMPLES_PER_MS, STEP_MS};

/// So far around the boundary of two words it is looked for the lowest place, milliseconds: a recogniser's times are not
/// exact.
const AROUND_MS: u64 = 80;
/// The lowest place must be so far under the loud part (25 dB).
const BELOW_LOUD: f32 = 17.8;
/// Words before and after a gap.
const WORDS: usize = 2;

/// A place to pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// Sample of the speech.
    pub(super) at: usize,
    pub(super) place: Place,
}

/// All gaps in `speech`, in order.
pub(super) fn gaps(speech: &[f32], words: &[Word]) -> Vec<Gap> {
    let levels = sound::levels(speech);
    let threshold = sound::loud(&levels) / BELOW_LOUD;
    let pairs = words.windows(2).enumerate();
    let inner = pairs.filter(|(before, _)| *before + 1 >= WORDS && before + 1 + WORDS <= words.len());
    inner.filter_map(|(_, pair)| gap(&levels, threshold, &pair[0], &pair[1])).collect()
}

fn gap(levels: &[f32], threshold: f32, before: &Word, after: &Word) -> Option<Gap> {
    let from = (before.end_ms.saturating_sub(AROUND_MS) / STEP_MS) as usize;
    let to = ((after.start_ms.max(before.end_ms) + AROUND_MS) / STEP_MS) as usize;
    let steps = from..to.min(levels.len());
    let lowest = steps.min_by(|a, b| levels[*a].total_cmp(&levels[*b]))?;
    let at = (lowest as u64 * STEP_MS + STEP_MS / 2) as usize * SAMPLES_PER_MS;
    let place = if before.text.ends_with(['.', '?', '!']) { Place::AfterSentence } else { Place::Inside };
    (levels[lowest] <= threshold).then_some(Gap { at, place })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, start_ms: u64, end_ms: u64) -> Word {
        Word { text: text.into(), start_ms, end_ms, confidence: 1.0 }
    }

    #[test]
    fn gaps_are_low_and_between_words_that_have_others_around_them() {
        let loud = |ms: u64| vec![0.1; sound::at(ms)];
        let speech = [loud(1000), vec![0.001; sound::at(50)], loud(950)].concat();
        let words = [word("One", 0, 500), word("two.", 500, 980), word("three", 1080, 1500), word("four", 1500, 2000)];
        let found = gaps(&speech, &words);
        assert_eq!(found.len(), 1, "between the second and the third word only: {found:?}");
        assert!((1000..1050).contains(&(found[0].at / SAMPLES_PER_MS)), "{found:?}");
        assert_eq!(found[0].place, Place::AfterSentence);
        assert!(gaps(&loud(2000), &words).is_empty(), "no place is low");
    }
}
