//! The state machine of the floor.
//!
//! ```text
//!            Listen                 voice                  pause
//!   Idle ------------> Waiting ------------> Talking <------------> Pausing ----> Idle (turn over)
//!     \                  | silence: nudge       ^         voice        | nothing was said
//!      \ Speaking        v                      | interrupt            v
//!       +-----------> Speaking -----------------+                   Waiting
//! ```

use serde::{Deserialize, Serialize};

use crate::{Ending, Evidence, Profile, silence_needed_ms};

/// What kind of answer is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExpectationKind {
    /// Yes, no, a word.
    Quick,
    /// An account of something.
    Story,
}

/// What we listen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The kind of answer.
    pub kind: ExpectationKind,
    /// The question's own longest pause, in milliseconds.
    pub pause_budget_ms: Option<u32>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// Our voice began.
    Speaking,
    /// We have said all; the floor is the candidate's.
    Listen(Expectation),
    /// The candidate's voice began at this time (milliseconds).
    VoiceStarted(u64),
    /// The candidate's voice has been silent since this time (milliseconds).
    VoicePaused(u64),
    /// How the pause sounded: its number and the probability that the turn is over.
    Judged(u32, f32),
    /// A stretch was recognised: its number, its words, how it ends.
    Recognised(u32, u32, Ending),
    /// The candidate said by a button that they have finished.
    Done,
    /// The candidate asked for time, or is typing.
    MoreTime,
    /// The interview goes on by other means (a typed answer, a skip): forget the turn in progress.
    Reset,
}

/// How long the candidate has been silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SilenceStage {
    /// A gentle word is in order.
    Nudge,
    /// An offer to skip is in order.
    Offer,
    /// The candidate seems to be gone.
    Gone,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Recognise this stretch of the candidate's sound.
    Recognise {
        /// The stretch's number, to be given back with [`Event::Recognised`].
        stretch: u32,
        /// Start, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
        /// Whether the stretch stands, whatever follows; otherwise it is recognised again, longer, if speech goes on.
        settled: bool,
    },
    /// The speech went on: what was asked about this stretch is stale.
    Forget {
        /// The stretch's number.
        stretch: u32,
    },
    /// Show what is being said, if it is cheap; nothing depends on it.
    Glimpse {
        /// Start, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
    },
    /// Judge by the sound from here to there whether the turn is over.
    Judge {
        /// The pause's number, to be given back with [`Event::Judged`].
        pause: u32,
        /// Start, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
    },
    /// The turn is over. Its words are those of `stretches`, in order.
    Over {
        /// Start of the turn, milliseconds.
        from_ms: u64,
        /// Last voiced sound, milliseconds.
        to_ms: u64,
        /// Numbers of the stretches that make up the turn.
        stretches: Vec<u32>,
        /// The silence that was needed, milliseconds.
        needed_ms: u32,
        /// How it sounded.
        probability: Option<f32>,
    },
    /// There was a voice, but no words: the floor is as it was before.
    NothingSaid,
    /// Stop speaking: the candidate speaks.
    Interrupt,
    /// The candidate has been silent for long.
    Silence(SilenceStage),
}

/// Sound before the detected start that belongs to the first word, in milliseconds.
const LEAD_IN_MS: u64 = 200;
/// Sound after the last voiced frame that belongs to the last word, in milliseconds.
const TAIL_MS: u64 = 160;
/// Sound that the end-of-turn model looks at, in milliseconds.
const JUDGED_MS: u64 = 8000;

/// The turn in progress.
#[derive(Clone, Debug, Default)]
struct Turn {
    from_ms: u64,
    /// Start of the sound that is not settled.
    open_from_ms: u64,
    settled: Vec<u32>,
    settled_words: u32,
}

#[derive(Clone, Debug)]
enum Floor {
    Idle,
    Speaking,
    Waiting { since_ms: u64, next: Option<SilenceStage> },
    Talking { turn: Turn, glimpse_at_ms: u64 },
    Pausing { turn: Turn, pause: Pause },
}

