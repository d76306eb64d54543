//! Levels of speech, where it is voiced, and the tone of a room.

use audio::SAMPLE_RATE_HZ;
use speech::VAD_FRAME_SAMPLES;

use crate::Chance;

/// Samples a millisecond.
pub const SAMPLES_PER_MS: usize = SAMPLE_RATE_HZ as usize / 1000;
/// Length of a frame of voice activity, milliseconds.
pub const FRAME_MS: u64 = (VAD_FRAME_SAMPLES / SAMPLES_PER_MS) as u64;
/// Levels are taken over so long, milliseconds.
pub const STEP_MS: u64 = 10;
const STEP: usize = STEP_MS as usize * SAMPLES_PER_MS;
/// The loud part of speech is brought to this level (-20 dBFS).
const LOUD: f32 = 0.1;
const LOUDEST: f32 = 0.98;
/// A step is voiced when it is at most 30 dB quieter than the loud part, and voice activity gives it one half.
const BELOW_LOUD: f32 = 31.6;
const VOICED: f32 = 0.5;
/// A room is never more than this: 42 dB under the loud part.
const ROOM_BELOW_LOUD: f32 = 126.0;

/// A span of time, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Start.
    pub from_ms: u64,
    /// End.
    pub to_ms: u64,
}

impl Span {
    /// Its length, milliseconds.
    pub fn length_ms(self) -> u64 {
        self.to_ms.saturating_sub(self.from_ms)
    }
}

/// The place of a time in samples.
pub fn at(ms: u64) -> usize {
    ms as usize * SAMPLES_PER_MS
}

/// Root mean square of each 10 ms.
pub fn levels(sound: &[f32]) -> Vec<f32> {
    sound.chunks_exact(STEP).map(rms).collect()
}

/// Root mean square.
pub fn rms(sound: &[f32]) -> f32 {
    (sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len().max(1) as f32).sqrt()
}

/// The level that this share of the steps does not exceed.
pub fn level_at(levels: &[f32], share: f64) -> f32 {
    let mut sorted = levels.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or(0.0)
}

/// The level of the loud part: 5 % of the steps exceed it.
pub fn loud(levels: &[f32]) -> f32 {
    level_at(levels, 0.95)
}

/// Brings speech to one level, without clipping.
pub fn level(sound: &mut [f32]) {
    let peak = sound.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    let loud = loud(&levels(sound));
    if loud > 0.0 {
        scale(sound, (LOUD / loud).min(LOUDEST / peak));
    }
}

/// Makes all of it louder by `gain`.
pub fn scale(sound: &mut [f32], gain: f32) {
    sound.iter_mut().for_each(|sample| *sample *= gain);
}

/// Where the sound is voiced, by its level and by `activity` (a probability for each frame of 32 ms). Gaps under
/// `merge_ms` are part of a span; spans under 60 ms are clicks.
pub fn voiced(sound: &[f32], activity: &[f32], merge_ms: u64) -> Vec<Span> {
    let levels = levels(sound);
    let threshold = loud(&levels) / BELOW_LOUD;
    let heard = |step: usize| activity.get(step * STEP / VAD_FRAME_SAMPLES).is_some_and(|p| *p >= VOICED);
    let mut spans: Vec<Span> = Vec::new();
    for step in (0..levels.len()).filter(|step| levels[*step] > threshold && heard(*step)) {
        let from_ms = step as u64 * STEP_MS;
        match spans.last_mut().filter(|last| from_ms < last.to_ms + merge_ms) {
            Some(last) => last.to_ms = from_ms + STEP_MS,
            None => spans.push(Span { from_ms, to_ms: from_ms + STEP_MS }),
        }
    }
    spans.retain(|span| span.length_ms() >= 60);
    spans
}

/// The tone of the room in which `sound` was recorded, `ms` long: noise as loud as its quiet parts.
pub fn room_tone(sound: &[f32], ms: u64, chance: &mut Chance) -> Vec<f32> {
    let levels = levels(sound);
    let level = level_at(&levels, 0.05).min(loud(&levels) / ROOM_BELOW_LOUD);
    let mut before = 0.0f32;
    let dull = |_| {
        before = 0.7 * before + chance.normal() as f32;
        before * level * 0.71 // the low-pass makes it 3 dB louder
    };
    (0..at(ms)).map(dull).collect()
}

/// The same sound played so many times as fast, higher by as much (straight lines between samples).
pub fn at_rate(sound: &[f32], rate: f64) -> Vec<f32> {
    let sample = |i: usize| {
        let place = i as f64 * rate;
        let (before, share) = (place as usize, place.fract() as f32);
        let after = sound.get(before + 1).or(sound.last()).copied().unwrap_or(0.0);
        sound[before] * (1.0 - share) + after * share
    };
    (0..(sound.len() as f64 / rate) as usize).map(sample).collect()
}

/// Lets the first and last 10 ms grow from and fall to silence.
pub fn fade(sound: &mut [f32]) {
    let length = STEP.min(sound.len() / 2);
    for i in 0..length {
        let gain = i as f32 / length as f32;
        let last = sound.len() - 1 - i;
        sound[i] *= gain;
        sound[last] *= gain;
    }
}

/// Fills up to whole frames of voice activity.
pub fn whole_frames(mut sound: Vec<f32>) -> Vec<f32> {
    sound.resize(sound.len().next_multiple_of(VAD_FRAME_SAMPLES), 0.0);
    sound
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(ms: u64, level: f32) -> Vec<f32> {
        (0..at(ms)).map(|i| level * 1.414 * (i as f32 * 0.3).sin()).collect()
    }

    #[test]
    fn voiced_spans_are_where_sound_and_activity_agree() {
        let sound = [tone(640, 0.1), tone(640, 0.001), tone(640, 0.1)].concat();
        let spans = voiced(&sound, &[0.9; 60], 300);
        assert_eq!(spans, [Span { from_ms: 0, to_ms: 640 }, Span { from_ms: 1280, to_ms: 1920 }]);
        assert_eq!(voiced(&sound, &[0.9; 60], 700).len(), 1);
        assert!(voiced(&sound, &[0.1; 60], 300).is_empty());
    }

    #[test]
    fn a_faster_sound_is_shorter() {
        let sound: Vec<f32> = (0..1000).map(|i| i as f32).collect();
        let faster = at_rate(&sound, 1.25);
        assert_eq!((faster.len(), faster[400]), (800, 500.0));
        assert_eq!(at_rate(&sound, 1.0), sound);
    }

    #[test]
    fn a_room_is_far_under_the_voice_in_it() {
        let sound = [tone(1000, 0.1), tone(300, 0.02)].concat();
        let room = room_tone(&sound, 500, &mut Chance::of("room"));
        let under_db = 20.0 * (0.1 / rms(&room)).log10();
        assert!((40.0..46.0).contains(&under_db), "{under_db}");
    }
}
