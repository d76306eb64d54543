//! Where a pause becomes the end of a turn: how long a silence must be, given everything that is known.
//!
//! Three witnesses speak: how it sounded (Smart Turn's probability), how it reads (does the sentence stand complete?) and
//! how much has been said. Their logistic regression gives the odds that the turn is over; the surer, the shorter the
//! silence that is needed. Where sound and words disagree, patience wins.
//!
//! The coefficients were fitted by `bench/turn/ends.py` to the pauses of half of the speakers (docs/turn-taking.md), where
//! one pause in four is an end.

use crate::{Ending, Expectation, ExpectationKind, Habit, Profile};

/// Log-odds of an end where nothing speaks for it.
const BIAS: f32 = -3.7;
/// Weight of the log-odds that Smart Turn gives, which are cut to those of 0.003 and 0.997.
const SOUND: f32 = 0.3;
const SOUND_BOUND: f32 = 5.8;
/// Weight of a sentence that stands complete.
const COMPLETE: f32 = 1.58;
/// Weight of the logarithm of the words in the stretch, and one.
const WORDS: f32 = 0.67;
/// A short question takes a short answer: so many words are taken to have been said.
const QUICK_WORDS: u32 = 20;
/// From which log-odds on a turn is finished, likely or doubtful.
const FINISHED: f32 = 0.1;
const LIKELY: f32 = -0.5;
const DOUBTFUL: f32 = -1.1;
/// Smart Turn's probability below which it sounds unfinished, whatever the words say.
const UNFINISHED: f32 = 0.15;

/// What is known at a pause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// How it sounded: probability that the speaker has finished; `None` while it is not known.
    pub probability: Option<f32>,
    /// How it reads; `None` while it is not known.
    pub ending: Option<Ending>,
    /// Words in the turn so far.
    pub words: u32,
    /// What was asked for.
    pub expectation: Expectation,
    /// How this person has paused inside their turns so far.
    pub habit: Habit,
    /// From the turn's start to its last voiced sound, milliseconds.
    pub spoken_ms: u32,
    /// Pauses in this turn before the one in question.
    pub pauses: u32,
}

impl Evidence {
    /// Nothing is known but what was asked for.
    pub fn none(expectation: Expectation) -> Self {
        let habit = Habit::default();
        Self { probability: None, ending: None, words: 0, expectation, habit, spoken_ms: 0, pauses: 0 }
    }

    /// Log-odds that the turn is over; `None` while it is not known how it sounded.
    pub fn log_odds(&self) -> Option<f32> {
        let probability = self.probability?;
        let sound = (probability / (1.0 - probability)).ln().clamp(-SOUND_BOUND, SOUND_BOUND);
        let complete = if matches!(self.ending, Some(Ending::Complete | Ending::Request)) { COMPLETE } else { 0.0 };
        let quick = self.expectation.kind == ExpectationKind::Quick;
        let words = if quick { self.words.max(QUICK_WORDS) } else { self.words };
        Some(BIAS + SOUND * sound + complete + WORDS * (words as f32).ln_1p())
    }
}

/// The silence, in milliseconds from the last voiced sound, after which the turn is over.
pub fn silence_needed_ms(evidence: &Evidence, profile: &Profile) -> u32 {
    let sounds_unfinished = evidence.probability.is_none_or(|p| p < UNFINISHED);
    let reads_whole = matches!(evidence.ending, Some(Ending::Complete | Ending::Request));
    if evidence.ending == Some(Ending::Request) && !sounds_unfinished {
        return profile.finished_ms;
    }
    let finished_ms = match evidence.expectation.kind {
        ExpectationKind::Quick => profile.quick_ms,
        ExpectationKind::Story => profile.finished_ms,
    };
    let by_odds_ms = match evidence.log_odds() {
        Some(odds) if odds >= FINISHED && reads_whole => finished_ms,
        Some(odds) if odds >= LIKELY && reads_whole => profile.likely_ms,
        Some(odds) if odds >= DOUBTFUL => profile.doubtful_ms,
        // it reads finished and sounds unfinished: wait long, but not for as long as a thought in mid-sentence may take
        Some(_) if reads_whole => profile.open_ms,
        _ => longest_pause_ms(evidence, profile),
    };
    let least_ms = if is_first_clause(evidence, profile) { profile.first_clause_ms } else { 0 };
    by_odds_ms.max(least_ms)
}

