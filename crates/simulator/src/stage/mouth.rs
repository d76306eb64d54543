//! Our voice, frame by frame.

use session::Event;
use speech::VAD_FRAME_SAMPLES;

use crate::sound::{self, SAMPLES_PER_MS};

/// How loud we are while a voice is over ours (12 dB down).
const SOFT: f32 = 0.25;
/// Silence after each line, milliseconds.
const AFTER_MS: u64 = 220;

/// What is being spoken.
#[derive(Default)]
pub(super) struct Mouth {
    line: Option<Line>,
    gain: f32,
    target: f32,
    told: Vec<Event>,
}

struct Line {
    number: u32,
    sound: Vec<f32>,
    /// Where it was begun, and the next sample.
    from: usize,
    at: usize,
    started: bool,
}

impl Mouth {
    /// Speaks `sound` from a sample on.
    pub(super) fn speak(&mut self, number: u32, mut sound: Vec<f32>, from: usize) {
        sound.extend(std::iter::repeat_n(0.0, sound::at(AFTER_MS)));
        (self.gain, self.target) = (1.0, 1.0);
        self.line = Some(Line { number, sound, from, at: from, started: false });
    }

    pub(super) fn duck(&mut self, soft: bool) {
        self.target = if soft { SOFT } else { 1.0 };
    }

    pub(super) fn hush(&mut self) {
        let Some(Line { number: line, sound, from, at, .. }) = self.line.take() else { return };
        let ms = |samples: usize| (samples / SAMPLES_PER_MS) as u64;
        let (heard_ms, of_ms) = (ms(at - from), ms(sound.len().saturating_sub(from)));
        self.told.push(Event::LineStopped { line, heard_ms, of_ms, resume_ms: heard_ms.saturating_sub(200) });
    }

    /// The next 32 ms.
    pub(super) fn frame(&mut self) -> Vec<f32> {
        let mut frame = vec![0.0; VAD_FRAME_SAMPLES];
        let Some(line) = &mut self.line else { return frame };
        if !std::mem::replace(&mut line.started, true) {
            self.told.push(Event::LineStarted { line: line.number });
        }
        let step = (self.target - self.gain) / VAD_FRAME_SAMPLES as f32;
        for (out, sample) in frame.iter_mut().zip(line.sound.iter().skip(line.at)) {
            self.gain += step;
            *out = sample * self.gain;
        }
        self.gain = self.target;
        line.at += VAD_FRAME_SAMPLES;
        if line.at >= line.sound.len() {
            self.told.push(Event::LineEnded { line: line.number });
            self.line = None;
        }
        frame
    }

    /// What there is to be told since the last time.
    pub(super) fn told(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.told)
    }
}
