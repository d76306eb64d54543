//! What lies between the convolutions.

use crate::frames::{Frames, padded};
use crate::kernel::Kernel;

pub use crate::kernel::Snake;

/// Rows that are summed at once: more would lose digits.
const BLOCK: usize = 256;

/// The mean of each channel over time and its standard deviation's inverse, as `1 / sqrt(variance + epsilon)`.
#[derive(Clone, Debug)]
pub struct Moments {
    mean: Vec<f32>,
    by_deviation: Vec<f32>,
}

impl Moments {
    /// Of `frames`.
    pub fn of(kernel: Kernel, frames: &Frames, epsilon: f32) -> Self {
        let width = frames.width();
        let (mut sums, mut squares) = (vec![0.0_f64; width], vec![0.0_f64; width]);
        let mut part = [vec![0.0; width], vec![0.0; width]];
        for rows in frames.values().chunks(BLOCK * width.max(1)) {
            let [sum, square] = &mut part;
            kernel.moments(rows, sum, square);
            for (all, part) in [(&mut sums, sum), (&mut squares, square)] {
                all.iter_mut().zip(part).for_each(|(all, part)| *all += f64::from(*part));
            }
        }
        let count = frames.count().max(1) as f64;
        let deviation = |(sum, square): (&f64, &f64)| {
            let variance = (square / count - (sum / count).powi(2)).max(0.0);
            (1.0 / (variance + f64::from(epsilon)).sqrt()) as f32
        };
        Self {
            mean: sums.iter().map(|sum| (sum / count) as f32).collect(),
            by_deviation: sums.iter().zip(&squares).map(deviation).collect(),
        }
    }
}

impl Snake {
    /// After normalisation by `moments`: `gain` and `offset` for each channel (how a style colours it), and the
    /// activation's `alpha`.
    pub fn new(moments: &Moments, gain: &[f32], offset: &[f32], alpha: &[f32]) -> Self {
        let width = padded(alpha.len());
        let mut snake = Self {
            scale: vec![0.0; width],
            shift: vec![0.0; width],
            alpha: vec![0.0; width],
            one_by_alpha: vec![0.0; width],
        };
        for (n, alpha) in alpha.iter().enumerate() {
            snake.scale[n] = gain[n] * moments.by_deviation[n];
            snake.shift[n] = offset[n] - moments.mean[n] * snake.scale[n];
            (snake.alpha[n], snake.one_by_alpha[n]) = (*alpha, 1.0 / alpha);
        }
        snake
    }

    /// Of `frames`, into `out`.
    pub fn run(&self, kernel: Kernel, frames: &Frames, out: &mut Frames) {
        out.reshape(frames.channels(), frames.count());
        kernel.snake(frames.values(), out.values_mut(), self);
    }
}

impl Frames {
    /// `self += other`, which is as large.
    pub fn add(&mut self, kernel: Kernel, other: &Self) {
        debug_assert_eq!((self.channels(), self.count()), (other.channels(), other.count()));
        kernel.add(self.values_mut(), other.values());
    }

    /// Adds the one row of `other` to each of these.
    pub fn add_to_each(&mut self, other: &Self) {
        let row = other.row(0);
        let width = self.width();
        for to in self.values_mut().chunks_exact_mut(width) {
            to.iter_mut().zip(row).for_each(|(to, from)| *to += from);
        }
    }

    /// Takes the channels of `other` away from those that begin at `channel`.
    pub fn subtract_at(&mut self, channel: usize, other: &Self) {
        let width = self.width();
        for (to, from) in self.values_mut().chunks_exact_mut(width).zip(other.rows()) {
            to[channel..].iter_mut().zip(&from[..other.channels()]).for_each(|(to, from)| *to -= from);
        }
    }

    /// Turns the order of the channels round.
    pub fn reverse_channels(&mut self) {
        let (width, channels) = (self.width(), self.channels());
        self.values_mut().chunks_exact_mut(width).for_each(|row| row[..channels].reverse());
    }

    /// Some of the channels.
    pub fn columns(&self, channels: std::ops::Range<usize>) -> Self {
        let mut out = Self::zeros(channels.len(), self.count());
        let width = out.width();
        for (to, from) in out.values_mut().chunks_exact_mut(width).zip(self.rows()) {
            to[..channels.len()].copy_from_slice(&from[channels.clone()]);
        }
        out
    }