/// The question's own pause budget, where it has one; a profile that is more patient stays so.
fn longest_pause_ms(evidence: &Evidence, profile: &Profile) -> u32 {
    evidence.expectation.pause_budget_ms.map_or(profile.open_ms, |budget_ms| budget_ms.max(profile.open_ms))
}

fn is_first_clause(evidence: &Evidence, profile: &Profile) -> bool {
    evidence.expectation.kind == ExpectationKind::Story && evidence.words < profile.first_clause_words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(probability: f32, ending: Ending, words: u32) -> u32 {
        let expectation = Expectation::of(ExpectationKind::Story);
        let (probability, ending) = (Some(probability), Some(ending));
        let evidence = Evidence { probability, ending, words, ..Evidence::none(expectation) };
        silence_needed_ms(&evidence, &Profile::INTERVIEW)
    }

    #[test]
    fn the_surer_the_shorter_and_patience_wins() {
        let p = Profile::INTERVIEW;
        assert_eq!(needed(0.95, Ending::Complete, 40), p.finished_ms);
        assert_eq!(needed(0.95, Ending::Open, 40), p.doubtful_ms);
        assert_eq!(needed(0.05, Ending::Complete, 40), p.likely_ms);
        assert_eq!(needed(0.05, Ending::Open, 40), p.open_ms);
        assert_eq!(needed(0.99, Ending::Complete, 3), p.first_clause_ms);
    }

    #[test]
    fn whatever_speaks_for_an_end_never_makes_it_wait_longer() {
        for words in [1, 5, 20, 80] {
            for ending in [Ending::Complete, Ending::Open] {
                let silences = [0.001, 0.05, 0.2, 0.5, 0.8, 0.95, 0.999].map(|p| needed(p, ending, words));
                assert!(silences.is_sorted_by(|a, b| a >= b), "{words} {ending:?}: {silences:?}");
            }
            assert!(needed(0.9, Ending::Complete, words) <= needed(0.9, Ending::Open, words));
        }
    }

    #[test]
    fn a_request_is_answered_soon_though_it_is_short() {
        assert_eq!(needed(0.95, Ending::Request, 6), Profile::INTERVIEW.finished_ms);
        assert!(needed(0.05, Ending::Request, 6) > Profile::INTERVIEW.finished_ms);
    }

    #[test]
    fn a_short_question_takes_a_short_answer() {
        let (probability, ending) = (Some(0.9), Some(Ending::Complete));
        let none = Evidence::none(Expectation::of(ExpectationKind::Quick));
        let yes = Evidence { probability, ending, words: 1, ..none };
        assert_eq!(silence_needed_ms(&yes, &Profile::INTERVIEW), Profile::INTERVIEW.quick_ms);
    }

    #[test]
    fn the_question_s_own_budget_replaces_the_longest_wait() {
        let expectation = Expectation { pause_budget_ms: Some(6000), ..Expectation::of(ExpectationKind::Story) };
        let (probability, ending) = (Some(0.01), Some(Ending::Open));
        let unsure = Evidence { probability, ending, words: 10, ..Evidence::none(expectation) };
        assert_eq!(silence_needed_ms(&unsure, &Profile::INTERVIEW), 6000);
        let reads_finished = Evidence { ending: Some(Ending::Complete), ..unsure };
        assert_eq!(silence_needed_ms(&reads_finished, &Profile::INTERVIEW), Profile::INTERVIEW.open_ms);
    }
}
