//! Transposed convolution: every frame becomes several, which overlap those of its neighbours.

use crate::Scratch;
use crate::frames::{Frames, padded};
use crate::kernel::{Kernel, Rows, RowsMut};
use crate::matrix::Matrix;

/// Frames that are multiplied at once.
const BLOCK: usize = 48;

/// A transposed convolution without dilation.
#[derive(Clone, Debug)]
pub struct Upsample {
    outputs: usize,
    taps: usize,
    stride: usize,
    padding: usize,
    /// One frame in, all of its frames out.
    matrix: Matrix,
    bias: Vec<f32>,
}

impl Upsample {
    /// From weights of `[inputs, outputs, taps]`, as ONNX has them, and as many numbers of `bias` as outputs, or none;
    /// `padding` frames are cut off at each end. `None` when the numbers do not fit.
    pub fn new(
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
        let matrix = Matrix::new(padded(inputs), width * taps, |input, column| {
            let (tap, output) = (column / width, column % width);
            if input < inputs && output < outputs { weights[(input * outputs + output) * taps + tap] } else { 0.0 }
        });
        let mut padded_bias = bias.to_vec();
        padded_bias.resize(width, 0.0);
        Some(Self { outputs, taps, stride, padding, matrix, bias: padded_bias })
    }

    /// Frames that come out when `count` go in.
    pub fn output_count(&self, count: usize) -> usize {
        if count == 0 { 0 } else { (count - 1) * self.stride + self.taps - 2 * self.padding }
    }

    /// The frames between and around those of `input`.
    pub fn run(&self, kernel: Kernel, scratch: &mut Scratch, input: &Frames) -> Frames {
        let mut out = Frames::zeros(self.outputs, self.output_count(input.count()));
        let width = out.width();
        out.values_mut().chunks_exact_mut(width).for_each(|row| row.copy_from_slice(&self.bias));
        let wide = self.matrix.outputs;
        scratch.output.resize((BLOCK * wide).max(scratch.output.len()), 0.0);
        for (block, values) in input.values().chunks(BLOCK * input.width()).enumerate() {
            let rows = Rows::whole(values, input.width(), values.len() / input.width());
            let count = rows.count;
            let mut product = RowsMut { values: &mut scratch.output, stride: wide };
            kernel.multiply(rows, &self.matrix.values, self.matrix.inputs, &mut product);
            for (n, made) in scratch.output.chunks_exact(wide).take(count).enumerate() {
                let first = ((block * BLOCK + n) * self.stride) as isize - self.padding as isize;
                self.overlap(kernel, &made[..self.taps * width], first, &mut out);
            }
        }
        out
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

    #[test]
    fn frames_overlap_and_the_ends_are_cut() {
        let input = Frames::from_channels_first(&[1.0, 10.0, 100.0], 1);
        for kernel in Kernel::all() {
            let whole = Upsample::new([1, 1, 4], &[1.0, 2.0, 3.0, 4.0], &[], 2, 0).unwrap();
            let made = whole.run(kernel, &mut Scratch::default(), &input);
            assert_eq!(made.to_channels_first(), [1.0, 2.0, 13.0, 24.0, 130.0, 240.0, 300.0, 400.0]);
            let cut = Upsample::new([1, 1, 4], &[1.0, 2.0, 3.0, 4.0], &[0.5], 2, 1).unwrap();
            let made = cut.run(kernel, &mut Scratch::default(), &input);
            assert_eq!(made.to_channels_first(), [2.5, 13.5, 24.5, 130.5, 240.5, 300.5]);
            assert_eq!(cut.output_count(3), 6);
        }
        assert!(Upsample::new([1, 1, 4], &[0.0; 3], &[], 2, 1).is_none());
    }
}
