//! A turn in the making: recordings, and pauses put into them and between them.

use anyhow::Result;
use speech::Recognition;

use super::gaps::{Gap, gaps};
use super::{PAUSE_MS, Pause, Place, ROOM_MS, Turn, turn};
use crate::sound::{self, SAMPLES_PER_MS, Span};
use crate::{Chance, Memory};

/// Median and deviation (of the logarithm) of pauses.
const TYPICAL_PAUSE_MS: f64 = 600.0;
const PAUSE_DEVIATION: f64 = 0.65;
const PAUSES_MS: std::ops::RangeInclusive<f64> = 300.0..=3000.0;
/// Speech around the voice that is kept of a recording, milliseconds.
const AROUND_MS: u64 = 60;
/// A recording is not parted so close to its ends, milliseconds.
const EDGE_MS: u64 = 400;
/// So much of a pause that was put is left at least, milliseconds.
const LEFT_MS: u64 = 20;

/// A turn in the making.
pub(super) struct Parts {
    habit: f64,
    sound: Vec<f32>,
    put: Vec<Pause>,
}

impl Parts {
    /// Nothing yet, by somebody whose pauses are so many times as long as usual.
    pub(super) fn new(habit: f64) -> Self {
        Self { habit, sound: Vec::new(), put: Vec::new() }
    }

    /// What there is.
    pub(super) fn sound(&self) -> &[f32] {
        &self.sound
    }

    /// Adds a recording, with a pause before it unless it is the first, and pauses in it.
    pub(super) fn add(&mut self, speech: &[f32], activity: &[f32], said: &Recognition, chance: &mut Chance) {
        let spans = sound::voiced(speech, activity, PAUSE_MS);
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return };
        if !self.sound.is_empty() {
            self.pause(Place::AfterSentence, speech, chance);
        }
        let mut from = sound::at(first.from_ms.saturating_sub(AROUND_MS));
        let end = sound::at(last.to_ms + AROUND_MS).min(speech.len());
        for gap in choose(gaps(speech, &said.words), chance) {
            let to = gap.at;
            if (from + sound::at(EDGE_MS)..end.saturating_sub(sound::at(EDGE_MS))).contains(&to) {
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

    /// The turn that it is; `None` where nothing is voiced.
    pub(super) async fn turn(mut self, memory: &Memory, chance: &mut Chance) -> Result<Option<Turn>> {
        let whole = sound::whole_frames(self.sound.clone());
        self.trim(&sound::voiced(&whole, &memory.voice_in(&whole).await?, PAUSE_MS));
        let room = |chance: &mut Chance| sound::room_tone(&self.sound, ROOM_MS, chance);
        let sound = [room(chance), self.sound.clone(), room(chance)].concat();
        turn(sound::whole_frames(sound), &self.put, memory).await
    }

    /// Takes off each pause what is silent before and after it anyway, so that it is as long as it was to be. `voiced`: where
    /// the sound is.
    fn trim(&mut self, voiced: &[Span]) {
        let mut taken_ms = 0;
        for pause in &mut self.put {
            let span = pause.span;
            let mut silence = voiced.windows(2).map(|pair| Span { from_ms: pair[0].to_ms, to_ms: pair[1].from_ms });
            let around = silence.find(|silence| silence.from_ms < span.to_ms && silence.to_ms > span.from_ms);
            let more_ms = around.map_or(0, |around| around.length_ms().saturating_sub(span.length_ms()));
            let more_ms = more_ms.min(span.length_ms().saturating_sub(LEFT_MS));
            let from_ms = span.from_ms - taken_ms;
            self.sound.drain(sound::at(from_ms)..sound::at(from_ms + more_ms));
            taken_ms += more_ms;
            pause.span = Span { from_ms, to_ms: span.to_ms - taken_ms };
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_that_stood_there_is_a_part_of_a_pause() {
        let span = |from_ms, to_ms| Span { from_ms, to_ms };
        let put = |from_ms, to_ms| Pause { span: span(from_ms, to_ms), place: Place::Inside };
        let sound = (0..sound::at(5000)).map(|sample| (sample / SAMPLES_PER_MS) as f32).collect();
        let mut parts = Parts { habit: 1.0, sound, put: vec![put(1000, 1600), put(3000, 3400)] };
        parts.trim(&[span(0, 900), span(1700, 3000), span(3400, 5000)]);
        assert_eq!(parts.put, [put(1000, 1400), put(2800, 3200)]);
        assert_eq!(parts.sound.len(), sound::at(4800));
        assert_eq!(parts.sound[sound::at(1000)], 1200.0, "nothing of the speech is gone");
        assert_eq!(parts.sound[sound::at(2000)], 2200.0);
    }
}
