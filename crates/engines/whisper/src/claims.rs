//! Does a voice over ours want the floor? By what Whisper's encoder makes of its first tenths of a second.
//!
//! The encoder has heard 680,000 hours of speakers, rooms and microphones, and tells the sounds of "mm-hm" and "yeah" from
//! those of any other beginning with whoever speaks; what is fitted here, on a few thousand beginnings, is only a small
//! network on top of it ([`head`]), by `bench/turn/claims.py`. Only the voice is encoded, and a tenth of a second of
//! silence after it: some 15 to 30 ms on one core.

mod head;

use std::sync::Arc;

use async_trait::async_trait;
use audio::SAMPLE_RATE_HZ;
use audio::mel::{HOP_SAMPLES, LogMel};
use ct2rs::sys::Whisper;
use speech::worker::Worker;
use speech::{CLAIM_LEAD_MS, EngineError, FloorClaim};

use crate::encode::{FRAMES_PER_POSITION, even_frames, run};
use crate::storage;
use crate::{ENGINE, WhisperConfig, inference, input, load};
use head::Head;

/// The encoder's width in the model that the weights were fitted to: Whisper base.
const WIDTH: usize = 512;
/// Quiet after the voice that is encoded with it, in frames of 10 ms.
const TAIL_FRAMES: usize = 10;
const SAMPLES_PER_MS: usize = SAMPLE_RATE_HZ as usize / 1000;
/// A voice over ours that is softer than this is what is left of our echo, or far away: it has to say more than its sound.
/// Decibels of full scale.
const SOFTEST_DB: f32 = -50.0;
/// Voices that may wait to be judged; one of them is out of date soon.
const QUEUE: usize = 8;

/// Whisper's encoder with the judgement on top, on a thread of its own; shared by all sessions.
#[derive(Clone)]
pub struct Claims {
    worker: Worker<Judge>,
}

struct Judge {
    network: Whisper,
    mel: LogMel,
    head: Head,
}

impl Claims {
    /// Loads Whisper base and judges once, so that the first voice is judged as fast as the others.
    ///
    /// # Errors
    /// `Asset` when a file of the model is missing or broken, or when it is another model than Whisper base.
    pub fn load(config: WhisperConfig) -> Result<Self, EngineError> {
        Ok(Self { worker: Worker::start(ENGINE, QUEUE, move || Judge::load(&config))? })
    }

    /// What the judgement sees of `samples` ([`FloorClaim::probability`] says which): 512 numbers for each 20 ms of the voice.
    ///
    /// # Errors
    /// Those of [`FloorClaim::probability`].
    pub async fn positions(&self, samples: Arc<[f32]>) -> Result<Vec<f32>, EngineError> {
        self.worker.call(move |judge| judge.positions(&samples)).await
    }
}

#[async_trait]
impl FloorClaim for Claims {
    async fn probability(&self, samples: Arc<[f32]>) -> Result<f32, EngineError> {
        self.worker.call(move |judge| judge.probability(&samples)).await
    }
}

impl Judge {
    fn load(config: &WhisperConfig) -> Result<Self, EngineError> {
        let network = load::network(config)?;
        let judge = Self { mel: LogMel::new(network.n_mels()), network, head: Head::fitted() };
        match judge.probability(&[0.1; SAMPLE_RATE_HZ as usize / 4]) {
            Ok(_) => Ok(judge),
            Err(error) => {
                Err(load::broken(config, &config.model_dir.join("model.bin"), &format!("not Whisper base: {error}")))
            }
        }
    }

    fn probability(&self, samples: &[f32]) -> Result<f32, EngineError> {
        let voice = voice(samples);
        if !voice.is_empty() && level_db(voice) < SOFTEST_DB {
            return Ok(0.0);
        }
        Ok(self.head.probability(&self.positions(samples)?, voice_ms(samples)))
    }

    fn positions(&self, samples: &[f32]) -> Result<Vec<f32>, EngineError> {
        let lead = CLAIM_LEAD_MS as usize * SAMPLES_PER_MS / (HOP_SAMPLES * FRAMES_PER_POSITION);
        let positions = samples.len().div_ceil(HOP_SAMPLES * FRAMES_PER_POSITION);
        if positions <= lead {
            return Err(input("there is no voice in the sound that may be a claim to the floor"));
        }
        let frames = even_frames(samples.len().div_ceil(HOP_SAMPLES) + TAIL_FRAMES);
        let mut picture = self.mel.compute(samples, frames);
        let seen = storage::read(&run(&self.network, &mut picture, self.mel.bands(), true)?)?;
        if seen.width != WIDTH || seen.rows() < positions {
            return Err(inference(format!("the encoder gave {} positions of {} numbers", seen.rows(), seen.width)));
        }
        Ok(seen.data[lead * WIDTH..positions * WIDTH].to_vec())
    }
}

/// The voice without what comes before it.
fn voice(samples: &[f32]) -> &[f32] {
    samples.get(CLAIM_LEAD_MS as usize * SAMPLES_PER_MS..).unwrap_or_default()
}

/// How long the voice has gone on, milliseconds.
fn voice_ms(samples: &[f32]) -> f32 {
    (voice(samples).len() / SAMPLES_PER_MS) as f32
}

fn level_db(samples: &[f32]) -> f32 {
    let power = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32;
    10.0 * power.max(1e-10).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_and_how_loud_a_voice_is_does_not_depend_on_what_comes_before_it() {
        let sound = [vec![0.9; CLAIM_LEAD_MS as usize * SAMPLES_PER_MS], vec![0.001; 200 * SAMPLES_PER_MS]].concat();
        assert_eq!(voice_ms(&sound), 200.0);
        assert!((level_db(voice(&sound)) + 60.0).abs() < 0.01 && level_db(&[]) < SOFTEST_DB);
    }
}
