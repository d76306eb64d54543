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
    /// A stretch is to be recognised. It takes the place of an unsettled one that began where it begins.
    pub(super) fn ask(&mut self, number: u32, from_ms: u64, to_ms: u64, settled: bool) {
        self.0.retain(|s| s.settled || s.from_ms < from_ms);
        self.0.push(Stretch { number, from_ms, to_ms, settled, heard: None });
    }

    /// A stretch was recognised; one that is no longer of this turn is ignored.
    pub(super) fn answer(&mut self, number: u32, heard: Words) {
        if let Some(stretch) = self.0.iter_mut().find(|s| s.number == number) {
            stretch.heard = Some(heard);
        }
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
