//! Transposed convolution: every frame becomes several, which overlap those of its neighbours.

use crate::Scratch;
use crate::conv::{Conv, ConvShape, Store};
use crate::frames::{Frames, padded};
use crate::kernel::{Kernel, Rows, RowsMut};
use crate::matrix::Matrix;
use crate::transform::Transform;

/// Frames that are multiplied at once.
const BLOCK: usize = 48;

/// A transposed convolution without dilation.
#[derive(Clone, Debug)]
pub struct Upsample {
    outputs: usize,
    taps: usize,
    stride: usize,
    padding: usize,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    /// A matrix from one frame in to all of its frames out, which are then added up; the bias of a frame.
    Overlapped(Matrix, Vec<f32>),
    /// Where no more than two frames overlap: a convolution of two taps, to all the frames that lie between two.
    Between(Box<Conv>),
}

impl Upsample {
    /// From weights of `[inputs, outputs, taps]`, as ONNX has them, and as many numbers of `bias` as outputs, or none;
    /// `padding` frames are cut off at each end. `None` when the numbers do not fit.
    pub fn new(
        kernel: Kernel,
        [inputs, outputs, taps]: [usize; 3],
        weights: &[f32],
        bias: &[f32],
        stride: usize,
        padding: usize,
    ) -> Option<Self> {
        let fits = weights.len() == inputs * outputs * taps && (bias.is_empty() || bias.len() == outputs);
        if !fits || weights.is_empty() || stride == 0 || taps < 2 * padding {
            return None;
        }
        let width = padded(outputs);
        let weight = |input: usize, output: usize, tap: usize| {
            if input < inputs && output < outputs { weights[(input * outputs + output) * taps + tap] } else { 0.0 }
        };
        let mut padded_bias = bias.to_vec();
        padded_bias.resize(width, 0.0);
        let shape = ConvShape { inputs, outputs: stride * width, taps: 2, dilation: 1, padding: 1 };
        let way = if taps == 2 * stride && Transform::of(kernel, shape) == Transform::Toom {
            // The frame before gives the later half of its frames to where the frame after gives the earlier half.
            let of = |output: usize, input: usize, tap: usize| {
                weight(input, output % width, output / width + if tap == 0 { stride } else { 0 })
            };
            let pairs = (0..stride * width).flat_map(|output| (0..inputs).map(move |input| (output, input)));
            let weights: Vec<f32> = pairs.flat_map(|(o, i)| [of(o, i, 0), of(o, i, 1)]).collect();
            Way::Between(Box::new(Conv::new(kernel, shape, &weights, &padded_bias.repeat(stride))?))
        } else {
            let value = |input: usize, column: usize| weight(input, column % width, column / width);
            Way::Overlapped(Matrix::new(padded(inputs), width * taps, value), padded_bias)
        };
        Some(Self { outputs, taps, stride, padding, way })
    }

    /// Frames that come out when `count` go in.
    pub fn output_count(&self, count: usize) -> usize {
        if count == 0 { 0 } else { (count - 1) * self.stride + self.taps - 2 * self.padding }
    }

    /// The frames between and around those of `input`, whose negative numbers are first made smaller by `slope`, maybe
    /// where they are.
    pub fn run(&self, kernel: Kernel, scratch: &mut Scratch, input: &mut Frames, slope: f32, out: &mut Frames) {
        match &self.way {
            Way::Between(_) if input.count() == 0 => out.reshape(self.outputs, 0),
            Way::Between(conv) => {
                conv.run(kernel, scratch, input, slope, out, Store::Set);
                out.split(self.outputs, self.padding);
            }
            Way::Overlapped(matrix, bias) => {
                if slope != 1.0 {
                    input.leaky(kernel, 1.0, slope);
                }
                self.overlapped(kernel, scratch, (matrix, bias), input, out);
            }
        }
    }

