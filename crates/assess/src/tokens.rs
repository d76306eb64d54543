//! An entry's text word by word, each word with its time.

use speech::Word;

use crate::transcript::{Entry, EntrySpeaker};

/// A word of an entry's text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
    /// The recogniser's confidence, 0..1; `None` where nothing was recognised (typed, or the interviewer's own words).
    pub(crate) confidence: Option<f32>,
}

/// The words of an entry's text. Times are the recogniser's where they fit the text, and spread over the entry by the
/// words' lengths otherwise.
pub(crate) fn tokens(entry: &Entry) -> Vec<Token> {
    let texts: Vec<&str> = entry.text.split_whitespace().collect();
    if entry.words.len() == texts.len() {
        let timed = |(text, word): (&&str, &Word)| Token {
            text: (*text).to_owned(),
            start_ms: word.start_ms,
            end_ms: word.end_ms.max(word.start_ms),
            confidence: (entry.speaker == EntrySpeaker::Candidate).then_some(word.confidence),
        };
        return texts.iter().zip(&entry.words).map(timed).collect();
    }
    spread(entry, &texts)
}

fn spread(entry: &Entry, texts: &[&str]) -> Vec<Token> {
    let total: usize = texts.iter().map(|text| text.chars().count() + 1).sum();
    let length_ms = entry.end_ms.saturating_sub(entry.start_ms);
    let time_of = |characters: usize| entry.start_ms + length_ms * characters as u64 / total.max(1) as u64;
    let confidence = mean(entry.words.iter().map(|word| word.confidence));
    let mut characters = 0;
    let place = |text: &&str| {
        let start_ms = time_of(characters);
        characters += text.chars().count() + 1;
        Token { text: (*text).to_owned(), start_ms, end_ms: time_of(characters), confidence }
    };
    texts.iter().map(place).collect()
}

/// The mean; `None` of nothing.
pub(crate) fn mean(values: impl Iterator<Item = f32>) -> Option<f32> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f32)
}

/// Words that end in a full stop without ending a sentence.
const ABBREVIATIONS: [&str; 12] =
    ["mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "vs.", "e.g.", "i.e.", "etc.", "no.", "approx."];

/// `tokens` cut into sentences.
pub(crate) fn sentences(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    tokens.split_inclusive(|token| ends_sentence(&token.text))
}

pub(crate) fn ends_sentence(word: &str) -> bool {
    let bare = word.trim_end_matches(['"', '\'', ')', ']', '”', '’', '»']);
    let is_initial = bare.len() == 2 && bare.starts_with(|c: char| c.is_ascii_uppercase() && c != 'I');
    let is_short = ABBREVIATIONS.contains(&bare.to_lowercase().as_str()) || is_initial;
    bare.ends_with(['!', '?', '…']) || (bare.ends_with('.') && !is_short)
}

#[cfg(test)]
mod tests {
    use super::ends_sentence;

    #[test]
    fn abbreviations_do_not_end_a_sentence() {
        let ends = ["time.", "why?", "done!\"", "I."].map(ends_sentence);
        assert_eq!((ends, ["Dr.", "e.g.", "J.", "time,", "time"].map(ends_sentence)), ([true; 4], [false; 5]));
    }
}