    /// WaveNet's gate: the hyperbolic tangent of the first half of the channels times the logistic function of the
    /// second; each half is to be whole vectors.
    pub fn gated(&self, kernel: Kernel) -> Self {
        let mut out = Self::zeros(self.channels() / 2, self.count());
        let width = out.width();
        if 2 * width == self.width() {
            kernel.gate(self.values(), out.values_mut(), width);
        } else {
            kernel.gate(&self.halves_padded(width), out.values_mut(), width);
        }
        out
    }

    /// All numbers, each half of a row padded to `width`.
    fn halves_padded(&self, width: usize) -> Vec<f32> {
        let half = self.channels() / 2;
        let mut padded = vec![0.0; 2 * width * self.count()];
        for (to, row) in padded.chunks_exact_mut(2 * width).zip(self.rows()) {
            to[..half].copy_from_slice(&row[..half]);
            to[width..width + half].copy_from_slice(&row[half..2 * half]);
        }
        padded
    }

    /// All numbers times `factor`, then the negative ones times `slope`.
    pub fn leaky(&mut self, kernel: Kernel, factor: f32, slope: f32) {
        kernel.leaky(self.values_mut(), factor, slope);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snake_bends_what_is_normalised() {
        let values: Vec<f32> = (0..3_000).map(|n| (n as f32 * 0.37).sin() * 3.0 + 7.0 + (n / 1_000) as f32).collect();
        let frames = Frames::from_channels_first(&values, 3);
        let (gain, offset, alpha) = ([1.0, 2.0, 0.5], [0.0, -1.0, 30.0], [1.0, 0.3, 2.5]);
        for kernel in Kernel::all() {
            let moments = Moments::of(kernel, &frames, 1e-5);
            let mut out = Frames::default();
            Snake::new(&moments, &gain, &offset, &alpha).run(kernel, &frames, &mut out);
            let got = out.to_channels_first();
            for (channel, row) in values.chunks_exact(1_000).enumerate() {
                let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / 1_000.0;
                let variance = row.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / 1_000.0;
                for (n, x) in row.iter().enumerate() {
                    let x = (f64::from(*x) - mean) / (variance + 1e-5).sqrt();
                    let x = x * f64::from(gain[channel]) + f64::from(offset[channel]);
                    let alpha = f64::from(alpha[channel]);
                    let expected = x + (alpha * x).sin().powi(2) / alpha;
                    let got = f64::from(got[channel * 1_000 + n]);
                    assert!((got - expected).abs() < 3e-5, "{got}, not {expected}");
                }
            }
            assert!(out.rows().all(|row| row[3..].iter().all(|x| *x == 0.0)));
        }
    }

    #[test]
    fn gates_open_and_close() {
        for (kernel, channels) in Kernel::all().into_iter().flat_map(|kernel| [16, 32].map(|count| (kernel, count))) {
            let values: Vec<f32> = (0..channels * 41).map(|n| (n as f32 * 0.731).sin() * 12.0).collect();
            let got = Frames::from_channels_first(&values, channels).gated(kernel).to_channels_first();
            for (n, got) in got.into_iter().enumerate() {
                let (a, b) = (f64::from(values[n]), f64::from(values[channels / 2 * 41 + n]));
                let expected = a.tanh() / (1.0 + (-b).exp());
                assert!((f64::from(got) - expected).abs() < 1e-6, "{got}, not {expected}");
            }
        }
    }

    #[test]
    fn channels_are_moved_about() {
        let mut frames = Frames::from_channels_first(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3);
        frames.reverse_channels();
        assert_eq!(frames.to_channels_first(), [5.0, 6.0, 3.0, 4.0, 1.0, 2.0]);
        assert_eq!(frames.columns(1..3).to_channels_first(), [3.0, 4.0, 1.0, 2.0]);
        frames.subtract_at(1, &Frames::from_channels_first(&[1.0, 1.0], 1));
        frames.add_to_each(&Frames::from_channels_first(&[0.0, 0.0, 10.0], 3));
        assert_eq!(frames.to_channels_first(), [5.0, 6.0, 2.0, 3.0, 11.0, 12.0]);
    }

    #[test]
    fn leaky_and_add() {
        let mut frames = Frames::from_channels_first(&[-2.0, 4.0], 1);
        frames.leaky(Kernel::best(), 0.5, 0.1);
        assert_eq!(frames.to_channels_first(), [-0.1, 2.0]);
        let same = frames.clone();
        frames.add(Kernel::best(), &same);
        assert_eq!(frames.to_channels_first(), [-0.2, 4.0]);
    }
}
