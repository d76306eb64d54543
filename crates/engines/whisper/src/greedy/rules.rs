//! Which token comes next: the likeliest of those that a transcript may have.

use std::ops::ControlFlow;

use speech::EngineError;

use super::{Attention, Text};
use crate::config::WhisperConfig;
use crate::load;
use crate::tokens::Tokens;

/// What a model's `config.json` and its vocabulary say.
pub(super) struct Rules {
    /// Never said: brackets, notes of music.
    never: Vec<usize>,
    /// Not said first: a space, the end.
    not_first: Vec<usize>,
    end: usize,
    /// The token that begins a transcript.
    pub(super) start: usize,
    /// The token that stands for nobody's speech.
    pub(super) no_speech: Option<usize>,
    /// Layers, and heads in them, that follow the sound.
    pub(super) watched: Vec<(usize, usize)>,
}

/// A text in progress.
pub(super) struct Said {
    pub(super) tokens: Vec<usize>,
    log_probability: f32,
    no_speech: f32,
    probabilities: Vec<f32>,
}

impl Said {
    /// Nothing yet.
    pub(super) fn new(no_speech: f32) -> Self {
        Self { tokens: Vec::new(), log_probability: 0.0, no_speech, probabilities: Vec::new() }
    }

    pub(super) fn text(self, attention: Attention, before: usize) -> Text {
        let Self { tokens, log_probability, no_speech, probabilities } = self;
        Text { tokens, log_probability, no_speech, probabilities, attention, before }
    }
}

impl Rules {
    /// # Errors
    /// `Asset` when `config.json` or the vocabulary lacks what is needed.
    pub(super) fn load(config: &WhisperConfig, tokens: &Tokens) -> Result<Self, EngineError> {
        let file = config.model_dir.join("config.json");
        let read = || -> Option<serde_json::Value> { serde_json::from_slice(&std::fs::read(&file).ok()?).ok() };
        let said = read().ok_or_else(|| load::broken(config, &file, "it cannot be read"))?;
        let ids = |name: &str| {
            let list = said.get(name).and_then(serde_json::Value::as_array);
            let ids = list.map(|list| list.iter().filter_map(|id| id.as_u64()).map(|id| id as usize).collect());
            ids.ok_or_else(|| load::broken(config, &file, &format!("it has no {name}")))
        };
        let pairs = said.get("alignment_heads").and_then(serde_json::Value::as_array).into_iter().flatten();
        let watched = pairs.filter_map(|pair| Some((pair.get(0)?.as_u64()? as usize, pair.get(1)?.as_u64()? as usize)));
        let special = |names: &[&str]| names.iter().find_map(|name| tokens.ids(&[(*name).to_owned()]).first().copied());
        let start = special(&["<|startoftranscript|>"])
            .ok_or_else(|| load::broken(config, &file, "the vocabulary has no <|startoftranscript|>"))?;
        let no_speech = special(&["<|nospeech|>", "<|nocaptions|>"]);
        Ok(Self {
            never: ids("suppress_ids")?,
            not_first: ids("suppress_ids_begin")?,
            end: tokens.end(),
            start,
            no_speech,
            watched: watched.collect(),
        })
    }

    /// Tokens of text and the end, which stands after them.
    pub(super) fn text_tokens(&self) -> usize {
        self.end + 1
    }

    /// Adds the likeliest token to `said`, or breaks at the end.
    pub(super) fn choose(&self, mut logits: Vec<f32>, said: &mut Said) -> ControlFlow<(), usize> {
        let not_first = self.not_first.iter().filter(|_| said.tokens.is_empty());
        for token in self.never.iter().chain(not_first) {
            if let Some(logit) = logits.get_mut(*token) {
                *logit = f32::NEG_INFINITY;
            }
        }
        let likelier = |best: (usize, f32), next: (usize, f32)| if next.1 > best.1 { next } else { best };
        let (token, logit) = logits.iter().copied().enumerate().fold((self.end, f32::NEG_INFINITY), likelier);
        let all_tokens = log_sum(&logits);
        said.log_probability += logit - all_tokens;
        if token == self.end {
            return ControlFlow::Break(());
        }
        said.tokens.push(token);
        said.probabilities.push((logit - log_sum(&logits[..self.end])).exp());
        ControlFlow::Continue(token)
    }
}

/// The logarithm of the sum of exponentials.
pub(super) fn log_sum(logits: &[f32]) -> f32 {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |largest, logit| largest.max(*logit));
    largest + logits.iter().map(|logit| (logit - largest).exp()).sum::<f32>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules { never: vec![1], not_first: vec![3], end: 3, start: 4, no_speech: None, watched: vec![] }
    }

    #[test]
    fn the_likeliest_token_that_is_allowed_comes_next() {
        let mut said = Said::new(0.0);
        assert_eq!(rules().choose(vec![1.0, 9.0, 2.0, 8.0], &mut said), ControlFlow::Continue(2), "no end at first");
        assert!((said.log_probability + 0.313_261_7).abs() < 1e-5, "what is not allowed has no probability");
        assert_eq!(rules().choose(vec![1.0, 9.0, 2.0, 8.0], &mut said), ControlFlow::Break(()));
        assert_eq!(said.tokens, [2]);
    }

    #[test]
    fn sums_of_exponentials_do_not_overflow() {
        assert!((log_sum(&[500.0, 500.0]) - 500.0 - 2f32.ln()).abs() < 1e-3);
    }
}
