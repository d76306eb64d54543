//! The planned questions and their probes.

use crate::{Coverage, Intent, Line, LineKind, Move, Phase, coverage, intent, lines};

use super::Conductor;

/// At most this many probes a question, whatever the plan holds.
const PROBES_A_QUESTION: usize = 2;

impl Conductor {
    pub(super) fn on_question_answer(&mut self, text: &str, at_ms: u64) -> Vec<Move> {
        let mut moves = vec![Move::Credit(self.question())];
        moves.extend(match intent(text) {
            Some(Intent::Repeat) => self.repeat(),
            Some(Intent::Rephrase) => self.rephrase(),
            Some(Intent::Moment) => vec![self.say(LineKind::Patience, lines::OF_COURSE), self.listen()],
            Some(Intent::Skip) => self.skip(at_ms),
            Some(Intent::NoExample) => self.on_no_example(at_ms),
            Some(Intent::Nothing) | None => self.take_answer(text, at_ms),
        });
        moves
    }

    pub(super) fn take_answer(&mut self, text: &str, at_ms: u64) -> Vec<Move> {
        self.before = Some(Box::new(self.state.clone()));
        let answer = format!("{} {text}", self.state.answer);
        self.state.answer = answer.trim().to_owned();
        if let Some(before) = &mut self.before {
            before.answer.clone_from(&self.state.answer);
        }
        match self.next_probe(coverage(&self.state.answer), at_ms) {
            Some(index) => self.probe(index),
            None => self.next_question(at_ms, lines::acknowledgement(self.state.question)),
        }
    }

    fn next_probe(&self, covered: Coverage, at_ms: u64) -> Option<usize> {
        let question = &self.plan.questions[self.state.question];
        let used_ms = at_ms.saturating_sub(self.state.asked_at_ms);
        let spent = used_ms > u64::from(question.time_s) * 1000;
        if self.state.no_more_probes || spent || self.state.probes_asked.len() >= PROBES_A_QUESTION {
            return None;
        }
        let fits = |(i, probe): &(usize, &crate::Probe)| {
            !self.state.probes_asked.contains(i) && covered.calls_for(probe.when, question.kind)
        };
        question.probes.iter().enumerate().find(fits).map(|(i, _)| i)
    }

    fn probe(&mut self, index: usize) -> Vec<Move> {
        self.state.probes_asked.push(index);
        let text = self.plan.questions[self.state.question].probes[index].text.clone();
        self.state.nudged = false;
        let line = Line { kind: LineKind::Probe, text, question: self.question(), probe: Some(index) };
        self.state.last_asked = Some(line.clone());
        vec![self.say(LineKind::Acknowledgement, lines::acknowledgement(index)), Move::Say(line), self.listen()]
    }

    /// Once we say that any example will do; the second time we go on. Never a loop.
    fn on_no_example(&mut self, at_ms: u64) -> Vec<Move> {
        if std::mem::replace(&mut self.state.no_more_probes, true) {
            return self.skip(at_ms);
        }
        vec![self.say(LineKind::Patience, lines::ANY_EXAMPLE), self.listen()]
    }

    pub(super) fn skip(&mut self, at_ms: u64) -> Vec<Move> {
        self.next_question(at_ms, lines::MOVE_ON)
    }

    pub(super) fn rephrase(&mut self) -> Vec<Move> {
        let text = self.plan.questions[self.state.question].rephrase.clone();
        vec![self.say(LineKind::Rephrase, &text), self.listen()]
    }

    pub(super) fn next_question(&mut self, at_ms: u64, bridge: &str) -> Vec<Move> {
        let bridge = self.say(LineKind::Acknowledgement, bridge);
        let next = self.state.question + 1;
        let mut moves = vec![bridge];
        moves.extend(if next < self.plan.questions.len() { self.ask(next, at_ms) } else { self.invite_questions() });
        moves
    }

    pub(super) fn ask(&mut self, index: usize, at_ms: u64) -> Vec<Move> {
        let text = self.plan.questions[index].text.clone();
        self.state.phase = Phase::Questions;
        self.state.question = index;
        self.state.asked_at_ms = at_ms;
        self.state.probes_asked.clear();
        self.state.answer.clear();
        self.state.no_more_probes = false;
        self.state.nudged = false;
        self.state.offered_skip = false;
        let line = Line { kind: LineKind::Question, text, question: self.question(), probe: None };
        self.state.last_asked = Some(line.clone());
        vec![Move::Say(line), self.listen()]
    }
}
