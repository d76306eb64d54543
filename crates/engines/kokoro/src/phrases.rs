//! Where a long sentence may be cut, so that its first words are heard while the rest is still being made.

/// Longer sentences are cut, in characters: about three seconds.
const WHOLE: usize = 48;
/// The first phrase, and how much longer each next one may be: while one is heard, the next is made.
const FIRST: std::ops::RangeInclusive<usize> = 14..=48;
const GROWTH: usize = 2;
/// The longest phrase, about twelve seconds: the voice hurries through longer ones, and they take much memory.
const LONGEST: usize = 190;

/// Words before which a speaker may draw breath.
const JOINTS: [&str; 24] = [
    "and", "but", "or", "so", "because", "when", "while", "where", "which", "who", "whose", "if", "although", "though",
    "unless", "until", "since", "after", "before", "how", "why", "what", "whether", "than",
];

/// Part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// The words with their marks; a mark stands at the end in any case.
    pub(crate) text: String,
    /// The mark that the sentence had there, if any.
    pub(crate) mark: Option<char>,
}

/// How good a place is to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    Joint,
    Mark,
}

/// Cuts `sentence` into phrases, the first of them short if `at_once`.
pub(crate) fn phrases(sentence: &str, at_once: bool) -> Vec<Phrase> {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let mut most = if at_once { *FIRST.end() } else { LONGEST };
    let whole = if at_once { WHOLE } else { LONGEST };
    let mut phrases = Vec::new();
    let mut rest = &words[..];
    while length(rest) > whole.max(most) {
        let count = cut(rest, *FIRST.start(), most, phrases.is_empty() && at_once);
        let Some(count) = count.or_else(|| forced(rest, most)) else { break };
        let (phrase, left) = rest.split_at(count);
        phrases.push(Phrase::of(phrase));
        (rest, most) = (left, (most * GROWTH).min(LONGEST));
    }
    if !rest.is_empty() {
        phrases.push(Phrase { text: rest.join(" "), mark: rest.last().and_then(|word| mark(word)).or(Some('.')) });
    }
    phrases
}

impl Phrase {
    fn of(words: &[&str]) -> Self {
        let text = words.join(" ");
        let mark = words.last().and_then(|word| mark(word));
        Self { text: if mark.is_some() { text } else { text + "," }, mark }
    }
}

/// How many words make the best phrase of `least..=most` characters; a mark is better than a joint. Of equals the
/// first, if `short`, or else the last.
fn cut(words: &[&str], least: usize, most: usize, short: bool) -> Option<usize> {
    let mut best: Option<(Cut, usize)> = None;
    let mut characters = 0;
    for (n, word) in words.iter().enumerate().take(words.len().saturating_sub(1)) {
        characters += word.chars().count() + 1;
        let Some(quality) = quality(word, words[n + 1]).filter(|_| (least..=most).contains(&characters)) else {
            continue;
        };
        // A few words left over would be a phrase of their own.
        let leaves_enough = length(&words[n + 1..]) >= least;
        let is_better = best.is_none_or(|(best, _)| quality > best || (quality == best && !short));
        if is_better && leaves_enough {
            best = Some((quality, n + 1));
        }
    }
    best.map(|(_, count)| count)
}

fn quality(word: &str, next: &str) -> Option<Cut> {
    if mark(word).is_some() {
        return Some(Cut::Mark);
    }
    let next = next.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    JOINTS.contains(&next.as_str()).then_some(Cut::Joint)
}

/// As many words as fit into the longest phrase, where there is no good place before; at least one.
fn forced(words: &[&str], most: usize) -> Option<usize> {
    if length(words) <= LONGEST {
        return None;
    }
    if let Some(count) = cut(words, most.min(LONGEST), LONGEST, false) {
        return Some(count);
    }
    let mut characters = 0;
    let fit = words.iter().take_while(|word| {
        characters += word.chars().count() + 1;
        characters <= LONGEST
    });
    Some(fit.count().max(1))
}

/// The mark at a word's end.
fn mark(word: &str) -> Option<char> {
    let word = word.trim_end_matches(['"', '\'', '”', '’', ')', ']']);
    word.chars().last().filter(|last| matches!(last, ',' | ';' | ':' | '—' | '–' | '.' | '!' | '?' | '…'))
}

/// In characters, with the spaces between.
fn length(words: &[&str]) -> usize {
    words.iter().map(|word| word.chars().count() + 1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(sentence: &str, at_once: bool) -> Vec<String> {
        phrases(sentence, at_once).into_iter().map(|phrase| phrase.text).collect()
    }

    #[test]
    fn the_first_phrase_is_short_and_ends_where_a_speaker_draws_breath() {
        for (sentence, expected) in [
            ("Thank you for that answer.", vec!["Thank you for that answer."]),
            (
                "Could you tell me about a time when you had to resolve a disagreement inside your team?",
                vec!["Could you tell me about a time,", "when you had to resolve a disagreement inside your team?"],
            ),
            (
                "Before we start, I would like to tell you how this works and what happens to your answers afterwards.",
                vec![
                    "Before we start,",
                    "I would like to tell you how this works and what happens to your answers afterwards.",
                ],
            ),
            (
                "Internationalisation considerations notwithstanding everybody unexpectedly volunteered.",
                vec!["Internationalisation considerations notwithstanding everybody unexpectedly volunteered."],
            ),
            ("", vec![]),
        ] {
            assert_eq!(cuts(sentence, true), expected);
        }
    }

    #[test]
    fn later_sentences_stay_whole_unless_they_are_very_long() {
        let sentence = "Could you tell me about a time when you had to resolve a disagreement inside your team?";
        assert_eq!(cuts(sentence, false), [sentence]);
        let long = "one two three four five six seven eight nine ten and ".repeat(20);
        let parts = cuts(&long, false);
        assert!(parts.len() >= 5 && parts.iter().all(|part| part.len() <= LONGEST + 1), "{parts:?}");
    }

    #[test]
    fn no_word_is_lost_and_only_the_sentence_s_own_marks_are_told() {
        for sentence in [
            "I was there, \"you know,\" and then, because it rained; we left when he said so, or rather when she did.",
            &"word ".repeat(200),
            &"abcdefghij".repeat(100),
        ] {
            for at_once in [true, false] {
                let parts = phrases(sentence, at_once);
                let said = parts.iter().map(|part| match part.mark {
                    Some(_) => part.text.clone(),
                    None => part.text.trim_end_matches(',').to_owned(),
                });
                let said = said.collect::<Vec<_>>().join(" ");
                assert_eq!(said, sentence.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }
}
