//! Where a pause becomes the end of a turn: how long a silence must be, given everything that is known.
//!
//! Two witnesses speak for an end: how it sounded (Smart Turn's probability) and how it reads (does the sentence stand
//! complete?). Where they disagree, patience wins.

use crate::{Ending, Expectation, ExpectationKind, Habit, Profile};

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
}

/// The silence, in milliseconds from the last voiced sound, after which the turn is over.
pub fn silence_needed_ms(evidence: &Evidence, profile: &Profile) -> u32 {
    if evidence.ending == Some(Ending::Request) && !matches!(sound(evidence.probability), Sound::Unfinished) {
        return profile.finished_ms;
    }
    use Ending::{Complete, Open, Request, Thinking};
    let by_sound_and_text = match (sound(evidence.probability), evidence.ending) {
        (Sound::Finished, Some(Complete | Request)) => profile.finished_ms,
        (Sound::Finished, None) | (Sound::Likely, Some(Complete | Request)) => profile.likely_ms,
        (Sound::Finished, Some(Open | Thinking)) | (Sound::Likely, _) => profile.doubtful_ms,
        (Sound::Doubtful, Some(Complete | Request)) => profile.doubtful_ms,
        // it reads finished and sounds unfinished: wait long, but not for as long as a thought in mid-sentence may take
        (Sound::Unfinished, Some(Complete | Request)) => profile.open_ms,
        (Sound::Unknown, _) | (Sound::Doubtful | Sound::Unfinished, _) => longest_pause_ms(evidence, profile),
    };
    let least_ms = if is_first_clause(evidence, profile) { profile.first_clause_ms } else { 0 };
    by_sound_and_text.max(least_ms)
}

/// The question's own pause budget, where it has one; a profile that is more patient stays so.
fn longest_pause_ms(evidence: &Evidence, profile: &Profile) -> u32 {
    evidence.expectation.pause_budget_ms.map_or(profile.open_ms, |budget_ms| budget_ms.max(profile.open_ms))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sound {
    Unknown,
    Finished,
    Likely,
    Doubtful,
    Unfinished,
}

fn sound(probability: Option<f32>) -> Sound {
    match probability {
        None => Sound::Unknown,
        Some(p) if p >= 0.8 => Sound::Finished,
        Some(p) if p >= 0.5 => Sound::Likely,
        Some(p) if p >= 0.15 => Sound::Doubtful,
        Some(_) => Sound::Unfinished,
    }
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
        assert_eq!(needed(0.05, Ending::Complete, 40), p.open_ms);
        assert_eq!(needed(0.95, Ending::Complete, 3), p.first_clause_ms);
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
        assert_eq!(silence_needed_ms(&yes, &Profile::INTERVIEW), Profile::INTERVIEW.finished_ms);
    }

    #[test]
    fn the_question_s_own_budget_replaces_the_longest_wait() {
        let expectation = Expectation { pause_budget_ms: Some(6000), ..Expectation::of(ExpectationKind::Story) };
        let (probability, ending) = (Some(0.01), Some(Ending::Open));
        let unsure = Evidence { probability, ending, words: 40, ..Evidence::none(expectation) };
        assert_eq!(silence_needed_ms(&unsure, &Profile::INTERVIEW), 6000);
        let reads_finished = Evidence { ending: Some(Ending::Complete), ..unsure };
        assert_eq!(silence_needed_ms(&reads_finished, &Profile::INTERVIEW), Profile::INTERVIEW.open_ms);
    }
}
