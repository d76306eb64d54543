//! What both versions do. Everything here is inlined into them, so that it is compiled for their instructions.

use std::array::from_fn;
use std::ops::Range;

use realfft::num_complex::Complex32;

use super::lanes::{LANES, Lanes};
use crate::matrix::{Matrix, PANEL, Rows, RowsMut};
use crate::weights::CELL;

/// Vectors in a panel.
const VECTORS: usize = PANEL / LANES;

/// See [`super::Kernel::multiply`]. Six rows by sixteen outputs fill the registers: twelve sums, two vectors of
/// weights, one number of a row.
#[inline(always)]
pub(super) fn multiply<L: Lanes>(matrix: &Matrix, columns: Range<usize>, rows: Rows, out: &mut RowsMut, relu: bool) {
    for (panel, (weights, bias)) in matrix.panels(columns.start).enumerate() {
        let tile = Tile { weights: &weights[..columns.len()], bias, at: panel * PANEL, relu };
        let mut row = 0;
        while row < rows.count {
            row += match rows.count - row {
                1 => tile.row::<L>(rows, row, out),
                2 => tile.rows::<L, 2>(rows, row, out),
                3 => tile.rows::<L, 3>(rows, row, out),
                4 | 8 => tile.rows::<L, 4>(rows, row, out),
                5 => tile.rows::<L, 5>(rows, row, out),
                _ => tile.rows::<L, 6>(rows, row, out),
            };
        }
    }
}

/// Sixteen outputs.
struct Tile<'a> {
    weights: &'a [[f32; PANEL]],
    bias: &'a [f32; PANEL],
    /// The first of the outputs.
    at: usize,
    relu: bool,
}

impl Tile<'_> {
    /// `R` rows from `first` on; answers `R`.
    #[inline(always)]
    fn rows<L: Lanes, const R: usize>(&self, rows: Rows, first: usize, out: &mut RowsMut) -> usize {
        let inputs: [&[f32]; R] = from_fn(|r| &rows.values[(first + r) * rows.stride..][..self.weights.len()]);
        let bias: [L; VECTORS] = from_fn(|v| L::load(vector(self.bias, v)));
        let mut sums = [bias; R];
        for (column, weights) in self.weights.iter().enumerate() {
            let weights: [L; VECTORS] = from_fn(|v| L::load(vector(weights, v)));
            for (sums, input) in sums.iter_mut().zip(&inputs) {
                let input = L::splat(input[column]);
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = input.times_plus(weights, *sum);
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            self.store(sums, first + r, out);
        }
        R
    }

    /// One row: the columns go to four sums in turn, as each addition would else wait for the one before.
    #[inline(always)]
    fn row<L: Lanes>(&self, rows: Rows, row: usize, out: &mut RowsMut) -> usize {
        let input = &rows.values[row * rows.stride..][..self.weights.len()];
        let bias: [L; VECTORS] = from_fn(|v| L::load(vector(self.bias, v)));
        let none = [L::splat(0.0); VECTORS];
        let mut sums = [bias, none, none, none];
        let (weights, last_weights) = self.weights.as_chunks::<4>();
        let (inputs, last_inputs) = input.as_chunks::<4>();
        for (weights, inputs) in weights.iter().zip(inputs) {
            for ((sums, weights), input) in sums.iter_mut().zip(weights).zip(inputs) {
                add(sums, *input, weights);
            }
        }
        for ((sums, weights), input) in sums.iter_mut().zip(last_weights).zip(last_inputs) {
            add(sums, *input, weights);
        }
        let [a, b, c, d] = sums;
        self.store(from_fn(|v| a[v].plus(b[v]).plus(c[v].plus(d[v]))), row, out);
        1
    }

    #[inline(always)]
    fn store<L: Lanes>(&self, sums: [L; VECTORS], row: usize, out: &mut RowsMut) {
        let place = &mut out.values[row * out.stride + self.at..][..PANEL];
        for (sum, place) in sums.into_iter().zip(place.as_chunks_mut().0) {
            if self.relu { sum.relu() } else { sum }.store(place);
        }
    }
}

