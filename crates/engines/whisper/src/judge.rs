//! Does a result look like speech that was really there?

/// How a decoded text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// It loops, runs on, or scores as low as noise.
    Bad,
    /// Something about it is unusual; worth a second look with the whole window.
    Doubtful,
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

/// Whisper's own limit for a failed decode.
const FAILED_LOG_PROBABILITY: f32 = -1.0;
/// Below this a short window is not trusted; measured on read and crowd-sourced English, where it costs a second
/// look at one stretch in ten.
const DOUBTFUL_LOG_PROBABILITY: f32 = -0.5;
/// Faster than anyone speaks for long.
const WORDS_PER_SECOND: f32 = 6.0;
/// Phrases up to this many tokens are looked for.
const LONGEST_PHRASE: usize = 32;

/// Judges a decoded text.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Verdict {
    let repeated = repetition(evidence.tokens);
    let crowded = evidence.words as f32 > 3.0 + WORDS_PER_SECOND * evidence.seconds;
    if repeated == Verdict::Bad || evidence.cut_off || evidence.log_probability < FAILED_LOG_PROBABILITY {
        Verdict::Bad
    } else if repeated == Verdict::Doubtful || crowded || evidence.log_probability < DOUBTFUL_LOG_PROBABILITY {
        Verdict::Doubtful
    } else {
        Verdict::Good
    }
}

/// A phrase said several times on end: few tokens many times, or many tokens twice.
fn repetition(tokens: &[usize]) -> Verdict {
    let mut worst = Verdict::Good;
    for phrase in 1..=LONGEST_PHRASE.min(tokens.len() / 2) {
        let times = longest_run(tokens, phrase);
        let verdict = match phrase {
            1..=3 if times >= 6 => Verdict::Bad,
            4.. if times >= 4 => Verdict::Bad,
            1..=3 if times >= 4 => Verdict::Doubtful,
            4.. if times >= 2 => Verdict::Doubtful,
            _ => Verdict::Good,
        };
        worst = worst.min(verdict);
    }
    worst
}

/// How often, at most, `phrase` tokens come directly again.
fn longest_run(tokens: &[usize], phrase: usize) -> usize {
    let (mut run, mut longest) = (0, 0);
    for at in phrase..tokens.len() {
        run = if tokens[at] == tokens[at - phrase] { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    1 + longest / phrase
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(tokens: &[usize]) -> Verdict {
        repetition(tokens)
    }

    #[test]
    fn ordinary_speech_passes() {
        assert_eq!(verdict(&[1, 2, 3, 4, 5, 6, 7, 1, 2, 9]), Verdict::Good);
        assert_eq!(verdict(&[1, 1, 1, 2, 3]), Verdict::Good);
        assert_eq!(verdict(&[]), Verdict::Good);
    }

    #[test]
    fn loops_are_seen() {
        assert_eq!(verdict(&[9, 1, 1, 1, 1, 1, 1, 1]), Verdict::Bad);
        assert_eq!(verdict(&[1, 2, 3, 4, 5, 1, 2, 3, 4, 5]), Verdict::Doubtful);
        assert_eq!(verdict(&[1, 2, 3, 4].repeat(4)), Verdict::Bad);
    }

    #[test]
    fn scores_speed_and_running_on_count() {
        let fine = Evidence { tokens: &[1, 2, 3], words: 3, log_probability: -0.2, seconds: 1.0, cut_off: false };
        assert_eq!(judge(&fine), Verdict::Good);
        assert_eq!(judge(&Evidence { words: 10, ..fine }), Verdict::Doubtful);
        assert_eq!(judge(&Evidence { log_probability: -0.9, ..fine }), Verdict::Doubtful);
        assert_eq!(judge(&Evidence { log_probability: -1.1, ..fine }), Verdict::Bad);
        assert_eq!(judge(&Evidence { cut_off: true, ..fine }), Verdict::Bad);
    }
}
