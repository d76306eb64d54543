//! What a short remark asks of the interviewer, other than being an answer.

use serde::{Deserialize, Serialize};

use crate::phrases::{contains_any, has_more_words_than, without, words};

/// Something that a candidate asks of the interviewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Say that again.
    Repeat,
    /// Say that in other words.
    Rephrase,
    /// Give me time.
    Moment,
    /// Leave this question out.
    Skip,
    /// I know no example.
    NoExample,
    /// Nothing more to say or to ask.
    Nothing,
}

/// A reply to the request for consent. Only this is kept of what was said before consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentReply {
    /// Yes.
    Granted,
    /// No.
    Declined,
    /// Say that again, or what do you mean.
    Question,
    /// Anything else.
    Unclear,
}

/// A remark longer than this is an answer, whatever it contains.
const LONGEST_REMARK_WORDS: usize = 16;

const REPEAT: &[&str] = &[
    "repeat that",
    "repeat the question",
    "repeat it",
    "repeat please",
    "please repeat",
    "you repeat",
    "say that again",
    "say it again",
    "ask that again",
    "ask me that again",
    "ask it again",
    "come again",
    "pardon",
    "what was the question",
    "what was that",
    "what did you say",
    "what did you ask",
    "didnt catch that",
    "did not catch that",
    "didnt hear",
    "did not hear",
    "didnt get that",
    "missed that",
    "missed the question",
    "one more time",
    "once more",
    "the question again",
];

const REPHRASE: &[&str] = &[
    "what do you mean",
    "what you mean",
    "what does that mean",
    "dont understand",
    "do not understand",
    "didnt understand",
    "not sure i understand",
    "not sure what you mean",
    "not sure what youre asking",
    "what are you asking",
    "can you clarify",
    "could you clarify",
    "can you explain",
    "could you explain",
    "rephrase",
    "in other words",
    "say it differently",
    "put it differently",
    "put that differently",
    "what exactly do you mean",
    "in what sense",
];

const MOMENT: &[&str] = &[
    "give me a moment",
    "give me a second",
    "give me a minute",
    "give me some time",
    "one moment",
    "one second",
    "just a moment",
    "just a second",
    "just a minute",
    "a moment please",
    "a moment to think",
    "a minute to think",
    "a second to think",
    "let me think",
    "let me have a think",
    "hold on",
    "hang on",
    "wait a moment",
    "wait a second",
    "bear with me",
    "need a moment",
    "need a second",
    "need a minute",
    "need some time",
    "have to think",
    "need to think",
];

const SKIP: &[&str] = &[
    "skip",
    "pass on this",
    "pass on that",
    "ill pass",
    "i will pass",
    "next question",
    "lets move on",
    "can we move on",
    "could we move on",
    "like to move on",
    "rather move on",
    "rather not answer",
    "prefer not to answer",
    "rather not say",
    "prefer not to say",
    "dont want to answer",
    "do not want to answer",
    "lets go on",
];

const NO_EXAMPLE: &[&str] = &[
    "cant think of",
    "cannot think of",
    "can not think of",
    "couldnt think of",
    "no example",
    "dont have an example",
    "do not have an example",
    "dont have one",
    "dont have any example",
    "dont have any examples",
    "nothing comes to mind",
    "cant remember",
    "cannot remember",
    "dont remember",
    "drawing a blank",
    "my mind is blank",
    "cant come up with",
];

const NOTHING: &[&str] = &[
    "no",
    "nope",
    "nothing",
    "nothing else",
    "thats all",
    "that is all",
    "thats it",
    "that is it",
    "im good",
    "im fine",
    "im done",
    "all good",
    "no questions",
    "no thank you",
    "no thanks",
    "not really",
    "not at the moment",
    "not right now",
    "dont think so",
    "do not think so",
];

