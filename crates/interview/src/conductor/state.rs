//! All that the conductor remembers.

use crate::{Expect, Line, LineKind, Phase, QuestionKind};

use super::Conductor;

/// All that the conductor remembers.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Index of the question being asked.
    pub(super) question: usize,
    /// When it was asked, in milliseconds of the session's clock.
    pub(super) asked_at_ms: u64,
    /// Indices of its probes that were asked.
    pub(super) probes_asked: Vec<usize>,
    /// No (more) probes for this question: the candidate has no example, or not any more.
    pub(super) no_more_probes: bool,
    /// All that was answered to it so far.
    pub(super) answer: String,
    /// What was asked last, word for word, for "could you repeat that?".
    pub(super) last_asked: Option<Line>,
    pub(super) nudged: bool,
    pub(super) offered_skip: bool,
    /// The line that was interrupted, if what was asked has not been heard because of it.
    pub(super) unheard: Option<LineKind>,
    /// Who speaks and that it is recorded was not heard to its end.
    pub(super) disclosure_cut: bool,
    pub(super) unclear_consents: u32,
    pub(super) candidate_questions: u32,
}

impl Default for State {
    fn default() -> Self {
        Self {
            phase: Phase::Consent,
            question: 0,
            asked_at_ms: 0,
            probes_asked: Vec::new(),
            no_more_probes: false,
            answer: String::new(),
            last_asked: None,
            nudged: false,
            offered_skip: false,
            unheard: None,
            disclosure_cut: false,
            unclear_consents: 0,
            candidate_questions: 0,
        }
    }
}

impl Conductor {
    /// What we listen for in this state.
    pub(super) fn expectation(&self) -> Expect {
        match self.state.phase {
            Phase::Consent => Expect::Consent,
            Phase::Questions => {
                let question = &self.plan.questions[self.state.question];
                let (pause_budget_ms, pace) = (question.pause_budget_ms, question.pace);
                match question.kind {
                    QuestionKind::Short => Expect::Short { pause_budget_ms, pace },
                    QuestionKind::Story => Expect::Story { pause_budget_ms, pace },
                }
            }
            Phase::CandidateQuestions | Phase::Closing | Phase::Ended => Expect::Questions,
        }
    }
}
