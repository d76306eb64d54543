//! Short spectra of 20 samples, five apart: of the overtones, and of the speech itself.

use std::f32::consts::{PI, TAU};

use vocoder::{Frames, Kernel, Scratch, Strided, Upsample};

use super::weights::Reader;

/// From samples to magnitudes and phases.
pub(super) struct Spectrum {
    transform: Strided,
    length: usize,
}

/// From magnitudes and phases to samples.
pub(super) struct Inverse {
    transform: Upsample,
    /// Samples of a spectrum, and from one to the next.
    length: usize,
    step: usize,
}

impl Spectrum {
    pub(super) fn read(reader: &Reader<'_, '_>) -> Option<Self> {
        let step = *reader.constant("STFT", 1)?.1.first()? as usize;
        let window = reader.constant("STFT", 2)?.1;
        let length = window.len();
        let wave = |row: usize, n: usize| {
            let bins = length / 2 + 1;
            let angle = ((row % bins) * n % length) as f32 * TAU / length as f32;
            if row < bins { angle.cos() } else { -angle.sin() }
        };
        let rows = 2 * (length / 2 + 1);
        let weights: Vec<f32> = (0..rows * length).map(|n| wave(n / length, n % length) * window[n % length]).collect();
        Some(Self { transform: Strided::new([rows, 1, length], &weights, &[], step, 0)?, length })
    }

    /// Frames of first all magnitudes, then all phases; `None` when there are too few samples for one.
    pub(super) fn of(&self, kernel: Kernel, samples: &[f32]) -> Option<Frames> {
        let edge = self.length / 2;
        if samples.len() <= edge {
            return None;
        }
        let before = samples[1..=edge].iter().rev();
        let after = samples[samples.len() - 1 - edge..samples.len() - 1].iter().rev();
        let mirrored: Vec<f32> = before.chain(samples).chain(after).copied().collect();
        let mut frames = self.transform.run(kernel, &Frames::from_channels_first(&mirrored, 1));
        let (width, bins) = (frames.width(), frames.channels() / 2);
        for frame in frames.values_mut().chunks_exact_mut(width) {
            for bin in 0..bins {
                let (re, im) = (frame[bin], frame[bins + bin]);
                (frame[bin], frame[bins + bin]) = (re.hypot(im), phase(re, im));
            }
        }
        Some(frames)
    }
}

/// As the exported model has it: a negative number without an imaginary part is at minus half a turn.
fn phase(re: f32, im: f32) -> f32 {
    if re < 0.0 && im.abs() < 1e-7 { -PI } else { im.atan2(re) }
}

impl Inverse {
    pub(super) fn read(reader: &Reader<'_, '_>) -> Option<Self> {
        let name = "istft/stft/ConvTranspose";
        let step = usize::try_from(*reader.node(name)?.ints("strides")?.first()?).ok()?;
        let length = *reader.constant(name, 1)?.0.last()?;
        Some(Self { transform: reader.upsample(name)?, length, step })
    }

    /// From frames of first the logarithms of all magnitudes, then numbers whose sines are the phases.
    pub(super) fn of(&self, kernel: Kernel, scratch: &mut Scratch, frames: &Frames) -> Vec<f32> {
        let mut spectrum = frames.clone();
        let (width, bins) = (spectrum.width(), spectrum.channels() / 2);
        for frame in spectrum.values_mut().chunks_exact_mut(width) {
            for bin in 0..bins {
                let (magnitude, phase) = (frame[bin].exp(), frame[bins + bin].sin());
                (frame[bin], frame[bins + bin]) = (magnitude * phase.cos(), magnitude * phase.sin());
            }
        }
        let mut samples = Frames::default();
        self.transform.run(kernel, scratch, &mut spectrum, 1.0, &mut samples);
        let factor = self.length as f32 / self.step as f32;
        let edge = self.length / 2;
        let inside = edge..samples.count().saturating_sub(edge).max(edge);
        inside.map(|at| samples.row(at)[0] * factor).collect()
    }
}
