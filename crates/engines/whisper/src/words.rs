//! When each word was said, from the attention that the decoder paid to the sound.
//!
//! After `find_alignment` and `add_word_timestamps` of `openai/whisper` `timing.py`.

use ct2rs::sys::Whisper;
use speech::{EngineError, Word};

use crate::align::{Alignment, MEDIAN_POSITIONS};
use crate::encode::Encoded;
use crate::inference;
use crate::tokens::Spelled;

const MS_PER_POSITION: u64 = 20;
/// However slow the speaker, a word after a pause does not begin earlier than this before its end.
const LONGEST_TYPICAL_MS: u64 = 700;

/// Where CTranslate2 finds `tokens` in what was encoded.
///
/// # Errors
/// `Inference` when the alignment fails.
pub(crate) fn aligned(
    network: &Whisper,
    encoded: &mut Encoded,
    start: &[usize],
    tokens: &[usize],
) -> Result<Alignment, EngineError> {
    let (frames, median) = (encoded.positions * 2, MEDIAN_POSITIONS as i64);
    let results =
        encoded.with(|view| network.align(view, start, &[tokens.to_vec()], &[frames], median).map_err(inference))?;
    let result = results.into_iter().next().ok_or_else(|| inference("the alignment gave no result"))?;
    Ok(Alignment::from_ctranslate2(result, tokens.len()))
}

/// The words of `spelled`, one by one, with times from the start of the stretch and confidences.
pub(crate) fn timed(alignment: &Alignment, spelled: &[Spelled], stretch_ms: u64) -> Vec<Word> {
    let starts = token_starts(alignment, stretch_ms);
    let mut words: Vec<Word> = spelled.iter().map(|word| word_at(word, &starts, alignment)).collect();
    cap_lengths(&mut words);
    words
}

/// Where each token begins, and where the last one ends, in milliseconds.
fn token_starts(alignment: &Alignment, stretch_ms: u64) -> Vec<u64> {
    let mut last = 0;
    let in_order = |place: &Option<usize>| {
        last = place.map_or(last, |place| place as u64 * MS_PER_POSITION).clamp(last, stretch_ms);
        last
    };
    alignment.places.iter().map(in_order).collect()
}

fn word_at(word: &Spelled, starts: &[u64], alignment: &Alignment) -> Word {
    let probabilities = alignment.probabilities.get(word.tokens.clone()).unwrap_or(&[]);
    Word {
        text: word.text.trim().into(),
        start_ms: starts[word.tokens.start],
        end_ms: starts[word.tokens.end],
        confidence: geometric_mean(probabilities),
    }
}

fn geometric_mean(probabilities: &[f32]) -> f32 {
    let logs: f32 = probabilities.iter().map(|p| p.max(f32::MIN_POSITIVE).ln()).sum();
    (logs / probabilities.len().max(1) as f32).exp().clamp(0.0, 1.0)
}

/// The attention lets a word reach into the pause beside it: the first word, and those around the end of a sentence,
/// are held to twice the usual length.
fn cap_lengths(words: &mut [Word]) {
    let mut lengths: Vec<u64> = words.iter().map(|w| w.end_ms - w.start_ms).filter(|&ms| ms > 0).collect();
    lengths.sort_unstable();
    let usual = lengths.get(lengths.len() / 2).copied().unwrap_or(0).min(LONGEST_TYPICAL_MS);
    let longest = 2 * usual;
    for at in 0..words.len() {
        let after_pause = at == 0 || ends_sentence(&words[at - 1].text);
        let before_pause = at + 1 == words.len() || ends_sentence(&words[at].text);
        let word = &mut words[at];
        if word.end_ms - word.start_ms <= longest {
            continue;
        }
        if after_pause {
            word.start_ms = word.end_ms - longest;
        } else if before_pause {
            word.end_ms = word.start_ms + longest;
        }
    }
}

fn ends_sentence(text: &str) -> bool {
    text.ends_with(['.', '。', '!', '！', '?', '？'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, start_ms: u64, end_ms: u64) -> Word {
        Word { text: text.into(), start_ms, end_ms, confidence: 1.0 }
    }

    #[test]
    fn a_first_word_does_not_reach_back_into_the_pause() {
        let mut words = vec![word("So", 0, 2000), word("it", 2000, 2200), word("goes.", 2200, 2600)];
        cap_lengths(&mut words);
        assert_eq!(words[0].start_ms, 1200);
        assert_eq!((words[1].start_ms, words[2].end_ms), (2000, 2600));
    }

    #[test]
    fn tokens_without_a_place_take_the_one_before() {
        let alignment = Alignment { places: vec![Some(5), None, Some(9), Some(80)], probabilities: vec![] };
        assert_eq!(token_starts(&alignment, 1000), [100, 100, 180, 1000]);
    }

    #[test]
    fn confidence_is_the_geometric_mean() {
        assert!((geometric_mean(&[0.5, 0.5]) - 0.5).abs() < 1e-6);
        assert!(geometric_mean(&[0.0]) < 1e-6);
    }
}
