//! Convolution along time by transforms.
//!
//! A stretch of frames is transformed into planes, each plane's channels are multiplied with that plane's weights, and
//! of the transform back some frames count. With dilation, every `dilation`th frame is a signal of its own. There are
//! two transforms ([`crate::transform`]):
//!
//! - Fourier's of 32 frames (overlap-save, any textbook on signal processing), for kernels of any length: as many
//!   frames count as no wrapping around has touched, `33 - taps`. A kernel of 11 taps so costs 2.1 multiplications a
//!   frame and pair of channels instead of 11, one of 3 taps 1.6.
//! - Toom's and Cook's of 8 frames, for kernels of 2 to 5 taps: `9 - taps` count. 3 taps cost 1.3 multiplications,
//!   5 taps 2.0, but there is less to transform, and the weights of 8 planes instead of 47 stay in the cache.

use crate::Scratch;
use crate::frames::{Frames, padded};
use crate::kernel::{Kernel, Rows, RowsMut, Stretch, StretchMut, Tile};
use crate::matrix::PANEL;
use crate::transform::Transform;

/// So much between the planes beside their rows keeps them out of each other's cache lines.
const SKEW: usize = 16;
/// Numbers of both sides' planes that are in work at once: half of a usual second-level cache, or a few rows.
const WORK: usize = 1 << 18;
const ROWS: std::ops::RangeInclusive<usize> = 24..=96;

/// A convolution's sizes; the stride is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvShape {
    /// Channels that go in.
    pub inputs: usize,
    /// Channels that come out.
    pub outputs: usize,
    /// Frames under the kernel, at most 20 unless it is multiplied out.
    pub taps: usize,
    /// From one of those frames to the next.
    pub dilation: usize,
    /// Frames of zeros at each end.
    pub padding: usize,
}

impl ConvShape {
    /// Frames that come out when `count` go in.
    pub fn output_count(&self, count: usize) -> usize {
        (count + 2 * self.padding).saturating_sub(self.dilation * (self.taps - 1))
    }
}

/// What becomes of the frames that are there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Store<'a> {
    /// They are replaced.
    Set,
    /// The result is added to them.
    Add,
    /// They are replaced by the result and these, which are as many.
    Plus(&'a Frames),
}

impl Store<'_> {
    /// Prepares `out` for `count` frames of `channels`.
    pub(crate) fn prepare(self, out: &mut Frames, channels: usize, count: usize) {
        if self != Store::Add {
            out.reshape(channels, count);
        }
        debug_assert_eq!((out.channels(), out.count()), (channels, count));
        if let Store::Plus(base) = self {
            debug_assert_eq!((base.channels(), base.count()), (channels, count));
        }
    }
}

/// A convolution.
#[derive(Clone, Debug)]
pub struct Conv {
    shape: ConvShape,
    transform: Transform,
    /// For each plane the panels of a matrix of `[inputs, outputs]`.
    weights: Vec<[f32; PANEL]>,
    bias: Vec<f32>,
}

impl Conv {
    /// From weights of `[outputs, inputs, taps]`, as ONNX has them, and as many numbers of `bias` as outputs, or none.
    /// `None` when the numbers do not fit the shape or the kernel is too long.
    pub fn new(kernel: Kernel, shape: ConvShape, weights: &[f32], bias: &[f32]) -> Option<Self> {
        let ConvShape { inputs, outputs, taps, .. } = shape;
        let fits = weights.len() == inputs * outputs * taps && (bias.is_empty() || bias.len() == outputs);
        let transform = Transform::of(kernel, shape);
        if !fits || !transform.takes(taps) || shape.dilation == 0 || inputs * outputs == 0 {
            return None;
        }
        let mut padded_bias = bias.to_vec();
        padded_bias.resize(padded(outputs), 0.0);
        Some(Self { shape, transform, weights: transform.weights(kernel, shape, weights), bias: padded_bias })
    }

    /// The convolution of `input`, of which negative numbers are first made smaller by `slope` (1 leaves them, 0.1 is
    /// a leaky rectifier). With [`Store::Add`], `out` is to have the right size.
    pub fn run(
        &self,
        kernel: Kernel,
        scratch: &mut Scratch,
        input: &Frames,
        slope: f32,
        out: &mut Frames,
        into: Store<'_>,
    ) {
        let count = self.shape.output_count(input.count());
        into.prepare(out, self.shape.outputs, count);
        debug_assert_eq!(input.channels(), self.shape.inputs);
        let starts = self.starts(count);
        for starts in starts.chunks(self.block()) {
            self.block_of(kernel, scratch, input, slope, out, into, starts);
        }
    }

    /// Frames of a stretch that count.
    fn valid(&self) -> usize {
        self.transform.points() + 1 - self.shape.taps
    }

    /// Stretches in work at once.
    fn block(&self) -> usize {
        let numbers = self.transform.planes() * (padded(self.shape.inputs) + self.outputs());
        (WORK / numbers).clamp(*ROWS.start(), *ROWS.end()) / 12 * 12
    }

    /// Outputs in whole panels.
    fn outputs(&self) -> usize {
        self.shape.outputs.div_ceil(PANEL) * PANEL
    }

    /// The first output of each stretch.
    fn starts(&self, count: usize) -> Vec<usize> {
        let step = self.shape.dilation * self.valid();
        (0..self.shape.dilation).flat_map(|phase| (phase..count).step_by(step)).collect()
    }

