//! Where a pause becomes the end of a turn: how long a silence must be, given everything that is known.
//!
//! Four witnesses speak: how it sounded (Smart Turn's probability), how it reads (does the sentence stand complete?), how
//! sure the recogniser was of the last word, and how much has been said. Their logistic regression gives the odds that the
//! turn is over. The surer half of all ends is answered soon, the plainest of them soonest, and the rest waits clearly
//! longer: nobody is kept waiting where it is plain, and most who have not finished are among the rest. Where sound and words disagree, patience wins.
//!
//! The coefficients were fitted by `bench/turn/ends.py` to the pauses of half of the speakers (docs/turn-taking.md), where
//! two in five of the pauses that are long enough to be mistaken are ends. The bias, the weight of the words and the threshold
//! of what is finished were then set by hand, within the range of such fits and with both halves in view.

use crate::{Ending, Expectation, ExpectationKind, Habit, Profile};

/// Log-odds of an end where nothing speaks for it.
const BIAS: f32 = -3.16;
/// Weight of the log-odds that Smart Turn gives, which are cut to those of 0.03 and 0.97.
const SOUND: f32 = 0.32;
const SOUND_BOUND: f32 = 3.5;
/// Weight of a sentence that stands complete.
const COMPLETE: f32 = 0.91;
/// Weight of the logarithm of the words so far and one; more than so many tell nothing more.
const WORDS: f32 = 0.5;
const MOST_WORDS: u32 = 45;
/// Weight of the log-odds of the last word's confidence, which is cut to these bounds; what is taken where the recogniser
/// gives none.
const CONFIDENCE: f32 = 0.26;
const CONFIDENCE_BOUNDS: (f32, f32) = (0.05, 0.98);
const CONFIDENCE_UNKNOWN: f32 = 0.73;
/// From which log-odds on a turn is surely finished, finished, or likely to be. More than half of all ends must reach the
/// second with anybody: with a speaker of whom recognition understands little, too. Of an account the first counts only
/// where much has been said: a clear first sentence is a beginning as often as an answer.
const SURE: f32 = 0.5;
const FINISHED: f32 = 0.02;
const LIKELY: f32 = -0.25;
/// Smart Turn's probability below which it sounds unfinished, whatever the words say.
const UNFINISHED: f32 = 0.15;
/// Up to so many words of an account are a beginning, even where they read whole.
const BEGINNING_WORDS: u32 = 2;
/// And up to so many that leave it open.
const OPENING_WORDS: u32 = 6;
/// Nine of ten of a person's pauses are known to be shorter than something once so many are known.
const KNOWN_PAUSES: u32 = 6;

/// What is known at a pause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// How it sounded: probability that the speaker has finished; `None` while it is not known.
    pub probability: Option<f32>,
    /// How it reads; `None` while it is not known.
    pub ending: Option<Ending>,
    /// How sure the recogniser was of the last word, 0 to 1.
    pub confidence: Option<f32>,
    /// Words in the turn so far.
    pub words: u32,
    /// What was asked for.
    pub expectation: Expectation,
    /// How this person has paused inside their turns so far.
    pub habit: Habit,
}

impl Evidence {
    /// Nothing is known but what was asked for.
    pub fn none(expectation: Expectation) -> Self {
        Self { probability: None, ending: None, confidence: None, words: 0, expectation, habit: Habit::default() }
    }

    /// Log-odds that the turn is over; `None` while it is not known how it sounded.
    pub fn log_odds(&self) -> Option<f32> {
        let sound = log_odds(self.probability?).clamp(-SOUND_BOUND, SOUND_BOUND);
        let complete = if self.reads_whole() { COMPLETE } else { 0.0 };
        let words = self.words_that_count().min(MOST_WORDS);
        let (least, most) = CONFIDENCE_BOUNDS;
        let confidence = log_odds(self.confidence.unwrap_or(CONFIDENCE_UNKNOWN).clamp(least, most));
        Some(BIAS + SOUND * sound + complete + WORDS * (words as f32).ln_1p() + CONFIDENCE * confidence)
    }

    /// Where no account is asked for, one word tells as much as many of one.
    fn words_that_count(&self) -> u32 {
        if self.is_for(ExpectationKind::Story) { self.words } else { MOST_WORDS }
    }

