//! Do confidences fall where words are wrong?

use anyhow::Result;
use serde_json::{Value, json};
use speech::Word;
use speech::wer::{WerCount, matches, normalise};

use super::pair::Pair;
use super::{Utterance, sounds};
use crate::commands::bench::page::Table;

/// Confidences over speech in noise, all mixes together.
pub(super) struct Confidence {
    decibels: Vec<f32>,
    ours: Side,
    theirs: Option<Side>,
}

#[derive(Default)]
struct Side {
    /// Confidence of each word, and whether it was said.
    words: Vec<(f32, bool)>,
    errors: WerCount,
}

impl Confidence {
    pub(super) fn measure(
        pair: &mut Pair,
        utterances: &[Utterance],
        noises: &[Vec<f32>],
        decibels: &[f32],
    ) -> Result<Self> {
        let mut found = Self {
            decibels: decibels.to_vec(),
            ours: Side::default(),
            theirs: pair.versions().map(|_| Side::default()),
        };
        // Each utterance comes once, with the next noise at the next level.
        for (n, utterance) in utterances.iter().enumerate() {
            let mixed =
                sounds::mix(&utterance.samples, &noises[n % noises.len()], decibels[n / noises.len() % decibels.len()]);
            let heard = pair.hear(&mixed, true)?;
            found.ours.add(&utterance.truth, &heard.ours.text, &heard.ours.words);
            if let (Some(side), Some(theirs)) = (&mut found.theirs, &heard.theirs) {
                side.add(&utterance.truth, &theirs.text, &theirs.words);
            }
        }
        Ok(found)
    }

    pub(super) fn json(&self) -> Value {
        let mut json = self.ours.json();
        json["decibels"] = json!(self.decibels);
        if let Some(theirs) = &self.theirs {
            json["peer"] = theirs.json();
        }
        json
    }

    pub(super) fn text(&self) -> String {
        let side = |side: &Side| {
            format!(
                "AUC {:.3} over {} words, {:.1} % wrong",
                auc(&side.words),
                side.words.len(),
                100.0 * side.errors.rate()
            )
        };
        let theirs = self.theirs.as_ref().map_or(String::new(), |theirs| format!("; theirs {}", side(theirs)));
        format!("confidence in noise ({:?} dB): {}{theirs}", self.decibels, side(&self.ours))
    }

    pub(super) fn rows(&self, table: &mut Table) {
        let shown = |side: &Side| format!("{:.2}", auc(&side.words));
        let theirs = self.theirs.as_ref().map_or("–".into(), shown);
        table.row(["confidence against correctness in noise (AUC)", &shown(&self.ours), &theirs, ""]);
        let wrong = |side: &Side| format!("{:.2} %", 100.0 * side.errors.rate());
        let theirs = self.theirs.as_ref().map_or("–".into(), wrong);
        table.row(["word error rate in noise", &wrong(&self.ours), &theirs, ""]);
    }
}

impl Side {
    fn add(&mut self, truth: &str, text: &str, words: &[Word]) {
        self.errors += sounds::errors(truth, text);
        let said = sounds::words(truth);
        let spelled: Vec<(usize, String)> = words
            .iter()
            .enumerate()
            .flat_map(|(n, word)| normalise(&word.text).into_iter().map(move |w| (n, w)))
            .collect();
        let heard: Vec<String> = spelled.iter().map(|(_, word)| word.clone()).collect();
        let mut right = vec![0; words.len()];
        for (_, at) in matches(&said, &heard) {
            right[spelled[at].0] += 1;
        }
        for (n, word) in words.iter().enumerate() {
            let parts = sounds::words(&word.text).len();
            if parts > 0 {
                self.words.push((word.confidence, right[n] >= parts));
            }
        }
    }

    fn json(&self) -> Value {
        json!({"auc": auc(&self.words), "words": self.words.len(), "wer": self.errors.rate()})
    }
}

/// The area under the curve of hits over false alarms: how likely a right word has more confidence than a wrong one.
/// Half when confidences say nothing.
fn auc(words: &[(f32, bool)]) -> f64 {
    let mut sorted = words.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Mann and Whitney: the ranks of right words, equal confidences sharing the middle rank.
    let (mut ranks, mut from) = (0.0, 0);
    while from < sorted.len() {
        let same = sorted[from..].iter().take_while(|word| word.0 == sorted[from].0).count();
        let rank = from as f64 + (same + 1) as f64 / 2.0;
        ranks += rank * sorted[from..from + same].iter().filter(|word| word.1).count() as f64;
        from += same;
    }
    let right = sorted.iter().filter(|word| word.1).count() as f64;
    let wrong = sorted.len() as f64 - right;
    (ranks - right * (right + 1.0) / 2.0) / (right * wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_that_tells_right_from_wrong_scores_one() {
        assert!((auc(&[(0.9, true), (0.8, true), (0.2, false)]) - 1.0).abs() < 1e-9);
        assert!((auc(&[(0.1, true), (0.8, false)])).abs() < 1e-9);
        assert!((auc(&[(0.5, true), (0.5, false), (0.5, true)]) - 0.5).abs() < 1e-9);
        assert!((auc(&[(0.9, true), (0.3, false), (0.2, true)]) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn each_word_is_right_or_wrong() {
        let word = |text: &str| Word { text: text.into(), start_ms: 0, end_ms: 0, confidence: 0.5 };
        let mut side = Side::default();
        side.add("a well known fact", "A well-knows fact", &[word("A"), word("well-knows"), word("fact.")]);
        let right: Vec<bool> = side.words.iter().map(|word| word.1).collect();
        assert_eq!(right, [true, false, true]);
    }
}
