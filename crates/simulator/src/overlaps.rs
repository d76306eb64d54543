//! What may come over our voice: real interruptions, listeners' noises, coughs, clicks and keyboards.

mod lessons;
mod noises;
mod texts;

use anyhow::Result;
use turn::{Profile, Segment, Segmenter};

use crate::sound::{self, FRAME_MS, Span};
use crate::{Chance, Corpus, Half, Memory};

pub use lessons::lessons;
pub use noises::noises;

/// An interruption lasts at most so long, milliseconds.
const LONGEST_MS: u64 = 3000;
/// Recordings shorter than this are no interruption, seconds.
const SHORTEST_S: f64 = 2.0;
/// Room before and after, milliseconds.
const ROOM_MS: u64 = 256;
/// Listeners are up to so much softer than speakers, decibels.
const SOFTER_DB: f64 = 9.0;
const FOLDERS: [&str; 4] = ["read", "crowd", "disfluent", "spontaneous"];

/// The candidates' voices.
const VOICES: [&str; 28] = [
    "af_alloy",
    "af_aoede",
    "af_bella",
    "af_heart",
    "af_jessica",
    "af_kore",
    "af_nicole",
    "af_nova",
    "af_river",
    "af_sarah",
    "af_sky",
    "am_adam",
    "am_echo",
    "am_eric",
    "am_fenrir",
    "am_liam",
    "am_michael",
    "am_onyx",
    "am_puck",
    "am_santa",
    "bf_alice",
    "bf_emma",
    "bf_isabella",
    "bf_lily",
    "bm_daniel",
    "bm_fable",
    "bm_george",
    "bm_lewis",
];

/// What a listener says without wanting the floor.
const BACKCHANNELS: [&str; 14] = [
    "Mm-hm.",
    "Yeah.",
    "Okay.",
    "Right.",
    "Uh-huh.",
    "Yes.",
    "Sure.",
    "Hmm.",
    "Yep.",
    "Mm.",
    "Alright.",
    "Yeah, okay.",
    "Okay, sure.",
    "Yeah, yeah.",
];
/// How somebody begins who wants it.
const CLAIMS: [&str; 14] = [
    "Sorry, can I ask something about that?",
    "Wait, I did not get the last part.",
    "Could you repeat the question, please?",
    "Actually, I would like to add something.",
    "Hold on, I need a moment.",
    "I already told you about that.",
    "Excuse me, which project do you mean?",
    "No, that is not what I meant.",
    "What do you mean by that?",
    "Before you go on, may I say something?",
    "Let me stop you there for a second.",
    "One question, how long should the answer be?",
    "So I think the first thing we did was call them.",
    "But it was not my decision.",
];

/// What kind of sound it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Somebody wants the floor.
    Interruption,
    /// Somebody listens.
    Backchannel,
    /// A cough, a click, a keyboard.
    Noise,
}

impl Sort {
    /// Its name in figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interruption => "interruption",
            Self::Backchannel => "backchannel",
            Self::Noise => "noise",
        }
    }
}

/// A sound over our voice.
#[derive(Clone, Debug)]
pub struct Overlap {
    /// Its kind.
    pub sort: Sort,
    /// What it is.
    pub name: String,
    /// 16 kHz; whole frames of voice activity, with a little room around.
    pub sound: Vec<f32>,
    /// Where in it something is to be heard.
    pub heard: Span,
}

/// Interruptions by the speakers of `half`: how their recordings begin; and claims by synthetic voices.
///
/// # Errors
/// When a recording cannot be read, or an engine fails.
pub async fn interruptions(corpus: &Corpus, memory: &Memory, half: Half) -> Result<Vec<Overlap>> {
    let mut made = Vec::new();
    for folder in FOLDERS {
        let clips = corpus.inside(folder).filter(|clip| clip.seconds >= SHORTEST_S && Half::of(&clip.speaker) == half);
        for clip in clips {
            let speech = corpus.speech(&clip.path)?;
            made.extend(overlap(Sort::Interruption, &clip.path, &speech, memory).await?);
        }
    }
    for (voice, text) in said(half, &CLAIMS) {
        let mut speech = memory.spoken_by(voice, text, 1.0).await?;
        sound::level(&mut speech);
        made.extend(overlap(Sort::Interruption, &format!("{voice}: {text}"), &speech, memory).await?);
    }
    Ok(made)
}