/// A pause in a turn, and what is known about it.
#[derive(Clone, Debug)]
struct Pause {
    number: u32,
    since_ms: u64,
    stretch: u32,
    settled: bool,
    probability: Option<f32>,
    rejudged: bool,
    /// Words and ending of the stretch, once recognised.
    words: Option<(u32, Ending)>,
    /// The candidate said that they have finished.
    done: bool,
}

/// Decides who has the floor. One for each session.
#[derive(Clone, Debug)]
pub struct TurnTaker {
    profile: Profile,
    expectation: Expectation,
    floor: Floor,
    /// When the voice that is going on began.
    voice_since_ms: Option<u64>,
    /// Settled stretches whose words are still on their way.
    unread: Vec<u32>,
    numbers: u32,
    more_time: bool,
    /// The latest time seen: nothing is ever decided before it.
    now_ms: u64,
}

impl TurnTaker {
    /// Nobody has the floor yet.
    pub fn new(profile: Profile) -> Self {
        let expectation = Expectation { kind: ExpectationKind::Story, pause_budget_ms: None };
        let (floor, unread) = (Floor::Idle, Vec::new());
        Self { profile, expectation, floor, voice_since_ms: None, unread, numbers: 0, more_time: false, now_ms: 0 }
    }

    /// Whether the candidate is in the middle of a turn.
    pub fn in_turn(&self) -> bool {
        matches!(self.floor, Floor::Talking { .. } | Floor::Pausing { .. })
    }

    /// Whether the candidate is in the middle of a turn and not pausing.
    pub fn is_talking(&self) -> bool {
        matches!(self.floor, Floor::Talking { .. })
    }

    /// When [`TurnTaker::advance`] has something to do next, in milliseconds.
    pub fn deadline_ms(&self) -> Option<u64> {
        self.due_ms().map(|due_ms| due_ms.max(self.now_ms))
    }

