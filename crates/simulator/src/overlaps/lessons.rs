//! What the judgement of voices over ours is fitted to: many more beginnings and listeners' noises than those that are
//! measured, each in several throats.

use anyhow::Result;

use super::{BACKCHANNELS, FOLDERS, Overlap, Sort, backchannels, noises, overlap, voices};
use crate::sound;
use crate::{Chance, Corpus, Half, Memory};

/// Throats: played so many times as fast.
const RATES: [f64; 3] = [0.9, 1.0, 1.12];
/// Silences of so long part two beginnings in a recording, milliseconds.
const PARTED_MS: u64 = 120;
/// A beginning is at least so long, and is cut to so much, milliseconds.
const BEGINNING_MS: std::ops::RangeInclusive<u64> = 500..=1600;
const NOISES: usize = 240;

/// What a listener says, beside what is measured: there are not many such words.
const LISTENING: [&str; 20] = [
    "Mhm.",
    "Uh-huh, yeah.",
    "Oh, okay.",
    "Okay, yeah.",
    "Right, right.",
    "Yes, yes.",
    "Okay, okay.",
    "Mm, yeah.",
    "Sure, sure.",
    "Yep, yep.",
    "Mm-hm, mm-hm.",
    "Right, okay.",
    "Yes, okay.",
    "Hm.",
    "Mmm, okay.",
    "Aha.",
    "Oh, right.",
    "Okay, right.",
    "All right.",
    "Yeah, sure.",
];
/// How somebody begins who wants the floor; none of it is measured.
const BEGINNING: [&str; 58] = [
    "Can I just say",
    "Do you mean the last",
    "Is that about the team",
    "How long should it be",
    "Why would you ask",
    "I don't think so because",
    "I didn't hear the end",
    "I have a question",
    "My manager told me",
    "We had the same thing",
    "The thing is that",
    "That's not what I said",
    "It was in the spring",
    "There was no time",
    "They said it was fine",
    "He told me about it",
    "She wanted to know",
    "When I was there",
    "If I may add something",
    "In my last job",
    "At the time we were",
    "Yes, but I was not",
    "Yeah, but what about",
    "Okay, but can you",
    "Right, so what I did",
    "Hmm, I would say",
    "Well, I have to say",
    "Um, can we go back",
    "Uh, which project",
    "And then we changed it",
    "Because nobody knew",
    "Maybe I should explain",
    "Just a second please",
    "Please wait a moment",
    "Stop for a second",
    "Hang on, I lost you",
    "Say that again, please",
    "Sorry?",
    "Pardon?",
    "What?",
    "Which one do you mean",
    "Where was that",
    "Who was in the team",
    "Can you hear me now",
    "I'm sorry, go back",
    "Hello, are you there",
    "You mean the customer",
    "Another thing I did",
    "Never, as far as I know",
    "Our plan was different",
    "To be honest, I forgot",
    "For me it was the price",
    "After that we met again",
    "Does it have to be work",
    "Good question, I think",
    "Okay, so I asked them",
    "Mm, not really, it was",
    "Sure, so in that case",
];

/// Beginnings and listeners' noises of the speakers of `half`, and noises.
///
/// # Errors
/// When a recording cannot be read, or an engine fails.
pub async fn lessons(corpus: &Corpus, memory: &Memory, half: Half) -> Result<Vec<Overlap>> {
    let mut made = backchannels(memory, half).await?;
    let (voices, mixed) = (voices(half).map(str::to_owned).collect::<Vec<_>>(), mixed(half));
    made.extend(spoken(memory, &voices, Sort::Backchannel, &LISTENING, 0.3).await?);
    made.extend(spoken(memory, &voices, Sort::Interruption, &BEGINNING, 0.15).await?);
    made.extend(spoken(memory, &mixed, Sort::Backchannel, &LISTENING, 0.2).await?);
    made.extend(spoken(memory, &mixed, Sort::Backchannel, &BACKCHANNELS, 0.2).await?);
    made.extend(spoken(memory, &mixed, Sort::Interruption, &BEGINNING, 0.1).await?);
    made.extend(recorded(corpus, memory, half).await?);
    let mut throats: Vec<Overlap> = Vec::new();
    for rate in RATES {
        throats.extend(made.iter().map(|one| one.at_rate(rate)));
    }
    throats.extend(noises(corpus, half, NOISES)?);
    Ok(throats)
}

/// Voices between each two of `half`.
fn mixed(half: Half) -> Vec<String> {
    let voices: Vec<&str> = voices(half).collect();
    let pairs = voices.iter().enumerate().flat_map(|(n, one)| voices[n + 1..].iter().map(move |other| (one, other)));
    pairs.map(|(one, other)| format!("{one}+{other}")).collect()
}

/// This share of all texts by each of the voices.
async fn spoken(memory: &Memory, voices: &[String], sort: Sort, texts: &[&str], share: f64) -> Result<Vec<Overlap>> {
    let mut made = Vec::new();
    for (voice, text) in voices.iter().flat_map(|voice| texts.iter().map(move |text| (voice, *text))) {
        let name = format!("lesson {voice}: {text}");
        let mut chance = Chance::of(&name);
        if chance.share() >= share {
            continue;
        }
        let speed = 0.85 + 0.4 * chance.share();
        let mut speech = memory.spoken_by(voice, text, (speed * 20.0).round() as f32 / 20.0).await?;
        sound::level(&mut speech);
        made.extend(overlap(sort, &name, &speech, memory).await?);
    }
    Ok(made)
}

/// How recordings of speech go on after each silence in them.
async fn recorded(corpus: &Corpus, memory: &Memory, half: Half) -> Result<Vec<Overlap>> {
    let mut made = Vec::new();
    for clip in FOLDERS.iter().flat_map(|folder| corpus.inside(folder)).filter(|clip| Half::of(&clip.speaker) == half) {
        let speech = sound::whole_frames(corpus.speech(&clip.path)?);
        for span in sound::voiced(&speech, &memory.voice_in(&speech).await?, PARTED_MS) {
            if span.length_ms() >= *BEGINNING_MS.start() {
                let to_ms = span.to_ms.min(span.from_ms + BEGINNING_MS.end());
                let part = &speech[sound::at(span.from_ms.saturating_sub(60))..sound::at(to_ms).min(speech.len())];
                let name = format!("{} from {}", clip.path, span.from_ms);
                made.extend(overlap(Sort::Interruption, &name, part, memory).await?);
            }
        }
    }
    Ok(made)
}
