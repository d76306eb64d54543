//! Where a sentence can be taken up again.

/// Words that a phrase begins with.
const BEGINNINGS: [&str; 22] = [
    "and", "but", "or", "so", "because", "when", "where", "which", "that", "who", "if", "while", "after", "before",
    "with", "for", "from", "about", "in", "at", "to", "how",
];
/// A phrase has at least so many words.
const LEAST_WORDS: usize = 3;
/// How fast quick voices speak, in milliseconds a letter: what was heard is rather taken for less of the sentence than
/// for more, since words that come again do less harm than words that are lost.
const MS_PER_LETTER: f32 = 75.0;

/// What is still to be said of `sentence` when `heard_ms` of it have been heard (at the voice's own pace): it begins
/// with the phrase in which the sound broke off. Never empty.
pub(super) fn rest_after(sentence: &str, heard_ms: f32) -> &str {
    if heard_ms <= 0.0 {
        return sentence;
    }
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count() as f32;
    let starts = phrases(sentence);
    let begun = starts.iter().rev().find(|start| letters(&sentence[..**start]) * MS_PER_LETTER <= heard_ms);
    &sentence[begun.copied().unwrap_or(0)..]
}

/// Where the phrases of `sentence` begin, in bytes; the first is 0.
fn phrases(sentence: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let words = words(sentence);
    let mut length = 0;
    for (n, (start, word)) in words.iter().enumerate() {
        let after_mark = n > 0 && words[n - 1].1.ends_with([',', ';', ':', '–', '—']);
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let left = words.len() - n;
        if length >= LEAST_WORDS && left >= 2 && (after_mark || BEGINNINGS.contains(&plain.as_str())) {
            starts.push(*start);
            length = 0;
        }
        length += 1;
    }
    starts
}

/// Words with their places.
fn words(text: &str) -> Vec<(usize, &str)> {
    let place = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(|word| (place(word), word)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ASKED: &str = "Could you tell me about a time when you had to resolve a disagreement, inside your team?";

    #[test]
    fn a_sentence_is_cut_where_a_speaker_could_begin_again() {
        let starts = phrases(ASKED);
        let cut: Vec<&str> = starts.iter().map(|start| &ASKED[*start..]).collect();
        assert_eq!(cut.len(), 5, "{cut:?}");
        assert_eq!(cut[1], "about a time when you had to resolve a disagreement, inside your team?");
        assert_eq!(cut[2], "when you had to resolve a disagreement, inside your team?");
        assert_eq!(cut[4], "inside your team?");
        assert_eq!(phrases("Yes."), [0]);
    }

    #[test]
    fn it_goes_on_with_the_phrase_that_broke_off() {
        for (heard_ms, rest) in [
            (0.0, ASKED),
            (300.0, ASKED),
            (1_500.0, "about a time when you had to resolve a disagreement, inside your team?"),
            (2_500.0, "when you had to resolve a disagreement, inside your team?"),
            (1e9, "inside your team?"),
        ] {
            assert_eq!(rest_after(ASKED, heard_ms), rest, "{heard_ms}");
        }
    }

    proptest! {
        #[test]
        fn what_is_left_is_the_end_and_never_nothing(sentence in "[a-z ,.é]{0,80}x", heard_ms in 0.0..20_000_f32) {
            let rest = rest_after(&sentence, heard_ms);
            prop_assert!(sentence.ends_with(rest) && rest.contains('x'));
        }
    }
}