const YES: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yup",
    "yah",
    "sure",
    "of course",
    "certainly",
    "absolutely",
    "definitely",
    "i agree",
    "agreed",
    "i consent",
    "i accept",
    "fine",
    "thats fine",
    "all right",
    "alright",
    "ok",
    "okay",
    "go ahead",
    "please do",
    "i do",
    "im ready",
    "im happy to",
    "happy to",
    "sounds good",
    "thats good",
    "lets start",
    "lets go",
    "lets begin",
    "no problem",
    "no objection",
    "no objections",
];

const NO: &[&str] = &[
    "no",
    "nope",
    "nah",
    "dont",
    "do not",
    "not",
    "never",
    "stop",
    "decline",
    "refuse",
    "cant",
    "cannot",
    "wont",
    "rather not",
    "disagree",
    "without my consent",
];

/// A no that stands whatever else is said.
const NO_FOR_SURE: &[&str] =
    &["not agree", "dont agree", "not consent", "dont consent", "dont want", "do not want", "rather not"];

/// Words that hold "no" and mean yes.
const NO_THAT_MEANS_YES: &[&str] =
    &["no problem", "no objection", "no objections", "why not", "dont mind", "do not mind"];

/// Words that take back half of a yes, or ask first.
const RESERVATIONS: &[&str] =
    &["but", "wait", "hold on", "hang on", "moment", "second", "what", "who", "why", "how", "only if", "unless"];

/// What `text` asks for, if it is a remark to the interviewer and not an answer. Skipping goes before the rest since it
/// often comes with a reason ("I can't think of one, let's skip it").
pub fn intent(text: &str) -> Option<Intent> {
    if has_more_words_than(text, LONGEST_REMARK_WORDS) {
        return None;
    }
    let words = words(text);
    if words.is_empty() || words.len() > LONGEST_REMARK_WORDS {
        return None;
    }
    let table = [
        (Intent::Skip, SKIP, 9),
        (Intent::NoExample, NO_EXAMPLE, 10),
        (Intent::Repeat, REPEAT, 14),
        (Intent::Rephrase, REPHRASE, 14),
        (Intent::Moment, MOMENT, 12),
    ];
    // "I don't remember exactly, but they were happy" is an answer
    if contains_any(&words, &["but", "because"]) {
        return None;
    }
    let found = table.iter().find(|(_, phrases, longest)| words.len() <= *longest && contains_any(&words, phrases));
    found.map(|(intent, ..)| *intent).or_else(|| (is_nothing(&words) && !text.contains('?')).then_some(Intent::Nothing))
}

fn is_nothing(words: &[String]) -> bool {
    words.len() <= 10
        && contains_any(words, NOTHING)
        && !contains_any(words, &["what", "how", "when", "who", "where", "which", "question is"])
}

/// What a reply to "is that all right with you?" means. A no is heard before a yes: consent is never guessed.
pub fn consent_reply(text: &str) -> ConsentReply {
    let words = words(text);
    if matches!(intent(text), Some(Intent::Repeat | Intent::Rephrase)) {
        return ConsentReply::Question;
    }
    if contains_any(&words, NO_FOR_SURE) {
        return ConsentReply::Declined;
    }
    let agrees = contains_any(&words, YES) || contains_any(&words, NO_THAT_MEANS_YES);
    let refuses = contains_any(&without(&words, NO_THAT_MEANS_YES), NO);
    match (refuses, agrees) {
        (true, false) => ConsentReply::Declined,
        (false, true) if text.contains('?') || contains_any(&without(&words, NO_THAT_MEANS_YES), RESERVATIONS) => {
            ConsentReply::Question
        }
        (false, true) => ConsentReply::Granted,
        _ => ConsentReply::Unclear,
    }
}

/// Words that say no more than "I am listening".
const BACKCHANNELS: &[&str] =
    &["yeah", "yes", "yep", "okay", "ok", "mm", "mhm", "hm", "hmm", "uh", "huh", "right", "sure", "aha", "alright"];

/// A listener says no more than so many words at a time.
const LONGEST_BACKCHANNEL_WORDS: usize = 3;

