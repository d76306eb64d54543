//! What the judgement of voices over ours is fitted to: many more beginnings and listeners' noises than those that are
//! measured, each in two of three throats.

use anyhow::Result;

use super::{FOLDERS, Overlap, SOFTER_DB, Sort, backchannels, noises, overlap, texts, voices};
use crate::sound;
use crate::{Chance, Corpus, Half, Memory};

/// Throats: played so many times as fast.
const RATES: [f64; 3] = [0.9, 1.0, 1.12];
/// Silences of so long part two beginnings in a recording, milliseconds.
const PARTED_MS: u64 = 120;
/// A beginning is at least so long, and is cut to so much, milliseconds.
const BEGINNING_MS: std::ops::RangeInclusive<u64> = 500..=1600;
const NOISES: usize = 240;
/// Voices of other languages: spoken in English they are throats that nothing is measured with.
const STRANGERS: [&str; 26] = [
    "ef_dora",
    "em_alex",
    "em_santa",
    "ff_siwis",
    "hf_alpha",
    "hf_beta",
    "hm_omega",
    "hm_psi",
    "if_sara",
    "im_nicola",
    "jf_alpha",
    "jf_gongitsune",
    "jf_nezumi",
    "jf_tebukuro",
    "jm_kumo",
    "pf_dora",
    "pm_alex",
    "pm_santa",
    "zf_xiaobei",
    "zf_xiaoni",
    "zf_xiaoxiao",
    "zf_xiaoyi",
    "zm_yunjian",
    "zm_yunxi",
    "zm_yunxia",
    "zm_yunyang",
];
/// Ways to begin, and ways to listen, of each voice, of each stranger and of each one between voices.
const TEXTS_OF_ONE: usize = 16;
const TEXTS_OF_STRANGERS: usize = 12;
const TEXTS_OF_MIXED: usize = 6;
const MIXED: usize = 60;

/// Beginnings and listeners' noises of the speakers of `half`, and noises.
///
/// # Errors
/// When a recording cannot be read, or an engine fails.
pub async fn lessons(corpus: &Corpus, memory: &Memory, half: Half) -> Result<Vec<Overlap>> {
    let mut made = backchannels(memory, half).await?;
    let single: Vec<String> = voices(half).map(str::to_owned).collect();
    let of_each = [(single, TEXTS_OF_ONE), (strangers(half), TEXTS_OF_STRANGERS), (mixed(half), TEXTS_OF_MIXED)];
    for (voices, texts) in &of_each {
        made.extend(spoken(memory, voices, Sort::Backchannel, *texts).await?);
        made.extend(spoken(memory, voices, Sort::Interruption, *texts).await?);
    }
    made.extend(recorded(corpus, memory, half).await?);
    let mut throats: Vec<Overlap> = Vec::new();
    for (left_out, rate) in RATES.into_iter().enumerate() {
        let some = made.iter().enumerate().filter(|(number, _)| number % RATES.len() != left_out);
        throats.extend(some.map(|(_, one)| one.at_rate(rate)));
    }
    throats.extend(noises(corpus, half, NOISES)?);
    Ok(throats)
}

/// Strangers in English: a quarter of a voice of `half`, whose accent it takes, and three of the stranger.
fn strangers(half: Half) -> Vec<String> {
    let voices: Vec<&str> = voices(half).collect();
    let of = |(n, stranger): (usize, &&str)| format!("{}+{stranger}+{stranger}+{stranger}", voices[n % voices.len()]);
    STRANGERS.iter().enumerate().map(of).collect()
}

/// Voices between two or three of `half`, or of the strangers.
fn mixed(half: Half) -> Vec<String> {
    let voices: Vec<&str> = voices(half).collect();
    let mut chance = Chance::of("voices between others");
    let of = |chance: &mut Chance| {
        let first = voices[chance.below(voices.len())];
        let others = [voices.as_slice(), &STRANGERS].concat();
        let second = others[chance.below(others.len())];
        let third = others[chance.below(others.len())];
        if chance.below(2) == 0 { format!("{first}+{second}") } else { format!("{first}+{second}+{third}") }
    };
    (0..MIXED).map(|_| of(&mut chance)).collect()
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
        let softer_db = if sort == Sort::Backchannel { SOFTER_DB * chance.share() } else { 0.0 };
        sound::scale(&mut speech, 10f32.powf((-softer_db / 20.0) as f32));
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
