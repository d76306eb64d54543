//! A line being spoken: its sound, how loud, and how far it has been heard.

use std::collections::VecDeque;

use speech::{AudioChunk, EngineError, SpeechStream};

use super::words::last_gap;
use super::{AHEAD_MS, FRAME, SAMPLES_PER_MS};
use crate::ears::to_pcm16;

/// Silence after each line, in samples (220 ms).
const PAUSE_SAMPLES: usize = 3520;
/// How long a line is guessed to be while it is not synthesised to its end, in milliseconds a character.
const GUESSED_MS_PER_CHARACTER: u64 = 60;
/// How loud we speak while a voice is over ours: 12 dB down, so that the candidate is not spoken down.
const SOFT: f32 = 0.25;
/// The change in a sample from soft to full: from one to the other takes one frame.
const GAIN_STEP: f32 = (1.0 - SOFT) / FRAME as f32;
/// Where a line is gone on with, it grows from silence to full within so many samples (20 ms).
const FADE_SAMPLES: u64 = 320;

/// A line being spoken.
pub(super) struct Playing {
    line: u32,
    characters: u64,
    stream: SpeechStream,
    /// Synthesised, not sent.
    samples: VecDeque<i16>,
    /// Sent, in full voice; where to go on after a stop is looked for in it.
    spoken: Vec<i16>,
    /// Samples of the line's sound that are skipped, since they were heard before.
    to_skip: u64,
    fades_in: bool,
    gain: f32,
    target: f32,
    /// Whether the stream has ended.
    complete: bool,
    /// Whether it ended with an error after some sound.
    broke_off: bool,
    /// When the first frame is heard, in milliseconds; `None` before it is sent.
    began_ms: Option<u64>,
}

impl Playing {
    /// The line with these words, whose sound is spoken from `from_ms` on.
    pub(super) fn new(line: u32, text: &str, stream: SpeechStream, from_ms: u64) -> Self {
        Self {
            line,
            characters: text.chars().count() as u64,
            stream,
            samples: VecDeque::new(),
            spoken: Vec::new(),
            to_skip: from_ms * SAMPLES_PER_MS,
            fades_in: from_ms > 0,
            gain: 1.0,
            target: 1.0,
            complete: false,
            broke_off: false,
            began_ms: None,
        }
    }

    pub(super) fn line(&self) -> u32 {
        self.line
    }

    pub(super) async fn next_chunk(&mut self) -> Option<Result<AudioChunk, EngineError>> {
        self.stream.recv().await
    }

    pub(super) fn extend(&mut self, samples: &[f32]) {
        let skipped = self.to_skip.min(samples.len() as u64);
        self.to_skip -= skipped;
        self.samples.extend(samples.iter().skip(skipped as usize).map(|sample| to_pcm16(*sample)));
    }

    /// All of it is synthesised.
    pub(super) fn complete(&mut self) {
        self.complete = true;
        self.samples.extend(std::iter::repeat_n(0, PAUSE_SAMPLES));
    }

    /// Synthesis failed. Of a line without any sound the caption is what remains.
    pub(super) fn break_off(&mut self) {
        self.complete = true;
        self.broke_off = !self.spoken.is_empty() || !self.samples.is_empty();
    }

    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    pub(super) fn broke_off(&self) -> bool {
        self.broke_off
    }

    pub(super) fn is_over(&self) -> bool {
        self.complete && self.samples.is_empty()
    }

    /// Softly from the next frame on, or as usual again.
    pub(super) fn duck(&mut self, soft: bool) {
        self.target = if soft { SOFT } else { 1.0 };
    }

    /// A frame is about to be sent: whether it is the first; `None` when there is none.
    pub(super) fn begin(&mut self, now_ms: u64) -> Option<bool> {
        let first = self.began_ms.is_none();
        (!self.samples.is_empty()).then(|| {
            self.began_ms.get_or_insert(now_ms);
            first
        })
    }

