//! From the candidate's sound to where voices begin and pause: pure, one for each stream.
//!
//! The caller puts each frame through [`Hearing::clean`], the result through voice activity, and the probability
//! through [`Hearing::notice`].

use audio::echo::EchoCanceller;
use turn::{Presence, Segment, Segmenter};

/// Hears one candidate.
pub struct Hearing {
    echo: EchoCanceller,
    segmenter: Segmenter,
    presence: Presence,
    level_db: f32,
}

impl Hearing {
    /// Ears that call `pause_ms` of silence a pause.
    pub fn new(pause_ms: u32) -> Self {
        Self {
            echo: EchoCanceller::default(),
            segmenter: Segmenter::new(pause_ms),
            presence: Presence::default(),
            level_db: f32::NEG_INFINITY,
        }
    }

    /// Whether a voice is going, or may be beginning.
    pub fn hears_voice(&self) -> bool {
        self.segmenter.hears_voice()
    }

    /// The candidate's `frame` without our echo. `ours`: what we played at the same time of the same clock. Both 32 ms.
    pub fn clean(&mut self, ours: &[f32], frame: Vec<f32>) -> Vec<f32> {
        let clean = self.echo.remove(ours, frame);
        let power = clean.iter().map(|sample| sample * sample).sum::<f32>() / clean.len().max(1) as f32;
        self.level_db = 10.0 * power.max(1e-10).log10();
        clean
    }

    /// Takes the probability of speech in the frame that was cleaned last, which lasted from `from_ms` to `to_ms`.
    pub fn notice(&mut self, probability: f32, from_ms: u64, to_ms: u64) -> Option<Segment> {
        let probability = self.presence.push(probability, self.level_db);
        self.segmenter.push(probability, from_ms, to_ms)
    }
}
