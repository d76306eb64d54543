//! One interview as a state machine: turn-taking and conductor joined.
//!
//! Pure: what happened goes in with its time, decisions come out with theirs. [`crate::Session`] feeds it and carries
//! its decisions out; [`crate::replay`] feeds it a log.

mod hear;
mod speaking;
mod stretches;

use std::collections::VecDeque;
use std::sync::Arc;

use interview::{Conductor, Expect, Heard, Move, Phase, Plan};
use turn::{Decision, Expectation, ExpectationKind, Profile, TurnTaker};

use crate::event::{Event, Record, Source};
use speaking::{Interrupted, Speaking};
use stretches::Stretches;

/// A decision and the time, in milliseconds, at which it fell.
pub type Timed = (u64, Event);

/// One interview's state.
#[derive(Clone, Debug)]
pub struct Core {
    conductor: Conductor,
    taker: TurnTaker,
    stretches: Stretches,
    /// Moves that wait for the line being spoken to end.
    waiting: VecDeque<Move>,
    speaking: Option<Speaking>,
    interrupted: Option<Interrupted>,
    /// A button or a text that waits until what is being said is recognised.
    after_turn: Option<Event>,
    /// Since when what the candidate says may be kept, milliseconds.
    kept_from_ms: Option<u64>,
    /// Words of the turn in progress are missing, since no engine could tell them.
    unheard: bool,
    ended: bool,
    lines: u32,
    turns: u32,
    /// Decisions not yet handed out.
    decided: Vec<Timed>,
}

impl Core {
    /// An interview that has not begun.
    pub fn new(plan: Arc<Plan>, profile: Profile) -> Self {
        Self {
            conductor: Conductor::new(plan),
            taker: TurnTaker::new(profile),
            stretches: Stretches::default(),
            waiting: VecDeque::new(),
            speaking: None,
            interrupted: None,
            after_turn: None,
            kept_from_ms: None,
            unheard: false,
            ended: false,
            lines: 0,
            turns: 0,
            decided: Vec::new(),
        }
    }

    /// The state after all that happened in `records`.
    pub fn restore(plan: Arc<Plan>, records: &[Record]) -> Self {
        let mut core = Self::new(plan, Profile::default());
        core.relive(records);
        core
    }

    /// Takes all that happened in `records`, and lets time pass as it did; what is decided on the way.
    pub(crate) fn relive(&mut self, records: &[Record]) -> Vec<Timed> {
        let mut decided = Vec::new();
        for Record { at_ms, event, .. } in records {
            // what fell due while nobody was connected is not done
            if !matches!(event, Event::Connected { .. }) {
                decided.extend(self.advance(*at_ms));
            }
            if !event.is_decision() {
                decided.extend(self.hear(event, *at_ms));
            }
        }
        decided
    }

    /// Where in the interview we are.
    pub fn phase(&self) -> Phase {
        if self.ended { Phase::Ended } else { self.conductor.phase() }
    }

    /// Since when what the candidate says may be kept, in milliseconds; `None` before consent.
    pub fn kept_from_ms(&self) -> Option<u64> {
        self.kept_from_ms
    }

    /// Whether the candidate's voice is going in a turn.
    pub fn candidate_is_talking(&self) -> bool {
        self.taker.is_talking()
    }

    /// Whether a turn of the candidate's is in progress.
    pub fn candidate_is_in_turn(&self) -> bool {
        self.taker.in_turn()
    }

    /// The number that the turn in progress (or the next one) has.
    pub fn next_turn(&self) -> u32 {
        self.turns + 1
    }

    /// The text of the turn in progress, as far as it is recognised.
    pub fn turn_so_far(&self) -> String {
        self.stretches.text()
    }

    /// The text of the settled part of the turn in progress.
    pub fn settled_so_far(&self) -> String {
        self.stretches.settled_text()
    }

    /// Whether the candidate has paused in a turn: what may be a voice matters then ([`Event::VoiceStirred`]).
    pub fn is_pausing(&self) -> bool {
        self.taker.is_pausing()
    }

    /// When [`Core::advance`] has something to do next, in milliseconds.
    pub fn deadline_ms(&self) -> Option<u64> {
        if self.ended { None } else { self.taker.deadline_ms() }
    }

    /// Lets time pass up to `now_ms`.
    pub fn advance(&mut self, now_ms: u64) -> Vec<Timed> {
        while let Some(due_ms) = self.deadline_ms().filter(|due_ms| *due_ms <= now_ms) {
            for (at_ms, decision) in self.taker.advance(due_ms) {
                self.carry_out(decision, at_ms);
            }
        }
        if !self.ended {
            self.taker.advance(now_ms);
        }
        std::mem::take(&mut self.decided)
    }

