//! Short convolutions by evaluation at eight points (Toom and Cook; Winograd's minimal filtering).
//!
//! Eight numbers in time become eight products' worth, at 0, ±1, ±2, ±1/2 and infinity; of a kernel of `taps` numbers,
//! `9 - taps` results come out of them: eight multiplications for six results of three taps or four of five. Exact but
//! for rounding, which is some ten times that of multiplying out.

use super::lanes::Lanes;

/// Points, and so numbers that go in.
pub(crate) const SHORT: usize = 8;
/// The points but the last, which is at infinity.
const AT: [f64; SHORT - 1] = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5];
/// What the kernel's values at the points are multiplied with, so that [`forward`] needs no divisions.
const SCALES: [f64; SHORT] = [1.0, -2.0 / 9.0, -2.0 / 9.0, 1.0 / 90.0, 1.0 / 90.0, 32.0 / 45.0, 32.0 / 45.0, 1.0];

/// A kernel's values at the points.
pub(crate) fn evaluated(taps: &[f32]) -> [f32; SHORT] {
    let mut values = [0.0; SHORT];
    for ((value, at), scale) in values.iter_mut().zip(AT).zip(SCALES) {
        let sum = taps.iter().rev().fold(0.0, |sum, tap| sum * at + f64::from(*tap));
        *value = (sum * scale) as f32;
    }
    values[SHORT - 1] = taps.last().copied().unwrap_or_default();
    values
}

/// What the numbers `x` are worth at the points.
#[inline(always)]
pub(super) fn forward<L: Lanes>(x: [L; SHORT]) -> [L; SHORT] {
    let by = |value: L, factor: f32, plus: L| value.times_plus(L::splat(factor), plus);
    let [even_1, odd_1] = [by(x[4], -4.25, x[2].plus(x[6])), by(x[3], -4.25, x[1].plus(x[5]))];
    let even_2 = by(x[2], 0.25, by(x[4], -1.25, x[6]));
    let odd_2 = by(x[1], 0.5, by(x[3], -2.5, x[5].plus(x[5])));
    let even_half = by(x[2], 4.0, by(x[4], -5.0, x[6]));
    let odd_half = by(x[5], 0.5, by(x[3], -2.5, x[1].plus(x[1])));
    [
        by(x[4].minus(x[2]), 5.25, x[0].minus(x[6])),
        even_1.plus(odd_1),
        even_1.minus(odd_1),
        even_2.plus(odd_2),
        even_2.minus(odd_2),
        even_half.plus(odd_half),
        even_half.minus(odd_half),
        by(x[3].minus(x[5]), 5.25, x[7].minus(x[1])),
    ]
}

/// The `M` results, 4 to 7, from the products at the points.
#[inline(always)]
pub(super) fn backward<L: Lanes, const M: usize>(x: [L; SHORT]) -> [L; M] {
    let by = |value: L, factor: f32, plus: L| value.times_plus(L::splat(factor), plus);
    let (even_1, odd_1) = (x[1].plus(x[2]), x[1].minus(x[2]));
    let (even_2, odd_2) = (x[3].plus(x[4]), x[3].minus(x[4]));
    let (even_half, odd_half) = (x[5].plus(x[6]), x[5].minus(x[6]));
    let all = [
        x[0].plus(even_1).plus(even_2.plus(even_half)),
        by(odd_2, 2.0, by(odd_half, 0.5, odd_1)),
        by(even_2, 4.0, by(even_half, 0.25, even_1)),
        by(odd_2, 8.0, by(odd_half, 0.125, odd_1)),
        by(even_2, 16.0, by(even_half, 0.0625, even_1)),
        by(odd_2, 32.0, by(odd_half, 0.031_25, odd_1)),
        by(even_2, 64.0, by(even_half, 0.015_625, even_1)),
    ];
    let mut results = [x[SHORT - 1]; M];
    for (n, (result, value)) in results.iter_mut().zip(all).enumerate() {
        // What is at infinity belongs to the last.
        *result = if n + 1 == M { value.plus(*result) } else { value };
    }
    results
}
