//! What voices say in lessons: thousands of ways to begin, and of ways to listen, made of parts.

use super::{BACKCHANNELS, CLAIMS};
use crate::Chance;

/// What may come before a sentence.
const LEADS: [&str; 30] = [
    "",
    "",
    "",
    "",
    "",
    "",
    "Sorry, ",
    "Wait, ",
    "But ",
    "No, ",
    "Well, ",
    "Actually ",
    "And ",
    "So ",
    "Because ",
    "Oh, ",
    "Yeah, but ",
    "Okay, so ",
    "Right, and ",
    "Um, ",
    "I mean ",
    "You know, ",
    "Listen, ",
    "Hey, ",
    "Yes, and ",
    "Hmm, ",
    "Uh, ",
    "Hold on, ",
    "Excuse me, ",
    "Okay, but ",
];
const SUBJECTS: [&str; 20] = [
    "I",
    "we",
    "they",
    "he",
    "she",
    "my boss",
    "the client",
    "our team",
    "nobody",
    "everybody there",
    "that",
    "it",
    "the first one",
    "the other side",
    "people",
    "this",
    "one of us",
    "the company",
    "you",
    "most of them",
];
const PREDICATES: [&str; 20] = [
    "had to wait for it",
    "did most of the work",
    "wanted it finished",
    "called me twice",
    "needed more time",
    "left before that",
    "agreed at first",
    "made a mistake there",
    "never got an answer",
    "was not there then",
    "took three weeks",
    "helped a lot",
    "came back to us",
    "told me something else",
    "has changed since then",
    "knew about the risk",
    "moved to another team",
    "worked out in the end",
    "looked at the numbers",
    "could not see that",
];
const ASKS: [&str; 16] = [
    "can you",
    "could you",
    "would you",
    "will you",
    "should I",
    "may I",
    "did you",
    "can we",
    "shall I",
    "do you want to",
    "is it better to",
    "do I have to",
    "let me",
    "let us",
    "I want to",
    "I would rather",
];
const ASKED: [&str; 14] = [
    "say which one",
    "go back a bit",
    "put it differently",
    "speak up a little",
    "explain why",
    "give an example",
    "start with that",
    "take the second one",
    "think about it",
    "come back to this",
    "describe the place",
    "skip this one",
    "finish my sentence",
    "check the year",
];
const WHAT: [&str; 10] =
    ["what", "when", "where", "why", "how", "who", "which year", "which part", "how long", "how many people"];
const IS_IT: [&str; 10] = [
    "would that be",
    "did that happen",
    "is it about",
    "should I begin",
    "do you need",
    "was meant by that",
    "are we talking about",
    "does it matter",
    "did you say",
    "will it take",
];
/// What a listener says, alone or two together.
const LISTENING: [&str; 30] = [
    "mm-hm",
    "uh-huh",
    "mhm",
    "hmm",
    "mm",
    "hm",
    "yeah",
    "yes",
    "yep",
    "okay",
    "right",
    "sure",
    "alright",
    "aha",
    "ah",
    "oh",
    "I see",
    "got it",
    "great",
    "good",
    "fine",
    "of course",
    "exactly",
    "true",
    "indeed",
    "nice",
    "cool",
    "really",
    "wow",
    "makes sense",
];

/// How somebody begins who wants the floor; none of what is measured.
pub(super) fn beginning(chance: &mut Chance) -> String {
    let lead = one(&LEADS, chance);
    let (first, second) = match chance.below(4) {
        0 => (one(&ASKS, chance), one(&ASKED, chance)),
        1 => (one(&WHAT, chance), one(&IS_IT, chance)),
        _ => (one(&SUBJECTS, chance), one(&PREDICATES, chance)),
    };
    let text = sentence(&format!("{lead}{first} {second}"));
    if CLAIMS.iter().any(|measured| measured.starts_with(&text)) { beginning(chance) } else { text }
}

/// What a listener says; no two words of what is measured.
pub(super) fn listening(chance: &mut Chance) -> String {
    let (first, second) = (one(&LISTENING, chance), one(&LISTENING, chance));
    let two = sentence(&format!("{first}, {second}."));
    if chance.below(2) == 0 || BACKCHANNELS.contains(&two.as_str()) { sentence(&format!("{first}.")) } else { two }
}

fn one(texts: &'static [&str], chance: &mut Chance) -> &'static str {
    texts[chance.below(texts.len())]
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn texts_are_many_and_none_of_them_is_measured() {
        let mut chance = Chance::of("texts");
        let begun: BTreeSet<String> = (0..1000).map(|_| beginning(&mut chance)).collect();
        let listened: BTreeSet<String> = (0..1000).map(|_| listening(&mut chance)).collect();
        assert!(begun.len() > 900 && listened.len() > 400, "{} and {}", begun.len(), listened.len());
        assert!(!CLAIMS.iter().any(|text| begun.contains(*text)));
        let together: Vec<&&str> = BACKCHANNELS.iter().filter(|text| text.contains(' ')).collect();
        assert!(!together.is_empty() && !together.iter().any(|text| listened.contains(**text)));
    }
}