    fn reads_whole(&self) -> bool {
        match self.ending {
            Some(Ending::Complete | Ending::Request | Ending::Reply) => true,
            Some(Ending::Preamble) => !self.is_for(ExpectationKind::Story),
            _ => false,
        }
    }

    fn sounds_unfinished(&self) -> bool {
        self.probability.is_none_or(|probability| probability < UNFINISHED)
    }

    fn is_for(&self, kind: ExpectationKind) -> bool {
        self.expectation.kind == kind
    }

    /// A word was asked for, and one or a few were said: whoever says "Yes." is not asked by the sound whether that is all.
    fn is_short_answer(&self, profile: &Profile) -> bool {
        self.is_for(ExpectationKind::Quick) && self.reads_whole() && self.words <= profile.first_clause_words
    }

    /// "No, that is all." A word of thanks often follows, and the interview should not be over in the middle of it.
    fn is_leave_taking(&self, profile: &Profile) -> bool {
        self.is_for(ExpectationKind::Questions) && self.reads_whole() && self.words <= profile.first_clause_words
    }

    /// Nothing was understood, so far: a noise, most likely. It ends no turn; what it stopped is gone on with.
    fn is_wordless(&self) -> bool {
        self.words == 0 && self.ending == Some(Ending::Open)
    }

    /// Much has been said, and it sounds finished by itself.
    fn is_plainly_told(&self, profile: &Profile) -> bool {
        let clear = profile.sure_sound_pct as f32 / 100.0;
        self.is_long_account(profile) && self.probability.is_some_and(|probability| probability >= clear)
    }

    /// Much has been said.
    fn is_long_account(&self, profile: &Profile) -> bool {
        self.words_that_count() >= profile.long_account_words
    }

    /// So little has been said of an account that it is its first clause.
    fn is_first_clause(&self, profile: &Profile) -> bool {
        self.is_for(ExpectationKind::Story) && self.words < profile.first_clause_words
    }
}

fn log_odds(probability: f32) -> f32 {
    (probability / (1.0 - probability)).ln()
}

/// The silence, in milliseconds from the last voiced sound, after which the turn is over.
pub fn silence_needed_ms(evidence: &Evidence, profile: &Profile) -> u32 {
    let is_request = evidence.ending == Some(Ending::Request);
    if is_request && (evidence.words == 0 || !evidence.sounds_unfinished()) {
        return profile.quick_ms;
    }
    if evidence.is_short_answer(profile) {
        return profile.quick_ms;
    }
    if evidence.is_leave_taking(profile) {
        return 2 * profile.quick_ms;
    }
    if evidence.is_wordless() {
        return profile.first_clause_ms;
    }
    let by_odds_ms = match evidence.log_odds() {
        Some(odds) if odds >= FINISHED && evidence.reads_whole() => finished_ms(odds, evidence, profile),
        Some(odds) if odds >= LIKELY && evidence.reads_whole() => {
            as_they_pause_ms(doubt_ms(profile.likely_ms, evidence, profile), evidence, profile)
        }
        // it reads finished and sounds unfinished: wait long, but not for as long as a thought in mid-sentence may take
        Some(_) if evidence.reads_whole() => {
            as_they_pause_ms(doubt_ms(profile.doubtful_ms, evidence, profile), evidence, profile)
        }
        _ => longest_pause_ms(evidence, profile),
    };
    by_odds_ms.max(least_ms(evidence, profile))
}

fn finished_ms(odds: f32, evidence: &Evidence, profile: &Profile) -> u32 {
    let is_sure = odds >= SURE;
    match evidence.expectation.kind {
        ExpectationKind::Quick => profile.quick_ms,
        ExpectationKind::Story if is_sure && evidence.is_plainly_told(profile) => profile.sure_ms,
        ExpectationKind::Questions if is_sure => profile.quick_ms,
        _ => profile.finished_ms,
    }
}

/// Where much has been said and reads whole, doubt does not last as long: few who have come so far and pause at the end of a
/// sentence go on after more than a second.
fn doubt_ms(wait_ms: u32, evidence: &Evidence, profile: &Profile) -> u32 {
    if evidence.is_long_account(profile) { wait_ms.min(profile.long_account_ms) } else { wait_ms }
}

/// Where it is doubtful, the pauses of somebody who pauses long are waited out; somebody who pauses briefly is not hurried.
fn as_they_pause_ms(wait_ms: u32, evidence: &Evidence, profile: &Profile) -> u32 {
    let theirs_ms = if evidence.habit.count < KNOWN_PAUSES { 0 } else { evidence.habit.long_ms };
    wait_ms.max(theirs_ms.min(profile.open_ms))
}

