//! What the judgement of voices over ours is fitted to: many more beginnings and listeners' noises than those that are
//! measured, each in several throats.

use anyhow::Result;

use super::{FOLDERS, Overlap, Sort, backchannels, noises, overlap, texts, voices};
use crate::sound;
use crate::{Chance, Corpus, Half, Memory};

/// Throats: played so many times as fast.
const RATES: [f64; 3] = [0.9, 1.0, 1.12];
/// Silences of so long part two beginnings in a recording, milliseconds.
const PARTED_MS: u64 = 120;
/// A beginning is at least so long, and is cut to so much, milliseconds.
const BEGINNING_MS: std::ops::RangeInclusive<u64> = 500..=1600;
const NOISES: usize = 240;
/// Ways to begin, and ways to listen, of each voice and of each one between voices.
const TEXTS_OF_ONE: usize = 30;
const TEXTS_OF_MIXED: usize = 7;
const VOICES_OF_THREE: usize = 40;

/// Beginnings and listeners' noises of the speakers of `half`, and noises.
///
/// # Errors
/// When a recording cannot be read, or an engine fails.
pub async fn lessons(corpus: &Corpus, memory: &Memory, half: Half) -> Result<Vec<Overlap>> {
    let mut made = backchannels(memory, half).await?;
    let (single, mixed) = (voices(half).map(str::to_owned).collect::<Vec<_>>(), mixed(half));
    for (voices, texts) in [(&single, TEXTS_OF_ONE), (&mixed, TEXTS_OF_MIXED)] {
        made.extend(spoken(memory, voices, Sort::Backchannel, texts).await?);
        made.extend(spoken(memory, voices, Sort::Interruption, texts).await?);
    }
    made.extend(recorded(corpus, memory, half).await?);
    let mut throats: Vec<Overlap> = Vec::new();
    for rate in RATES {
        throats.extend(made.iter().map(|one| one.at_rate(rate)));
    }
    throats.extend(noises(corpus, half, NOISES)?);
    Ok(throats)
}

/// Voices between each two of `half`, and between some three.
fn mixed(half: Half) -> Vec<String> {
    let voices: Vec<&str> = voices(half).collect();
    let mut chance = Chance::of("voices between three");
    let pairs = voices.iter().enumerate().flat_map(|(n, one)| voices[n + 1..].iter().map(move |other| (one, other)));
    let of_two: Vec<String> = pairs.map(|(one, other)| format!("{one}+{other}")).collect();
    let of_three = (0..VOICES_OF_THREE).map(|_| {
        let third = voices[chance.below(voices.len())];
        format!("{}+{third}", of_two[chance.below(of_two.len())])
    });
    of_two.iter().cloned().chain(of_three).collect()
}

/// So many texts by each of the voices.
async fn spoken(memory: &Memory, voices: &[String], sort: Sort, texts: usize) -> Result<Vec<Overlap>> {
    let mut made = Vec::new();
    for (voice, number) in voices.iter().flat_map(|voice| (0..texts).map(move |number| (voice, number))) {
        let mut chance = Chance::of(&format!("lesson {voice} {} {number}", sort.name()));
        let text = match sort {
            Sort::Interruption => texts::beginning(&mut chance),
            _ => texts::listening(&mut chance),
        };
        let speed = 0.85 + 0.4 * chance.share();
        let mut speech = memory.spoken_by(voice, &text, (speed * 20.0).round() as f32 / 20.0).await?;
        sound::level(&mut speech);
        made.extend(overlap(sort, &format!("lesson {voice}: {text}"), &speech, memory).await?);
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
