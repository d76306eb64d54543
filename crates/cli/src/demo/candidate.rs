//! The demo's candidate: a microphone that never stops, ears, and a mind. It knows nothing of what carries the interview.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde::Serialize;

use super::mind::{Intention, Mind};
use super::tape::Tape;
use super::told::{Side, Told};
use super::voices::Voices;
use crate::terminal::say;

/// Samples of a frame of the microphone's: 20 ms.
pub(crate) const FRAME_SAMPLES: usize = 320;
/// The microphone gives a frame each.
pub(crate) const FRAME: Duration = Duration::from_millis(20);
const SAMPLES_PER_MS: usize = 16;
/// An interview that takes longer has gone wrong.
const LONGEST: Duration = Duration::from_secs(45 * 60);
/// Without any message for so long the server is gone.
const QUIET: Duration = Duration::from_secs(120);

/// Something that the candidate said.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Spoken {
    /// The question it belongs to.
    pub(crate) question: Option<String>,
    /// The words.
    pub(crate) text: String,
    /// Whether it was the reply to the request for consent, which is not kept.
    pub(crate) before_consent: bool,
    /// Whether it was spoken over the interviewer.
    pub(crate) interrupts: bool,
}

/// Words that were shown: whose, in which segment, what.
pub(crate) type Shown = (Side, String, String);

/// What the candidate went through.
pub(crate) struct Lived {
    pub(crate) spoken: Vec<Spoken>,
    /// The last words of each segment, in the order in which the segments came.
    pub(crate) shown: Vec<Shown>,
    /// What the interviewer did, one after the other.
    pub(crate) activities: Vec<String>,
    pub(crate) tape: Tape,
}

/// A candidate.
pub(crate) struct Candidate<'a> {
    mind: Mind,
    voices: &'a Voices,
    microphone: Microphone,
    began: Instant,
    told_at: Instant,
    lived: Lived,
}

impl<'a> Candidate<'a> {
    /// A candidate whose microphone is turned on when the first frame is taken from it.
    pub(crate) fn new(mind: Mind, voices: &'a Voices) -> Self {
        let began = Instant::now();
        let microphone = Microphone { queue: VecDeque::new(), noise: 1 };
        let lived = Lived { spoken: Vec::new(), shown: Vec::new(), activities: Vec::new(), tape: Tape::default() };
        Self { mind, voices, microphone, began, told_at: began, lived }
    }

    /// The microphone's next 20 ms.
    pub(crate) fn frame(&mut self) -> Vec<i16> {
        let frame = self.microphone.frame();
        self.lived.tape.speak(&frame, Instant::now());
        frame
    }

    /// The interviewer's sound comes at `now`; `sent_ahead` where it comes sooner than it is to be played.
    pub(crate) fn hear(&mut self, samples: &[i16], sent_ahead: bool, now: Instant) {
        self.lived.tape.hear(samples, sent_ahead, now);
    }

    /// Takes what the server tells; whether the interview has ended.
    pub(crate) fn told(&mut self, told: Told) -> Result<bool> {
        self.told_at = Instant::now();
        match &told {
            Told::Caption { of, segment, text } => self.read(*of, segment, text),
            Told::Hush => self.lived.tape.hush(self.told_at),
            Told::Trouble(message) => bail!("the server complains: {message}"),
            Told::Ended { reason } if reason == "completed" => return Ok(true),
            Told::Ended { reason } => bail!("the interview ended as {reason}"),
            Told::Floor { activity, .. } if self.lived.activities.last() != Some(activity) => {
                self.lived.activities.push(activity.clone());
            }
            Told::Floor { .. } | Told::Question { .. } => {}
        }
        if let Some(intention) = self.mind.told(&told, self.microphone.is_in_use()) {
            let before_consent = matches!(&told, Told::Floor { phase, .. } if phase == "consent");
            self.lived.spoken.push(said(&intention, before_consent));
            self.microphone.say(&intention, self.voices);
        }
        Ok(false)
    }

    /// An interview that hangs is an error.
    pub(crate) fn check(&self) -> Result<()> {
        let quiet = self.told_at.elapsed();
        if self.began.elapsed() > LONGEST || quiet > QUIET {
            bail!("the interview hangs: {} s without a word from the server", quiet.as_secs());
        }
        Ok(())
    }

    /// What it went through.
    pub(crate) fn lived(self) -> Lived {
        self.lived
    }

    /// Prints the words, and keeps the last of each segment.
    fn read(&mut self, of: Side, segment: &str, text: &str) {
        if !text.is_empty() {
            say(&format!("{:>12}: {text}", of.name()));
        }
        let known = self.lived.shown.iter_mut().find(|(side, name, _)| *side == of && name == segment);
        match known {
            Some((_, _, known)) => text.clone_into(known),
            None => self.lived.shown.push((of, segment.to_owned(), text.to_owned())),
        }
    }
}

/// The microphone: what is queued, then room tone.
struct Microphone {
    queue: VecDeque<i16>,
    noise: u32,
}

impl Microphone {
    fn frame(&mut self) -> Vec<i16> {
        let sample = |_| self.queue.pop_front().unwrap_or(0).saturating_add(room_tone(&mut self.noise));
        (0..FRAME_SAMPLES).map(sample).collect()
    }

    /// Whether something is still being said, or about to be.
    fn is_in_use(&self) -> bool {
        !self.queue.is_empty()
    }

    fn say(&mut self, intention: &Intention, voices: &Voices) {
        self.silence(intention.answer.think_ms);
        for (i, stretch) in intention.answer.say.iter().enumerate() {
            if i > 0 {
                self.silence(intention.answer.pause_ms);
            }
            self.queue.extend(voices.get(stretch).into_iter().flatten());
        }
    }

    fn silence(&mut self, ms: u64) {
        self.queue.extend(std::iter::repeat_n(0, ms as usize * SAMPLES_PER_MS));
    }
}

/// Faint noise (about -75 dBFS), since no room is silent.
fn room_tone(noise: &mut u32) -> i16 {
    *noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*noise >> 29) as i16 - 4
}

fn said(intention: &Intention, before_consent: bool) -> Spoken {
    Spoken {
        question: intention.question.clone(),
        text: intention.answer.say.join(" "),
        before_consent,
        interrupts: intention.over_you,
    }
}
