//! Self-attention that knows how far apart neighbours are.

use std::ops::Range;

use onnx::Graph;
use vocoder::{Frames, Kernel, Store, Strided};

use super::ENCODER;
use crate::text::numbers;

/// Weights and bias of a convolution of one tap.
type Numbers = (Vec<f32>, Vec<f32>);

/// Several ways of looking at the other symbols; what all see is added up.
pub(super) struct Attention {
    heads: Vec<Head>,
    near: Near,
}

struct Head {
    /// Scaled by the root of the number of channels.
    query: Strided,
    key: Strided,
    value: Strided,
    out: Strided,
}

/// What is added to a neighbour's key and to its value, for each distance from `-reach` to `reach`.
struct Near {
    reach: usize,
    channels: usize,
    /// From a query to how well each distance's key fits.
    key: Strided,
    value: Vec<f32>,
}

impl Attention {
    /// The layer `number`, which takes and makes `channels`.
    pub(super) fn read(graph: &Graph<'_>, number: usize, channels: usize) -> Option<Self> {
        let near = Near::read(graph, number)?;
        let narrow = near.channels;
        let convolutions = ["conv_q", "conv_k", "conv_v", "conv_o"].map(|part| {
            let node = graph.node(&format!("{ENCODER}encoder/attn_layers.{number}/{part}/Conv"))?;
            let (shape, weights, bias) = numbers(graph, node)?;
            (shape == [channels, channels, 1]).then_some((weights, bias))
        });
        let [query, key, value, out] = convolutions;
        let (query, key, value, out) = (query?, key?, value?, out?);
        let head = |number: usize| {
            let range = number * narrow..(number + 1) * narrow;
            Some(Head {
                query: rows(&query, range.clone(), channels, 1.0 / (narrow as f32).sqrt())?,
                key: rows(&key, range.clone(), channels, 1.0)?,
                value: rows(&value, range.clone(), channels, 1.0)?,
                out: columns(&out, range, channels)?,
            })
        };
        let heads = (0..channels / narrow.max(1)).map(head).collect::<Option<Vec<_>>>()?;
        (heads.len() * narrow == channels).then_some(Self { heads, near })
    }

    /// Adds to `frames` what they see in each other.
    pub(super) fn add_to(&self, kernel: Kernel, frames: &mut Frames) {
        let seen = frames.clone();
        for head in &self.heads {
            let found = head.look(kernel, &seen, &self.near);
            head.out.run_into(kernel, &found, frames, Store::Add);
        }
    }
}

impl Head {
    fn look(&self, kernel: Kernel, frames: &Frames, near: &Near) -> Frames {
        let [query, key, value] = [&self.query, &self.key, &self.value].map(|conv| conv.run(kernel, frames));
        let mut weights = times(kernel, &query, &in_rows(&key), key.count());
        near.add_keys(&near.key.run(kernel, &query), &mut weights);
        weights.softmax(kernel);
        let mut found = times(kernel, &weights, &value.to_channels_first(), value.channels());
        near.add_values(&weights, &mut found);
        found
    }
}

impl Near {
    fn read(graph: &Graph<'_>, number: usize) -> Option<Self> {
        let of = |part: &str| graph.constant(&format!("enc_p.encoder.attn_layers.{number}.emb_rel_{part}"));
        let (key, value) = (of("k")?, of("v")?);
        let &[1, distances, channels] = &key.shape[..] else { return None };
        let fits = value.shape == key.shape && distances % 2 == 1;
        let key = Strided::new([distances, channels, 1], &key.values, &[], 1, 0).filter(|_| fits)?;
        Some(Self { reach: distances / 2, channels, key, value: value.values })
    }

    /// The neighbours of the symbol at `at` among `count`, and the row of the tables where the first of them is.
    fn around(&self, at: usize, count: usize) -> (Range<usize>, usize) {
        let start = at.saturating_sub(self.reach);
        (start..(at + self.reach + 1).min(count), start + self.reach - at)
    }

    /// Adds how well each neighbour's distance fits: `fits` has a channel for each distance.
    fn add_keys(&self, fits: &Frames, weights: &mut Frames) {
        let (count, width) = (weights.count(), weights.width());
        for (at, row) in weights.values_mut().chunks_exact_mut(width).enumerate() {
            let (neighbours, first) = self.around(at, count);
            row[neighbours].iter_mut().zip(&fits.row(at)[first..]).for_each(|(weight, fit)| *weight += fit);
        }
    }

    fn add_values(&self, weights: &Frames, found: &mut Frames) {
        let (count, width) = (weights.count(), found.width());
        for (at, row) in found.values_mut().chunks_exact_mut(width).enumerate() {
            let (neighbours, first) = self.around(at, count);
            for (weight, value) in
                weights.row(at)[neighbours].iter().zip(self.value.chunks_exact(self.channels).skip(first))
            {
                row.iter_mut().zip(value).for_each(|(sum, value)| *sum += weight * value);
            }
        }
    }
}

/// The product of `frames` and a matrix, which is given as one row for each of the product's `outputs`.
fn times(kernel: Kernel, frames: &Frames, matrix: &[f32], outputs: usize) -> Frames {
    let product = Strided::new([outputs, frames.channels(), 1], matrix, &[], 1, 0);
    product.map(|product| product.run(kernel, frames)).unwrap_or_default()
}

/// All numbers, frame after frame, without padding.
fn in_rows(frames: &Frames) -> Vec<f32> {
    frames.rows().flat_map(|row| &row[..frames.channels()]).copied().collect()
}

/// The part of a convolution of one tap that makes some of its outputs, times `scale`.
fn rows((weights, bias): &Numbers, outputs: Range<usize>, inputs: usize, scale: f32) -> Option<Strided> {
    let scaled = |numbers: &[f32]| numbers.iter().map(|x| x * scale).collect::<Vec<_>>();
    let weights = scaled(weights.get(outputs.start * inputs..outputs.end * inputs)?);
    Strided::new([outputs.len(), inputs, 1], &weights, &scaled(bias.get(outputs)?), 1, 0)
}

/// The part of a convolution of one tap that takes some of its inputs; the first has the bias.
fn columns((weights, bias): &Numbers, inputs: Range<usize>, all: usize) -> Option<Strided> {
    let columns = weights.chunks_exact(all).flat_map(|row| &row[inputs.clone()]).copied().collect::<Vec<_>>();
    let bias = if inputs.start == 0 { &bias[..] } else { &[] };
    Strided::new([all, inputs.len(), 1], &columns, bias, 1, 0)
}
