//! One interview on a simulated clock: the candidate's sound through the ears that a session has, and its core.

mod mouth;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use interview::Plan;
use session::{Core, Event, Hearing};
use speech::{CLAIM_LEAD_MS, VAD_FRAME_SAMPLES, VadFrame, VadMemory};
use turn::{Profile, Segment};

use crate::sound::{self, FRAME_MS};
use crate::{Memory, Room};
use mouth::Mouth;

/// How long recognition takes, by the stretch's length: an estimate for the default model on two cores, milliseconds
/// and milliseconds a second.
const RECOGNITION_MS: f64 = 110.0;
const RECOGNITION_MS_PER_S: f64 = 55.0;
/// How long judging a pause takes, milliseconds.
const JUDGING_MS: u64 = 55;
/// How long judging a voice over ours takes, milliseconds.
const OVERHEARING_MS: u64 = 35;
/// The candidate begins an answer so long after we have said all, milliseconds.
const THINKS_MS: u64 = 640;
/// Without a reply for so long the candidate goes on to the next act, milliseconds.
const GIVES_UP_MS: u64 = 20_000;

/// When a candidate does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When we have said all.
    Asked,
    /// So long after the first sound of our next line, milliseconds.
    Over(u64),
}

/// Something that a candidate does.
#[derive(Clone, Debug)]
pub struct Act {
    /// When.
    pub when: When,
    /// 16 kHz; whole frames of voice activity.
    pub sound: Vec<f32>,
    /// Where in it all is said, milliseconds: what we say before is no reply to it.
    pub said_ms: u64,
}

/// What came of an interview.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// When each act's sound began, milliseconds.
    pub began_ms: Vec<u64>,
    /// What was heard, our echo taken off; 16 kHz.
    pub heard: Vec<f32>,
    /// What happened and was decided, with its time in milliseconds.
    pub events: Vec<(u64, Event)>,
    /// What it cost to decide.
    pub deciding: Deciding,
}

/// How long decisions took, on a real clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deciding {
    /// What happened.
    pub events: u32,
    /// All decisions on it, those that fell due by themselves among them.
    pub took: Duration,
}

impl Deciding {
    /// Of one event, microseconds.
    pub fn us_an_event(&self) -> f64 {
        self.took.as_secs_f64() * 1e6 / f64::from(self.events.max(1))
    }
}

impl std::ops::AddAssign for Deciding {
    fn add_assign(&mut self, more: Self) {
        (self.events, self.took) = (self.events + more.events, self.took + more.took);
    }
}

/// How an interview is held.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The plan.
    pub plan: Arc<Plan>,
    /// How patient we are.
    pub profile: Profile,
    /// How our voice comes back to the candidate's microphone; `None` with headphones.
    pub room: Option<Room>,
}

/// Plays the interview: the candidate does `acts` one after the other, with `quiet` between them.
///
/// # Errors
/// When an engine fails.
pub async fn play(memory: &Memory, setting: &Setting, acts: &[Act], quiet: &[f32]) -> Result<Played> {
    let mut stage = Stage::new(memory, setting, quiet);
    let Setting { profile, .. } = *setting;
    stage.happen(Event::Connected { resumed: false, unix_ms: 0, profile, accommodation: 1.0 }).await?;
    stage.happen(Event::ConsentClicked { granted: true }).await?;
    for act in acts {
        stage.act(act).await?;
    }
    stage.rest().await?;
    Ok(Played { heard: stage.tape, ..stage.played })
}

struct Stage<'a> {
    memory: &'a Memory,
    core: Core,
    hearing: Hearing,
    vad: VadMemory,
    room: Option<Room>,
    mouth: Mouth,
    /// What the candidate's microphone heard, without our echo.
    tape: Vec<f32>,
    /// What happens later, by time.
    due: VecDeque<(u64, Event)>,
    recogniser_free_ms: u64,
    now_ms: u64,
    quiet: &'a [f32],
    /// Since when the candidate has been quiet, in samples.
    quiet_at: usize,
    listening_ms: Option<u64>,
    line_ms: Option<u64>,
    played: Played,
}

