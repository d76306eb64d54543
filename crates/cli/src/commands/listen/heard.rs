//! Sound, what voice activity made of it, and the log of what was decided.

use anyhow::Result;
use assess::{CutIn, TurnLatency};
use audio::SAMPLE_RATE_HZ;
use session::Record;
use speech::{VAD_FRAME_SAMPLES, VadFrame, VadMemory, VoiceActivity};

/// Length of a frame of voice activity, milliseconds.
pub(super) const FRAME_MS: u64 = VAD_FRAME_SAMPLES as u64 * 1000 / SAMPLE_RATE_HZ as u64;

/// Everything that there is to be shown. All times are milliseconds of the sound.
pub(super) struct Heard {
    /// What it is called.
    pub(super) title: String,
    /// In which way it was listened to.
    pub(super) about: String,
    /// The candidate's sound, 16 kHz.
    pub(super) candidate: Vec<f32>,
    /// The interviewer's, where there is one.
    pub(super) interviewer: Option<Vec<f32>>,
    /// Probability of a voice in each frame of [`FRAME_MS`] of the candidate's sound.
    pub(super) activity: Vec<f32>,
    /// What happened and was decided.
    pub(super) records: Vec<Record>,
    /// For each record: when something was due next, after it.
    pub(super) due_ms: Vec<Option<u64>>,
    /// Replies as they were measured on the recording.
    pub(super) replies: Vec<TurnLatency>,
    /// Cut-ins as they were measured on the recording.
    pub(super) cut_ins: Vec<CutIn>,
    /// Numbers about the whole, each with its name.
    pub(super) figures: Vec<(String, String)>,
}

/// The probability of a voice in each frame of `samples` and of `more` frames of silence after them.
pub(crate) async fn activity(detector: &impl VoiceActivity, samples: &[f32], more: usize) -> Result<Vec<f32>> {
    let (mut memory, mut probabilities) = (VadMemory::default(), Vec::new());
    for frame in 0..samples.len().div_ceil(VAD_FRAME_SAMPLES) + more {
        let from = frame * VAD_FRAME_SAMPLES;
        let samples = slice(samples, from, from + VAD_FRAME_SAMPLES);
        let result = detector.detect(VadFrame { samples, memory }).await?;
        memory = result.memory;
        probabilities.push(result.probability);
    }
    Ok(probabilities)
}

/// Samples from one place to another; silence outside.
pub(super) fn slice(samples: &[f32], from: usize, to: usize) -> Vec<f32> {
    let mut heard = samples.get(from.min(samples.len())..to.min(samples.len())).unwrap_or_default().to_vec();
    heard.resize(to.saturating_sub(from), 0.0);
    heard
}

pub(super) fn sample(ms: u64) -> usize {
    (ms * u64::from(SAMPLE_RATE_HZ) / 1000) as usize
}

pub(super) fn ms(samples: usize) -> u64 {
    samples as u64 * 1000 / u64::from(SAMPLE_RATE_HZ)
}
