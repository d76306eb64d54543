//! The words of the turn in progress, stretch by stretch.

use interview::ConsentReply;
use speech::Word;

/// A stretch of the turn in progress.
#[derive(Clone, Debug)]
struct Stretch {
    number: u32,
    from_ms: u64,
    to_ms: u64,
    settled: bool,
    heard: Option<Words>,
}

/// What was heard in a stretch or a turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) words: Vec<Word>,
    /// Before consent: the meaning, in place of the words.
    pub(super) reply: Option<ConsentReply>,
}

impl Words {
    fn append(&mut self, other: Words) {
        if !self.text.is_empty() && !other.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(&other.text);
        self.words.extend(other.words);
        self.reply = match (self.reply, other.reply) {
            (Some(ConsentReply::Declined), _) => Some(ConsentReply::Declined), // a no stands
            (earlier, None | Some(ConsentReply::Unclear)) if earlier.is_some() => earlier,
            (_, later) => later,
        };
    }
}

/// The stretches of the turn in progress, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Stretches(Vec<Stretch>);

impl Stretches {
    /// A stretch is to be recognised.
    pub(super) fn ask(&mut self, number: u32, from_ms: u64, to_ms: u64, settled: bool) {
        self.0.push(Stretch { number, from_ms, to_ms, settled, heard: None });
    }

    /// A stretch was recognised; one that is no longer of this turn is ignored. It takes the place of the unsettled
    /// ones before it that began where it begins: up to now theirs were the words to keep.
    pub(super) fn answer(&mut self, number: u32, heard: Words) {
        let Some(stretch) = self.0.iter_mut().find(|s| s.number == number) else { return };
        stretch.heard = Some(heard);
        let from_ms = stretch.from_ms;
        self.0.retain(|s| s.settled || s.from_ms < from_ms || s.number >= number);
    }

    /// Takes the words of the stretches with these numbers; the turn is over.
    pub(super) fn take(&mut self, numbers: &[u32]) -> Words {
        self.0.retain(|s| numbers.contains(&s.number));
        self.take_all().map(|(words, ..)| words).unwrap_or_default()
    }

    /// Takes all that was recognised, with its start and end in milliseconds; `None` when there is nothing.
    pub(super) fn take_all(&mut self) -> Option<(Words, u64, u64)> {
        let stretches = std::mem::take(&mut self.0);
        let (from_ms, to_ms) = (stretches.first()?.from_ms, stretches.last()?.to_ms);
        let mut all = Words::default();
        for heard in stretches.into_iter().filter_map(|s| s.heard) {
            all.append(heard);
        }
        Some((all, from_ms, to_ms))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn text(&self) -> String {
        self.join(|_| true)
    }

    pub(super) fn settled_text(&self) -> String {
        self.join(|s| s.settled)
    }

    fn join(&self, wanted: impl Fn(&Stretch) -> bool) -> String {
        let texts = self.0.iter().filter(|s| wanted(s)).filter_map(|s| s.heard.as_ref()).map(|h| h.text.as_str());
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        Words { text: text.into(), ..Words::default() }
    }

    #[test]
    fn words_are_kept_until_better_ones_are_there() {
        let mut stretches = Stretches::default();
        stretches.ask(2, 0, 1000, false);
        stretches.answer(2, words("We argued"));
        stretches.ask(4, 0, 3000, false);
        assert_eq!(stretches.text(), "We argued");
        stretches.answer(4, words("We argued about dates."));
        assert_eq!(stretches.text(), "We argued about dates.");
        stretches.ask(6, 0, 9000, true);
        stretches.answer(6, words("We argued about dates. It was late."));
        stretches.ask(8, 9000, 9900, false);
        stretches.answer(8, words("So I asked."));
        assert_eq!(stretches.take(&[6, 8]).text, "We argued about dates. It was late. So I asked.");
    }
}
