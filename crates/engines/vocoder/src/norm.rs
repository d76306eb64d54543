//! What lies between the layers of a network that reads text: each frame is seen as a whole.

use crate::frames::{Frames, padded};
use crate::kernel::Kernel;

/// Brings each frame to mean 0 and variance 1 over its channels, then scales and moves each channel (Ba, Kiros and Hinton,
/// "Layer normalization", 2016).
#[derive(Clone, Debug)]
pub struct Norm {
    pub(crate) channels: usize,
    pub(crate) gain: Vec<f32>,
    pub(crate) offset: Vec<f32>,
    pub(crate) epsilon: f32,
}

impl Norm {
    /// From a number of each for each channel; `None` when there are none, or not as many. `epsilon` is added to the
    /// variance.
    pub fn new(gain: &[f32], offset: &[f32], epsilon: f32) -> Option<Self> {
        let channels = gain.len();
        let wide = |numbers: &[f32]| [numbers, &vec![0.0; padded(channels) - channels]].concat();
        let fits = channels > 0 && offset.len() == channels;
        fits.then(|| Self { channels, gain: wide(gain), offset: wide(offset), epsilon })
    }

    /// Of `frames`, which have as many channels.
    pub fn run(&self, kernel: Kernel, frames: &mut Frames) {
        debug_assert_eq!(frames.channels(), self.channels);
        kernel.normalise(frames.values_mut(), self);
    }
}

impl Frames {
    /// Makes the numbers of each frame positive, with the sum 1: their exponentials by the sum of those.
    pub fn softmax(&mut self, kernel: Kernel) {
        let (width, channels) = (self.width(), self.channels());
        if channels > 0 {
            kernel.softmax(self.values_mut(), width, channels);
        }
    }

    /// All numbers times the normal distribution's share below them (Hendrycks and Gimpel, "Gaussian error linear
    /// units", 2016).
    pub fn gelu(&mut self, kernel: Kernel) {
        kernel.gelu(self.values_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kernel with frames of few and of many channels, which run from `low` to `high`.
    fn cases(low: f32, high: f32) -> impl Iterator<Item = (Kernel, Frames)> {
        let frames = move |channels: usize| {
            let value = |n: usize| low + (high - low) * (0.5 + 0.5 * (n as f32 * 0.731).sin());
            Frames::from_channels_first(&(0..channels * 7).map(value).collect::<Vec<_>>(), channels)
        };
        Kernel::all().into_iter().flat_map(move |kernel| [1, 5, 16, 243].map(|channels| (kernel, frames(channels))))
    }

    /// Each frame as f64, before and after; the padding is to stay zero.
    fn pairs(before: &Frames, after: &Frames) -> Vec<(Vec<f64>, Vec<f64>)> {
        let channels = before.channels();
        let numbers = |row: &[f32]| row[..channels].iter().map(|x| f64::from(*x)).collect();
        assert!(after.rows().all(|row| row[channels..].iter().all(|x| *x == 0.0)));
        before.rows().zip(after.rows()).map(|(before, after)| (numbers(before), numbers(after))).collect()
    }

    #[test]
    fn weights_sum_to_one() {
        for (kernel, before) in cases(-120.0, -60.0) {
            let mut after = before.clone();
            after.softmax(kernel);
            for (from, got) in pairs(&before, &after) {
                let sum: f64 = from.iter().map(|x| x.exp()).sum();
                assert!(from.iter().zip(&got).all(|(x, got)| (got - x.exp() / sum).abs() < 1e-5));
            }
        }
    }

    #[test]
    fn frames_are_normalised() {
        for (kernel, before) in cases(-1.0, 3.0) {
            let count = before.channels();
            let [gain, offset] = [0.3, 0.7].map(|by| (0..count).map(|n| n as f32 * by).collect::<Vec<_>>());
            let mut after = before.clone();
            Norm::new(&gain, &offset, 1e-5).unwrap().run(kernel, &mut after);
            for (from, got) in pairs(&before, &after) {
                let mean = from.iter().sum::<f64>() / count as f64;
                let variance = from.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count as f64;
                for (n, (x, got)) in from.iter().zip(&got).enumerate() {
                    let expected = (x - mean) / (variance + 1e-5).sqrt() * f64::from(gain[n]) + f64::from(offset[n]);
                    assert!((got - expected).abs() < 1e-5 * (1.0 + expected.abs()), "{got}, not {expected}");
                }
            }
        }
        assert!(Norm::new(&[1.0], &[], 0.0).is_none());
    }

    #[test]
    fn small_numbers_are_held_back() {
        for (kernel, before) in cases(-6.0, 6.0) {
            let mut after = before.clone();
            after.gelu(kernel);
            for (from, got) in pairs(&before, &after) {
                for (x, got) in from.iter().zip(&got) {
                    let expected = x * below(*x);
                    assert!((got - expected).abs() < 3e-6, "{got}, not {expected}, of {x}");
                }
            }
        }
    }

    /// The normal distribution's share below `x`, by Simpson's rule.
    fn below(x: f64) -> f64 {
        let (parts, density) = (2000, |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt());
        let step = x / f64::from(parts);
        let weight = |n: i32| if n == 0 || n == parts { 1.0 } else { f64::from(2 + 2 * (n % 2)) };
        0.5 + step / 3.0 * (0..=parts).map(|n| weight(n) * density(f64::from(n) * step)).sum::<f64>()
    }
}