/// Whether `text` only shows that somebody listens ("mm-hm", "yeah, okay").
pub fn is_backchannel(text: &str) -> bool {
    if has_more_words_than(text, LONGEST_BACKCHANNEL_WORDS) {
        return false;
    }
    let words = words(text);
    !words.is_empty()
        && words.len() <= LONGEST_BACKCHANNEL_WORDS
        && words.iter().all(|word| BACKCHANNELS.contains(&word.as_str()) || is_hum(word))
}

/// Whether the first words of somebody who speaks on may come to no more than that somebody listens: the last of them may be
/// half of one.
pub fn may_become_backchannel(text: &str) -> bool {
    let words = words(text);
    let Some((last, before)) = words.split_last() else { return false };
    let begins = |word: &&str| word.starts_with(last.as_str());
    let whole = before.is_empty() || is_backchannel(&before.join(" "));
    whole && before.len() < LONGEST_BACKCHANNEL_WORDS && (is_backchannel(last) || BACKCHANNELS.iter().any(begins))
}

/// "Mmm", "mhmm", "hmmm": recognisers write a hum in many ways.
fn is_hum(word: &str) -> bool {
    word.contains('m') && word.chars().all(|letter| matches!(letter, 'm' | 'h'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_told_from_answers() {
        let cases = [
            ("Could you repeat that, please?", Some(Intent::Repeat)),
            ("Sorry, I didn't catch that.", Some(Intent::Repeat)),
            ("What do you mean?", Some(Intent::Rephrase)),
            ("Sorry, what do you mean by that exactly?", Some(Intent::Rephrase)),
            ("Hmm, give me a moment.", Some(Intent::Moment)),
            ("Let me think.", Some(Intent::Moment)),
            ("I'd rather skip this one.", Some(Intent::Skip)),
            ("I can't think of an example.", Some(Intent::NoExample)),
            ("I can't think of anything, can we skip it?", Some(Intent::Skip)),
            ("No, that's all, thank you.", Some(Intent::Nothing)),
            (
                "We had to move on quickly, so I repeated that test until I understood what the customer meant by it.",
                None,
            ),
            ("What does the team look like?", None),
            ("No, but is the job remote?", None),
            ("Is there no dress code?", None),
            ("So we decided to move on.", None),
            ("I don't remember exactly, but they were happy.", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(intent(text), expected, "{text}");
        }
    }

    #[test]
    fn listening_noises_are_no_answers() {
        assert!(["Mmm.", "Mhmm.", "Hmmm, yeah.", "Mm-hmm."].iter().all(|hum| is_backchannel(hum)));
        assert!(["Ye", "Yeah, o", "Mm-h", "Okay."].iter().all(|words| may_become_backchannel(words)));
        assert!(["", "So", "Yeah, but", "Okay, so I"].iter().all(|words| !may_become_backchannel(words)));
        assert!(is_backchannel("Mm-hm.") && is_backchannel("Yeah, okay.") && !is_backchannel("Okay, so I asked."));
    }

    #[test]
    fn consent_is_never_guessed() {
        let cases = [
            ("Yes.", ConsentReply::Granted),
            ("Yeah, sure, go ahead.", ConsentReply::Granted),
            ("No problem.", ConsentReply::Granted),
            ("I don't mind.", ConsentReply::Granted),
            ("No.", ConsentReply::Declined),
            ("I do not agree.", ConsentReply::Declined),
            ("I don't want to be recorded.", ConsentReply::Declined),
            ("Well, yes and no.", ConsentReply::Unclear),
            ("I don't mind talking, but don't record me.", ConsentReply::Unclear),
            ("No problem, but no recording.", ConsentReply::Unclear),
            ("Okay, hold on.", ConsentReply::Question),
            ("Sure, but who will listen to this?", ConsentReply::Question),
            ("Why not.", ConsentReply::Granted),
            ("Could you repeat that?", ConsentReply::Question),
            ("The weather is nice.", ConsentReply::Unclear),
            ("", ConsentReply::Unclear),
        ];
        for (text, expected) in cases {
            assert_eq!(consent_reply(text), expected, "{text}");
        }
    }
}