    /// The next 20 ms, as loud as they are to be heard.
    pub(super) fn next_frame(&mut self) -> Vec<i16> {
        let count = FRAME.min(self.samples.len());
        let at = self.spoken.len();
        self.spoken.extend(self.samples.drain(..count));
        self.spoken.resize(at + FRAME, 0);
        (at..at + FRAME).map(|i| self.louder_or_softer(i)).collect()
    }

    fn louder_or_softer(&mut self, place: usize) -> i16 {
        self.gain += (self.target - self.gain).clamp(-GAIN_STEP, GAIN_STEP);
        let fade = if self.fades_in { (place as f32 / FADE_SAMPLES as f32).min(1.0) } else { 1.0 };
        (f32::from(self.spoken[place]) * self.gain * fade).round() as i16
    }

    /// Until when the sound that was sent lasts, in milliseconds.
    pub(super) fn heard_until_ms(&self) -> u64 {
        self.began_ms.unwrap_or(0) + self.sent_ms()
    }

    /// When the next frame is to be sent, or the end of the line has come; `None` while there is nothing to send.
    pub(super) fn due_ms(&self) -> Option<u64> {
        if self.is_over() {
            return Some(self.heard_until_ms());
        }
        let ready = self.samples.len() >= FRAME || (self.complete && !self.samples.is_empty());
        ready.then(|| self.began_ms.map_or(0, |_| self.heard_until_ms().saturating_sub(AHEAD_MS)))
    }

    /// Synthesis was too slow and the listener heard a gap: what follows is heard later by as much.
    pub(super) fn catch_up(&mut self, now_ms: u64) {
        let gap_ms = now_ms.saturating_sub(self.heard_until_ms());
        if !self.spoken.is_empty() && gap_ms > 0 {
            self.began_ms = self.began_ms.map(|began| began + gap_ms);
        }
    }

    /// Stopped at `now_ms`: what was heard, of how much, and where to go on, in milliseconds of what was to be spoken.
    pub(super) fn stopped_at(&self, now_ms: u64) -> (u64, u64, u64) {
        let until_ms = now_ms.min(self.heard_until_ms());
        let heard_ms = self.began_ms.map_or(0, |began| until_ms.saturating_sub(began));
        let heard = self.spoken.len().min((heard_ms * SAMPLES_PER_MS) as usize);
        (heard_ms, self.length_ms(), last_gap(&self.spoken[..heard]) as u64 / SAMPLES_PER_MS)
    }

    fn sent_ms(&self) -> u64 {
        self.spoken.len() as u64 / SAMPLES_PER_MS
    }

    fn length_ms(&self) -> u64 {
        let known_ms = (self.spoken.len() + self.samples.len()) as u64 / SAMPLES_PER_MS;
        if self.complete && !self.broke_off {
            known_ms
        } else {
            known_ms.max(self.characters * GUESSED_MS_PER_CHARACTER)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playing(from_ms: u64) -> Playing {
        Playing::new(1, "Hello there.", tokio::sync::mpsc::channel(1).1, from_ms)
    }

    #[test]
    fn soft_from_one_frame_to_the_next_and_back() {
        let mut playing = playing(0);
        playing.extend(&[0.5; 5 * FRAME]);
        let full = playing.next_frame()[FRAME - 1];
        playing.duck(true);
        let frame = playing.next_frame();
        assert!(frame.windows(2).all(|w| w[0] >= w[1] && w[0] - w[1] < 100), "no step that clicks");
        assert!((f32::from(playing.next_frame()[0]) / f32::from(full) - SOFT).abs() < 0.01);
        playing.duck(false);
        playing.next_frame();
        assert_eq!(playing.next_frame()[0], full);
    }

    #[test]
    fn a_line_that_is_gone_on_with_fades_in_from_where_it_was_stopped() {
        let mut playing = playing(1000);
        playing.extend(&[0.1; 15_000]);
        playing.extend(&[0.5; 2000]);
        let first = playing.next_frame();
        let full = playing.next_frame()[FRAME - 1];
        assert!(first[0] == 0 && first[FRAME / 2] < full);
        assert!(full > 16_000, "what was heard is skipped");
    }
}
