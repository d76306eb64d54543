//! Does a result look like speech that was really there?

use crate::loops::{self, Loop};

/// How a decoded text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// It loops, runs on, or scores as low as noise.
    Bad,
    /// Something about it is unusual; worth a second look.
    Doubtful,
    /// Its score is not a clear one; worth a second look where there is no hurry.
    Fair,
    /// Nothing speaks against it.
    Good,
}

/// What is known of a decoded text.
pub(crate) struct Evidence<'a> {
    /// Text tokens.
    pub(crate) tokens: &'a [usize],
    /// Words in the text.
    pub(crate) words: usize,
    /// Mean log-probability of the tokens.
    pub(crate) log_probability: f32,
    /// Length of the sound.
    pub(crate) seconds: f32,
    /// Whether the decoder was stopped before it came to an end.
    pub(crate) cut_off: bool,
}

/// What one look says about whether anybody spoke.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Mean log-probability of the tokens.
    pub(crate) log_probability: f32,
    /// 0..1, the model's belief that nobody spoke.
    pub(crate) no_speech: f32,
}

/// Whisper's own limit for a failed decode.
const FAILED_LOG_PROBABILITY: f32 = -1.0;
/// Below this a short window is not trusted; measured on read and crowd-sourced English, where it costs a second
/// look at one stretch in ten.
const DOUBTFUL_LOG_PROBABILITY: f32 = -0.5;
/// Below this the whole window hears accented speech better than a short one does. Of 56 crowd-sourced utterances the short
/// window alone got 3 points more of the words wrong. A limit of -0.25 wins more of them back, and looks twice at four in
/// ten clean utterances instead of three.
const FAIR_LOG_PROBABILITY: f32 = -0.28;
/// Faster than anyone speaks for long.
const WORDS_PER_SECOND: f32 = 6.0;
/// Faster than anyone speaks who says the same thing again ...
const WORDS_PER_SECOND_AGAIN: f32 = 4.5;
/// ... or a whole sentence of so many tokens, which hardly anybody says twice on end in the same words.
const WORDS_PER_SECOND_SENTENCE: f32 = 3.6;
const SENTENCE_TOKENS: usize = 8;
/// Words that even the shortest sound may hold.
const WORDS_AT_LEAST: f32 = 3.0;

/// So far the mean log-probability must lie below the belief that nobody spoke for words to have come out of nothing:
/// when all of several looks say so, and when there was one look only. Measured on recorded noise, on mumbled and on
/// noisy speech; Whisper's own rule (a belief over 0.6 and a score below -1) lets most invented words pass.
const INVENTED_OF_SEVERAL: f32 = 1.55;
const INVENTED_OF_ONE: f32 = 2.0;

/// Whether the words came out of nothing.
pub(crate) fn nobody_spoke(looks: &[Look]) -> bool {
    let distance = if looks.len() > 1 { INVENTED_OF_SEVERAL } else { INVENTED_OF_ONE };
    looks.iter().all(|look| look.log_probability < look.no_speech - distance)
}

/// Judges a decoded text.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Verdict {
    let found = loops::find(evidence.tokens);
    let circles = found.is_some_and(|found| found.certain || is_too_fast(found, evidence));
    if circles || evidence.cut_off || evidence.log_probability < FAILED_LOG_PROBABILITY {
        Verdict::Bad
    } else if found.is_some()
        || crowded(evidence, WORDS_PER_SECOND)
        || evidence.log_probability < DOUBTFUL_LOG_PROBABILITY
    {
        Verdict::Doubtful
    } else if evidence.log_probability < FAIR_LOG_PROBABILITY {
        Verdict::Fair
    } else {
        Verdict::Good
    }
}

/// How many of the tokens to keep: where the decoder ran in circles for longer than the sound could hold, the phrase
/// counts once and what follows it is dropped. A word that is really said over and over stays.
pub(crate) fn keep(evidence: &Evidence<'_>) -> usize {
    match loops::find(evidence.tokens) {
        Some(found) if (found.certain && evidence.cut_off) || is_too_fast(found, evidence) => found.once,
        _ => evidence.tokens.len(),
    }
}

