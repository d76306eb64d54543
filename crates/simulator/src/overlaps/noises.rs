//! Coughs and clicks, synthesised; keyboards, recorded.

use anyhow::Result;

use super::{Overlap, Sort};
use crate::sound::{self, Span};
use crate::{Chance, Corpus, Half};

/// Recordings of keyboards.
const KEYBOARD: &str = "noise-keyboard";
const ROOM_MS: u64 = 256;

/// `count` noises: a third each of coughs, clicks and bursts of a keyboard. The halves have different ones.
///
/// # Errors
/// When a recording cannot be read.
pub fn noises(corpus: &Corpus, half: Half, count: usize) -> Result<Vec<Overlap>> {
    let keyboards: Vec<_> = corpus.clips.iter().filter(|clip| clip.category == KEYBOARD).collect();
    let mut made = Vec::new();
    for number in 0..count {
        let mut chance = Chance::of(&format!("{} noise {number}", half.name()));
        let (name, mut noise) = match number % 3 {
            0 => ("cough".to_owned(), cough(&mut chance)),
            1 => ("click".to_owned(), clicks(&mut chance)),
            _ if keyboards.is_empty() => continue,
            _ => {
                let clip = keyboards[chance.below(keyboards.len())];
                (clip.path.clone(), burst(&corpus.sound(&clip.path)?, half, &mut chance))
            }
        };
        loud(&mut noise, -30.0 + 15.0 * chance.share() as f32);
        made.push(noise_overlap(&format!("{name} {number}"), noise, &mut chance));
    }
    Ok(made)
}

fn noise_overlap(name: &str, noise: Vec<f32>, chance: &mut Chance) -> Overlap {
    let length_ms = (noise.len() / sound::SAMPLES_PER_MS) as u64;
    let room =
        |chance: &mut Chance| -> Vec<f32> { (0..sound::at(ROOM_MS)).map(|_| 3e-4 * chance.normal() as f32).collect() };
    let sound = sound::whole_frames([room(chance), noise, room(chance)].concat());
    let heard = Span { from_ms: ROOM_MS, to_ms: ROOM_MS + length_ms };
    Overlap { sort: Sort::Noise, name: name.to_owned(), sound, heard }
}

/// Brings the loudest 10 ms to a level, decibels.
fn loud(noise: &mut [f32], level_db: f32) {
    let loudest = sound::levels(noise).into_iter().fold(f32::MIN_POSITIVE, f32::max);
    sound::scale(noise, 10f32.powf(level_db / 20.0) / loudest);
}

/// Up to 2 s of a keyboard: from the first half of the recording for one half, from the second for the other.
fn burst(keyboard: &[f32], half: Half, chance: &mut Chance) -> Vec<f32> {
    let length = sound::at(500 + chance.below(1500) as u64);
    let middle = keyboard.len() / 2;
    let from = chance.below(middle.saturating_sub(length)) + if half == Half::Tune { 0 } else { middle };
    keyboard[from..(from + length).min(keyboard.len())].to_vec()
}

/// One to four clicks: noise that dies away within milliseconds.
fn clicks(chance: &mut Chance) -> Vec<f32> {
    let mut sound = Vec::new();
    for _ in 0..=chance.below(4) {
        let dies = 0.0005 + 0.006 * chance.share();
        let click = (0..sound::at(40)).map(|i| (chance.normal() * (-(i as f64) / 16_000.0 / dies).exp()) as f32);
        sound.extend(click.collect::<Vec<_>>());
        sound.extend(vec![0.0; sound::at(50 + chance.below(250) as u64)]);
    }
    sound
}

/// One to three coughs, each a burst of noise through the throat's resonances and a voiced rest that dies away.
fn cough(chance: &mut Chance) -> Vec<f32> {
    let mut sound = Vec::new();
    for _ in 0..=chance.below(3) {
        let (length_ms, pitch_hz) = (180 + chance.below(200) as u64, 110.0 + 150.0 * chance.share());
        let (resonance_hz, voiced) = (600.0 + 900.0 * chance.share(), 0.6 * chance.share());
        sound.extend(resonant(&bark(length_ms, pitch_hz, voiced, chance), resonance_hz));
        sound.extend(vec![0.0; sound::at(60 + chance.below(200) as u64)]);
    }
    sound
}

/// What drives a cough: an explosion of breath, then breath and a rough voice.
fn bark(length_ms: u64, pitch_hz: f64, voiced: f64, chance: &mut Chance) -> Vec<f32> {
    let (mut phase, length) = (0.0, sound::at(length_ms));
    let sample = |i: usize| {
        let (second, share) = (i as f64 / 16_000.0, i as f64 / length as f64);
        let loud = (second / 0.008).min(1.0) * (-3.5 * share).exp() + 0.25 * (1.0 - share) * (share * 6.0).min(1.0);
        phase += pitch_hz * (1.0 - 0.3 * share) * (1.0 + 0.05 * chance.normal()) / 16_000.0;
        let voice = if share > 0.3 { voiced * (1.0 - 2.0 * phase.fract()) } else { 0.0 };
        (loud * (chance.normal() * 0.7 + voice)) as f32
    };
    (0..length).map(sample).collect()
}

/// A two-pole resonance, 300 Hz wide, with some of the sound as it was.
fn resonant(sound: &[f32], frequency_hz: f64) -> Vec<f32> {
    let radius = (-std::f64::consts::PI * 300.0 / 16_000.0).exp();
    let (a, b) = (2.0 * radius * (std::f64::consts::TAU * frequency_hz / 16_000.0).cos(), -radius * radius);
    let (mut one, mut two) = (0.0, 0.0);
    let through = |sample: &f32| {
        let out = f64::from(*sample) + a * one + b * two;
        (two, one) = (one, out);
        (0.3 * out + 0.7 * f64::from(*sample)) as f32
    };
    sound.iter().map(through).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noises_differ_and_end() {
        let mut chance = Chance::of("noises");
        let (one, two) = (cough(&mut chance), cough(&mut chance));
        assert_ne!(one, two);
        assert!(one.iter().chain(&two).chain(&clicks(&mut chance)).all(|sample| sample.is_finite()));
        let mut noise = clicks(&mut chance);
        loud(&mut noise, -20.0);
        let loudest = sound::levels(&noise).into_iter().fold(0.0f32, f32::max);
        assert!((loudest - 0.1).abs() < 0.001, "{loudest}");
    }
}
