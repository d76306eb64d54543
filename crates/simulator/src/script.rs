//! What a candidate says, with pauses put into real speech: where each turn truly ends, and where it truly pauses.
//!
//! A turn is one to three recordings of one speaker. Pauses are put between two words where the speech is low anyway,
//! and between two recordings; those that stand in the recordings count as well. Lengths are log-normal with a median of
//! 600 ms, times a factor that belongs to the speaker, cut to 300 ms to 3 s: about what is found in spontaneous speech
//! (Campione & Véronis, "A large-scale multilingual study of silent pause duration", Speech Prosody 2002).

mod calls;
mod gaps;

use anyhow::Result;
use speech::Recognition;

use crate::sound::{self, SAMPLES_PER_MS, Span};
use crate::{Chance, Clip, Corpus, Half, Memory};

pub use calls::calls;
use gaps::{Gap, gaps};

/// Pauses of at least so long count, milliseconds.
pub const PAUSE_MS: u64 = 300;
/// Room before and after the voice of a turn, milliseconds.
const ROOM_MS: u64 = 512;
/// Median and deviation (of the logarithm) of pauses, and of the factor that a speaker has.
const TYPICAL_PAUSE_MS: f64 = 600.0;
const PAUSE_DEVIATION: f64 = 0.65;
const SPEAKER_DEVIATION: f64 = 0.3;
const PAUSES_MS: std::ops::RangeInclusive<f64> = 300.0..=3000.0;
/// Recordings outside of this are left out, seconds.
const SECONDS: std::ops::RangeInclusive<f64> = 1.5..=20.0;
/// Speech around the voice that is kept of a recording, milliseconds.
const AROUND_MS: u64 = 60;
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
            made.push(conversation(corpus, memory, format!("{folder}/{speaker}"), &clips).await?);
        }
    }
    made.extend(calls(corpus, memory, half).await?);
    made.retain(|conversation| !conversation.turns.is_empty());
    Ok(made)
}

async fn conversation(corpus: &Corpus, memory: &Memory, name: String, clips: &[&Clip]) -> Result<Conversation> {
    let mut chance = Chance::of(&name);
    let habit = (SPEAKER_DEVIATION * chance.normal()).exp();
    let (mut turns, mut rest, mut room) = (Vec::new(), clips, Vec::new());
    while !rest.is_empty() {
        let count = [1, 1, 2, 2, 3][chance.below(5)].min(rest.len());
        let (now, later) = rest.split_at(count);
        rest = later;
        let mut parts = Parts::new(habit);
        for clip in now {
            let speech = corpus.speech(&clip.path)?;
            let activity = memory.voice_in(&sound::whole_frames(speech.clone())).await?;
            let recognition = memory.recognised(&speech).await?;
            parts.add(&speech, &activity, &recognition, &mut chance);
        }
        room = sound::room_tone(&parts.sound, 8000, &mut chance);
        turns.extend(parts.turn(memory, &mut chance).await?);
    }
    Ok(Conversation { name, turns, room })
}

/// A turn in the making.
struct Parts {
    habit: f64,
    sound: Vec<f32>,
    put: Vec<Pause>,
}

impl Parts {
    fn new(habit: f64) -> Self {
        Self { habit, sound: Vec::new(), put: Vec::new() }
    }

    /// Adds a recording, with a pause before it unless it is the first, and pauses in it.
    fn add(&mut self, speech: &[f32], activity: &[f32], said: &Recognition, chance: &mut Chance) {
        let spans = sound::voiced(speech, activity, PAUSE_MS);
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return };
        if !self.sound.is_empty() {
            self.pause(Place::AfterSentence, speech, chance);
        }
        let mut from = sound::at(first.from_ms.saturating_sub(AROUND_MS));
        let end = sound::at(last.to_ms + AROUND_MS).min(speech.len());
        for gap in choose(gaps(speech, &said.words), chance) {
            let to = gap.at;
            if (from + sound::at(400)..end.saturating_sub(sound::at(400))).contains(&to) {
                self.speak(&speech[from..to]);
                self.pause(gap.place, speech, chance);
                from = to;
            }
        }
        self.speak(&speech[from..end]);
    }

    fn speak(&mut self, speech: &[f32]) {
        let mut speech = speech.to_vec();
        sound::fade(&mut speech);
        self.sound.extend(speech);
    }

    fn pause(&mut self, place: Place, speech: &[f32], chance: &mut Chance) {
        let length_ms = pause_ms(self.habit, chance);
        let from_ms = (self.sound.len() / SAMPLES_PER_MS) as u64;
        self.sound.extend(sound::room_tone(speech, length_ms, chance));
        self.put.push(Pause { span: Span { from_ms, to_ms: from_ms + length_ms }, place });
    }

    async fn turn(self, memory: &Memory, chance: &mut Chance) -> Result<Option<Turn>> {
        let room = |chance: &mut Chance| sound::room_tone(&self.sound, ROOM_MS, chance);
        let sound = [room(chance), self.sound.clone(), room(chance)].concat();
        let sound = sound::whole_frames(sound);
        turn(sound, &self.put, memory).await
    }
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

fn pause_ms(habit: f64, chance: &mut Chance) -> u64 {
    loop {
        let length_ms = TYPICAL_PAUSE_MS * habit * (PAUSE_DEVIATION * chance.normal()).exp();
        if PAUSES_MS.contains(&length_ms) {
            return length_ms as u64;
        }
    }
}

/// One gap of a short recording, two of a long one.
fn choose(gaps: Vec<Gap>, chance: &mut Chance) -> Vec<Gap> {
    let wanted = if gaps.len() > 8 { 2 } else { 1 };
    let mut left = gaps;
    let mut chosen: Vec<Gap> = Vec::new();
    while chosen.len() < wanted && !left.is_empty() {
        chosen.push(left.remove(chance.below(left.len())));
    }
    chosen.sort_by_key(|gap| gap.at);
    chosen
}