/// Adds `input` times `weights`.
#[inline(always)]
fn add<L: Lanes>(sums: &mut [L; VECTORS], input: f32, weights: &[f32; PANEL]) {
    for (v, sum) in sums.iter_mut().enumerate() {
        *sum = L::splat(input).times_plus(L::load(vector(weights, v)), *sum);
    }
}

#[inline(always)]
fn vector(panel: &[f32; PANEL], which: usize) -> &[f32; LANES] {
    &panel.as_chunks().0[which]
}

/// See [`super::Kernel::cell`]. The gates are input, forget, cell, output, as PyTorch orders them.
#[inline(always)]
pub(super) fn cell<L: Lanes>(gates: &[f32; 4 * CELL], state: &mut [f32; CELL], memory: &mut [f32; CELL]) {
    let [input, forget, new, output] = [0, 1, 2, 3].map(|gate| &gates.as_chunks::<CELL>().0[gate]);
    for n in 0..CELL {
        let kept = sigmoid::<L>(forget[n]) * memory[n];
        memory[n] = kept + sigmoid::<L>(input[n]) * tanh::<L>(new[n]);
        state[n] = sigmoid::<L>(output[n]) * tanh::<L>(memory[n]);
    }
}

/// See [`super::Kernel::magnitudes`].
#[inline(always)]
pub(super) fn magnitudes(spectrum: &[Complex32], out: &mut [f32]) {
    for (out, bin) in out.iter_mut().zip(spectrum) {
        *out = (bin.re * bin.re + bin.im * bin.im).sqrt();
    }
}

/// `1 / (1 + e^-x)`.
#[inline(always)]
fn sigmoid<L: Lanes>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<L>(-x))
}

/// Within 2e-7: it loses relative precision near zero, where the network does not need it.
#[inline(always)]
fn tanh<L: Lanes>(x: f32) -> f32 {
    2.0 * sigmoid::<L>(2.0 * x) - 1.0
}

/// `e^x` for x cut to ±80, within 2e-7 of its size: 2^n times a polynomial on ±ln 2 / 2, after Cephes' `expf`
/// (<https://www.netlib.org/cephes/>). Branchless, so that loops over it become vectors.
#[inline(always)]
fn exp<L: Lanes>(x: f32) -> f32 {
    /// 1.5 · 2^23: adding it leaves the nearest whole number in the low bits.
    const WHOLE: f32 = 12_582_912.0;
    let x = x.clamp(-80.0, 80.0);
    let shifted = L::fused(x, std::f32::consts::LOG2_E, WHOLE);
    let n = shifted - WHOLE;
    let rest = L::fused(n, 2.121_944_4e-4, L::fused(n, -0.693_359_4, x));
    let terms = [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5];
    let polynomial = terms.iter().fold(1.987_569_1e-4, |sum, term| L::fused(sum, rest, *term));
    let mantissa = L::fused(polynomial, rest * rest, rest + 1.0);
    mantissa * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::super::lanes::Plain;
    use super::*;

    #[test]
    fn exponential_sigmoid_and_tangent_are_near_the_exact_ones() {
        for step in -3000..3000_i16 {
            let (x, exact) = (f32::from(step) * 0.01, f64::from(f32::from(step) * 0.01));
            assert!((f64::from(exp::<Plain>(x)) / exact.exp() - 1.0).abs() < 4e-7, "e^{x}");
            assert!((f64::from(sigmoid::<Plain>(x)) - 1.0 / (1.0 + (-exact).exp())).abs() < 2e-7, "sigmoid {x}");
            assert!((f64::from(tanh::<Plain>(x)) - exact.tanh()).abs() < 4e-7, "tanh {x}");
        }
        for far in [f32::MIN, f32::MAX, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(sigmoid::<Plain>(far).is_finite() && tanh::<Plain>(far).abs() <= 1.0);
        }
    }
}
