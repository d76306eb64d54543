//! When each word was said, beside the peer's answer.

use anyhow::Result;
use serde_json::{Value, json};
use speech::Word;
use speech::wer::{matches, normalise};

use super::Utterance;
use super::pair::Pair;
use crate::commands::bench::median;
use crate::commands::bench::page::Table;

/// Word times of both, over words that both have.
pub(super) struct WordTimes {
    words: usize,
    start_ms: f64,
    end_ms: f64,
    ratio: f64,
    median_ms: f64,
}

impl WordTimes {
    pub(super) fn measure(pair: &mut Pair, utterances: &[Utterance]) -> Result<Self> {
        let (mut starts, mut ends, mut ratios, mut times) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for utterance in utterances {
            let heard = pair.hear(&utterance.samples, true)?;
            times.push(1000.0 * heard.ours.seconds);
            let Some(theirs) = &heard.theirs else { continue };
            ratios.push(heard.ours.seconds / theirs.seconds);
            for (ours, theirs) in common(&heard.ours.words, &theirs.words) {
                starts.push(ours.start_ms.abs_diff(theirs.start_ms) as f64);
                ends.push(ours.end_ms.abs_diff(theirs.end_ms) as f64);
            }
        }
        let [start_ms, end_ms, ratio, median_ms] = [&starts, &ends, &ratios, &times].map(|all| median(all.clone()));
        Ok(Self { words: starts.len(), start_ms, end_ms, ratio, median_ms })
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "words": self.words, "median_start_difference_ms": self.start_ms,
            "median_end_difference_ms": self.end_ms, "median_ms": self.median_ms, "ratio_to_peer": self.ratio,
        })
    }

    pub(super) fn text(&self) -> String {
        format!(
            "word times: starts {:.0} ms and ends {:.0} ms from theirs at the median of {} words; with them an utterance \
             takes {:.0} ms, {:.3} of theirs",
            self.start_ms, self.end_ms, self.words, self.median_ms, self.ratio
        )
    }

    pub(super) fn rows(&self, table: &mut Table) {
        if self.words > 0 {
            let ratio = format!("**{:.2}**", self.ratio);
            table.row(["an utterance with word times", &format!("{:.0} ms", self.median_ms), "", &ratio]);
            let apart = format!("{:.0} ms, {:.0} ms", self.start_ms, self.end_ms);
            table.row(["starts and ends of words, apart at the median", &apart, "", ""]);
        }
    }
}

/// Words that both have; those that are written as several words or none are left out.
fn common<'a>(ours: &'a [Word], theirs: &'a [Word]) -> Vec<(&'a Word, &'a Word)> {
    let single = |words: &'a [Word]| -> (Vec<String>, Vec<&'a Word>) {
        let spelled = words.iter().filter_map(|word| match &normalise(&word.text)[..] {
            [one] => Some((one.clone(), word)),
            _ => None,
        });
        spelled.unzip()
    };
    let ((our_texts, ours), (their_texts, theirs)) = (single(ours), single(theirs));
    matches(&our_texts, &their_texts).into_iter().map(|(a, b)| (ours[a], theirs[b])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_with_themselves() {
        let word = |text: &str, start_ms| Word { text: text.into(), start_ms, end_ms: start_ms + 1, confidence: 1.0 };
        let ours = [word("A", 0), word("well-known", 10), word("fact.", 20)];
        let theirs = [word("a", 1), word("well-known", 11), word("new", 15), word("fact", 23)];
        let pairs: Vec<_> = common(&ours, &theirs).iter().map(|(a, b)| (a.start_ms, b.start_ms)).collect();
        assert_eq!(pairs, [(0, 1), (20, 23)]);
    }
}