    fn due_ms(&self) -> Option<u64> {
        match &self.floor {
            Floor::Idle => None,
            Floor::Speaking => self.voice_since_ms.map(|since| since + u64::from(self.profile.interrupt_ms)),
            Floor::Waiting { since_ms, next } => next.map(|stage| since_ms + self.silence_ms(stage)),
            Floor::Talking { turn, glimpse_at_ms } => Some((*glimpse_at_ms).min(self.cut_at_ms(turn))),
            Floor::Pausing { turn, pause } => self.pause_deadline_ms(turn, pause),
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

    /// Takes an event at `now_ms`; call [`TurnTaker::advance`] to the same time before.
    pub fn hear(&mut self, event: Event, now_ms: u64) -> Vec<Decision> {
        self.now_ms = self.now_ms.max(now_ms);
        match event {
            Event::Speaking => self.on_speaking(),
            Event::Listen(expectation) => self.on_listen(expectation, now_ms),
            Event::VoiceStarted(at_ms) => self.on_voice(at_ms, now_ms),
            Event::VoicePaused(since_ms) => self.on_pause(since_ms, now_ms),
            Event::Judged(number, probability) => self.on_judged(number, probability),
            Event::Recognised(stretch, words, ending) => self.on_recognised(stretch, words, ending),
            Event::Done => self.on_done(now_ms),
            Event::MoreTime => self.on_more_time(now_ms),
            Event::Reset => self.reset(),
        }
    }

    fn on_speaking(&mut self) -> Vec<Decision> {
        self.floor = Floor::Speaking;
        Vec::new()
    }

    fn on_listen(&mut self, expectation: Expectation, now_ms: u64) -> Vec<Decision> {
        self.expectation = expectation;
        match (&self.floor, self.voice_since_ms) {
            (Floor::Talking { .. } | Floor::Pausing { .. }, _) => {}
            (_, Some(since_ms)) => self.start_turn(since_ms, now_ms),
            (_, None) => self.floor = Floor::Waiting { since_ms: now_ms, next: Some(SilenceStage::Nudge) },
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
            floor => {
                self.floor = floor;
                Vec::new()
            }
        }
    }

    fn start_turn(&mut self, voice_ms: u64, now_ms: u64) {
        let from_ms = voice_ms.saturating_sub(LEAD_IN_MS);
        let turn = Turn { from_ms, open_from_ms: from_ms, ..Turn::default() };
        self.more_time = false;
        self.floor = Floor::Talking { turn, glimpse_at_ms: now_ms + u64::from(self.profile.glimpse_ms) };
    }

    /// The pause was one inside the turn.
    fn go_on_talking(&mut self, mut turn: Turn, pause: Pause, at_ms: u64, now_ms: u64) -> Vec<Decision> {
        let mut decisions = Vec::new();
        self.more_time = false;
        if pause.settled {
            self.settle(&mut turn, &pause);
            turn.open_from_ms = at_ms.saturating_sub(LEAD_IN_MS).max(pause.since_ms + TAIL_MS);
        } else if pause.words.is_none() {
            decisions.push(Decision::Forget { stretch: pause.stretch });
        }
        self.floor = Floor::Talking { turn, glimpse_at_ms: now_ms + u64::from(self.profile.glimpse_ms) };
        decisions
    }

    fn settle(&mut self, turn: &mut Turn, pause: &Pause) {
        turn.settled.push(pause.stretch);
        match pause.words {
            Some((words, _)) => turn.settled_words += words,
            None => self.unread.push(pause.stretch),
        }
    }

    fn on_pause(&mut self, since_ms: u64, now_ms: u64) -> Vec<Decision> {
        self.voice_since_ms = None;
        match std::mem::replace(&mut self.floor, Floor::Idle) {
            Floor::Talking { turn, .. } => self.begin_pause(turn, since_ms, now_ms),
            floor => {
                self.floor = floor; // a short sound while we speak is no turn
                Vec::new()
            }
        }
    }

    fn begin_pause(&mut self, turn: Turn, since_ms: u64, now_ms: u64) -> Vec<Decision> {
        let (number, stretch) = (self.number(), self.number());
        let settled = since_ms.saturating_sub(turn.open_from_ms) >= u64::from(self.profile.settle_ms);
        let to_ms = (since_ms + TAIL_MS).min(now_ms).max(since_ms);
        let recognise = Decision::Recognise { stretch, from_ms: turn.open_from_ms, to_ms, settled };
        let judge = Self::judge(&turn, number, now_ms);
        let pause =
            Pause { number, since_ms, stretch, settled, probability: None, rejudged: false, words: None, done: false };
        self.floor = Floor::Pausing { turn, pause };
        vec![recognise, judge]
    }

    fn judge(turn: &Turn, pause: u32, now_ms: u64) -> Decision {
        Decision::Judge { pause, from_ms: turn.from_ms.max(now_ms.saturating_sub(JUDGED_MS)), to_ms: now_ms }
    }

    fn on_judged(&mut self, number: u32, probability: f32) -> Vec<Decision> {
        if let Floor::Pausing { pause, .. } = &mut self.floor
            && pause.number == number
        {
            pause.probability = Some(pause.probability.map_or(probability, |earlier| earlier.max(probability)));
        }
        Vec::new()
    }

    fn on_recognised(&mut self, stretch: u32, words: u32, ending: Ending) -> Vec<Decision> {
        if self.unread.contains(&stretch) {
            self.unread.retain(|unread| *unread != stretch);
            if let Floor::Talking { turn, .. } | Floor::Pausing { turn, .. } = &mut self.floor {
                turn.settled_words += words;
            }
        }
        if let Floor::Pausing { pause, .. } = &mut self.floor
            && pause.stretch == stretch
        {
            pause.words = Some((words, ending));
        }
        Vec::new()
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

    fn fall_due(&mut self, due_ms: u64) -> Vec<Decision> {
        match std::mem::replace(&mut self.floor, Floor::Idle) {
            Floor::Idle => Vec::new(),
            Floor::Speaking => self.interrupt(due_ms),
            Floor::Waiting { since_ms, next } => self.grow_silent(since_ms, next),
            Floor::Talking { turn, .. } => self.glimpse_or_cut(turn, due_ms),
            Floor::Pausing { turn, pause } => self.rejudge_or_end(turn, pause, due_ms),
        }
    }

    fn interrupt(&mut self, now_ms: u64) -> Vec<Decision> {
        self.start_turn(self.voice_since_ms.unwrap_or(now_ms), now_ms);
        vec![Decision::Interrupt]
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

    fn glimpse_or_cut(&mut self, mut turn: Turn, now_ms: u64) -> Vec<Decision> {
        let glimpse_at_ms = now_ms + u64::from(self.profile.glimpse_ms);
        let from_ms = turn.open_from_ms;
        let decision = if now_ms < self.cut_at_ms(&turn) {
            Decision::Glimpse { from_ms, to_ms: now_ms }
        } else {
            let stretch = self.number();
            turn.settled.push(stretch);
            turn.open_from_ms = now_ms;
            self.unread.push(stretch);
            Decision::Recognise { stretch, from_ms, to_ms: now_ms, settled: true }
        };
        self.floor = Floor::Talking { turn, glimpse_at_ms };
        vec![decision]
    }

    fn rejudge_or_end(&mut self, turn: Turn, mut pause: Pause, now_ms: u64) -> Vec<Decision> {
        if self.needs_rejudging(&pause) && now_ms < pause.since_ms + u64::from(self.needed_ms(&turn, &pause)) {
            pause.rejudged = true;
            let judge = Self::judge(&turn, pause.number, now_ms);
            self.floor = Floor::Pausing { turn, pause };
            return vec![judge];
        }
        self.end_turn(turn, &pause, now_ms)
    }

    fn end_turn(&mut self, mut turn: Turn, pause: &Pause, now_ms: u64) -> Vec<Decision> {
        let needed_ms = self.needed_ms(&turn, pause);
        self.settle(&mut turn, pause);
        if turn.settled_words == 0 && !pause.done {
            self.floor = Floor::Waiting { since_ms: now_ms, next: Some(SilenceStage::Nudge) };
            return vec![Decision::NothingSaid];
        }
        let (from_ms, to_ms, stretches) = (turn.from_ms, pause.since_ms, turn.settled);
        vec![Decision::Over { from_ms, to_ms, stretches, needed_ms, probability: pause.probability }]
    }

    /// When something is due in a pause: `None` while words are on their way and must be waited for.
    fn pause_deadline_ms(&self, turn: &Turn, pause: &Pause) -> Option<u64> {
        let end_ms = pause.since_ms + u64::from(self.needed_ms(turn, pause));
        let rejudge_ms = pause.since_ms + u64::from(self.profile.rejudge_ms);
        if self.needs_rejudging(pause) && rejudge_ms < end_ms {
            return Some(rejudge_ms);
        }
        let words_known = pause.words.is_some() && self.unread.is_empty();
        words_known.then_some(end_ms)
    }

    fn needs_rejudging(&self, pause: &Pause) -> bool {
        !pause.rejudged && pause.probability.is_some_and(|p| p < 0.5)
    }

    fn needed_ms(&self, turn: &Turn, pause: &Pause) -> u32 {
        if pause.done {
            return 0;
        }
        if self.more_time {
            return self.profile.nudge_ms;
        }
        let (words, ending) = pause.words.map_or((0, None), |(words, ending)| (words, Some(ending)));
        let words = turn.settled_words + words;
        let evidence = Evidence { probability: pause.probability, ending, words, expectation: self.expectation };
        silence_needed_ms(&evidence, &self.profile)
    }

    fn silence_ms(&self, stage: SilenceStage) -> u64 {
        let ms = match stage {
            SilenceStage::Nudge => self.profile.nudge_ms,
            SilenceStage::Offer => self.profile.offer_ms,
            SilenceStage::Gone => self.profile.gone_ms,
        };
        u64::from(ms) * if self.more_time { 2 } else { 1 }
    }

    fn cut_at_ms(&self, turn: &Turn) -> u64 {
        turn.open_from_ms + u64::from(self.profile.longest_stretch_ms)
    }

    fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }
}

#[cfg(test)]
mod tests;
