//! The state machine of the floor. Its diagram stands in `docs/turn-taking.md`, and a test holds both together.
//!
//! `floor.rs` names the states, `decision.rs` what goes in and comes out, `listening.rs` holds the candidate's turn,
//! `overlapping.rs` the candidate's voice over ours, `reach.rs` what becomes of silence while no sound arrives.

mod decision;
mod floor;
mod listening;
mod overlapping;
mod reach;

use crate::{Expectation, ExpectationKind, Habit, Pace, Pauses, Profile, Said};

pub use decision::{Decision, Event, SilenceStage};
pub use floor::State;
use floor::{Floor, Overlap, OverlapGlimpse, Pause, Turn};

/// Sound before the detected start that belongs to the first word, in milliseconds.
const LEAD_IN_MS: u64 = 200;
/// Sound after the last voiced frame that belongs to the last word, in milliseconds.
const TAIL_MS: u64 = 160;
/// Sound that the end-of-turn model looks at, in milliseconds.
const JUDGED_MS: u64 = 8000;

/// Decides who has the floor. One for each session.
#[derive(Clone, Debug)]
pub struct TurnTaker {
    base: Profile,
    /// What every patience is multiplied by.
    accommodation: f32,
    /// The numbers in force: the question's own, or the interview's; accommodated.
    profile: Profile,
    expectation: Expectation,
    floor: Floor,
    /// When the voice that is going on began.
    voice_since_ms: Option<u64>,
    /// Settled stretches whose words are still on their way.
    unread: Vec<u32>,
    numbers: u32,
    more_time: bool,
    /// No sound arrives.
    unreached: bool,
    pauses: Pauses,
    /// Last voiced sound of the turn that we reply to, milliseconds.
    over_since_ms: Option<u64>,
    /// The latest time seen: nothing is ever decided before it.
    now_ms: u64,
}

impl TurnTaker {
    /// Nobody has the floor yet.
    pub fn new(profile: Profile) -> Self {
        Self {
            base: profile,
            accommodation: 1.0,
            profile,
            expectation: Expectation::of(ExpectationKind::Story),
            floor: Floor::Idle,
            voice_since_ms: None,
            unread: Vec::new(),
            numbers: 0,
            more_time: false,
            unreached: false,
            pauses: Pauses::default(),
            over_since_ms: None,
            now_ms: 0,
        }
    }

    /// The same with every patience multiplied by `factor` (at least 1), that of single questions included.
    pub fn accommodated(mut self, factor: f32) -> Self {
        self.accommodation = factor;
        self.profile = self.profile_for(self.expectation.pace);
        self
    }

    /// The same person, connected anew: what is known of their pauses stays.
    pub fn again(&self, profile: Profile) -> Self {
        Self { pauses: self.pauses.clone(), ..Self::new(profile) }
    }

    /// The state by its name.
    pub fn state(&self) -> State {
        self.floor.state()
    }

    /// How the candidate has paused so far.
    pub fn habit(&self) -> Habit {
        self.pauses.habit()
    }

    /// Whether the candidate is in the middle of a turn.
    pub fn in_turn(&self) -> bool {
        matches!(self.floor, Floor::Talking { .. } | Floor::Pausing { .. })
    }

    /// Whether the candidate is in the middle of a turn and not pausing.
    pub fn is_talking(&self) -> bool {
        matches!(self.floor, Floor::Talking { .. })
    }

    /// Whether the candidate has paused in a turn: whether a voice stirs matters then.
    pub fn is_pausing(&self) -> bool {
        matches!(self.floor, Floor::Pausing { .. })
    }

    /// Whether there is or was a voice over ours of which it is not decided what it wants.
    pub fn is_overlapped(&self) -> bool {
        matches!(self.floor, Floor::Overlapped { .. } | Floor::Deciding { .. })
    }

    /// The stretch of the candidate's sound over ours whose words decide what the voice wants.
    pub fn deciding(&self) -> Option<u32> {
        match self.floor {
            Floor::Deciding { stretch, .. } => Some(stretch),
            Floor::Overlapped { overlap: Overlap { glimpse: OverlapGlimpse::Asked(stretch), .. }, .. } => Some(stretch),
            _ => None,
        }
    }

    /// Whether the voice over ours sounds, or sounded, as if its speaker only listened.
    pub fn sounds_listening(&self) -> bool {
        match &self.floor {
            Floor::Overlapped { overlap, .. } | Floor::Deciding { overlap, .. } => overlap.listens,
            _ => false,
        }
    }