    fn overlapped(
        &self,
        kernel: Kernel,
        scratch: &mut Scratch,
        (matrix, bias): (&Matrix, &[f32]),
        input: &Frames,
        out: &mut Frames,
    ) {
        out.reshape(self.outputs, self.output_count(input.count()));
        let width = out.width();
        out.values_mut().chunks_exact_mut(width).for_each(|row| row.copy_from_slice(bias));
        let wide = matrix.outputs;
        scratch.output.resize((BLOCK * wide).max(scratch.output.len()), 0.0);
        for (block, values) in input.values().chunks(BLOCK * input.width()).enumerate() {
            let rows = Rows::whole(values, input.width(), values.len() / input.width());
            let count = rows.count;
            let mut product = RowsMut { values: &mut scratch.output, stride: wide };
            kernel.multiply(rows, &matrix.values, matrix.inputs, &mut product);
            for (n, made) in scratch.output.chunks_exact(wide).take(count).enumerate() {
                let first = ((block * BLOCK + n) * self.stride) as isize - self.padding as isize;
                self.overlap(kernel, &made[..self.taps * width], first, out);
            }
        }
    }

    /// Adds the frames `made`, the first of which belongs to `first`; what lies outside is cut off.
    fn overlap(&self, kernel: Kernel, made: &[f32], first: isize, out: &mut Frames) {
        let width = out.width();
        let before = (-first).max(0) as usize;
        let at = first.max(0) as usize;
        let count = (self.taps - before).min(out.count() - at);
        let from = &made[before * width..(before + count) * width];
        kernel.add(&mut out.values_mut()[at * width..(at + count) * width], from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of `input` by `upsample`.
    fn run(kernel: Kernel, upsample: &Upsample, input: &Frames) -> Frames {
        let mut out = Frames::default();
        upsample.run(kernel, &mut Scratch::default(), &mut input.clone(), 0.5, &mut out);
        out
    }

    fn assert_close(got: &Frames, expected: &[f32]) {
        let got = got.to_channels_first();
        assert_eq!(got.len(), expected.len());
        assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{got:?}, not {expected:?}");
    }

    #[test]
    fn frames_overlap_and_the_ends_are_cut() {
        let input = Frames::from_channels_first(&[1.0, 10.0, -200.0], 1);
        for kernel in Kernel::all() {
            let whole = Upsample::new(kernel, [1, 1, 4], &[1.0, 2.0, 3.0, 4.0], &[], 2, 0).unwrap();
            assert_close(&run(kernel, &whole, &input), &[1.0, 2.0, 13.0, 24.0, -70.0, -160.0, -300.0, -400.0]);
            let cut = Upsample::new(kernel, [1, 1, 4], &[1.0, 2.0, 3.0, 4.0], &[0.5], 2, 1).unwrap();
            assert_close(&run(kernel, &cut, &input), &[2.5, 13.5, 24.5, -69.5, -159.5, -299.5]);
            assert_eq!(cut.output_count(3), 6);
            assert_eq!(run(kernel, &cut, &input.part(0, 0)).count(), 0);
            // Three frames overlap.
            let thick = Upsample::new(kernel, [1, 1, 3], &[1.0, 2.0, 3.0], &[], 1, 1).unwrap();
            assert_close(&run(kernel, &thick, &input), &[12.0, -77.0, -170.0]);
        }
        assert!(Upsample::new(Kernel::best(), [1, 1, 4], &[0.0; 3], &[], 2, 1).is_none());
    }

    #[test]
    fn both_ways_are_one() {
        let numbers = |count: usize| (0..count).map(|n| (n as f32 * 0.731).sin()).collect::<Vec<f32>>();
        let (weights, bias) = (numbers(20 * 24 * 16), numbers(24));
        let input = Frames::from_channels_first(&numbers(20 * 41), 20);
        for kernel in Kernel::all() {
            let upsample = Upsample::new(kernel, [20, 24, 16], &weights, &bias, 8, 4).unwrap();
            let got = run(kernel, &upsample, &input);
            let (count, mut expected) = (41 * 8, vec![vec![0.0; 41 * 8]; 24]);
            for (output, row) in expected.iter_mut().enumerate() {
                row.fill(f64::from(bias[output]));
                for (frame, values) in input.rows().enumerate() {
                    for tap in (0..16).filter(|tap| (4..count + 4).contains(&(frame * 8 + tap))) {
                        row[frame * 8 + tap - 4] += (0..20)
                            .map(|i| f64::from(values[i].max(values[i] * 0.5) * weights[(i * 24 + output) * 16 + tap]))
                            .sum::<f64>();
                    }
                }
            }
            for (got, expected) in got.to_channels_first().iter().zip(expected.concat()) {
                assert!((f64::from(*got) - expected).abs() < 2e-5, "{got}, not {expected}");
            }
        }
    }
}
