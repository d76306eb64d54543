//! From the candidate's sound to what it means for the floor: pure, one for each stream.
//!
//! The caller puts each frame through [`Hearing::clean`], the result through voice activity, and the probability
//! through [`Hearing::notice`].

use audio::bands::{Bands, HOP};
use audio::echo::EchoCanceller;
use speech::VAD_FRAME_SAMPLES;
use turn::{ClaimJudge, Presence, Segment, Segmenter, Spectra};

/// Samples a millisecond.
const SAMPLES_PER_MS: u64 = 16;
/// A frame's length, milliseconds.
const FRAME_MS: u64 = VAD_FRAME_SAMPLES as u64 / SAMPLES_PER_MS;
/// Our voice counts as going on for so long after its last sound, milliseconds: an echo is late.
const ECHO_LASTS_MS: u64 = 400;

/// What was noticed in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noticed {
    /// A voice began or paused.
    Segment(Segment),
    /// How the voice over ours sounds: the probability that it wants the floor.
    Claimed(f32),
}

/// Hears one candidate.
pub struct Hearing {
    echo: EchoCanceller,
    segmenter: Segmenter,
    presence: Presence,
    claim: ClaimJudge,
    bands: Bands,
    /// Of the frame over ours that was cleaned last.
    spectra: Spectra,
    level_db: f32,
    /// Since our last sound, milliseconds.
    ours_ago_ms: u64,
}

impl Hearing {
    /// Ears that call `pause_ms` of silence a pause.
    pub fn new(pause_ms: u32) -> Self {
        Self {
            echo: EchoCanceller::default(),
            segmenter: Segmenter::new(pause_ms),
            presence: Presence::default(),
            claim: ClaimJudge::default(),
            bands: Bands::default(),
            spectra: Spectra::default(),
            level_db: f32::NEG_INFINITY,
            ours_ago_ms: ECHO_LASTS_MS,
        }
    }

    /// Whether a voice is going, or may be beginning.
    pub fn hears_voice(&self) -> bool {
        self.segmenter.hears_voice()
    }

    /// The candidate's `frame` without our echo. `ours`: what we played at the same time of the same clock. Both 32 ms.
    pub fn clean(&mut self, ours: &[f32], frame: Vec<f32>) -> Vec<f32> {
        let silent = ours.iter().all(|sample| *sample == 0.0);
        self.ours_ago_ms = if silent { (self.ours_ago_ms + FRAME_MS).min(ECHO_LASTS_MS) } else { 0 };
        let clean = self.echo.remove(ours, frame);
        let power = clean.iter().map(|sample| sample * sample).sum::<f32>() / clean.len().max(1) as f32;
        self.level_db = 10.0 * power.max(1e-10).log10();
        if self.is_over_ours() {
            let (first, second) = clean.split_at(HOP.min(clean.len()));
            self.spectra = [self.bands.next(first), self.bands.next(second)];
        }
        clean
    }

    /// Whether a voice now would be one over ours, or over its echo; otherwise its spectrum is no use to anybody.
    fn is_over_ours(&self) -> bool {
        self.ours_ago_ms < ECHO_LASTS_MS
    }

    /// Takes the probability of speech in the frame that was cleaned last, which lasted from `from_ms` to `to_ms`.
    pub fn notice(&mut self, probability: f32, from_ms: u64, to_ms: u64) -> impl Iterator<Item = Noticed> + use<> {
        let probability = self.presence.push(probability, self.level_db);
        let segment = self.segmenter.push(probability, from_ms, to_ms).map(Noticed::Segment);
        let claim = self.judge_claim(probability).map(Noticed::Claimed);
        segment.into_iter().chain(claim)
    }

    fn judge_claim(&mut self, probability: f32) -> Option<f32> {
        if !self.is_over_ours() {
            self.claim.forget();
            return None;
        }
        if !self.segmenter.hears_voice() {
            self.claim.wait(probability, &self.spectra);
            return None;
        }
        self.claim.push(probability, &self.spectra)
    }
}
