//! The candidate's own questions, and goodbye.

use crate::phrases::{contains, words};
use crate::{EndReason, Intent, Line, LineKind, Move, Phase, intent, lines};

use super::Conductor;

/// After so many questions of the candidate's we close; a person can go on.
const CANDIDATE_QUESTIONS: u32 = 5;

impl Conductor {
    pub(super) fn invite_questions(&mut self) -> Vec<Move> {
        self.state.phase = Phase::CandidateQuestions;
        self.state.nudged = false;
        self.state.offered_skip = false;
        let line = Line { kind: LineKind::Invitation, text: lines::INVITATION.to_owned(), question: None, probe: None };
        self.state.last_asked = Some(line.clone());
        vec![Move::Say(line), self.listen()]
    }

    pub(super) fn on_candidate_question(&mut self, text: &str) -> Vec<Move> {
        let mut moves = vec![Move::Credit(None)];
        moves.extend(match intent(text) {
            Some(Intent::Repeat | Intent::Rephrase) => self.repeat(),
            Some(Intent::Moment) => vec![self.say(LineKind::Patience, lines::OF_COURSE), self.listen()],
            Some(Intent::Nothing | Intent::Skip | Intent::NoExample) => self.close(),
            None if text.trim().is_empty() => self.close(),
            None => self.reply(text),
        });
        moves
    }

    fn reply(&mut self, text: &str) -> Vec<Move> {
        self.state.candidate_questions += 1;
        let asked = words(text);
        let known = |answer: &&crate::CandidateAnswer| {
            answer.about.iter().any(|about| contains(&asked, &words(about).join(" ")))
        };
        let mut moves = match self.plan.answers.iter().find(known) {
            Some(answer) => {
                vec![self.say(LineKind::Reply, &answer.text), self.say(LineKind::Invitation, lines::ANYTHING_ELSE)]
            }
            None => vec![self.say(LineKind::Reply, lines::NOTED)],
        };
        if self.state.candidate_questions >= CANDIDATE_QUESTIONS {
            moves.pop();
            moves.extend(self.close());
        } else {
            moves.push(self.listen());
        }
        moves
    }

    pub(super) fn close(&mut self) -> Vec<Move> {
        let closing = self.plan.closing.clone();
        self.end(&closing, EndReason::Completed)
    }

    pub(super) fn end(&mut self, text: &str, reason: EndReason) -> Vec<Move> {
        self.state.phase = Phase::Closing;
        vec![Move::DropWaiting, self.say(LineKind::Closing, text), Move::End(reason)]
    }
}
