//! What the interviewer says next.
//!
//! A state machine over the plan: greeting, consent, each question with at most two planned probes, the candidate's
//! own questions, goodbye. It is told what was [`Heard`] and answers with [`Move`]s; it neither waits nor speaks.

mod consent;
mod ending;
mod questions;
mod state;

use std::sync::Arc;

use crate::{Action, EndReason, Heard, Intent, Line, LineKind, Move, Phase, Plan, Silence, intent, lines};
use state::State;

/// So few words over a line of ours are taken for "sorry?" or "okay".
const STRAY_WORDS: usize = 3;

/// Walks one interview through its plan.
#[derive(Clone, Debug)]
pub struct Conductor {
    plan: Arc<Plan>,
    state: State,
    /// The state before the last answer was taken as finished, until something else is heard: if the candidate talks
    /// on over our first words, that answer was not finished, and we go back to it.
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
            Heard::Consent { reply, spoken } => self.on_consent(reply, spoken, at_ms),
            Heard::Answer(text) => self.on_answer(&text, at_ms),
            Heard::Action(action) => self.on_action(action, at_ms),
            Heard::Silence(silence) => self.on_silence(silence),
            Heard::Interrupted { line, share } => self.on_interruption(line, share),
            Heard::Part(text) => self.on_part(&text),
            Heard::FalseAlarm => self.on_false_alarm(),
            Heard::Unheard => self.on_unheard(),
            Heard::Leave => self.leave(),
        }
    }

    fn on_answer(&mut self, text: &str, at_ms: u64) -> Vec<Move> {
        let (unheard, before) = (self.state.unheard.take(), self.before.take());
        // a question that is said again was heard before: an answer over it is one, and "sorry?" is none
        let goes_on = text.split_whitespace().count() > STRAY_WORDS;
        let answers_again = |line: &LineKind| goes_on && matches!(line, LineKind::Repeat | LineKind::Rephrase);
        if let Some(line) = unheard.filter(|_| !is_request(text)).filter(|line| !answers_again(line)) {
            return self.on_talk_over(line, text, before, at_ms);
        }
        match self.state.phase {
            Phase::Questions => self.on_question_answer(text, at_ms),
            Phase::CandidateQuestions => self.on_candidate_question(text),
            Phase::Consent | Phase::Closing | Phase::Ended => Vec::new(),
        }
    }

    /// The candidate talked over a line of ours, and what we ask has not been heard. More than a few stray words after
    /// an answer: that answer was not finished and goes on. Otherwise we ask (again).
    fn on_talk_over(&mut self, line: LineKind, text: &str, before: Option<Box<State>>, at_ms: u64) -> Vec<Move> {
        let goes_on = text.split_whitespace().count() > STRAY_WORDS;
        match before.filter(|_| goes_on) {
            Some(before) => {
                self.state = *before;
                let mut moves = vec![Move::Credit(self.question())];
                moves.extend(self.take_answer(text, at_ms));
                moves
            }
            None => vec![Move::Credit(None), self.ask_unheard(line), self.listen()],
        }
    }

    /// What was to be asked: in few words if it was begun, in full if it was not.
    fn ask_unheard(&self, cut: LineKind) -> Move {
        let Some(line) = self.state.last_asked.clone() else {
            return self.say(LineKind::Repeat, lines::CONSENT_REQUEST);
        };
        match (cut, line.question, line.probe) {
            (LineKind::Question | LineKind::Repeat | LineKind::Rephrase, Some(question), None) => {
                let text = self.plan.questions[question].short_text().to_owned();
                Move::Say(Line { kind: LineKind::Repeat, text, ..line })
            }
            _ => Move::Say(line),
        }
    }

    fn on_action(&mut self, action: Action, at_ms: u64) -> Vec<Move> {
        self.forget_interruption();
        let moves = match (self.state.phase, action) {
            (Phase::Closing | Phase::Ended, _) => return Vec::new(),
            (_, Action::Moment) => vec![self.say(LineKind::Patience, lines::OF_COURSE), self.listen()],
            (_, Action::Repeat) => self.repeat(),
            (Phase::Consent, Action::Rephrase | Action::Skip | Action::Done) => self.explain_consent(),
            (Phase::Questions, Action::Rephrase) => self.rephrase(),
            (Phase::CandidateQuestions, Action::Rephrase) => self.repeat(),
            (Phase::Questions, Action::Skip) => self.skip(at_ms),
            (Phase::CandidateQuestions, Action::Skip | Action::Done) => self.close(),
            (Phase::Questions, Action::Done) => self.next_question(at_ms, lines::acknowledgement(self.state.question)),
        };
        self.instead_of_the_rest(moves)
    }

    fn on_silence(&mut self, silence: Silence) -> Vec<Move> {
        self.forget_interruption();
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

    /// What was to be asked may not have been heard; what comes next decides (see [`Self::on_answer`]).
    fn on_interruption(&mut self, line: LineKind, share: f32) -> Vec<Move> {
        let unheard = match line {
            LineKind::Opening | LineKind::Acknowledgement => true, // the question was still to come
            line if line.asks() || line == LineKind::Invitation => share < 0.5,
            _ => false,
        };
        self.state.unheard = unheard.then_some(line);
        self.state.disclosure_cut |= line == LineKind::Greeting;
        vec![Move::DropWaiting, self.listen()]
    }

    /// It is for us to ask again: the candidate cannot know.
    fn on_unheard(&mut self) -> Vec<Move> {
        match self.state.phase {
            Phase::Consent => self.ask_consent_again(),
            Phase::Questions | Phase::CandidateQuestions => {
                vec![self.say(LineKind::Patience, lines::SAY_AGAIN), self.listen()]
            }
            Phase::Closing | Phase::Ended => Vec::new(),
        }
    }

    fn forget_interruption(&mut self) {
        self.before = None;
        self.state.unheard = None;
    }

    fn on_part(&mut self, text: &str) -> Vec<Move> {
        if self.state.phase == Phase::Questions {
            self.state.answer = format!("{} {text}", self.state.answer).trim().to_owned();
        }
        vec![Move::Credit(self.question())]
    }

    fn on_false_alarm(&mut self) -> Vec<Move> {
        self.state.unheard = None;
        Vec::new()
    }

    /// The moves that answer a button: they take the place of whatever was still to be said.
    fn instead_of_the_rest(&self, mut moves: Vec<Move>) -> Vec<Move> {
        moves.insert(0, Move::DropWaiting);
        moves
    }

    fn repeat(&mut self) -> Vec<Move> {
        let again = match self.state.last_asked.clone() {
            Some(line) if self.state.phase != Phase::Consent => Move::Say(Line { kind: LineKind::Repeat, ..line }),
            _ => self.say(LineKind::ConsentRequest, lines::CONSENT_REQUEST),
        };
        vec![again, self.listen()]
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

/// Whether `text` asks something of us, rather than answering or saying nothing.
fn is_request(text: &str) -> bool {
    intent(text).is_some_and(|intent| intent != Intent::Nothing)
}

#[cfg(test)]
mod tests;
