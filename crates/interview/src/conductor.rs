//! What the interviewer says next.
//!
//! A state machine over the plan: greeting, consent, each question with at most two planned probes, the candidate's
//! own questions, goodbye. It is told what was [`Heard`] and answers with [`Move`]s; it neither waits nor speaks.

mod consent;
mod ending;
mod questions;
mod state;

use std::sync::Arc;

use crate::{Action, EndReason, Heard, Line, LineKind, Move, Phase, Plan, Silence, lines};
use state::State;

/// Walks one interview through its plan.
#[derive(Clone, Debug)]
pub struct Conductor {
    plan: Arc<Plan>,
    state: State,
    /// The state before the last answer was taken as finished: if the candidate talks on over our first words, that
    /// answer was not finished, and we go back to it.
    before: Option<Box<State>>,
}

impl Conductor {
    /// A conductor at the very beginning.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self { plan, state: State::default(), before: None }
    }

    /// Where in the interview we are.
    pub fn phase(&self) -> Phase {
        self.state.phase
    }

    /// Index of the question being asked, while questions are asked.
    pub fn question(&self) -> Option<usize> {
        (self.state.phase == Phase::Questions).then_some(self.state.question)
    }

    /// Takes what was heard at `at_ms` (of the session's clock) and says what to do.
    pub fn hear(&mut self, heard: Heard, at_ms: u64) -> Vec<Move> {
        if self.state.phase == Phase::Ended {
            return Vec::new();
        }
        match heard {
            Heard::Start => self.greet(),
            Heard::Resume => self.welcome_back(),
            Heard::Consent(reply) => self.on_consent(reply, at_ms),
            Heard::Answer(text) => self.on_answer(&text, at_ms),
            Heard::Action(action) => self.on_action(action, at_ms),
            Heard::Silence(silence) => self.on_silence(silence),
            Heard::Interrupted { line, share } => self.on_interruption(line, share),
            Heard::Part(text) => self.on_part(&text),
            Heard::FalseAlarm => self.on_false_alarm(),
            Heard::Leave => self.leave(),
        }
    }

    fn on_answer(&mut self, text: &str, at_ms: u64) -> Vec<Move> {
        match self.state.phase {
            Phase::Questions => self.on_question_answer(text, at_ms),
            Phase::CandidateQuestions => self.on_candidate_question(text),
            Phase::Consent | Phase::Closing | Phase::Ended => Vec::new(),
        }
    }

    fn on_action(&mut self, action: Action, at_ms: u64) -> Vec<Move> {
        let moves = match (self.state.phase, action) {
            (Phase::Closing | Phase::Ended, _) => return Vec::new(),
            (_, Action::Moment) => vec![self.say(LineKind::Patience, lines::OF_COURSE), self.listen()],
            (_, Action::Repeat) => self.repeat(),
            (Phase::Consent, Action::Rephrase) => self.explain_consent(),
            (Phase::Questions, Action::Rephrase) => self.rephrase(),
            (Phase::CandidateQuestions, Action::Rephrase) => self.repeat(),
            (Phase::Questions, Action::Skip) => self.skip(at_ms),
            (Phase::CandidateQuestions, Action::Skip | Action::Done) => self.close(),
            (Phase::Questions, Action::Done) => self.next_question(at_ms, lines::acknowledgement(self.state.question)),
            (Phase::Consent, Action::Skip | Action::Done) => return Vec::new(),
        };
        self.instead_of_the_rest(moves)
    }

    fn on_silence(&mut self, silence: Silence) -> Vec<Move> {
        match silence {
            Silence::Long if !self.state.nudged && self.state.phase != Phase::Consent => {
                self.state.nudged = true;
                vec![self.say(LineKind::Patience, lines::TAKE_YOUR_TIME), self.listen()]
            }
            Silence::Longer if !self.state.offered_skip => self.offer_a_way_on(),
            Silence::Gone => vec![self.say(LineKind::Patience, lines::PAUSING), Move::Pause],
            Silence::Long | Silence::Longer => Vec::new(),
        }
    }

    fn offer_a_way_on(&mut self) -> Vec<Move> {
        self.state.offered_skip = true;
        match self.state.phase {
            Phase::Consent => vec![self.say(LineKind::ConsentRequest, lines::CONSENT_REQUEST), self.listen()],
            Phase::Questions => vec![self.say(LineKind::Patience, lines::OFFER_SKIP), self.listen()],
            Phase::CandidateQuestions => self.close(),
            Phase::Closing | Phase::Ended => Vec::new(),
        }
    }

    /// A line of which little was heard does not count as said: what comes next decides (see `on_question_answer`).
    fn on_interruption(&mut self, line: LineKind, share: f32) -> Vec<Move> {
        self.state.unheard = share < 0.5 && !matches!(line, LineKind::Patience | LineKind::Greeting);
        vec![Move::DropWaiting, self.listen()]
    }

    fn on_part(&mut self, text: &str) -> Vec<Move> {
        if self.state.phase == Phase::Questions {
            self.state.answer = format!("{} {text}", self.state.answer).trim().to_owned();
        }
        vec![Move::Credit(self.question())]
    }

    fn on_false_alarm(&mut self) -> Vec<Move> {
        self.state.unheard = false;
        Vec::new()
    }

    /// The moves that answer a button: they take the place of whatever was still to be said.
    fn instead_of_the_rest(&self, mut moves: Vec<Move>) -> Vec<Move> {
        moves.insert(0, Move::DropWaiting);
        moves
    }

    fn repeat(&mut self) -> Vec<Move> {
        let text = self.state.last_asked.clone().unwrap_or_else(|| lines::CONSENT_REQUEST.to_owned());
        let kind = if self.state.phase == Phase::Consent { LineKind::ConsentRequest } else { LineKind::Repeat };
        vec![self.say(kind, &text), self.listen()]
    }

    fn leave(&mut self) -> Vec<Move> {
        let reason = if self.state.phase == Phase::Consent { EndReason::Declined } else { EndReason::Left };
        let text = if reason == EndReason::Declined { lines::DECLINED } else { lines::LEFT };
        self.end(text, reason)
    }

    fn say(&self, kind: LineKind, text: &str) -> Move {
        Move::Say(Line { kind, text: text.to_owned(), question: self.question(), probe: None })
    }

    fn listen(&self) -> Move {
        Move::Listen(self.expectation())
    }
}

#[cfg(test)]
mod tests;