    #[allow(clippy::too_many_arguments)]
    fn block_of(
        &self,
        kernel: Kernel,
        scratch: &mut Scratch,
        input: &Frames,
        slope: f32,
        out: &mut Frames,
        into: Store<'_>,
        starts: &[usize],
    ) {
        let (inputs, outputs, planes) = (padded(self.shape.inputs), self.outputs(), self.transform.planes());
        let from = Tile { row: 0, width: inputs, stride: starts.len() * inputs + SKEW };
        let to = Tile { row: 0, width: outputs, stride: starts.len() * outputs + SKEW };
        scratch.input.resize((planes * from.stride).max(scratch.input.len()), 0.0);
        scratch.output.resize((planes * to.stride).max(scratch.output.len()), 0.0);
        for (row, start) in starts.iter().enumerate() {
            let first = *start as isize - self.shape.padding as isize;
            let stretch = Stretch { values: input.values(), width: input.width(), first, step: self.shape.dilation };
            self.transform.there(kernel, stretch, slope, Tile { row, ..from }, &mut scratch.input);
        }
        for (number, weights) in self.weights.chunks_exact(self.weights.len() / planes).enumerate() {
            let rows = Rows::whole(&scratch.input[number * from.stride..], inputs, starts.len());
            let values = &mut scratch.output[number * to.stride..];
            kernel.multiply(rows, weights, inputs, &mut RowsMut { values, stride: outputs });
        }
        let (frames, width, step) = (out.count(), out.width(), self.shape.dilation);
        for (row, start) in starts.iter().enumerate() {
            let count = (frames - start).div_ceil(step).min(self.valid());
            let mut out = StretchMut { values: out.values_mut(), width, first: *start, step, count, into };
            self.transform.back(kernel, &scratch.output, Tile { row, ..to }, &self.bias, self.valid(), &mut out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Direct;

    /// Numbers that look random, -1..1.
    pub(crate) fn noise(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as f32 / u32::MAX as f32 * 2.0 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    /// The definition.
    fn direct(shape: ConvShape, weights: &[f32], bias: &[f32], input: &Frames, slope: f32) -> Vec<f32> {
        let count = input.count() + 2 * shape.padding - shape.dilation * (shape.taps - 1);
        let value = |frame: isize, channel: usize| {
            let inside = usize::try_from(frame).ok().filter(|frame| *frame < input.count());
            let x = inside.map_or(0.0, |frame| input.row(frame)[channel]);
            f64::from(x.max(x * slope))
        };
        let one = |output: usize, at: usize| {
            let mut sum = f64::from(bias[output]);
            for channel in 0..shape.inputs {
                for tap in 0..shape.taps {
                    let weight = weights[(output * shape.inputs + channel) * shape.taps + tap];
                    let frame = (at + tap * shape.dilation) as isize - shape.padding as isize;
                    sum += f64::from(weight) * value(frame, channel);
                }
            }
            sum as f32
        };
        (0..shape.outputs).flat_map(|output| (0..count).map(move |at| (output, at))).map(|(o, at)| one(o, at)).collect()
    }

    #[test]
    fn it_is_the_convolution_whatever_the_shape() {
        for kernel in Kernel::all() {
            for (inputs, outputs, taps, dilation, padding, count) in [
                (16, 16, 3, 1, 1, 100),
                (8, 24, 7, 3, 9, 61),
                (12, 5, 11, 5, 25, 40),
                (32, 1, 7, 1, 3, 7),
                (3, 40, 5, 6, 12, 200),
                (9, 9, 1, 1, 0, 33),
                (8, 8, 20, 1, 0, 64),
                (8, 8, 7, 12, 36, 30),
                (40, 33, 4, 2, 1, 50),
                (24, 16, 2, 1, 1, 31),
                (16, 16, 3, 7, 7, 5),
            ] {
                let shape = ConvShape { inputs, outputs, taps, dilation, padding };
                let weights = noise(inputs * outputs * taps, 1);
                let bias = noise(outputs, 2);
                let input = Frames::from_channels_first(&noise(inputs * count, 3), inputs);
                let transformed = Conv::new(kernel, shape, &weights, &bias).unwrap();
                let multiplied = Direct::new(shape, &weights, &bias).unwrap();
                let expected = direct(shape, &weights, &bias, &input, 0.1);
                let close = |got: &[f32], times: f32| {
                    let worst = got.iter().zip(&expected).map(|(a, b)| (a - times * b).abs()).fold(0.0, f32::max);
                    assert!(got.len() == expected.len() && worst < 2e-5, "{shape:?}: {worst}");
                };
                for is_transformed in [true, false] {
                    let (mut out, mut scratch) = (Frames::default(), Scratch::default());
                    let base = Frames::from_channels_first(&expected, outputs);
                    for (times, into) in [(1.0, Store::Set), (2.0, Store::Add), (2.0, Store::Plus(&base))] {
                        match is_transformed {
                            true => transformed.run(kernel, &mut scratch, &input, 0.1, &mut out, into),
                            false => multiplied.run(kernel, &mut scratch, &input, 0.1, &mut out, into),
                        }
                        close(&out.to_channels_first(), times);
                        assert!(out.rows().all(|row| row[outputs..].iter().all(|x| *x == 0.0)));
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let shape = ConvShape { inputs: 2, outputs: 2, taps: 3, dilation: 1, padding: 1 };
        assert!(Conv::new(Kernel::best(), shape, &[0.0; 11], &[]).is_none());
        assert!(Conv::new(Kernel::best(), shape, &[0.0; 12], &[0.0]).is_none());
        assert!(Conv::new(Kernel::best(), ConvShape { dilation: 0, ..shape }, &[0.0; 12], &[]).is_none());
        assert!(Conv::new(Kernel::best(), ConvShape { taps: 21, ..shape }, &[0.0; 84], &[]).is_none());
        assert!(Conv::new(Kernel::best(), shape, &[0.0; 12], &[]).is_some());
    }
}
