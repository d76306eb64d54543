//! Sound beside a task.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, FailureKind, TaskQueue};

/// Sound inside is 16 kHz mono.
pub const SAMPLE_RATE_HZ: u32 = 16_000;
/// No stretch is longer: ten minutes.
const MOST_SAMPLES: usize = 600 * SAMPLE_RATE_HZ as usize;

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SoundEncoding {
    /// Signed 16 bit, little-endian.
    S16le,
}

/// Where a stretch of sound lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sound {
    /// The Redis key of its bytes; begins with `interviewer:payload:` and lives as long as the task may take.
    pub key: String,
    /// How its samples are written.
    pub encoding: SoundEncoding,
    /// Always 16000; mono.
    pub sample_rate_hz: u32,
    /// How many samples there are.
    pub samples: usize,
}

impl Sound {
    /// Reads the sound.
    pub(crate) async fn read(&self, queue: &dyn TaskQueue) -> Result<Vec<f32>, Failure> {
        let wrong = |what: String| Failure::new(FailureKind::Input, format!("its sound: {what}"));
        if self.sample_rate_hz != SAMPLE_RATE_HZ {
            return Err(wrong(format!("sample_rate_hz is {}; it must be {SAMPLE_RATE_HZ}", self.sample_rate_hz)));
        }
        if self.samples > MOST_SAMPLES {
            return Err(wrong(format!("{} samples are too many; at most {MOST_SAMPLES}", self.samples)));
        }
        let Some(bytes) = queue.get(&self.key).await? else {
            return Err(wrong(format!("there is nothing under {} (any more)", self.key)));
        };
        if bytes.len() != self.samples * 2 {
            return Err(wrong(format!(
                "it has {} bytes; {} samples have {}",
                bytes.len(),
                self.samples,
                self.samples * 2
            )));
        }
        Ok(samples_of(&bytes))
    }
}

/// Samples (16 kHz mono, -1..1) as bytes, signed 16 bit little-endian.
pub fn sound_bytes(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|s| ((s.clamp(-1.0, 1.0) * 32_767.0).round() as i16).to_le_bytes()).collect()
}

/// Likewise back.
pub fn samples_of(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_767.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_survive_to_16_bits() {
        let samples: Vec<f32> = (-40..=40).map(|i| i as f32 / 33.0).collect();
        for (before, after) in samples.iter().zip(samples_of(&sound_bytes(&samples))) {
            assert!((before.clamp(-1.0, 1.0) - after).abs() <= 1.0 / 32_767.0);
        }
        assert!(samples_of(&[1]).is_empty());
    }
}
