//! Quotes, and the check that they were really said.

use serde::Serialize;

use crate::tokens::{Token, mean, tokens};
use crate::transcript::{Entry, EntrySpeaker, Transcript};

/// Words that stand in the transcript, word for word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quote {
    /// The words, as the transcript has them.
    pub quote: String,
    /// Id of the transcript's entry that holds them.
    pub entry: String,
    /// Start of the first word on the recording's clock, milliseconds.
    pub start_ms: u64,
    /// End of the last word, likewise.
    pub end_ms: u64,
    /// Mean confidence of the words, 0..1; `None` when typed.
    pub confidence: Option<f32>,
}

/// Finds `quote` among the candidate's words: the same words in the same order, with the same punctuation and case,
/// within one turn. `None` when the candidate did not say that.
pub fn find_quote(transcript: &Transcript, quote: &str) -> Option<Quote> {
    let said = transcript.entries.iter().filter(|entry| entry.speaker == EntrySpeaker::Candidate);
    said.filter_map(|entry| find_in(entry, quote)).next()
}

/// Finds `quote` in one entry.
pub(crate) fn find_in(entry: &Entry, quote: &str) -> Option<Quote> {
    let wanted: Vec<&str> = quote.split_whitespace().collect();
    if wanted.is_empty() {
        return None;
    }
    let tokens = tokens(entry);
    let matches = |window: &&[Token]| window.iter().map(|token| token.text.as_str()).eq(wanted.iter().copied());
    tokens.windows(wanted.len()).find(matches).and_then(|window| quote_of(entry, window))
}

/// The quote that consists of these words of an entry.
pub(crate) fn quote_of(entry: &Entry, words: &[Token]) -> Option<Quote> {
    let (first, last) = (words.first()?, words.last()?);
    let texts: Vec<&str> = words.iter().map(|token| token.text.as_str()).collect();
    Some(Quote {
        quote: texts.join(" "),
        entry: entry.id.clone(),
        start_ms: first.start_ms,
        end_ms: last.end_ms,
        confidence: mean(words.iter().filter_map(|token| token.confidence)),
    })
}
