//! Convolution along time by short Fourier transforms.
//!
//! Overlap-save (any textbook on signal processing): a stretch of 32 frames is transformed, each frequency's channels
//! are multiplied with that frequency's weights, and of the transform back as many frames count as no wrapping around
//! has touched, `33 - taps`. A kernel of 11 taps so costs 2.1 multiplications a frame and pair of channels instead of
//! 11, one of 3 taps 1.6. With dilation, every `dilation`th frame is a signal of its own.

use crate::Scratch;
use crate::frames::{Frames, padded};
use crate::kernel::{BINS, Kernel, PLANES, POINTS, Rows, RowsMut, Tile, plane};
use crate::matrix::{Matrix, PANEL};

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
    /// Frames under the kernel, at most 20.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// They are replaced.
    Set,
    /// The result is added to them.
    Add,
}

/// A convolution.
#[derive(Clone, Debug)]
pub struct Conv {
    shape: ConvShape,
    /// For each plane the panels of a matrix of `[inputs, outputs]`.
    weights: Vec<[f32; PANEL]>,
    bias: Vec<f32>,
    zeros: Vec<f32>,
}

impl Conv {
    /// From weights of `[outputs, inputs, taps]`, as ONNX has them, and as many numbers of `bias` as outputs, or none.
    /// `None` when the numbers do not fit the shape or the kernel is too long.
    pub fn new(kernel: Kernel, shape: ConvShape, weights: &[f32], bias: &[f32]) -> Option<Self> {
        let ConvShape { inputs, outputs, taps, .. } = shape;
        let fits = weights.len() == inputs * outputs * taps && (bias.is_empty() || bias.len() == outputs);
        if !fits || !(1..=POINTS - 12).contains(&taps) || shape.dilation == 0 || inputs * outputs == 0 {
            return None;
        }
        let mut padded_bias = bias.to_vec();
        padded_bias.resize(padded(outputs), 0.0);
        let zeros = vec![0.0; padded(inputs)];
        Some(Self { shape, weights: transform(kernel, shape, weights), bias: padded_bias, zeros })
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
        into: Store,
    ) {
        let count = self.shape.output_count(input.count());
        if into == Store::Set {
            out.reshape(self.shape.outputs, count);
        }
        debug_assert_eq!((out.channels(), out.count()), (self.shape.outputs, count));
        debug_assert_eq!(input.channels(), self.shape.inputs);
        let starts = self.starts(count);
        for starts in starts.chunks(self.block()) {
            self.block_of(kernel, scratch, input, slope, out, into, starts);
        }
    }

    /// Frames of a stretch that count.
    fn valid(&self) -> usize {
        POINTS + 1 - self.shape.taps
    }

    /// Stretches in work at once.
    fn block(&self) -> usize {
        let numbers = PLANES * (padded(self.shape.inputs) + self.outputs());
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
        into: Store,
        starts: &[usize],
    ) {
        let (inputs, outputs) = (padded(self.shape.inputs), self.outputs());
        let from = Tile { row: 0, width: inputs, stride: starts.len() * inputs + SKEW };
        let to = Tile { row: 0, width: outputs, stride: starts.len() * outputs + SKEW };
        scratch.input.resize((PLANES * from.stride).max(scratch.input.len()), 0.0);
        scratch.output.resize((PLANES * to.stride).max(scratch.output.len()), 0.0);
        for (row, start) in starts.iter().enumerate() {
            let rows = self.rows(input, *start);
            kernel.analyse(&rows, slope, Tile { row, ..from }, &mut scratch.input);
        }
        for (number, weights) in self.weights.chunks_exact(self.weights.len() / PLANES).enumerate() {
            let rows = Rows::whole(&scratch.input[number * from.stride..], inputs, starts.len());
            let values = &mut scratch.output[number * to.stride..];
            kernel.multiply(rows, weights, inputs, &mut RowsMut { values, stride: outputs });
        }
        let (count, stride) = (out.count(), out.width());
        let mut out = RowsMut { values: out.values_mut(), stride };
        for (row, start) in starts.iter().enumerate() {
            let positions = self.positions(*start);
            let within = positions[..self.valid()].partition_point(|position| *position < count);
            let tile = Tile { row, ..to };
            kernel.put(&scratch.output, tile, &self.bias, &mut out, &positions[..within], into == Store::Add);
        }
    }

    /// Frames from `start` on, as far apart as the kernel's.
    fn positions(&self, start: usize) -> [usize; POINTS] {
        std::array::from_fn(|n| start + n * self.shape.dilation)
    }

    /// What the stretch of outputs from `start` on needs.
    fn rows<'a>(&'a self, input: &'a Frames, start: usize) -> [&'a [f32]; POINTS] {
        let count = input.count();
        self.positions(start).map(|position| match position.checked_sub(self.shape.padding) {
            Some(at) if at < count => input.row(at),
            _ => &self.zeros,
        })
    }
}

/// The weights' spectra, conjugated (a network's convolution does not turn its kernel round) and divided by what the
/// transforms there and back multiply by.
fn transform(kernel: Kernel, shape: ConvShape, weights: &[f32]) -> Vec<[f32; PANEL]> {
    let ConvShape { inputs, outputs, taps, .. } = shape;
    let width = padded(inputs);
    let stride = width * outputs;
    let mut spectra = vec![0.0; PLANES * stride];
    let mut rows = vec![vec![0.0; width]; POINTS];
    for (row, weights) in weights.chunks_exact(inputs * taps).enumerate() {
        for (tap, values) in rows.iter_mut().enumerate().take(taps) {
            for (input, value) in values.iter_mut().enumerate().take(inputs) {
                *value = weights[input * taps + tap] / POINTS as f32;
            }
        }
        let rows = std::array::from_fn(|j| rows[j].as_slice());
        kernel.analyse(&rows, 1.0, Tile { row, width, stride }, &mut spectra);
    }
    let value = |number: usize, input: usize, output: usize| spectra[number * stride + output * width + input];
    let weight = |number: usize, input: usize, output: usize| {
        let Some(within) = number.checked_sub(plane(1)) else { return value(number, input, output) };
        let first = number - within % 3;
        match within % 3 {
            0 => value(first + 1, input, output),
            1 => -value(first, input, output),
            _ => value(first + 1, input, output) - value(first + 2, input, output),
        }
    };
    let matrix = |number: usize| Matrix::new(width, outputs, |input, output| weight(number, input, output));
    debug_assert_eq!(plane(BINS - 1), PLANES);
    (0..PLANES).flat_map(|number| matrix(number).values).collect()
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
            ] {
                let shape = ConvShape { inputs, outputs, taps, dilation, padding };
                let weights = noise(inputs * outputs * taps, 1);
                let bias = noise(outputs, 2);
                let input = Frames::from_channels_first(&noise(inputs * count, 3), inputs);
                let spectral = Conv::new(kernel, shape, &weights, &bias).unwrap();
                let multiplied = Direct::new(shape, &weights, &bias).unwrap();
                let expected = direct(shape, &weights, &bias, &input, 0.1);
                let close = |got: &[f32], times: f32| {
                    let worst = got.iter().zip(&expected).map(|(a, b)| (a - times * b).abs()).fold(0.0, f32::max);
                    assert!(got.len() == expected.len() && worst < 2e-5, "{shape:?}: {worst}");
                };
                for is_spectral in [true, false] {
                    let (mut out, mut scratch) = (Frames::default(), Scratch::default());
                    for (times, into) in [(1.0, Store::Set), (2.0, Store::Add)] {
                        match is_spectral {
                            true => spectral.run(kernel, &mut scratch, &input, 0.1, &mut out, into),
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