impl<'a> Stage<'a> {
    fn new(memory: &'a Memory, setting: &Setting, quiet: &'a [f32]) -> Self {
        Self {
            memory,
            core: Core::new(setting.plan.clone(), setting.profile),
            hearing: Hearing::new(setting.profile.pause_ms),
            vad: VadMemory::default(),
            room: setting.room.clone(),
            mouth: Mouth::default(),
            tape: Vec::new(),
            due: VecDeque::new(),
            recogniser_free_ms: 0,
            now_ms: 0,
            quiet,
            quiet_at: 0,
            listening_ms: None,
            line_ms: None,
            played: Played::default(),
        }
    }

    async fn act(&mut self, act: &Act) -> Result<()> {
        let since_ms = self.now_ms;
        while !self.is_time_for(act.when) && self.now_ms < since_ms + GIVES_UP_MS {
            self.be_quiet().await?;
        }
        let said_ms = self.now_ms + act.said_ms;
        self.played.began_ms.push(self.now_ms);
        for frame in act.sound.chunks_exact(VAD_FRAME_SAMPLES) {
            self.frame(frame.to_vec()).await?;
            if self.now_ms <= said_ms.max(self.played.began_ms.last().copied().unwrap_or(0) + FRAME_MS) {
                (self.listening_ms, self.line_ms) = (None, None);
            }
        }
        self.quiet_at = 0;
        Ok(())
    }

    fn is_time_for(&self, when: When) -> bool {
        let (since_ms, wait_ms) = match when {
            When::Asked => (self.listening_ms, THINKS_MS),
            When::Over(ms) => (self.line_ms, ms),
        };
        since_ms.is_some_and(|since_ms| self.now_ms >= since_ms + wait_ms)
    }

    /// After the last act: until we have spoken, for long enough to see that we do not.
    async fn rest(&mut self) -> Result<()> {
        let since_ms = self.now_ms;
        while !self.is_time_for(When::Asked) && self.now_ms < since_ms + GIVES_UP_MS {
            self.be_quiet().await?;
        }
        Ok(())
    }

    async fn be_quiet(&mut self) -> Result<()> {
        let frame = self.quiet.iter().cycle().skip(self.quiet_at % self.quiet.len().max(1));
        let mut frame: Vec<f32> = frame.take(VAD_FRAME_SAMPLES).copied().collect();
        frame.resize(VAD_FRAME_SAMPLES, 0.0);
        self.quiet_at += VAD_FRAME_SAMPLES;
        self.frame(frame).await
    }

    /// 32 ms of the candidate's sound.
    async fn frame(&mut self, mut theirs: Vec<f32>) -> Result<()> {
        let (from_ms, to_ms) = (self.now_ms, self.now_ms + FRAME_MS);
        let ours = self.mouth.frame();
        if let Some(room) = &mut self.room {
            room.echo(&ours).iter().zip(&mut theirs).for_each(|(echo, sample)| *sample += echo);
        }
        self.pass_time(to_ms).await?;
        let clean = self.hearing.clean(&ours, theirs);
        self.tape.extend_from_slice(&clean);
        let memory = std::mem::take(&mut self.vad);
        let heard = self.memory.activity().detect(VadFrame { samples: clean.clone(), memory }).await?;
        self.vad = heard.memory;
        match self.hearing.notice(heard.probability, from_ms, to_ms) {
            Some(Segment::Stirred(from_ms)) if self.core.is_pausing() => {
                self.happen(Event::VoiceStirred { from_ms }).await?;
            }
            Some(Segment::Started(from_ms)) => self.happen(Event::VoiceStarted { from_ms }).await?,
            Some(Segment::Paused(since_ms)) => self.happen(Event::VoicePaused { since_ms }).await?,
            Some(Segment::Stirred(_)) | None => {}
        }
        for event in self.mouth.told() {
            self.happen(event).await?;
        }
        Ok(())
    }

    /// What falls due up to `now_ms`, each at its time.
    async fn pass_time(&mut self, now_ms: u64) -> Result<()> {
        while self.due.front().is_some_and(|(at_ms, _)| *at_ms <= now_ms) {
            let Some((at_ms, event)) = self.due.pop_front() else { break };
            self.advance(at_ms).await?;
            self.happen(event).await?;
        }
        self.advance(now_ms).await
    }

