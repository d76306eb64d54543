//! What is computed, whatever the version.

use super::lanes::Sums;

/// Lanes that sums of floats are kept in: the compiler may not reorder one sum, but eight of them side by side.
const LANES: usize = 8;
/// What has less attention than this is passed over: a thousand of those are less than what weights of 8 bits round away.
const LEAST_SHARE: f32 = 1e-6;
/// Inputs that share a row of weights once it is read.
const TOGETHER: usize = 4;

#[inline(always)]
pub(super) fn multiply<S: Sums>(weights: &[i8], inputs: &[i16], width: usize, out: &mut [i32]) {
    let rows = weights.len() / width;
    let (mut blocks, mut outs) = (inputs.chunks_exact(TOGETHER * width), out.chunks_exact_mut(TOGETHER * rows));
    for (block, out) in blocks.by_ref().zip(outs.by_ref()) {
        let inputs: [&[i16]; TOGETHER] = std::array::from_fn(|input| &block[input * width..(input + 1) * width]);
        for (row, weights) in weights.chunks_exact(width).enumerate() {
            let products = dot::<S, TOGETHER>(weights, inputs);
            (0..TOGETHER).for_each(|input| out[input * rows + row] = products[input]);
        }
    }
    for (input, out) in blocks.remainder().chunks_exact(width).zip(outs.into_remainder().chunks_exact_mut(rows)) {
        weights.chunks_exact(width).zip(out).for_each(|(weights, out)| [*out] = dot::<S, 1>(weights, [input]));
    }
}

/// The products of one row of weights with `N` inputs.
#[inline(always)]
fn dot<S: Sums, const N: usize>(weights: &[i8], inputs: [&[i16]; N]) -> [i32; N] {
    let mut sums = [S::zero(); N];
    let (parts, rest) = weights.as_chunks::<16>();
    let inputs = inputs.map(|input| input.as_chunks::<16>());
    for (at, part) in parts.iter().enumerate() {
        let part = S::widened(part);
        (0..N).for_each(|input| sums[input] = sums[input].plus(part, &inputs[input].0[at]));
    }
    let product = |(weight, value): (&i8, &i16)| i32::from(*weight) * i32::from(*value);
    std::array::from_fn(|input| sums[input].total() + rest.iter().zip(inputs[input].1).map(product).sum::<i32>())
}

#[inline(always)]
pub(super) fn round<S: Sums>(values: &[f32], scale: f32, out: &mut [i16]) {
    values.iter().zip(out).for_each(|(value, out)| *out = (value * scale).round_ties_even() as i16);
}

#[inline(always)]
pub(super) fn scale<S: Sums>(products: &[i32], unit: f32, scales: &[f32], bias: &[f32], out: &mut [f32]) {
    let terms = products.iter().zip(scales).zip(bias);
    terms.zip(out).for_each(|(((product, scale), bias), out)| *out = *product as f32 * unit * scale + bias);
}

#[inline(always)]
pub(super) fn score<S: Sums>(query: &[f32], keys: &[f32], out: &mut [f32]) {
    let parts = query.as_chunks::<LANES>().0;
    for (key, out) in keys.chunks_exact(query.len()).zip(out) {
        let mut sums = [0.0f32; LANES];
        for (key, query) in key.as_chunks::<LANES>().0.iter().zip(parts) {
            (0..LANES).for_each(|lane| sums[lane] += key[lane] * query[lane]);
        }
        *out = sums.iter().sum();
    }
}

#[inline(always)]
pub(super) fn mix<S: Sums>(shares: &[f32], values: &[f32], out: &mut [f32]) {
    for (value, share) in values.chunks_exact(out.len()).zip(shares).filter(|(_, share)| **share > LEAST_SHARE) {
        out.iter_mut().zip(value).for_each(|(out, value)| *out += share * value);
    }
}
