//! Greeting, consent, and coming back after a break.

use crate::{ConsentReply, EndReason, LineKind, Move, Phase, lines};

use super::Conductor;

impl Conductor {
    pub(super) fn greet(&mut self) -> Vec<Move> {
        vec![
            self.say(LineKind::Greeting, &lines::greeting(&self.plan)),
            self.say(LineKind::ConsentRequest, lines::CONSENT_REQUEST),
            self.listen(),
        ]
    }

    /// A yes that was spoken before we had said who we are and that we record is no consent yet.
    pub(super) fn on_consent(&mut self, reply: ConsentReply, spoken: bool, at_ms: u64) -> Vec<Move> {
        if self.state.phase != Phase::Consent {
            return Vec::new();
        }
        match reply {
            ConsentReply::Granted if spoken && std::mem::take(&mut self.state.disclosure_cut) => self.explain_consent(),
            ConsentReply::Granted => self.begin(at_ms),
            ConsentReply::Declined => self.end(lines::DECLINED, EndReason::Declined),
            ConsentReply::Question => self.explain_consent(),
            ConsentReply::Unclear => self.ask_consent_again(),
        }
    }

    pub(super) fn explain_consent(&mut self) -> Vec<Move> {
        vec![self.say(LineKind::ConsentRequest, lines::CONSENT_EXPLAINED), self.listen()]
    }

    /// After three unclear replies only the buttons (or a clear word) help; saying it again would not.
    pub(super) fn ask_consent_again(&mut self) -> Vec<Move> {
        self.state.unclear_consents += 1;
        if self.state.unclear_consents > 3 {
            return vec![self.listen()];
        }
        vec![self.say(LineKind::ConsentRequest, lines::CONSENT_AGAIN), self.listen()]
    }

    fn begin(&mut self, at_ms: u64) -> Vec<Move> {
        self.state.phase = Phase::Questions;
        let opening = self.say(LineKind::Opening, &self.plan.opening);
        let mut moves = vec![Move::DropWaiting, Move::Keep, opening];
        moves.extend(self.ask(0, at_ms));
        moves
    }

    /// Never greets again: before consent it says once more what is asked, afterwards it goes on in mid-question.
    pub(super) fn welcome_back(&mut self) -> Vec<Move> {
        self.forget_interruption();
        self.state.nudged = false;
        self.state.offered_skip = false;
        let welcome = match self.state.phase {
            Phase::Consent => return self.explain_consent(),
            Phase::Questions => lines::WELCOME_BACK,
            Phase::CandidateQuestions => lines::WELCOME_BACK_SHORT,
            Phase::Closing | Phase::Ended => return self.close(),
        };
        let mut moves = vec![self.say(LineKind::Welcome, welcome)];
        moves.extend(self.repeat());
        moves
    }
}