/// The question's own pause budget, where it has one; a profile that is more patient stays so.
fn longest_pause_ms(evidence: &Evidence, profile: &Profile) -> u32 {
    evidence.expectation.pause_budget_ms.map_or(profile.open_ms, |budget_ms| budget_ms.max(profile.open_ms))
}

/// What is waited however it sounds: after "let me think" the thought is still to come, and so it is after "So ...", in which
/// a recogniser may hear a word or two of another kind.
fn least_ms(evidence: &Evidence, profile: &Profile) -> u32 {
    let beginning = match evidence.ending {
        Some(Ending::Complete) => evidence.words <= BEGINNING_WORDS,
        Some(Ending::Open) => evidence.words <= OPENING_WORDS,
        Some(Ending::Preamble) => evidence.is_first_clause(profile),
        _ => false,
    };
    if evidence.ending == Some(Ending::Thinking) || (beginning && evidence.is_for(ExpectationKind::Story)) {
        profile.thinking_ms
    } else if evidence.is_first_clause(profile) {
        profile.first_clause_ms
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(probability: f32, ending: Ending, words: u32) -> Evidence {
        let (probability, ending, confidence) = (Some(probability), Some(ending), Some(0.9));
        Evidence { probability, ending, confidence, words, ..Evidence::none(Expectation::of(ExpectationKind::Story)) }
    }

    fn needed(probability: f32, ending: Ending, words: u32) -> u32 {
        silence_needed_ms(&story(probability, ending, words), &Profile::INTERVIEW)
    }

    #[test]
    fn the_surer_the_shorter_and_patience_wins() {
        let p = Profile::INTERVIEW;
        assert_eq!(needed(0.95, Ending::Complete, 40), p.sure_ms);
        assert_eq!(needed(0.95, Ending::Complete, 12), p.finished_ms);
        assert_eq!(needed(0.55, Ending::Complete, 80), p.finished_ms);
        assert_eq!(needed(0.8, Ending::Complete, 8), p.likely_ms);
        assert_eq!(needed(0.05, Ending::Complete, 10), p.doubtful_ms);
        assert_eq!(needed(0.95, Ending::Open, 40), p.open_ms);
        assert_eq!(needed(0.99, Ending::Complete, 3), p.first_clause_ms);
        assert!(
            p.sure_ms < p.finished_ms
                && p.finished_ms < p.likely_ms
                && p.likely_ms < p.doubtful_ms
                && p.doubtful_ms < p.open_ms
        );
    }

    #[test]
    fn brisk_is_sure_only_of_what_sounds_clearly_finished() {
        let p = Profile::BRISK;
        let needed = |probability| silence_needed_ms(&story(probability, Ending::Complete, 60), &p);
        assert_eq!([0.8, 0.9].map(needed), [p.finished_ms, p.sure_ms]);
    }

    #[test]
    fn a_last_word_that_was_hard_to_make_out_is_waited_for() {
        let clear = story(0.9, Ending::Complete, 20);
        let unclear = Evidence { confidence: Some(0.1), ..clear };
        let unknown = Evidence { confidence: None, ..clear };
        let needed = [clear, unknown, unclear].map(|evidence| silence_needed_ms(&evidence, &Profile::INTERVIEW));
        assert!(needed.is_sorted() && needed[0] < needed[2], "{needed:?}");
    }

    #[test]
    fn whatever_speaks_for_an_end_never_makes_it_wait_longer() {
        for words in [1, 5, 20, 80] {
            for ending in [Ending::Complete, Ending::Open] {
                let silences = [0.0, 0.001, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0].map(|p| needed(p, ending, words));
                assert!(silences.is_sorted_by(|a, b| a >= b), "{words} {ending:?}: {silences:?}");
            }
            assert!(needed(0.9, Ending::Complete, words) <= needed(0.9, Ending::Open, words));
        }
    }

    #[test]
    fn a_request_is_answered_soon_though_it_is_short() {
        assert_eq!(needed(0.95, Ending::Request, 6), Profile::INTERVIEW.quick_ms);
        assert!(needed(0.05, Ending::Request, 6) > Profile::INTERVIEW.finished_ms);
    }

    #[test]
    fn so_and_then_a_thought_is_given_as_long_as_let_me_think() {
        assert_eq!(needed(0.95, Ending::Open, 1), Profile::INTERVIEW.thinking_ms);
        assert_eq!(needed(0.95, Ending::Open, 6), Profile::INTERVIEW.thinking_ms, "I think that it was");
        assert_eq!(needed(0.95, Ending::Open, 0), Profile::INTERVIEW.first_clause_ms, "a cough");
        assert_eq!(needed(0.95, Ending::Preamble, 1), Profile::INTERVIEW.thinking_ms);
        assert_eq!(needed(0.95, Ending::Complete, 2), Profile::INTERVIEW.thinking_ms, "misheard");
        assert!(needed(0.95, Ending::Reply, 1) < Profile::INTERVIEW.thinking_ms);
        assert_eq!(needed(0.95, Ending::Thinking, 12), Profile::INTERVIEW.thinking_ms);
    }

    #[test]
    fn doubt_is_given_to_whoever_pauses_long_and_whoever_pauses_briefly_is_not_hurried() {
        let p = Profile::INTERVIEW;
        let with = |probability, count, long_ms| {
            let habit = Habit { count, typical_ms: long_ms / 2, long_ms };
            silence_needed_ms(&Evidence { habit, ..story(probability, Ending::Complete, 10) }, &p)
        };
        assert_eq!(with(0.05, 20, p.doubtful_ms + 300), p.doubtful_ms + 300);
        assert_eq!(with(0.05, 20, 60_000), p.open_ms);
        assert_eq!(with(0.05, 20, 300), p.doubtful_ms);
        assert_eq!(with(0.05, 3, 60_000), p.doubtful_ms, "three pauses are no habit");
        assert_eq!(with(0.95, 20, 60_000), p.finished_ms);
    }

    #[test]
    fn doubt_about_a_long_account_that_reads_whole_is_over_sooner() {
        let p = Profile::INTERVIEW;
        assert_eq!(needed(0.02, Ending::Complete, p.long_account_words), p.long_account_ms);
        assert_eq!(needed(0.02, Ending::Open, p.long_account_words), p.open_ms);
        assert!(p.finished_ms < p.long_account_ms && p.long_account_ms < p.likely_ms);
    }

    #[test]
    fn a_short_question_takes_a_short_answer() {
        let quick = Expectation::of(ExpectationKind::Quick);
        for (probability, ending, words) in
            [(0.9, Ending::Reply, 1), (0.02, Ending::Reply, 1), (0.1, Ending::Complete, 3)]
        {
            let yes = Evidence { expectation: quick, ..story(probability, ending, words) };
            assert_eq!(silence_needed_ms(&yes, &Profile::INTERVIEW), Profile::INTERVIEW.quick_ms);
        }
        let goes_on = Evidence { expectation: quick, ..story(0.02, Ending::Complete, 9) };
        assert!(silence_needed_ms(&goes_on, &Profile::INTERVIEW) > Profile::INTERVIEW.quick_ms);
    }

    #[test]
    fn who_has_no_questions_is_given_time_to_say_thanks() {
        let p = Profile::INTERVIEW;
        let asked = Expectation::of(ExpectationKind::Questions);
        let needed =
            |ending, words| silence_needed_ms(&Evidence { expectation: asked, ..story(0.9, ending, words) }, &p);
        assert_eq!(needed(Ending::Reply, 1), 2 * p.quick_ms);
        assert_eq!(needed(Ending::Complete, 4), 2 * p.quick_ms, "no, that is all");
        assert_eq!(needed(Ending::Complete, 9), p.quick_ms, "a question of theirs");
        assert!(needed(Ending::Open, 4) > 2 * p.quick_ms);
    }

    #[test]
    fn the_question_s_own_budget_replaces_the_longest_wait() {
        let expectation = Expectation { pause_budget_ms: Some(6000), ..Expectation::of(ExpectationKind::Story) };
        let unsure = Evidence { expectation, ..story(0.01, Ending::Open, 10) };
        assert_eq!(silence_needed_ms(&unsure, &Profile::INTERVIEW), 6000);
        let reads_finished = Evidence { ending: Some(Ending::Complete), ..unsure };
        assert_eq!(silence_needed_ms(&reads_finished, &Profile::INTERVIEW), Profile::INTERVIEW.doubtful_ms);
    }
}
