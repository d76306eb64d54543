//! Answers that begin and then stop to think, and answers of a word, both by synthetic voices.

use anyhow::Result;

use crate::overlaps::said;
use crate::script::{Conversation, Pause, Place, Turn, turn};
use crate::sound::{self, SAMPLES_PER_MS, Span};
use crate::{Chance, Half, Memory};

/// How long the thought is, milliseconds.
const THOUGHT_MS: u64 = 4000;
/// Room before and after a voice, milliseconds.
const ROOM_MS: u64 = 512;
/// How somebody begins who has to think.
const BEGINNINGS: [&str; 10] = [
    "So,",
    "So, um,",
    "Um, so,",
    "Well, so,",
    "And so,",
    "Okay, so,",
    "Uh, so,",
    "Right, so,",
    "Hmm, so,",
    "Okay, um,",
];
const ANSWERS: [&str; 3] = [
    "I asked the customer what they really needed, and we changed the whole plan.",
    "We had promised it for the spring, and in the end it took us until the autumn.",
    "My manager and I did not agree, so I wrote down what each way would cost us.",
];
/// All that is said.
const WORDS: [&str; 4] = ["Yes.", "No.", "Yes, I do.", "No, thank you."];

/// `count` turns at most in which the voices of `half` begin with "So ...", think for four seconds and then answer.
///
/// # Errors
/// When an engine fails.
pub async fn thoughts(memory: &Memory, half: Half, count: usize) -> Result<Vec<Conversation>> {
    let mut made = Vec::new();
    for (voice, beginning) in said(half, &BEGINNINGS).take(count) {
        let name = format!("{voice}: {beginning}");
        let mut chance = Chance::of(&name);
        let answer = ANSWERS[chance.below(ANSWERS.len())];
        let beginning = memory.spoken_by(voice, beginning, 1.0).await?;
        let answer = memory.spoken_by(voice, answer, 1.0).await?;
        made.extend(said_with_pause(name, beginning, answer, memory, &mut chance).await?);
    }
    Ok(made)
}

/// One word each by the voices of `half`.
///
/// # Errors
/// When an engine fails.
pub async fn words(memory: &Memory, half: Half) -> Result<Vec<Conversation>> {
    let mut made = Vec::new();
    for (voice, word) in said(half, &WORDS) {
        let name = format!("{voice}: {word}");
        let mut speech = memory.spoken_by(voice, word, 1.0).await?;
        sound::level(&mut speech);
        let room = sound::room_tone(&speech, 8000, &mut Chance::of(&name));
        let sound = [&room[..sound::at(ROOM_MS)], &speech, &room[..sound::at(ROOM_MS)]].concat();
        made.extend(conversation(name, room, turn(sound::whole_frames(sound), &[], memory).await?));
    }
    Ok(made)
}

async fn said_with_pause(
    name: String,
    mut beginning: Vec<f32>,
    mut answer: Vec<f32>,
    memory: &Memory,
    chance: &mut Chance,
) -> Result<Option<Conversation>> {
    sound::level(&mut beginning);
    sound::level(&mut answer);
    let room = sound::room_tone(&answer, 8000, chance);
    let from_ms = (beginning.len() / SAMPLES_PER_MS) as u64;
    let thought = Pause { span: Span { from_ms, to_ms: from_ms + THOUGHT_MS }, place: Place::Inside };
    let (around, silence) = (&room[..sound::at(ROOM_MS)], &room[..sound::at(THOUGHT_MS)]);
    let sound = [around, &beginning, silence, &answer, around].concat();
    Ok(conversation(name, room, turn(sound::whole_frames(sound), &[thought], memory).await?))
}

fn conversation(name: String, room: Vec<f32>, turn: Option<Turn>) -> Option<Conversation> {
    turn.map(|turn| Conversation { name, turns: vec![turn], room })
}
