//! From stretches of time to the planes that are multiplied, and back. Inlined as all of [`super::body`] is.

use super::fourier::{BINS, POINTS, backward32, forward32};
use super::lanes::Lanes;
use super::{PLANES, Stretch, StretchMut, Tile, plane, toom};
use crate::conv::Store;

/// The numbers of eight or sixteen channels, from `at` on, in all of a stretch's frames.
#[inline(always)]
fn gather<L: Lanes, const N: usize>(stretch: Stretch<'_>, slope: L, at: usize) -> [L; N] {
    let mut x = [L::splat(0.0); N];
    // A loop: a closure would not be compiled for the version's instructions.
    for (n, x) in x.iter_mut().enumerate() {
        if let Some(row) = stretch.row(n) {
            let value = L::load(&row[at..]);
            *x = value.max(value.times(slope));
        }
    }
    x
}

/// See [`super::Kernel::analyse`].
#[inline(always)]
pub(super) fn analyse<L: Lanes>(stretch: Stretch<'_>, slope: f32, tile: Tile, planes: &mut [f32]) {
    let slope = L::splat(slope);
    for at in (0..tile.width).step_by(L::COUNT) {
        let spectrum = forward32(gather(stretch, slope, at));
        let mut put = |number: usize, value: L| value.store(&mut planes[tile.plane(number) + at..]);
        put(0, spectrum[0].0);
        put(1, spectrum[BINS - 1].0);
        for (bin, (re, im)) in spectrum.into_iter().enumerate().take(BINS - 1).skip(1) {
            put(plane(bin), re.plus(im));
            put(plane(bin) + 1, re);
            put(plane(bin) + 2, im);
        }
    }
}

/// See [`super::Kernel::evaluate`].
#[inline(always)]
pub(super) fn evaluate<L: Lanes>(stretch: Stretch<'_>, slope: f32, tile: Tile, planes: &mut [f32]) {
    let slope = L::splat(slope);
    for at in (0..tile.width).step_by(L::COUNT) {
        for (number, value) in toom::forward(gather(stretch, slope, at)).into_iter().enumerate() {
            value.store(&mut planes[tile.plane(number) + at..]);
        }
    }
}

/// From the planes of a product back to numbers in time.
#[inline(always)]
fn synthesise<L: Lanes>(planes: &[f32], tile: Tile, at: usize) -> [L; POINTS] {
    let get = |number: usize| L::load(&planes[tile.plane(number) + at..]);
    let zero = L::splat(0.0);
    let mut spectrum = [(zero, zero); BINS];
    spectrum[0].0 = get(0);
    spectrum[BINS - 1].0 = get(1);
    for (bin, value) in spectrum.iter_mut().enumerate().take(BINS - 1).skip(1) {
        let (first, second, third) = (get(plane(bin)), get(plane(bin) + 1), get(plane(bin) + 2));
        *value = (first.minus(third), first.plus(second));
    }
    backward32(spectrum)
}

const _: () = assert!(PLANES == 2 + 3 * (BINS - 2));

/// See [`super::Kernel::put`].
#[inline(always)]
pub(super) fn put<L: Lanes>(planes: &[f32], tile: Tile, bias: &[f32], out: &mut StretchMut<'_>) {
    for at in (0..bias.len()).step_by(L::COUNT) {
        let values = synthesise::<L>(planes, tile, at);
        scatter(&values, L::load(&bias[at..]), at, out);
    }
}

/// See [`super::Kernel::interpolate`].
#[inline(always)]
pub(super) fn interpolate<L: Lanes>(planes: &[f32], tile: Tile, bias: &[f32], valid: usize, out: &mut StretchMut<'_>) {
    match valid {
        4 => interpolate_to::<L, 4>(planes, tile, bias, out),
        5 => interpolate_to::<L, 5>(planes, tile, bias, out),
        7 => interpolate_to::<L, 7>(planes, tile, bias, out),
        _ => interpolate_to::<L, 6>(planes, tile, bias, out),
    }
}

#[inline(always)]
fn interpolate_to<L: Lanes, const M: usize>(planes: &[f32], tile: Tile, bias: &[f32], out: &mut StretchMut<'_>) {
    for at in (0..bias.len()).step_by(L::COUNT) {
        let mut products = [L::splat(0.0); toom::SHORT];
        for (number, product) in products.iter_mut().enumerate() {
            *product = L::load(&planes[tile.plane(number) + at..]);
        }
        scatter(&toom::backward::<L, M>(products), L::load(&bias[at..]), at, out);
    }
}

/// Writes one number after the other, with `bias`, to the frames of `out` that are there.
#[inline(always)]
fn scatter<L: Lanes>(values: &[L], bias: L, at: usize, out: &mut StretchMut<'_>) {
    let (mut to, step) = (out.first * out.width + at, out.step * out.width);
    for value in values.iter().take(out.count) {
        let row = &mut out.values[to..][..L::COUNT];
        let value = value.plus(bias);
        match out.into {
            Store::Set => value.store(row),
            Store::Add => value.plus(L::load(row)).store(row),
            Store::Plus(base) => value.plus(L::load(&base.values()[to..])).store(row),
        }
        to += step;
    }
}
