//! Convolution along time, multiplied out.
//!
//! Quicker than transforms where there is little to save (few channels and a short kernel), and where the
//! weights' spectra, nine times the size of a kernel of five taps, would have to come from memory each time.

use crate::Scratch;
use crate::conv::{ConvShape, Store};
use crate::frames::Frames;
use crate::kernel::{Kernel, Rows, RowsMut};
use crate::matrix::Matrix;

/// Frames that are computed at once.
const BLOCK: usize = 96;

/// A convolution.
#[derive(Clone, Debug)]
pub struct Direct {
    shape: ConvShape,
    matrix: Matrix,
    bias: Vec<f32>,
}

impl Direct {
    /// From weights of `[outputs, inputs, taps]`, as ONNX has them, and as many numbers of `bias` as outputs, or none.
    /// `None` when the numbers do not fit the shape.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32]) -> Option<Self> {
        let ConvShape { inputs, outputs, taps, .. } = shape;
        let matrix = Matrix::of_taps([outputs, inputs, taps], weights).filter(|_| shape.dilation > 0)?;
        let bias = matrix.bias(outputs, bias)?;
        Some(Self { shape, matrix, bias })
    }

    /// As [`crate::Conv::run`].
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
        if let Store::Plus(base) = into {
            out.values_mut().copy_from_slice(base.values());
        }
        debug_assert_eq!(input.channels(), self.shape.inputs);
        let (stride, wide) = (input.width(), self.matrix.outputs);
        self.pad(kernel, scratch, input, slope);
        scratch.output.resize((BLOCK * wide).max(scratch.output.len()), 0.0);
        let width = out.width();
        for (block, to) in out.values_mut().chunks_mut(BLOCK * width).enumerate() {
            let values = &scratch.input[block * BLOCK * stride..];
            let (taps, step) = (self.shape.taps, self.shape.dilation * stride);
            let rows = Rows { values, stride, count: to.len() / width, taps, step };
            let mut product = RowsMut { values: &mut scratch.output, stride: wide };
            kernel.multiply(rows, &self.matrix.values, self.matrix.inputs, &mut product);
            for (to, from) in to.chunks_exact_mut(width).zip(scratch.output.chunks_exact(wide)) {
                kernel.put_row(&from[..width], &self.bias[..width], to, into != Store::Set);
            }
        }
    }

    /// Puts `input`, its negative numbers made smaller by `slope`, with zeros at both ends into `scratch`.
    fn pad(&self, kernel: Kernel, scratch: &mut Scratch, input: &Frames, slope: f32) {
        let ends = self.shape.padding * input.width();
        let numbers = input.values().len();
        scratch.input.resize((numbers + 2 * ends).max(scratch.input.len()), 0.0);
        scratch.input[..ends].fill(0.0);
        scratch.input[ends..ends + numbers].copy_from_slice(input.values());
        scratch.input[ends + numbers..numbers + 2 * ends].fill(0.0);
        if slope != 1.0 {
            kernel.leaky(&mut scratch.input[ends..ends + numbers], 1.0, slope);
        }
    }
}
