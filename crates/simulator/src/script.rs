//! What a candidate says, with pauses put into real speech: where each turn truly ends, and where it truly pauses.
//!
//! A turn is one to three recordings of one speaker. Pauses are put between two words where the speech is low anyway,
//! and between two recordings; those that stand in the recordings count as well. Lengths are log-normal with a median of
//! 600 ms, times a factor that belongs to the conversation, cut to 300 ms to 3 s: about what is found in spontaneous speech
//! (Campione & Véronis, "A large-scale multilingual study of silent pause duration", Speech Prosody 2002). What is heard as
//! silence around the place anyway is a part of that length. A conversation has as many turns as an interview has answers,
//! so that the factor of somebody with many recordings does not decide the figures.

mod calls;
mod gaps;
mod parts;

use anyhow::Result;

use crate::sound::{self, Span};
use crate::{Chance, Clip, Corpus, Half, Memory};

pub use calls::calls;
use parts::Parts;

/// Pauses of at least so long count, milliseconds.
pub const PAUSE_MS: u64 = 300;
/// Room before and after the voice of a turn, milliseconds.
const ROOM_MS: u64 = 512;
/// Deviation (of the logarithm) of the factor that a conversation's pauses have.
const HABIT_DEVIATION: f64 = 0.3;
/// Turns of a conversation.
const TURNS: usize = 8;
/// Recordings outside of this are left out, seconds.
const SECONDS: std::ops::RangeInclusive<f64> = 1.5..=20.0;
const FOLDERS: [&str; 4] = ["read", "crowd", "disfluent", "spontaneous"];

/// Where a pause stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Put between two words of a sentence.
    Inside,
    /// Put after a whole sentence: nothing in sound or words tells that more will follow.
    AfterSentence,
    /// Stood in the recording.
    Recorded,
}

impl Place {
    /// Its name in figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::AfterSentence => "after_sentence",
            Self::Recorded => "recorded",
        }
    }
}

/// A pause inside a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// From the last voiced sound to the next, in the turn's sound.
    pub span: Span,
    /// Where it stands.
    pub place: Place,
}

/// What a candidate says in one turn.
#[derive(Clone, Debug)]
pub struct Turn {
    /// 16 kHz; whole frames of voice activity.
    pub sound: Vec<f32>,
    /// From the first voiced sound to the true end.
    pub voice: Span,
    /// Pauses of at least [`PAUSE_MS`] inside it, in order.
    pub pauses: Vec<Pause>,
}

/// One speaker's turns.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Its name.
    pub name: String,
    /// The turns, in order.
    pub turns: Vec<Turn>,
    /// What the room sounds like after a turn.
    pub room: Vec<f32>,
}

/// Makes conversations of the speech of one half of the speakers.
///
/// # Errors
/// When a recording cannot be read, or an engine fails.
pub async fn conversations(corpus: &Corpus, memory: &Memory, half: Half) -> Result<Vec<Conversation>> {
    let mut made = Vec::new();
    for folder in FOLDERS {
        let clips = corpus.inside(folder).filter(|clip| SECONDS.contains(&clip.seconds));
        let mut speakers: Vec<(String, Vec<&Clip>)> = Vec::new();
        for clip in clips.filter(|clip| Half::of(&clip.speaker) == half) {
            match speakers.iter_mut().find(|(speaker, _)| *speaker == clip.speaker) {
                Some((_, clips)) => clips.push(clip),
                None => speakers.push((clip.speaker.clone(), vec![clip])),
            }
        }
        for (speaker, clips) in speakers {
            made.extend(told(corpus, memory, &format!("{folder}/{speaker}"), &clips).await?);
        }
    }
    made.extend(calls(corpus, memory, half).await?);
    made.retain(|conversation| !conversation.turns.is_empty());
    Ok(made)
}

/// What one speaker's recordings make: the first conversation is called `name`, the next ones have a number besides.
async fn told(corpus: &Corpus, memory: &Memory, name: &str, clips: &[&Clip]) -> Result<Vec<Conversation>> {
    let (mut made, mut rest) = (Vec::new(), clips);
    while !rest.is_empty() {
        let name = if made.is_empty() { name.to_owned() } else { format!("{name} {}", made.len() + 1) };
        made.push(conversation(corpus, memory, name, &mut rest).await?);
    }
    Ok(made)
}

/// A conversation of the first of `clips`, which are taken off.
async fn conversation(corpus: &Corpus, memory: &Memory, name: String, clips: &mut &[&Clip]) -> Result<Conversation> {
    let mut chance = Chance::of(&name);
    let habit = (HABIT_DEVIATION * chance.normal()).exp();
    let (mut turns, mut room) = (Vec::new(), Vec::new());
    while !clips.is_empty() && turns.len() < TURNS {
        let count = [1, 1, 2, 2, 3][chance.below(5)].min(clips.len());
        let (now, later) = clips.split_at(count);
        *clips = later;
        let mut parts = Parts::new(habit);
        for clip in now {
            let speech = corpus.speech(&clip.path)?;
            let activity = memory.voice_in(&sound::whole_frames(speech.clone())).await?;
            let recognition = memory.recognised(&speech).await?;
            parts.add(&speech, &activity, &recognition, &mut chance);
        }
        room = sound::room_tone(parts.sound(), 8000, &mut chance);
        turns.extend(parts.turn(memory, &mut chance).await?);
    }
    Ok(Conversation { name, turns, room })
}

/// The turn that `sound` is, by where it is voiced; `None` where it is not. `put`: the pauses that were put into it,
/// measured from its voice's start.
pub(crate) async fn turn(sound: Vec<f32>, put: &[Pause], memory: &Memory) -> Result<Option<Turn>> {
    let spans = sound::voiced(&sound, &memory.voice_in(&sound).await?, PAUSE_MS);
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(None) };
    let voice = Span { from_ms: first.from_ms, to_ms: last.to_ms };
    let pauses = spans.windows(2).map(|pair| {
        let span = Span { from_ms: pair[0].to_ms, to_ms: pair[1].from_ms };
        let here = |put: &&Pause| put.span.from_ms + ROOM_MS < span.to_ms && put.span.to_ms + ROOM_MS > span.from_ms;
        Pause { span, place: put.iter().find(here).map_or(Place::Recorded, |put| put.place) }
    });
    let pauses = pauses.collect();
    Ok(Some(Turn { sound, voice, pauses }))
}
