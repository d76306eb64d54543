//! One layer of the decoder: attention to what was said, attention to the sound, and a small network.

use std::io;

use super::attention::Attention as Watched;
use super::kernel::Kernel;
use super::keys_values::{KeysValues, Part};
use super::linear::Linear;
use super::norm::Norm;
use super::tensors::{Tensor, Tensors};

/// A layer's weights.
pub(super) struct Layer {
    own: Attention,
    own_inputs: Linear,
    sound: Attention,
    sound_query: Linear,
    sound_memory: Linear,
    norm: Norm,
    wide: Linear,
    narrow: Linear,
    /// Heads whose attention to the sound is kept, and as which.
    watched: Vec<(usize, usize)>,
}

/// What comes before and after attention, whatever it is paid to.
struct Attention {
    norm: Norm,
    output: Linear,
    heads: usize,
}

impl Layer {
    /// The layer called `name`, with so many heads, of which some are `watched`.
    ///
    /// # Errors
    /// When a tensor is missing.
    pub(super) fn take(
        tensors: &mut Tensors,
        name: &str,
        heads: usize,
        watched: Vec<(usize, usize)>,
    ) -> io::Result<Self> {
        let mut linear = |part: &str| linear(tensors, &format!("{name}/{part}"));
        let own_inputs = linear("self_attention/linear_0")?;
        let own_output = linear("self_attention/linear_1")?;
        let [sound_query, sound_memory, sound_output] =
            [linear("attention/linear_0")?, linear("attention/linear_1")?, linear("attention/linear_2")?];
        let [wide, narrow] = [linear("ffn/linear_0")?, linear("ffn/linear_1")?];
        let mut norm = |part: &str| Norm::take(tensors, &format!("{name}/{part}/layer_norm"));
        let own = Attention { norm: norm("self_attention")?, output: own_output, heads };
        let sound = Attention { norm: norm("attention")?, output: sound_output, heads };
        let norm = norm("ffn")?;
        Ok(Self { own, own_inputs, sound, sound_query, sound_memory, norm, wide, narrow, watched })
    }

    /// What it can attend to in the encoder's positions.
    pub(super) fn memory(&self, kernel: Kernel, positions: &[f32]) -> KeysValues {
        let mut memory = self.nothing_said();
        memory.reserve(positions.len());
        memory.extend(self.sound_memory.apply(kernel, positions).chunks_exact(self.sound_memory.rows()));
        memory
    }

    /// What it can attend to in no tokens.
    pub(super) fn nothing_said(&self) -> KeysValues {
        KeysValues::none(self.own.heads)
    }

    /// Passes `rows` on, one for each new token; `said` is of all tokens before, and then of these as well.
    pub(super) fn pass(
        &self,
        kernel: Kernel,
        rows: &mut [f32],
        said: &mut KeysValues,
        before: usize,
        sound: &[Part],
        watched: &mut Watched,
    ) {
        let width = self.own.norm.width();
        let inputs = self.own_inputs.apply(kernel, &self.own.norm.apply(rows));
        let each = inputs.chunks_exact(3 * width);
        said.extend(each.clone().map(|row| &row[width..]));
        let queries: Vec<f32> = each.flat_map(|row| &row[..width]).copied().collect();
        self.own.attend(kernel, &queries, rows, |row| vec![said.part(0..before + row + 1)], |_, _| ());
        let queries = self.sound_query.apply(kernel, &self.sound.norm.apply(rows));
        let watch = |head: usize, shares: &[f32]| {
            let place = self.watched.iter().find(|(watched, _)| *watched == head);
            place.into_iter().for_each(|(_, place)| watched.add(*place, shares));
        };
        self.sound.attend(kernel, &queries, rows, |_| sound.to_vec(), watch);
        let mut units = self.wide.apply(kernel, &self.norm.apply(rows));
        units.iter_mut().for_each(|unit| *unit = gelu(*unit));
        add(rows, &self.narrow.apply(kernel, &units));
    }
}

impl Attention {
    /// Adds to each of `rows` what its query finds in the parts that it may see; `watch` is told each head's shares.
    fn attend<'a>(
        &self,
        kernel: Kernel,
        queries: &[f32],
        rows: &mut [f32],
        seen: impl Fn(usize) -> Vec<Part<'a>>,
        mut watch: impl FnMut(usize, &[f32]),
    ) {
        let (width, mut found) = (self.norm.width(), vec![0.0; queries.len()]);
        let size = width / self.heads;
        for head in 0..self.heads {
            // row after row for one head, whose keys and values stay in the cache
            let its = head * size..(head + 1) * size;
            for (row, (query, found)) in queries.chunks_exact(width).zip(found.chunks_exact_mut(width)).enumerate() {
                let parts = seen(row);
                let parts: Vec<_> = parts.iter().map(|part| part.of_head(head, size)).collect();
                watch(head, &find(kernel, &query[its.clone()], &parts, &mut found[its.clone()]));
            }
        }
        add(rows, &self.output.apply(kernel, &found));
    }
}

/// Adds to `found` what the query of a head finds in parts of keys and values; the share of each position.
fn find(kernel: Kernel, query: &[f32], parts: &[(&[f32], &[f32])], found: &mut [f32]) -> Vec<f32> {
    let scale = 1.0 / (query.len() as f32).sqrt();
    let query: Vec<f32> = query.iter().map(|value| value * scale).collect();
    let mut shares = vec![0.0; parts.iter().map(|(keys, _)| keys.len() / query.len()).sum()];
    let mut rest = shares.as_mut_slice();
    for (keys, _) in parts {
        let (some, others) = rest.split_at_mut(keys.len() / query.len());
        kernel.score(&query, keys, some);
        rest = others;
    }
    softmax(&mut shares);
    let mut rest = shares.as_slice();
    for (_, values) in parts {
        let (some, others) = rest.split_at(values.len() / query.len());
        kernel.mix(some, values, found);
        rest = others;
    }
    shares
}

fn linear(tensors: &mut Tensors, name: &str) -> io::Result<Linear> {
    let bias: Option<Tensor> = tensors.take(&format!("{name}/bias")).ok();
    Ok(Linear::new(&tensors.take(&format!("{name}/weight"))?, bias))
}

fn add(rows: &mut [f32], more: &[f32]) {
    rows.iter_mut().zip(more).for_each(|(value, more)| *value += more);
}

fn softmax(values: &mut [f32]) {
    let largest = values.iter().fold(f32::NEG_INFINITY, |largest, value| largest.max(*value));
    values.iter_mut().for_each(|value| *value = (*value - largest).exp());
    let sum: f32 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
}

/// Gaussian error linear unit; the error function after Abramowitz and Stegun, 7.1.26, which is off by 1.5e-7 at most.
fn gelu(value: f32) -> f32 {
    let size = value.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let sum = t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    let error = (1.0 - sum * (-size * size).exp()).copysign(value);
    0.5 * value * (1.0 + error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_is_that_of_the_tables() {
        let known = [(0.0, 0.0), (1.0, 0.841_344_7), (-1.0, -0.158_655_25), (3.0, 2.995_950_3), (-6.0, 0.0)];
        assert!(known.into_iter().all(|(value, unit)| (gelu(value) - unit).abs() < 1e-5));
    }

    #[test]
    fn softmax_sums_to_one_however_large_values_are() {
        let mut values = [1000.0, 1000.0, -1000.0];
        softmax(&mut values);
        assert_eq!(values, [0.5, 0.5, 0.0]);
    }
}
