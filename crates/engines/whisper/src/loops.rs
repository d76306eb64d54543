//! A decoder that runs in circles, and where the circle begins.

/// Phrases up to this many tokens are looked for.
const LONGEST_PHRASE: usize = 32;

/// A phrase said several times on end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loop {
    /// The token where the phrase is over for the first time.
    pub(crate) once: usize,
    /// Tokens of the phrase.
    pub(crate) phrase: usize,
    /// Whether nobody says it so often; otherwise it is only unusual.
    pub(crate) certain: bool,
}

/// The worst loop in `tokens`: few tokens many times, or many tokens twice.
pub(crate) fn find(tokens: &[usize]) -> Option<Loop> {
    let phrases = 1..=LONGEST_PHRASE.min(tokens.len() / 2);
    let found = phrases.filter_map(|phrase| {
        let (times, from) = longest_run(tokens, phrase);
        let (unusual, never) = if phrase <= 3 { (4, 6) } else { (2, 4) };
        (times >= unusual).then_some(Loop { once: from + phrase, phrase, certain: times >= never })
    });
    // Of several phrases (one word, or twice the word) the first is the shortest.
    found.reduce(|worst, next| if next.certain && !worst.certain { next } else { worst })
}

/// How often, at most, `phrase` tokens come directly again, and where they begin.
fn longest_run(tokens: &[usize], phrase: usize) -> (usize, usize) {
    let (mut run, mut longest, mut from) = (0, 0, 0);
    for at in phrase..tokens.len() {
        run = if tokens[at] == tokens[at - phrase] { run + 1 } else { 0 };
        if run > longest {
            (longest, from) = (run, at + 1 - phrase - run);
        }
    }
    (1 + longest / phrase, from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_speech_passes() {
        assert_eq!(find(&[1, 2, 3, 4, 5, 6, 7, 1, 2, 9]), None);
        assert_eq!(find(&[1, 1, 1, 2, 3]), None);
        assert_eq!(find(&[]), None);
    }

    #[test]
    fn loops_are_seen_and_end_after_their_first_round() {
        assert_eq!(find(&[9, 1, 1, 1, 1, 1, 1, 1]), Some(Loop { once: 2, phrase: 1, certain: true }));
        assert_eq!(find(&[1, 2, 3, 4, 5, 1, 2, 3, 4, 5]), Some(Loop { once: 5, phrase: 5, certain: false }));
        assert_eq!(
            find(&[8, 9, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1]),
            Some(Loop { once: 6, phrase: 4, certain: true })
        );
    }

    #[test]
    fn a_certain_loop_outweighs_an_unusual_one() {
        let tokens = [[5; 4].as_slice(), &[1, 2].repeat(7)].concat();
        assert_eq!(find(&tokens), Some(Loop { once: 6, phrase: 2, certain: true }));
    }
}
