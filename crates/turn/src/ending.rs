//! Does the text so far stand complete, and how sure is it?

use serde::{Deserialize, Serialize};

/// How a text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// A whole sentence.
    Complete,
    /// A request to the interviewer ("could you repeat that?"), whole in itself; of no words, that all was listening and the
    /// interviewer should go on. Judged by the caller.
    Request,
    /// A request for time ("let me think"): what is thought is still to come. Judged by the caller.
    Thinking,
    /// Words that lead up to an answer ("Okay.", "Right, well."): all of a short answer, and the beginning of a long one.
    Preamble,
    /// Yes or no: all of a short answer, and rarely that of a long one.
    Reply,
    /// A sentence that must go on: "and", "because", "um", a comma, no full stop.
    Open,
}

/// What was recognised of a stretch, as far as the floor is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    /// Words.
    pub words: u32,
    /// How they end.
    pub ending: Ending,
    /// How sure the recogniser was of the last one, 0 to 1; `None` where it does not say.
    pub confidence: Option<f32>,
}

impl Said {
    /// So many words that end so, of which it is not known how sure the recogniser was.
    pub const fn of(words: u32, ending: Ending) -> Self {
        Self { words, ending, confidence: None }
    }
}

/// Last words that leave a sentence open even before a full stop, which recognisers set too readily.
const OPEN_WORDS: &[&str] = &[
    "and",
    "or",
    "but",
    "so",
    "because",
    "although",
    "while",
    "which",
    "if",
    "then",
    "um",
    "uh",
    "uhm",
    "er",
    "erm",
    "hmm",
    "mm",
    "the",
    "a",
    "an",
    "of",
    "from",
    "my",
    "our",
    "your",
    "their",
    "also",
    "basically",
];

/// After these they end a sentence all the same: "since then", "I think so", "for a while".
const CLOSED_AFTER: &[(&str, &[&str])] = &[
    ("then", &["since", "by", "until", "till", "back", "even", "before", "from"]),
    (
        "so",
        &[
            "think", "thought", "say", "said", "do", "does", "did", "done", "hope", "believe", "guess", "suppose",
            "not", "or", "even",
        ],
    ),
    ("while", &["a"]),
    ("of", &["proud", "think", "thought", "hear", "heard", "know", "aware", "afraid", "capable", "care"]),
    ("from", &["come", "comes", "came", "learn", "learned", "hear", "heard", "start", "started"]),
];

/// Words with which one begins before one knows what to say.
const LEADING_WORDS: &[&str] = &[
    "okay", "ok", "right", "alright", "all", "well", "now", "so", "and", "oh", "ah", "um", "uh", "uhm", "er", "erm",
    "hm", "hmm", "mm",
];

/// Words that answer a question for a word.
const REPLIES: &[&str] = &["yes", "yeah", "yep", "yup", "no", "nope", "nah", "never", "nothing", "nobody", "none"];

/// How `text` ends, judged by its words and its punctuation.
pub fn ending(text: &str) -> Ending {
    let text = text.trim();
    let is_known = |word: &str, known: &[&str]| known.contains(&bare(word).as_str());
    let only = |known: &[&str]| !text.is_empty() && text.split_whitespace().all(|word| is_known(word, known));
    if only(REPLIES) && !text.ends_with([',', '-', '…']) && !text.ends_with("...") {
        return Ending::Reply;
    }
    if text.ends_with("...") || text.ends_with('…') || !text.ends_with(['.', '?', '!']) {
        return Ending::Open;
    }
    match (text.ends_with('?'), is_left_open(text), only(LEADING_WORDS)) {
        (false, true, _) => Ending::Open,
        (false, false, true) => Ending::Preamble,
        _ => Ending::Complete,
    }
}

fn is_left_open(text: &str) -> bool {
    let mut backwards = text.split_whitespace().rev().map(bare);
    let Some(last) = backwards.next() else { return false };
    let before = backwards.next();
    let closes = |(closed, after): &(&str, &[&str])| {
        *closed == last && before.as_deref().is_some_and(|word| after.contains(&word))
    };
    OPEN_WORDS.contains(&last.as_str()) && !CLOSED_AFTER.iter().any(closes)
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_tell() {
        for open in [
            "I asked him and",
            "So.",
            "It was late because.",
            "We, um...",
            "Then we went to the",
            "I think that's it,",
            "And then.",
            "It was kind of.",
        ] {
            assert_eq!(ending(open), Ending::Open, "{open}");
        }
        for preamble in ["Okay.", "Right.", "Well.", "Okay. All right.", "Hmm, okay."] {
            assert_eq!(ending(preamble), Ending::Preamble, "{preamble}");
        }
        for reply in ["Yes.", "No", "Yeah, yeah.", "Nope!"] {
            assert_eq!(ending(reply), Ending::Reply, "{reply}");
        }
        for complete in [
            "Yes, I do.",
            "It went well.",
            "Okay?",
            "We shipped it on time.",
            "Could you repeat that?",
            "That is how it was.",
            "It has caught the same mistake twice since then.",
            "Yes, I think so.",
            "I had been there for a while.",
            "It is what I am most proud of.",
        ] {
            assert_eq!(ending(complete), Ending::Complete, "{complete}");
        }
    }
}