/// Listeners' noises by synthetic voices of `half`, softer than a speaker by chance.
///
/// # Errors
/// When an engine fails.
pub async fn backchannels(memory: &Memory, half: Half) -> Result<Vec<Overlap>> {
    let mut made = Vec::new();
    for (voice, text) in said(half, &BACKCHANNELS) {
        let name = format!("{voice}: {text}");
        let mut chance = Chance::of(&name);
        let speed = 0.85 + 0.4 * chance.share();
        let mut speech = memory.spoken_by(voice, text, (speed * 20.0).round() as f32 / 20.0).await?;
        sound::level(&mut speech);
        sound::scale(&mut speech, 10f32.powf((-SOFTER_DB * chance.share() / 20.0) as f32));
        made.extend(overlap(Sort::Backchannel, &name, &speech, memory).await?);
    }
    Ok(made)
}

impl Overlap {
    /// The same, higher and faster by `rate` (or lower and slower): another throat.
    pub fn at_rate(&self, rate: f64) -> Self {
        let sound = sound::whole_frames(sound::at_rate(&self.sound, rate));
        let ms = |ms: u64| (ms as f64 / rate) as u64;
        let heard = Span { from_ms: ms(self.heard.from_ms), to_ms: ms(self.heard.to_ms) };
        Self { sort: self.sort, name: self.name.clone(), sound, heard }
    }

    /// From where to where a voice is noticed in it; `None` where none is.
    ///
    /// # Errors
    /// When voice activity fails.
    pub async fn voice(&self, memory: &Memory) -> Result<Option<Span>> {
        let (mut segmenter, mut from) = (Segmenter::new(Profile::INTERVIEW.pause_ms), None);
        for (frame, probability) in (0..).zip(memory.voice_in(&self.sound).await?) {
            match (segmenter.push(probability, frame * FRAME_MS, (frame + 1) * FRAME_MS), from) {
                (Some(Segment::Started(at_ms)), None) => from = Some(at_ms),
                (Some(Segment::Paused(to_ms)), Some(from_ms)) => return Ok(Some(Span { from_ms, to_ms })),
                _ => {}
            }
        }
        let to_ms = (self.sound.len() / sound::SAMPLES_PER_MS) as u64;
        Ok(from.map(|from_ms| Span { from_ms, to_ms }))
    }
}

/// Each of the voices of this half with each text.
pub(crate) fn said<'a>(half: Half, texts: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    voices(half).flat_map(|voice| texts.iter().map(move |text| (voice, *text)))
}

/// The synthetic voices of this half.
fn voices(half: Half) -> impl Iterator<Item = &'static str> {
    VOICES.into_iter().filter(move |voice| Half::of(voice) == half)
}

/// The first seconds of `speech`, from its voice on; `None` where there is none.
async fn overlap(sort: Sort, name: &str, speech: &[f32], memory: &Memory) -> Result<Option<Overlap>> {
    let speech = sound::whole_frames(speech.to_vec());
    let spans = sound::voiced(&speech, &memory.voice_in(&speech).await?, 2000);
    let Some(Span { from_ms, to_ms }) = spans.first().copied() else { return Ok(None) };
    let to_ms = to_ms.min(from_ms + LONGEST_MS);
    let around = sound::at(from_ms.saturating_sub(40))..sound::at(to_ms + 40).min(speech.len());
    let lead_ms = from_ms - from_ms.saturating_sub(40);
    let mut voice = speech[around].to_vec();
    sound::fade(&mut voice);
    let mut chance = Chance::of(name);
    let room = |chance: &mut Chance| sound::room_tone(&speech, ROOM_MS, chance);
    let sound = sound::whole_frames([room(&mut chance), voice, room(&mut chance)].concat());
    let from = ROOM_MS + lead_ms;
    let heard = Span { from_ms: from, to_ms: from + to_ms - from_ms };
    Ok(Some(Overlap { sort, name: name.to_owned(), sound, heard }))
}
