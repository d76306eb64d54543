//! What an answer holds and lacks, as far as words alone tell: enough to choose a planned probe, never to judge.
//!
//! The parts are those of Situation-Task-Action-Result; the word lists are deliberately generous, since asking for what
//! was already said annoys more than not asking.

use crate::phrases::{contains_any, words};
use crate::{ProbeWhen, QuestionKind};

/// What was found in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Words in all.
    pub words: usize,
    /// Whether the speaker says what they did themselves.
    pub action: bool,
    /// Whether the speaker says how it turned out.
    pub result: bool,
}

/// Fewer words than this make a thin answer to a question that asks for an account.
const THIN_STORY_WORDS: usize = 25;
/// Fewer words than this make a thin answer to a short question.
const THIN_SHORT_WORDS: usize = 3;

const ACTIONS: &[&str] = &[
    "i decided",
    "i asked",
    "i took",
    "i made",
    "i wrote",
    "i built",
    "i called",
    "i spoke",
    "i talked",
    "i explained",
    "i suggested",
    "i proposed",
    "i organised",
    "i organized",
    "i set",
    "i started",
    "i created",
    "i changed",
    "i fixed",
    "i checked",
    "i looked",
    "i found",
    "i helped",
    "i offered",
    "i listened",
    "i showed",
    "i tried",
    "i worked",
    "i went",
    "i led",
    "i planned",
    "i sent",
    "i told",
    "i apologised",
    "i apologized",
    "i arranged",
    "i broke",
    "i moved",
    "i put",
    "i ran",
    "i tested",
    "i used",
    "i learned",
    "i met",
    "i split",
    "i sat",
    "i gave",
    "i brought",
    "i introduced",
    "i raised",
    "i reviewed",
    "i rewrote",
    "i implemented",
    "i designed",
    "i kept",
    "i stayed",
    "i turned",
    "i walked",
    "i stepped",
    "i added",
    "i removed",
    "i reproduced",
    "i refunded",
    "i said",
    "i got",
    "i did",
    "i would",
    "i always",
    "i usually",
    "i then",
    "i also",
    "i just",
    "i first",
    "so i",
];

const RESULTS: &[&str] = &[
    "as a result",
    "in the end",
    "ended up",
    "at the end",
    "turned out",
    "the result",
    "the outcome",
    "eventually",
    "finally",
    "since then",
    "after that",
    "afterwards",
    "so that",
    "which meant",
    "led to",
    "improved",
    "reduced",
    "increased",
    "faster",
    "percent",
    "saved",
    "solved",
    "resolved",
    "succeeded",
    "worked out",
    "worked well",
    "it worked",
    "we shipped",
    "we delivered",
    "on time",
    "happy",
    "satisfied",
    "learned that",
    "learnt",
    "i learned",
    "dropped",
    "went down",
    "went up",
    "cut",
    "still uses",
    "still use",
    "thanked",
    "never happened again",
    "from then on",
    "stayed with",
    "renewed",
    "failed",
    "it failed",
    "did not work",
];

/// Looks for the parts of an account in `text`.
pub fn coverage(text: &str) -> Coverage {
    let words = words(text);
    Coverage { words: words.len(), action: contains_any(&words, ACTIONS), result: contains_any(&words, RESULTS) }
}

impl Coverage {
    /// Whether a probe for `when` is in order after this answer to a question of `kind`.
    pub fn calls_for(&self, when: ProbeWhen, kind: QuestionKind) -> bool {
        match when {
            ProbeWhen::Thin => self.words < thin_below(kind),
            ProbeWhen::NoAction => !self.action,
            ProbeWhen::NoResult => !self.result,
            ProbeWhen::Always => true,
        }
    }
}

fn thin_below(kind: QuestionKind) -> usize {
    match kind {
        QuestionKind::Story => THIN_STORY_WORDS,
        QuestionKind::Short => THIN_SHORT_WORDS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_account_are_found() {
        let full =
            "Our release was late, so I split the work in two and asked for help. In the end we shipped on time.";
        assert!(coverage(full).action && coverage(full).result);
        let situation = "There was a big argument in the team about which database to use for the new service.";
        assert_eq!((coverage(situation).action, coverage(situation).result), (false, false));
    }

    #[test]
    fn a_short_answer_is_thin_only_where_an_account_was_asked() {
        let few = coverage("About three days a week.");
        assert!(few.calls_for(ProbeWhen::Thin, QuestionKind::Story));
        assert!(!few.calls_for(ProbeWhen::Thin, QuestionKind::Short));
    }
}
