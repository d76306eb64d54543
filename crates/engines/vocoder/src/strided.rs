//! Convolutions that are one multiplication of matrices: a kernel of one tap, or a stride.

use crate::conv::Store;
use crate::frames::Frames;
use crate::kernel::{Kernel, Rows, RowsMut};
use crate::matrix::{Matrix, PANEL};

/// Rows that are multiplied at once.
const BLOCK: usize = 96;

/// A convolution without dilation: its frames lie next to each other, so that what is under the kernel is a row of a
/// matrix as it stands.
#[derive(Clone, Debug)]
pub struct Strided {
    inputs: usize,
    outputs: usize,
    taps: usize,
    stride: usize,
    padding: usize,
    matrix: Matrix,
    bias: Vec<f32>,
}

impl Strided {
    /// From weights of `[outputs, inputs, taps]` and as many numbers of `bias` as outputs, or none; `padding` frames
    /// of zeros stand at each end. `None` when the numbers do not fit.
    pub fn new(
        [outputs, inputs, taps]: [usize; 3],
        weights: &[f32],
        bias: &[f32],
        stride: usize,
        padding: usize,
    ) -> Option<Self> {
        let matrix = Matrix::of_taps([outputs, inputs, taps], weights).filter(|_| stride > 0)?;
        let bias = matrix.bias(outputs, bias)?;
        Some(Self { inputs, outputs, taps, stride, padding, matrix, bias })
    }

    /// The convolution of `input`.
    pub fn run(&self, kernel: Kernel, input: &Frames) -> Frames {
        let mut out = Frames::default();
        self.run_into(kernel, input, &mut out, Store::Set);
        out
    }

    /// The convolution of `input` in place of `out`, or added to it; with [`Store::Add`], `out` is to have the right
    /// size.
    pub fn run_into(&self, kernel: Kernel, input: &Frames, out: &mut Frames, into: Store<'_>) {
        debug_assert_eq!(input.channels(), self.inputs);
        let ends = vec![0.0; self.padding * input.width()];
        let with_ends;
        let values = if self.padding == 0 {
            input.values()
        } else {
            with_ends = [&ends, input.values(), &ends].concat();
            &with_ends
        };
        let frames = input.count() + 2 * self.padding;
        let count = if frames < self.taps { 0 } else { (frames - self.taps) / self.stride + 1 };
        into.prepare(out, self.outputs, count);
        if let Store::Plus(base) = into {
            out.values_mut().copy_from_slice(base.values());
        }
        self.multiply(kernel, values, self.stride * input.width(), out, into);
    }

    fn multiply(&self, kernel: Kernel, values: &[f32], step: usize, out: &mut Frames, into: Store<'_>) {
        let (width, wide) = (out.width(), self.matrix.outputs);
        let mut product = vec![0.0; BLOCK * wide];
        for (block, to) in out.values_mut().chunks_mut(BLOCK * width).enumerate() {
            let rows = Rows::whole(&values[block * BLOCK * step..], step, to.len() / width);
            let mut product_rows = RowsMut { values: &mut product, stride: wide };
            kernel.multiply(rows, &self.matrix.values, self.matrix.inputs, &mut product_rows);
            for (to, from) in to.chunks_exact_mut(width).zip(product.chunks_exact(wide)) {
                kernel.put_row(&from[..width], &self.bias[..width], to, into != Store::Set);
            }
        }
    }
}

const _: () = assert!(BLOCK.is_multiple_of(6) && PANEL == 16);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_and_single_taps() {
        let input = Frames::from_channels_first(&[1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0], 2);
        // One output: twice the first channel now plus the second one frame later.
        let weights = [2.0, 0.0, 0.0, 1.0];
        for kernel in Kernel::all() {
            let conv = Strided::new([1, 2, 2], &weights, &[0.5], 2, 1).unwrap();
            assert_eq!(conv.run(kernel, &input).to_channels_first(), [10.5, 34.5, 58.5]);
            let single = Strided::new([1, 2, 1], &[1.0, 0.1], &[], 1, 0).unwrap();
            assert_eq!(single.run(kernel, &input).to_channels_first(), [2.0, 4.0, 6.0, 8.0, 10.0]);
        }
        assert!(Strided::new([1, 2, 2], &[0.0; 3], &[], 1, 0).is_none());
    }
}