    /// Takes something that happened at `now_ms`; decisions that fall due at once are included.
    pub fn hear(&mut self, event: &Event, now_ms: u64) -> Vec<Timed> {
        if !self.ended {
            self.on_event(event, now_ms);
        }
        self.advance(now_ms)
    }

    fn decide(&mut self, at_ms: u64, event: Event) {
        self.decided.push((at_ms, event));
    }

    /// Hands an event to the turn taker and carries out what it decides.
    fn tell_taker(&mut self, event: turn::Event, now_ms: u64) {
        for decision in self.taker.hear(event, now_ms) {
            self.carry_out(decision, now_ms);
        }
    }

    fn carry_out(&mut self, decision: Decision, at_ms: u64) {
        match decision {
            Decision::Recognise { stretch, from_ms, to_ms, settled } => {
                self.stretches.ask(stretch, from_ms, to_ms, settled);
                self.decide(at_ms, Event::Recognise { stretch, from_ms, to_ms, settled });
            }
            Decision::Forget { stretch } => self.decide(at_ms, Event::Forget { stretch }),
            Decision::Glimpse { from_ms, to_ms } => self.decide(at_ms, Event::Glimpse { from_ms, to_ms }),
            Decision::Overhear { from_ms, to_ms } => self.decide(at_ms, Event::Overhear { from_ms, to_ms }),
            Decision::Judge { pause, from_ms, to_ms } => self.decide(at_ms, Event::Judge { pause, from_ms, to_ms }),
            Decision::Duck => self.duck(at_ms),
            Decision::Resume => self.unduck(at_ms),
            Decision::Stop => self.interrupt(at_ms),
            Decision::NothingSaid => self.on_nothing_said(at_ms),
            Decision::Silence(stage) => self.on_silence(stage, at_ms),
            Decision::Over { from_ms, to_ms, stretches, needed_ms, probability } => {
                let spoken = self.stretches.take(&stretches);
                let over = TurnEnd { from_ms, to_ms, needed_ms: Some(needed_ms), probability, source: Source::Spoken };
                self.on_turn_over(spoken, over, at_ms);
            }
        }
    }

    /// Tells the conductor what was heard and queues its moves.
    fn tell_conductor(&mut self, heard: Heard, now_ms: u64) {
        let moves = self.conductor.hear(heard, now_ms);
        self.queue(moves, now_ms);
        self.pump(now_ms);
    }

    fn queue(&mut self, moves: Vec<Move>, now_ms: u64) {
        for next in moves {
            match next {
                Move::DropWaiting => self.waiting.clear(),
                Move::Keep => self.keep(now_ms),
                Move::Credit(_) => {}
                later => self.waiting.push_back(later),
            }
        }
    }

    /// Consent is given. What is being said at this moment began before it and is not kept.
    fn keep(&mut self, now_ms: u64) {
        self.kept_from_ms.get_or_insert(now_ms);
        self.stretches.clear();
        self.tell_taker(turn::Event::Reset, now_ms);
        if self.speaking.is_some() {
            self.tell_taker(turn::Event::Speaking, now_ms); // a button was faster than our words
        }
    }

    fn listen(&mut self, expect: Expect, now_ms: u64) {
        self.decide(now_ms, Event::Listening { expect });
        self.tell_taker(turn::Event::Listen(expectation(expect)), now_ms);
    }
}

/// How a turn ended.
struct TurnEnd {
    from_ms: u64,
    to_ms: u64,
    needed_ms: Option<u32>,
    probability: Option<f32>,
    source: Source,
}

fn expectation(expect: Expect) -> Expectation {
    let of = |kind, pause_budget_ms, pace: Option<interview::Pace>| Expectation {
        kind,
        pause_budget_ms,
        pace: pace.map(|pace| match pace {
            interview::Pace::Brisk => turn::Pace::Brisk,
            interview::Pace::Interview => turn::Pace::Interview,
            interview::Pace::Patient => turn::Pace::Patient,
        }),
    };
    match expect {
        Expect::Consent => Expectation::of(ExpectationKind::Quick),
        Expect::Questions => Expectation::of(ExpectationKind::Questions),
        Expect::Short { pause_budget_ms, pace } => of(ExpectationKind::Quick, pause_budget_ms, pace),
        Expect::Story { pause_budget_ms, pace } => of(ExpectationKind::Story, pause_budget_ms, pace),
    }
}

#[cfg(test)]
mod pains;
#[cfg(test)]
mod tests;
