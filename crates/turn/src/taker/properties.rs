//! What must hold whatever happens, over 100,000 random sequences of events.

use std::collections::{BTreeSet, HashSet};

use super::*;
use crate::Ending;

const SEQUENCES: u64 = 100_000;
const STORY: Expectation = Expectation::of(ExpectationKind::Story);
const QUICK: Expectation = Expectation::of(ExpectationKind::Quick);

/// Numbers without end (xorshift64*), the same for the same seed.
struct Dice(u64);

impl Dice {
    fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

/// A turn taker in a world where anything happens at any time, and where every rule is checked at each step.
struct World {
    taker: TurnTaker,
    now_ms: u64,
    decided: Vec<(u64, Decision)>,
    /// The candidate's voice is going, as the taker has been told, and by no button of theirs forgotten.
    voice: bool,
    pressed_done: bool,
    asked: Vec<u32>,
    judged: Vec<u32>,
    committed: HashSet<u32>,
    over_until_ms: u64,
    soft: bool,
    passed: BTreeSet<(State, State)>,
}

impl World {
    fn new() -> Self {
        Self {
            taker: TurnTaker::new(Profile::INTERVIEW),
            now_ms: 0,
            decided: Vec::new(),
            voice: false,
            pressed_done: false,
            asked: Vec::new(),
            judged: Vec::new(),
            committed: HashSet::new(),
            over_until_ms: 0,
            soft: false,
            passed: BTreeSet::new(),
        }
    }

    fn tell(&mut self, event: Event) {
        let before = self.taker.state();
        match event {
            Event::VoiceStarted(_) => self.voice = true,
            Event::VoicePaused(_) | Event::Reset => self.voice = false,
            Event::Done => {
                self.pressed_done = true;
                self.voice &= !self.taker.is_talking();
            }
            _ => {}
        }
        if matches!(event, Event::Reset | Event::Listen(_)) {
            self.soft = false;
        }
        let decided = self.taker.hear(event, self.now_ms);
        self.passed.insert((before, self.taker.state()));
        decided.into_iter().for_each(|decision| self.note(self.now_ms, decision));
        self.pass(0);
    }

    fn pass(&mut self, ms: u64) {
        let until_ms = self.now_ms + ms;
        while let Some(due_ms) = self.taker.deadline_ms().filter(|due_ms| *due_ms <= until_ms) {
            assert!(due_ms >= self.now_ms, "time runs back");
            let before = self.taker.state();
            for (at_ms, decision) in self.taker.advance(due_ms) {
                self.note(at_ms, decision);
            }
            self.now_ms = due_ms;
            self.passed.insert((before, self.taker.state()));
        }
        self.taker.advance(until_ms);
        self.now_ms = until_ms;
        self.check();
    }

    fn check(&self) {
        assert!(!(self.voice && self.taker.state() == State::Speaking), "in full voice over the candidate's");
        assert_eq!(self.soft, self.taker.is_overlapped(), "soft exactly while it is not known what a voice wants");
    }

    fn note(&mut self, at_ms: u64, decision: Decision) {
        assert!(self.decided.last().is_none_or(|(last_ms, _)| *last_ms <= at_ms), "decisions out of order");
        match &decision {
            Decision::Recognise { stretch, from_ms, to_ms, .. } => {
                assert!(from_ms <= to_ms);
                self.asked.push(*stretch);
            }
            Decision::Judge { pause, .. } => self.judged.push(*pause),
            Decision::Over { from_ms, to_ms, stretches, .. } => {
                assert!(!self.voice || std::mem::take(&mut self.pressed_done), "over while the candidate speaks");
                assert!(stretches.iter().all(|s| self.asked.contains(s)), "words that nobody asked for");
                assert!(stretches.iter().all(|s| self.committed.insert(*s)), "committed twice");
                assert!(from_ms <= to_ms);
                self.over_until_ms = *to_ms;
            }
            Decision::Duck => assert!(!std::mem::replace(&mut self.soft, true), "soft already"),
            Decision::Resume | Decision::Stop => {
                assert!(std::mem::take(&mut self.soft), "neither was there a voice over ours");
            }
            _ => {}
        }
        self.decided.push((at_ms, decision));
    }

