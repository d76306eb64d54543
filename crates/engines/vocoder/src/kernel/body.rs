//! What both versions do. Everything here is inlined into them, so that it is compiled for their instructions.

use super::lanes::Lanes;
pub(super) use super::rows::{gelu, normalise, softmax};
pub(super) use super::stretches::{analyse, evaluate, interpolate, put};
use super::{Rows, RowsMut, Snake};
use crate::matrix::PANEL;

/// See [`super::Kernel::multiply`]. As many rows and outputs at once as fill the registers with sums: six rows by one
/// panel in sixteen registers of eight numbers, twelve rows by two panels in thirty-two of sixteen.
#[inline(always)]
pub(super) fn multiply<L: Lanes>(rows: Rows<'_>, matrix: &[[f32; PANEL]], inputs: usize, out: &mut RowsMut<'_>) {
    for (pair, panels) in matrix.chunks(2 * inputs).enumerate() {
        let at = 2 * pair * PANEL;
        let (first, second) = panels.split_at(inputs);
        match (second.is_empty(), L::COUNT == PANEL) {
            (false, true) => wide::<L, 2>(rows, [first, second], at, out),
            (true, true) => wide::<L, 1>(rows, [first], at, out),
            (false, false) => {
                narrow::<L>(rows, first, at, out);
                narrow::<L>(rows, second, at + PANEL, out);
            }
            (true, false) => narrow::<L>(rows, first, at, out),
        }
    }
}

/// All rows times `P` panels of one vector each.
#[inline(always)]
fn wide<L: Lanes, const P: usize>(rows: Rows<'_>, panels: [&[[f32; PANEL]]; P], at: usize, out: &mut RowsMut<'_>) {
    let mut row = 0;
    while row < rows.count {
        row += match rows.count - row {
            12.. => multiply_rows::<L, 12, P, 1>(rows, row, panels, at, out),
            8..12 => multiply_rows::<L, 8, P, 1>(rows, row, panels, at, out),
            5..8 => multiply_rows::<L, 5, P, 1>(rows, row, panels, at, out),
            3..5 => multiply_rows::<L, 3, P, 1>(rows, row, panels, at, out),
            2 => multiply_rows::<L, 2, P, 1>(rows, row, panels, at, out),
            _ => multiply_rows::<L, 1, P, 1>(rows, row, panels, at, out),
        };
    }
}

/// All rows times one panel of two vectors.
#[inline(always)]
fn narrow<L: Lanes>(rows: Rows<'_>, panel: &[[f32; PANEL]], at: usize, out: &mut RowsMut<'_>) {
    let mut row = 0;
    while row < rows.count {
        row += match rows.count - row {
            1 => multiply_rows::<L, 1, 1, 2>(rows, row, [panel], at, out),
            2 => multiply_rows::<L, 2, 1, 2>(rows, row, [panel], at, out),
            3 => multiply_rows::<L, 3, 1, 2>(rows, row, [panel], at, out),
            4 | 8 => multiply_rows::<L, 4, 1, 2>(rows, row, [panel], at, out),
            5 => multiply_rows::<L, 5, 1, 2>(rows, row, [panel], at, out),
            _ => multiply_rows::<L, 6, 1, 2>(rows, row, [panel], at, out),
        };
    }
}

/// `R` rows by `P` panels, each `V` vectors wide. Answers `R`.
#[inline(always)]
fn multiply_rows<L: Lanes, const R: usize, const P: usize, const V: usize>(
    rows: Rows<'_>,
    first: usize,
    panels: [&[[f32; PANEL]]; P],
    at: usize,
    out: &mut RowsMut<'_>,
) -> usize {
    debug_assert_eq!(V * L::COUNT, PANEL);
    let columns = panels[0].len() / rows.taps;
    let mut sums = [[[L::splat(0.0); V]; P]; R];
    for tap in 0..rows.taps {
        // Loops: a closure would not be inlined here, and each number's place would be checked.
        let mut inputs: [&[f32]; R] = [&[]; R];
        for (r, input) in inputs.iter_mut().enumerate() {
            *input = &rows.values[(first + r) * rows.stride + tap * rows.step..][..columns];
        }
        let mut weights: [&[[f32; PANEL]]; P] = [&[]; P];
        for (weights, panel) in weights.iter_mut().zip(&panels) {
            *weights = &panel[tap * columns..][..columns];
        }
        for column in 0..columns {
            let mut vectors = [[L::splat(0.0); V]; P];
            for (vectors, weights) in vectors.iter_mut().zip(&weights) {
                for (vector, weights) in vectors.iter_mut().zip(weights[column].chunks_exact(L::COUNT)) {
                    *vector = L::load(weights);
                }
            }
            for (sums, input) in sums.iter_mut().zip(&inputs) {
                let input = L::splat(input[column]);
                for (sums, vectors) in sums.iter_mut().zip(&vectors) {
                    for (sum, vector) in sums.iter_mut().zip(vectors) {
                        *sum = input.times_plus(*vector, *sum);
                    }
                }
            }
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        let to = &mut out.values[(first + r) * out.stride + at..][..P * PANEL];
        for (sums, to) in sums.into_iter().zip(to.chunks_exact_mut(PANEL)) {
            for (sum, to) in sums.into_iter().zip(to.chunks_exact_mut(L::COUNT)) {
                sum.store(to);
            }
        }
    }
    R
}

/// See [`super::Kernel::snake`].
#[inline(always)]
pub(super) fn snake<L: Lanes>(from: &[f32], to: &mut [f32], snake: &Snake) {
    let width = snake.scale.len();
    for (from, to) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
        for at in (0..width).step_by(L::COUNT) {
            let x = L::load(&from[at..]).times_plus(L::load(&snake.scale[at..]), L::load(&snake.shift[at..]));
            let bent = sine_squared(x.times(L::load(&snake.alpha[at..])));
            bent.times_plus(L::load(&snake.one_by_alpha[at..]), x).store(&mut to[at..]);
        }
    }
}

