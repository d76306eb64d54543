//! Sounds to be heard: speech in noise, and what is no speech at all.

use std::f32::consts::TAU;

use audio::SAMPLE_RATE_HZ;
use speech::wer::{WerCount, normalise};

const RATE: usize = SAMPLE_RATE_HZ as usize;
/// Sounds that people make while they think; whether they are written down is a matter of taste.
const FILLERS: [&str; 11] = ["uh", "um", "uhm", "hm", "hmm", "mm", "mhm", "er", "erm", "eh", "ah"];

/// Words to be compared: without fillers and without a transcriber's notes (`<cough>`, `[laughter]`).
pub(super) fn words(text: &str) -> Vec<String> {
    let mut inside = 0_u32;
    let mut outside = |c: char| {
        match c {
            '<' | '[' => inside += 1,
            '>' | ']' => inside = inside.saturating_sub(1),
            _ => return inside == 0,
        }
        false
    };
    let plain: String = text.chars().map(|c| if outside(c) { c } else { ' ' }).collect();
    normalise(&plain).into_iter().filter(|word| !FILLERS.contains(&word.as_str())).collect()
}

/// What is wrong in `heard`, in [`words`].
pub(super) fn errors(truth: &str, heard: &str) -> WerCount {
    speech::wer::count(&words(truth).join(" "), &words(heard).join(" "))
}

/// `speech` with `noise` (repeated as needed) under it, so that the speech's power is `decibels` above the noise's.
pub(super) fn mix(speech: &[f32], noise: &[f32], decibels: f32) -> Vec<f32> {
    let power = |sound: &[f32]| sound.iter().map(|x| x * x).sum::<f32>() / sound.len().max(1) as f32;
    let under: Vec<f32> = noise.iter().copied().cycle().take(speech.len()).collect();
    let gain = (power(speech) / power(&under).max(1e-12) / 10_f32.powf(decibels / 10.0)).sqrt();
    let mixed: Vec<f32> = speech.iter().zip(&under).map(|(s, n)| s + gain * n).collect();
    let peak = mixed.iter().fold(1.0_f32, |peak, x| peak.max(x.abs()));
    mixed.iter().map(|x| x / peak).collect()
}

/// `minutes` without speech: the recordings in turn, and between them silence, chords and keys.
pub(super) fn nothing(noises: &[Vec<f32>], minutes: u16) -> Vec<Vec<f32>> {
    let mut left = usize::from(minutes) * 60 * RATE;
    let mut chance = Chance(1);
    let mut sounds = Vec::new();
    for round in 0.. {
        let made = [silence(&mut chance), chord(round, &mut chance), keys(&mut chance)];
        for sound in noises.iter().cloned().chain(made) {
            let taken = sound.len().min(left);
            if taken == 0 {
                return sounds;
            }
            left -= taken;
            sounds.push(sound[..taken].to_vec());
        }
    }
    sounds
}

/// 25 s of a quiet line: hiss at -75 dB.
fn silence(chance: &mut Chance) -> Vec<f32> {
    (0..25 * RATE).map(|_| 1.8e-4 * chance.next()).collect()
}

/// 25 s of a tune in chords of three notes with four overtones each; a new chord each 0.6 s, each dying away.
fn chord(round: usize, chance: &mut Chance) -> Vec<f32> {
    let length = RATE * 3 / 5;
    let mut sound = Vec::new();
    while sound.len() < 25 * RATE {
        let root = 110.0 * 2_f32.powf(((chance.next().abs() * 24.0).floor() + round as f32 % 12.0) / 12.0);
        let notes = [1.0, 1.26, 1.5].map(|step| root * step);
        let value = |n: usize| -> f32 {
            let t = n as f32 / RATE as f32;
            let tone = |hz: &f32| (1..=5).map(|k| (TAU * hz * k as f32 * t).sin() / (k * k) as f32).sum::<f32>();
            0.1 * (-3.0 * t).exp() * notes.iter().map(tone).sum::<f32>()
        };
        sound.extend((0..length).map(value));
    }
    sound
}

/// 25 s of typing: each key a click and, 60 ms later, a softer one.
fn keys(chance: &mut Chance) -> Vec<f32> {
    let mut sound = vec![0.0; 25 * RATE];
    let mut at = 0;
    while at + RATE / 5 < sound.len() {
        for (offset, loudness) in [(0, 0.2), (RATE * 6 / 100, 0.08)] {
            for n in 0..RATE / 50 {
                sound[at + offset + n] += loudness * (-(n as f32) / 40.0).exp() * chance.next();
            }
        }
        at += RATE / 10 + (chance.next().abs() * RATE as f32 / 4.0) as usize;
    }
    sound
}

/// The same numbers in -1..1 each time (Knuth's linear congruential generator).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers_and_notes_are_no_words() {
        assert_eq!(words("Um, <cutoff-mon> so [laughter] it is 2."), ["so", "it", "is", "two"]);
        assert_eq!(errors("uh yes", "Yes."), WerCount { words: 1, ..WerCount::default() });
    }

    #[test]
    fn noise_lies_as_far_below_the_speech_as_asked_for() {
        let speech: Vec<f32> = (0..RATE).map(|n| 0.1 * (n as f32 * 0.05).sin()).collect();
        let mixed = mix(&speech, &[0.5, -0.5], 10.0);
        let noise: f32 = mixed.iter().zip(&speech).map(|(m, s)| (m - s).powi(2)).sum();
        let power: f32 = speech.iter().map(|s| s * s).sum();
        assert!((10.0 * (power / noise).log10() - 10.0).abs() < 0.1);
    }

    #[test]
    fn nothing_lasts_as_long_as_asked_for() {
        let sounds = nothing(&[vec![0.1; RATE]], 2);
        assert_eq!(sounds.iter().map(Vec::len).sum::<usize>(), 120 * RATE);
        assert!(sounds.iter().flatten().all(|x| x.abs() <= 1.0));
    }
}