    /// When [`TurnTaker::advance`] has something to do next, in milliseconds.
    pub fn deadline_ms(&self) -> Option<u64> {
        self.due_ms().map(|due_ms| due_ms.max(self.now_ms))
    }

    fn due_ms(&self) -> Option<u64> {
        match &self.floor {
            Floor::Idle | Floor::Speaking { .. } => None,
            Floor::Overlapped { since_ms, overlap } => Some(self.overlap_due_ms(*since_ms, overlap)),
            Floor::Deciding { paused_ms, .. } => Some(paused_ms + overlapping::DECIDED_WITHIN_MS),
            floor if self.is_silence_unknown(floor) => None,
            Floor::Waiting { since_ms, next } => next.map(|stage| since_ms + self.silence_ms(stage)),
            Floor::Talking { turn, glimpse_at_ms } => Some((*glimpse_at_ms).min(self.cut_at_ms(turn))),
            Floor::Pausing { turn, pause } => Some(self.pause_deadline_ms(turn, pause)),
        }
    }

    /// Lets time pass up to `now_ms`: everything that falls due on the way is decided at its own time. Decisions come
    /// with the time at which they fell due.
    pub fn advance(&mut self, now_ms: u64) -> Vec<(u64, Decision)> {
        let mut decisions = Vec::new();
        while let Some(due_ms) = self.deadline_ms().filter(|due_ms| *due_ms <= now_ms) {
            self.now_ms = due_ms;
            decisions.extend(self.fall_due(due_ms).into_iter().map(|decision| (due_ms, decision)));
        }
        self.now_ms = self.now_ms.max(now_ms);
        decisions
    }

    fn fall_due(&mut self, due_ms: u64) -> Vec<Decision> {
        match std::mem::replace(&mut self.floor, Floor::Idle) {
            floor @ (Floor::Idle | Floor::Speaking { .. }) => {
                self.floor = floor;
                Vec::new()
            }
            Floor::Overlapped { since_ms, overlap } => self.look_glimpse_or_stop(since_ms, overlap, due_ms),
            Floor::Deciding { since_ms, stretch, .. } => {
                let mut decisions = vec![Decision::Forget { stretch }];
                decisions.extend(self.resume(since_ms));
                decisions
            }
            Floor::Waiting { since_ms, next } => self.grow_silent(since_ms, next),
            Floor::Talking { turn, .. } => self.glimpse_or_cut(turn, due_ms),
            Floor::Pausing { turn, pause } => self.end_turn(turn, &pause, due_ms),
        }
    }

    /// Takes an event at `now_ms`; call [`TurnTaker::advance`] to the same time before.
    pub fn hear(&mut self, event: Event, now_ms: u64) -> Vec<Decision> {
        self.now_ms = self.now_ms.max(now_ms);
        match event {
            Event::Speaking => self.on_speaking(now_ms),
            Event::Listen(expectation) => self.on_listen(expectation, now_ms),
            Event::Stirred(at_ms) => self.on_stirred(at_ms),
            Event::VoiceStarted(at_ms) => self.on_voice(at_ms, now_ms),
            Event::Claimed(probability) => self.on_claimed(probability, now_ms),
            Event::VoicePaused(since_ms) => self.on_pause(since_ms, now_ms),
            Event::Judged(number, probability) => self.on_judged(number, probability),
            Event::Recognised(stretch, said) => self.on_recognised(stretch, said, now_ms),
            Event::Done => self.on_done(now_ms),
            Event::MoreTime => self.on_more_time(now_ms),
            Event::Unreached => self.on_unreached(),
            Event::Reached(lost_ms) => self.on_reached(lost_ms, now_ms),
            Event::Reset => self.reset(),
        }
    }

    fn on_listen(&mut self, expectation: Expectation, now_ms: u64) -> Vec<Decision> {
        let longer = |budget_ms: u32| (budget_ms as f32 * self.accommodation).round() as u32;
        self.over_since_ms = None;
        self.expectation = Expectation { pause_budget_ms: expectation.pause_budget_ms.map(longer), ..expectation };
        self.profile = self.profile_for(expectation.pace);
        match std::mem::replace(&mut self.floor, Floor::Idle) {
            floor @ (Floor::Talking { .. } | Floor::Pausing { .. }) => self.floor = floor,
            Floor::Overlapped { overlap, .. } => self.start_turn(overlap.from_ms, now_ms),
            Floor::Deciding { overlap, paused_ms, stretch, .. } => {
                return self.pause_of_overlap(overlap, paused_ms, stretch, None, now_ms);
            }
            Floor::Idle | Floor::Speaking { .. } | Floor::Waiting { .. } => match self.voice_since_ms {
                Some(since_ms) => self.start_turn(since_ms, now_ms),
                None => self.wait(now_ms),
            },
        }
        Vec::new()
    }

