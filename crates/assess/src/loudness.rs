//! How loud each side is, ten milliseconds at a time.

use std::convert::Infallible;

use crate::error::AssessError;
use crate::tape::Tape;

/// Milliseconds of a frame.
pub(crate) const FRAME_MS: u64 = 10;
const FRAME_SAMPLES: usize = 160;

/// Root mean square of each frame, full scale being 1.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loudness {
    pub(crate) candidate: Vec<f32>,
    pub(crate) interviewer: Vec<f32>,
}

impl Loudness {
    /// Measures a recording; one value a frame and channel is all that is held in memory.
    pub(crate) fn of(tape: &Tape) -> Result<Self, AssessError> {
        let mut loudness = Self::default();
        let Ok(()) = tape.read::<Infallible>(|samples| {
            for frame in samples.chunks(FRAME_SAMPLES) {
                loudness.candidate.push(rms(frame, 0));
                loudness.interviewer.push(rms(frame, 1));
            }
            Ok(())
        })?;
        Ok(loudness)
    }
}

fn rms(frame: &[[i16; 2]], channel: usize) -> f32 {
    let energy: f32 = frame.iter().map(|sample| (f32::from(sample[channel]) / 32768.0).powi(2)).sum();
    (energy / frame.len().max(1) as f32).sqrt()
}
