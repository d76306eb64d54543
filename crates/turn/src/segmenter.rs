//! From voice-activity frames to "a voice began" and "the voice paused".

use serde::{Deserialize, Serialize};

/// A change in who is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Segment {
    /// A voice may have begun at this time; it is not sure yet, and may be a click.
    Stirred(
        /// Milliseconds of the stream's clock.
        u64,
    ),
    /// A voice began at this time.
    Started(
        /// Milliseconds of the stream's clock.
        u64,
    ),
    /// The voice has been silent since this time.
    Paused(
        /// Milliseconds of the stream's clock.
        u64,
    ),
}

/// A frame at least this likely to be speech counts as voiced while nobody speaks ...
const START_PROBABILITY: f32 = 0.5;
/// ... and one at least this likely keeps a voice going (hysteresis, as Silero's own iterator has it).
const STAY_PROBABILITY: f32 = 0.35;
/// So many voiced frames in a row begin a voice; fewer are a click.
const START_FRAMES: u32 = 3;

/// Turns frames into segments; one for each stream.
#[derive(Clone, Debug)]
pub struct Segmenter {
    pause_ms: u64,
    speaking: bool,
    voiced_frames: u32,
    /// Start of the voiced frames in a row, while nobody speaks.
    began_ms: u64,
    /// End of the last voiced frame, while somebody speaks.
    voiced_until_ms: u64,
}

impl Segmenter {
    /// A segmenter that calls `pause_ms` of silence a pause.
    pub fn new(pause_ms: u32) -> Self {
        Self { pause_ms: pause_ms.into(), speaking: false, voiced_frames: 0, began_ms: 0, voiced_until_ms: 0 }
    }

    /// Whether a voice is going (a short silence inside it included), or may be beginning.
    pub fn hears_voice(&self) -> bool {
        self.speaking || self.voiced_frames > 0
    }

    /// So long after it began it is known whether what stirred is a voice, with a frame to spare for the way here;
    /// milliseconds.
    pub const KNOWN_AFTER_MS: u64 = (START_FRAMES as u64 + 1) * 32;

    /// Takes the probability of speech in the frame from `from_ms` to `to_ms`.
    pub fn push(&mut self, probability: f32, from_ms: u64, to_ms: u64) -> Option<Segment> {
        if self.speaking { self.stay_or_pause(probability, to_ms) } else { self.start(probability, from_ms, to_ms) }
    }

    fn start(&mut self, probability: f32, from_ms: u64, to_ms: u64) -> Option<Segment> {
        if probability < START_PROBABILITY {
            self.voiced_frames = 0;
            return None;
        }
        if self.voiced_frames == 0 {
            self.began_ms = from_ms;
        }
        self.voiced_frames += 1;
        self.voiced_until_ms = to_ms;
        self.speaking = self.voiced_frames >= START_FRAMES;
        match self.voiced_frames {
            1 => Some(Segment::Stirred(self.began_ms)),
            _ => self.speaking.then_some(Segment::Started(self.began_ms)),
        }
    }

    fn stay_or_pause(&mut self, probability: f32, to_ms: u64) -> Option<Segment> {
        if probability >= STAY_PROBABILITY {
            self.voiced_until_ms = to_ms;
            return None;
        }
        if to_ms.saturating_sub(self.voiced_until_ms) < self.pause_ms {
            return None;
        }
        self.speaking = false;
        self.voiced_frames = 0;
        Some(Segment::Paused(self.voiced_until_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(probabilities: &[f32]) -> Vec<Segment> {
        let mut segmenter = Segmenter::new(200);
        let frame = |(i, p): (usize, &f32)| segmenter.push(*p, i as u64 * 32, (i as u64 + 1) * 32);
        probabilities.iter().enumerate().filter_map(frame).collect()
    }

    #[test]
    fn a_click_is_no_voice() {
        assert_eq!(run(&[0.0, 0.9, 0.9, 0.0, 0.9, 0.0]), [Segment::Stirred(32), Segment::Stirred(128)]);
    }

    #[test]
    fn a_voice_starts_at_its_first_frame_and_pauses_at_its_last() {
        let mut frames = vec![0.0; 4];
        frames.extend([0.9; 10]);
        frames.extend([0.4, 0.1, 0.4]); // a short dip belongs to the voice
        frames.extend([0.0; 10]);
        assert_eq!(run(&frames), [Segment::Stirred(128), Segment::Started(128), Segment::Paused(17 * 32)]);
    }
}