    async fn advance(&mut self, now_ms: u64) -> Result<()> {
        self.now_ms = self.now_ms.max(now_ms);
        // a session asks when something is due and is not woken before
        let is_due = self.core.deadline_ms().is_some_and(|due_ms| due_ms <= self.now_ms);
        let began = Instant::now();
        let decisions = self.core.advance(self.now_ms);
        if is_due {
            self.played.deciding += Deciding { events: 0, took: began.elapsed() };
        }
        for (at_ms, decided) in decisions {
            self.carry_out(decided, at_ms).await?;
        }
        Ok(())
    }

    async fn happen(&mut self, event: Event) -> Result<()> {
        self.played.events.push((self.now_ms, event.clone()));
        if matches!(event, Event::LineStarted { .. }) {
            (self.line_ms, self.listening_ms) = (Some(self.now_ms), None);
        }
        let began = Instant::now();
        let decisions = self.core.hear(&event, self.now_ms);
        self.played.deciding += Deciding { events: 1, took: began.elapsed() };
        for (at_ms, decided) in decisions {
            self.carry_out(decided, at_ms).await?;
        }
        Ok(())
    }

    async fn carry_out(&mut self, decided: Event, at_ms: u64) -> Result<()> {
        match &decided {
            Event::Recognise { stretch, from_ms, to_ms, .. } => {
                self.recognise(*stretch, *from_ms, *to_ms, at_ms).await?
            }
            Event::Forget { stretch } => self.forget(*stretch, at_ms),
            Event::Judge { pause, from_ms, to_ms } => {
                let probability = self.memory.finished(&self.heard(*from_ms, *to_ms)).await?;
                self.later(at_ms + JUDGING_MS, Event::Judged { pause: *pause, probability });
            }
            Event::Overhear { from_ms, to_ms } => {
                let sound = self.heard(from_ms.saturating_sub(CLAIM_LEAD_MS), *to_ms);
                let probability = self.memory.claims(&sound).await?;
                self.later(at_ms + OVERHEARING_MS, Event::Claimed { probability });
            }
            Event::Speak { line, text, rest, .. } => {
                let whole = rest.as_ref().map_or(text, |rest| &rest.whole);
                let sound = self.memory.spoken(whole).await?;
                let from = rest.as_ref().map_or(0, |rest| sound::at(rest.from_ms));
                self.mouth.speak(*line, sound, from);
            }
            Event::Duck { .. } => self.mouth.duck(true),
            Event::Unduck { .. } => self.mouth.duck(false),
            Event::Hush { .. } => self.mouth.hush(),
            Event::Listening { .. } => self.listening_ms = Some(at_ms),
            _ => {}
        }
        self.played.events.push((at_ms, decided));
        Ok(())
    }

    /// One stretch after the other; a stretch that is forgotten takes no more time.
    async fn recognise(&mut self, stretch: u32, from_ms: u64, to_ms: u64, at_ms: u64) -> Result<()> {
        let recognition = self.memory.recognised(&self.heard(from_ms, to_ms)).await?;
        let takes_ms = RECOGNITION_MS + RECOGNITION_MS_PER_S * (to_ms.saturating_sub(from_ms)) as f64 / 1000.0;
        let done_ms = at_ms.max(self.recogniser_free_ms) + takes_ms as u64;
        self.recogniser_free_ms = done_ms;
        self.later(done_ms, session::recognised(stretch, from_ms, recognition));
        Ok(())
    }

    fn forget(&mut self, forgotten: u32, at_ms: u64) {
        self.due.retain(|(_, event)| !matches!(event, Event::Recognised { stretch, .. } if *stretch == forgotten));
        self.recogniser_free_ms = self.recogniser_free_ms.min(at_ms);
    }

    fn later(&mut self, at_ms: u64, event: Event) {
        let place = self.due.partition_point(|(due_ms, _)| *due_ms <= at_ms);
        self.due.insert(place, (at_ms, event));
    }

    fn heard(&self, from_ms: u64, to_ms: u64) -> Vec<f32> {
        let to = sound::at(to_ms).min(self.tape.len());
        self.tape[sound::at(from_ms).min(to)..to].to_vec()
    }
}