    fn on_voice(&mut self, at_ms: u64, now_ms: u64) -> Vec<Decision> {
        self.voice_since_ms = Some(at_ms);
        match std::mem::replace(&mut self.floor, Floor::Idle) {
            Floor::Waiting { .. } => {
                self.start_turn(at_ms, now_ms);
                Vec::new()
            }
            Floor::Pausing { turn, pause } if !pause.done => self.go_on_talking(turn, pause, at_ms, now_ms),
            Floor::Speaking { since_ms } => self.overlap(since_ms, Overlap::starting_at(at_ms)),
            Floor::Deciding { since_ms, overlap, paused_ms, stretch } => {
                self.overlap_again(since_ms, overlap, paused_ms, stretch, at_ms)
            }
            floor => {
                self.floor = floor;
                Vec::new()
            }
        }
    }

    fn on_pause(&mut self, since_ms: u64, now_ms: u64) -> Vec<Decision> {
        self.voice_since_ms = None;
        match std::mem::replace(&mut self.floor, Floor::Idle) {
            Floor::Talking { turn, .. } => self.begin_pause(turn, since_ms, now_ms),
            Floor::Overlapped { since_ms: ours_ms, overlap } => self.decide(ours_ms, overlap, since_ms, now_ms),
            floor => {
                self.floor = floor;
                Vec::new()
            }
        }
    }

    fn on_recognised(&mut self, stretch: u32, said: Said, now_ms: u64) -> Vec<Decision> {
        match std::mem::replace(&mut self.floor, Floor::Idle) {
            Floor::Deciding { since_ms, overlap, paused_ms, stretch: asked } if asked == stretch => {
                if said.words == 0 {
                    return self.resume(since_ms);
                }
                let mut decisions = vec![Decision::Stop];
                decisions.extend(self.pause_of_overlap(overlap, paused_ms, stretch, Some(said), now_ms));
                decisions
            }
            Floor::Overlapped { since_ms, overlap } if overlap.glimpse == OverlapGlimpse::Asked(stretch) => {
                self.on_glimpse(since_ms, overlap, said, now_ms)
            }
            floor => {
                self.floor = floor;
                self.take_words(stretch, said);
                Vec::new()
            }
        }
    }

    fn on_done(&mut self, now_ms: u64) -> Vec<Decision> {
        let mut decisions = Vec::new();
        if matches!(self.floor, Floor::Talking { .. }) {
            decisions = self.on_pause(now_ms, now_ms);
        }
        if let Floor::Pausing { pause, .. } = &mut self.floor {
            pause.done = true;
        }
        decisions
    }

    fn on_more_time(&mut self, now_ms: u64) -> Vec<Decision> {
        self.more_time = true;
        if let Floor::Waiting { since_ms, .. } = &mut self.floor {
            *since_ms = now_ms;
        }
        Vec::new()
    }

    /// A voice that is going on belongs to what is over; the next one counts.
    fn reset(&mut self) -> Vec<Decision> {
        self.floor = Floor::Idle;
        self.voice_since_ms = None;
        self.unread.clear();
        Vec::new()
    }

    fn wait(&mut self, now_ms: u64) {
        self.floor = Floor::Waiting { since_ms: now_ms, next: Some(SilenceStage::Nudge) };
    }

    fn grow_silent(&mut self, since_ms: u64, stage: Option<SilenceStage>) -> Vec<Decision> {
        let next = match stage {
            Some(SilenceStage::Nudge) => Some(SilenceStage::Offer),
            Some(SilenceStage::Offer) => Some(SilenceStage::Gone),
            Some(SilenceStage::Gone) | None => None,
        };
        self.floor = Floor::Waiting { since_ms, next };
        stage.map(Decision::Silence).into_iter().collect()
    }

    fn silence_ms(&self, stage: SilenceStage) -> u64 {
        let ms = match stage {
            SilenceStage::Nudge => self.profile.nudge_ms,
            SilenceStage::Offer => self.profile.offer_ms,
            SilenceStage::Gone => self.profile.gone_ms,
        };
        u64::from(ms) * if self.more_time { 2 } else { 1 }
    }

    fn profile_for(&self, pace: Option<Pace>) -> Profile {
        pace.map_or(self.base, Profile::of).accommodated(self.accommodation)
    }

    fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