/// Whether the sound is too short for what is said over and over.
fn is_too_fast(found: Loop, evidence: &Evidence<'_>) -> bool {
    let is_sentence = found.phrase >= SENTENCE_TOKENS;
    crowded(evidence, if is_sentence { WORDS_PER_SECOND_SENTENCE } else { WORDS_PER_SECOND_AGAIN })
}

fn crowded(evidence: &Evidence<'_>, words_per_second: f32) -> bool {
    evidence.words as f32 > WORDS_AT_LEAST + words_per_second * evidence.seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: Evidence<'_> =
        Evidence { tokens: &[1, 2, 3], words: 3, log_probability: -0.1, seconds: 1.0, cut_off: false };

    #[test]
    fn scores_speed_and_running_on_count() {
        assert_eq!(judge(&FINE), Verdict::Good);
        assert_eq!(judge(&Evidence { log_probability: -0.4, ..FINE }), Verdict::Fair);
        assert_eq!(judge(&Evidence { words: 10, ..FINE }), Verdict::Doubtful);
        assert_eq!(judge(&Evidence { log_probability: -0.9, ..FINE }), Verdict::Doubtful);
        assert_eq!(judge(&Evidence { log_probability: -1.1, ..FINE }), Verdict::Bad);
        assert_eq!(judge(&Evidence { cut_off: true, ..FINE }), Verdict::Bad);
        assert_eq!(judge(&Evidence { tokens: &[1; 4], ..FINE }), Verdict::Doubtful);
        assert_eq!(judge(&Evidence { tokens: &[1; 6], ..FINE }), Verdict::Bad);
    }

    #[test]
    fn words_out_of_nothing_are_told_from_mumbled_ones() {
        let look = |log_probability, no_speech| Look { log_probability, no_speech };
        assert!(nobody_spoke(&[look(-1.6, 0.7)]));
        assert!(!nobody_spoke(&[look(-1.2, 0.7)]), "one look alone must be sure");
        assert!(nobody_spoke(&[look(-1.2, 0.7), look(-1.0, 0.7)]));
        assert!(!nobody_spoke(&[look(-1.2, 0.7), look(-0.8, 0.7)]), "the second look heard words");
        assert!(!nobody_spoke(&[look(-1.2, 0.1), look(-1.2, 0.1)]), "bad words, but words");
    }

    #[test]
    fn a_loop_is_cut_after_one_round_and_what_was_really_said_often_is_not() {
        let circles = Evidence { tokens: &[7, 1, 1, 1, 1, 1, 1, 1, 1], words: 7, ..FINE };
        assert_eq!(keep(&circles), 9);
        assert_eq!(keep(&Evidence { words: 10, ..circles }), 2);
        assert_eq!(keep(&Evidence { cut_off: true, ..circles }), 2);
        assert_eq!(keep(&Evidence { words: 10, ..FINE }), 3);
        let sentence_twice = Evidence { tokens: &[1, 2, 3, 4, 1, 2, 3, 4], words: 8, ..FINE };
        assert_eq!((judge(&sentence_twice), keep(&sentence_twice)), (Verdict::Bad, 4));
        let really_twice = Evidence { seconds: 2.0, ..sentence_twice };
        assert_eq!((judge(&really_twice), keep(&really_twice)), (Verdict::Doubtful, 8));
        let long: Vec<usize> = (0..12).chain(0..12).collect();
        let long_twice = Evidence { tokens: &long, words: 22, seconds: 4.3, ..FINE };
        assert_eq!((judge(&long_twice), keep(&long_twice)), (Verdict::Bad, 12));
        let in_time = Evidence { seconds: 6.0, ..long_twice };
        assert_eq!((judge(&in_time), keep(&in_time)), (Verdict::Doubtful, 24));
    }
}
