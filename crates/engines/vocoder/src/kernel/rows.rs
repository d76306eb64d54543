//! What is done to whole rows in a network that reads text. Inlined as all of [`super::body`] is.

use super::lanes::Lanes;
use crate::norm::Norm;

/// Numbers so far below a row's largest count as so far below; their exponential is 2e-9 of the largest's.
const LOWEST: f32 = -20.0;
/// The exponential is taken of so small a part of a number, and raised to this power by squaring.
const PARTS: f32 = 64.0;
/// The most lanes.
const WIDEST: usize = 16;

/// See [`super::Kernel::softmax`].
#[inline(always)]
pub(super) fn softmax<L: Lanes>(values: &mut [f32], width: usize, channels: usize) {
    for row in values.chunks_exact_mut(width) {
        row[channels..].fill(f32::NEG_INFINITY);
        let most = L::splat(most::<L>(row));
        for x in row.chunks_exact_mut(L::COUNT) {
            exponential(L::load(x).minus(most).max(L::splat(LOWEST))).store(x);
        }
        row[channels..].fill(0.0);
        let by_sum = L::splat(1.0 / sum::<L>(row));
        for x in row.chunks_exact_mut(L::COUNT) {
            L::load(x).times(by_sum).store(x);
        }
    }
}

/// See [`super::Kernel::normalise`].
#[inline(always)]
pub(super) fn normalise<L: Lanes>(values: &mut [f32], norm: &Norm) {
    let width = norm.gain.len();
    let (count, padding) = (norm.channels as f32, (width - norm.channels) as f32);
    for row in values.chunks_exact_mut(width) {
        let mean = sum::<L>(row) / count;
        let middle = L::splat(mean);
        let mut squares = L::splat(0.0);
        for x in row.chunks_exact(L::COUNT) {
            let x = L::load(x).minus(middle);
            squares = x.times_plus(x, squares);
        }
        let variance = (added(squares) - padding * mean * mean) / count;
        let by_deviation = L::splat(1.0 / (variance.max(0.0) + norm.epsilon).sqrt());
        for (at, x) in (0..width).step_by(L::COUNT).zip(row.chunks_exact_mut(L::COUNT)) {
            let gain = by_deviation.times(L::load(&norm.gain[at..]));
            L::load(x).minus(middle).times_plus(gain, L::load(&norm.offset[at..])).store(x);
        }
    }
}

/// See [`super::Kernel::gelu`]. The error function by formula 7.1.26 of Abramowitz and Stegun, "Handbook of mathematical
/// functions", to 2e-7.
#[inline(always)]
pub(super) fn gelu<L: Lanes>(values: &mut [f32]) {
    let (half, one, zero) = (L::splat(0.5), L::splat(1.0), L::splat(0.0));
    for values in values.chunks_exact_mut(L::COUNT) {
        let x = L::load(values);
        let size = x.max(zero.minus(x));
        let z = size.times(L::splat(std::f32::consts::FRAC_1_SQRT_2));
        let t = one.by(z.times_plus(L::splat(0.327_591_1), one));
        let mut falls = L::splat(1.061_405_4);
        for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
            falls = falls.times_plus(t, L::splat(coefficient));
        }
        let power = exponential(zero.minus(z.times(z)).max(L::splat(LOWEST)));
        let error = one.minus(falls.times(t).times(power));
        size.times_plus(error, x).times(half).store(values);
    }
}

/// The exponential of numbers from [`LOWEST`] to 0, to 1e-5 of itself: Taylor's polynomial near 0, squared six times.
#[inline(always)]
fn exponential<L: Lanes>(x: L) -> L {
    let x = x.times(L::splat(1.0 / PARTS));
    let mut value = L::splat(1.0 / 720.0);
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        value = value.times_plus(x, L::splat(coefficient));
    }
    for _ in 0..6 {
        value = value.times(value);
    }
    value
}

#[inline(always)]
fn most<L: Lanes>(row: &[f32]) -> f32 {
    let mut most = L::splat(f32::NEG_INFINITY);
    for x in row.chunks_exact(L::COUNT) {
        most = most.max(L::load(x));
    }
    let mut numbers = [f32::NEG_INFINITY; WIDEST];
    most.store(&mut numbers);
    numbers.into_iter().fold(f32::NEG_INFINITY, f32::max)
}

#[inline(always)]
fn sum<L: Lanes>(row: &[f32]) -> f32 {
    let mut sum = L::splat(0.0);
    for x in row.chunks_exact(L::COUNT) {
        sum = sum.plus(L::load(x));
    }
    added(sum)
}

/// The sum of a vector's numbers.
#[inline(always)]
fn added<L: Lanes>(vector: L) -> f32 {
    let mut numbers = [0.0; WIDEST];
    vector.store(&mut numbers);
    numbers.into_iter().sum()
}