/// The square of the sine, to 1e-6: the argument is brought within a quarter turn of a multiple of half a turn, where
/// a polynomial is as good as the sine itself.
#[inline(always)]
fn sine_squared<L: Lanes>(x: L) -> L {
    /// Adding it and taking it away again leaves a whole number.
    const TO_WHOLE: f32 = 12_582_912.0;
    let whole = x.times_plus(L::splat(std::f32::consts::FRAC_1_PI), L::splat(TO_WHOLE)).minus(L::splat(TO_WHOLE));
    // Pi in two parts, the first of few digits.
    let x = whole.times_plus(L::splat(-3.140_625), x);
    let x = whole.times_plus(L::splat(-9.676_536e-4), x);
    let square = x.times(x);
    let polynomial = [-2.388_986e-8, 2.752_556_2e-6, -1.984_087_4e-4, 8.333_331e-3, -0.166_666_67, 1.0];
    let mut factor = L::splat(polynomial[0]);
    for coefficient in &polynomial[1..] {
        factor = factor.times_plus(square, L::splat(*coefficient));
    }
    let sine = factor.times(x);
    sine.times(sine)
}

/// See [`super::Kernel::moments`].
#[inline(always)]
pub(super) fn moments<L: Lanes>(values: &[f32], sums: &mut [f32], squares: &mut [f32]) {
    let width = sums.len();
    for at in (0..width).step_by(L::COUNT) {
        let (mut sum, mut square) = (L::splat(0.0), L::splat(0.0));
        for row in values.chunks_exact(width) {
            let x = L::load(&row[at..]);
            sum = sum.plus(x);
            square = x.times_plus(x, square);
        }
        sum.store(&mut sums[at..]);
        square.store(&mut squares[at..]);
    }
}

/// See [`super::Kernel::put_row`].
#[inline(always)]
pub(super) fn put_row<L: Lanes>(from: &[f32], bias: &[f32], to: &mut [f32], add: bool) {
    let vectors = from.chunks_exact(L::COUNT).zip(bias.chunks_exact(L::COUNT));
    for (to, (from, bias)) in to.chunks_exact_mut(L::COUNT).zip(vectors) {
        let value = L::load(from).plus(L::load(bias));
        if add { value.plus(L::load(to)).store(to) } else { value.store(to) }
    }
}

/// See [`super::Kernel::add`].
#[inline(always)]
pub(super) fn add<L: Lanes>(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.chunks_exact_mut(L::COUNT).zip(from.chunks_exact(L::COUNT)) {
        L::load(to).plus(L::load(from)).store(to);
    }
}

/// See [`super::Kernel::leaky`].
#[inline(always)]
pub(super) fn leaky<L: Lanes>(values: &mut [f32], factor: f32, slope: f32) {
    for values in values.chunks_exact_mut(L::COUNT) {
        let x = L::load(values).times(L::splat(factor));
        x.max(x.times(L::splat(slope))).store(values);
    }
}

/// See [`super::Kernel::gate`].
#[inline(always)]
pub(super) fn gate<L: Lanes>(from: &[f32], to: &mut [f32], width: usize) {
    let half = L::splat(0.5);
    for (from, to) in from.chunks_exact(2 * width).zip(to.chunks_exact_mut(width)) {
        for at in (0..width).step_by(L::COUNT) {
            let value = tangent(L::load(&from[at..]));
            // The logistic function is a hyperbolic tangent of half the height and width.
            let open = tangent(L::load(&from[width + at..]).times(half)).times_plus(half, half);
            value.times(open).store(&mut to[at..]);
        }
    }
}

/// The hyperbolic tangent, to 1e-6: beyond 9 it is 1; within, a quotient of polynomials (the continued fraction of
/// Lambert, with the coefficients that Eigen's `ptanh` fitted to f32).
#[inline(always)]
fn tangent<L: Lanes>(x: L) -> L {
    const ABOVE: [f32; 7] =
        [-2.760_768_5e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619e-4, 4.893_525e-3];
    const BELOW: [f32; 4] = [1.198_258_4e-6, 1.185_347e-4, 2.268_434_6e-3, 4.893_525e-3];
    let x = x.min(L::splat(7.99)).max(L::splat(-7.99));
    let square = x.times(x);
    let mut above = L::splat(ABOVE[0]);
    for coefficient in &ABOVE[1..] {
        above = above.times_plus(square, L::splat(*coefficient));
    }
    let mut below = L::splat(BELOW[0]);
    for coefficient in &BELOW[1..] {
        below = below.times_plus(square, L::splat(*coefficient));
    }
    above.times(x).by(below)
}
