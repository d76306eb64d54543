//! What the stretches of a request add up to.

use std::time::Instant;

use speech::{Recognition, Word};

use crate::decode::Outcome;

/// Words and scores so far.
#[derive(Default)]
pub(crate) struct Sum {
    texts: Vec<String>,
    words: Vec<Word>,
    log_probability: f32,
    tokens: usize,
    no_speech: f32,
    stretches: usize,
    fallbacks: u32,
}

impl Sum {
    /// A stretch that was silent.
    pub(crate) fn silent(&mut self) {
        self.no_speech += 1.0;
        self.stretches += 1;
    }

    /// The scores of a stretch.
    pub(crate) fn scored(&mut self, outcome: &Outcome) {
        let decoded = &outcome.decoded;
        self.log_probability += decoded.log_probability * decoded.tokens.len() as f32;
        self.tokens += decoded.tokens.len();
        self.no_speech += decoded.no_speech;
        self.stretches += 1;
        self.fallbacks += outcome.fallbacks;
    }

    /// The text of a stretch, or of a part of it, and its words, whose times are from `offset_ms` on.
    pub(crate) fn said(&mut self, text: &str, words: &[Word], offset_ms: u64) {
        self.texts.extend(Some(text.trim().to_owned()).filter(|text| !text.is_empty()));
        self.words.extend(words.iter().map(|word| Word {
            start_ms: word.start_ms + offset_ms,
            end_ms: word.end_ms + offset_ms,
            ..word.clone()
        }));
    }

    /// A part of a stretch was decoded again.
    pub(crate) fn again(&mut self) {
        self.fallbacks += 1;
    }

    /// All of it; words only where the request wants them.
    pub(crate) fn finish(self, language: String, word_times: bool, started: Instant) -> Recognition {
        Recognition {
            text: self.texts.join(" "),
            language,
            words: if word_times { self.words } else { Vec::new() },
            average_log_probability: self.log_probability / self.tokens.max(1) as f32,
            no_speech_probability: self.no_speech / self.stretches.max(1) as f32,
            fallbacks: self.fallbacks,
            compute_ms: started.elapsed().as_secs_f32() * 1000.0,
        }
    }
}