    fn anything(&mut self, dice: &mut Dice) {
        let back_ms = dice.below(300);
        let some = |numbers: &[u32], dice: &mut Dice| {
            let newest = numbers.len().saturating_sub(1 + dice.below(3) as usize);
            numbers.get(newest).copied().unwrap_or(9)
        };
        let chance = dice.below(1000) as f32 / 1000.0;
        match dice.below(23) {
            0..=4 if !self.voice => self.tell(Event::VoiceStarted(self.now_ms.saturating_sub(back_ms.min(120)))),
            0..=4 => self.tell(Event::VoicePaused(self.now_ms.saturating_sub(200))),
            5..=7 => self.tell(Event::Judged(some(&self.judged, dice), chance)),
            8..=11 => {
                let endings = [Ending::Complete, Ending::Open, Ending::Request, Ending::Thinking];
                let (words, ending) = (dice.below(12) as u32, endings[dice.below(4) as usize]);
                self.tell(Event::Recognised(some(&self.asked, dice), Said::of(words.saturating_sub(3), ending)));
            }
            12..=13 => self.tell(Event::Claimed(chance)),
            14 => self.tell(Event::Stirred(self.now_ms.saturating_sub(32))),
            15 => self.tell(Event::Speaking),
            16..=17 => self.tell(Event::Listen(if chance < 0.5 { STORY } else { QUICK })),
            18 if chance < 0.3 => self.tell(Event::Done),
            18 if chance < 0.6 => self.tell(Event::MoreTime),
            18 => self.tell(Event::Reset),
            19 if chance < 0.5 => self.tell(Event::Unreached),
            19 => self.tell(Event::Reached(dice.below(4000))),
            _ => self.pass(dice.below(6000)),
        }
        self.pass(dice.below(250));
    }

    /// However it stands now: sound arrives, the voice pauses, no engine ever answers, and yet the next answer is taken.
    fn leave(mut self) -> Self {
        self.tell(Event::Reached(0));
        if self.voice {
            self.tell(Event::VoicePaused(self.now_ms));
        }
        self.pass(30_000);
        let state = self.taker.state();
        assert!(matches!(state, State::Idle | State::Speaking | State::Waiting), "stuck in {state:?}");
        self.tell(Event::Listen(STORY));
        self.tell(Event::VoiceStarted(self.now_ms));
        self.pass(2000);
        self.tell(Event::VoicePaused(self.now_ms - 200));
        let (turns, stretch) = (self.committed.len(), *self.asked.last().unwrap());
        self.tell(Event::Recognised(stretch, Said::of(9, Ending::Complete)));
        self.pass(30_000);
        assert!(self.committed.len() > turns, "an answer is not taken: {:?}", self.taker.state());
        self
    }
}

fn play(seed: u64) -> World {
    let (mut world, mut dice) = (World::new(), Dice::seeded(seed));
    for _ in 0..10 + dice.below(40) {
        world.anything(&mut dice);
    }
    world
}

#[test]
fn whatever_happens_turns_are_committed_once_nobody_is_spoken_over_and_every_state_is_left() {
    let mut passed = BTreeSet::new();
    for seed in 1..=SEQUENCES {
        let outcome = std::panic::catch_unwind(|| play(seed).leave().passed);
        passed.extend(outcome.unwrap_or_else(|_| panic!("the sequence of seed {seed}")));
    }
    assert_eq!(passed.into_iter().filter(|(from, to)| from != to).collect::<BTreeSet<_>>(), drawn());
}

#[test]
fn the_same_events_give_the_same_decisions() {
    for seed in 1..=SEQUENCES / 20 {
        assert_eq!(play(seed).decided, play(seed).decided, "the sequence of seed {seed}");
    }
}

/// The transitions that the diagram in `docs/turn-taking.md` draws.
fn drawn() -> BTreeSet<(State, State)> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/turn-taking.md");
    let page = std::fs::read_to_string(page).unwrap();
    let arrows = page.lines().filter_map(|line| line.trim().split_once(" --> "));
    let named = |name: &str| {
        use State::*;
        let states = [Idle, Speaking, Overlapped, Deciding, Waiting, Talking, Pausing];
        states.into_iter().find(|state| format!("{state:?}") == name)
    };
    arrows.filter_map(|(from, to)| Some((named(from)?, named(to.split(" : ").next()?)?))).collect()
}
