//! How long each symbol lasts, by chance.
//!
//! VITS' stochastic duration predictor (`models.py`, `modules.py`, MIT), the other way round than in training: noise
//! goes through couplings, each of which bends one of two signals by a curve that depends on the other and on the text.

mod curve;

use onnx::Graph;
use vocoder::{Frames, Kernel, Norm, Store, Strided};

use super::chance::Chance;
use super::{brought, convolutions, norm, numbers, single};

/// Its nodes' names begin with this.
const DURATIONS: &str = "/dp/";
/// Couplings that are looked for.
const MOST: usize = 32;

pub(super) struct Durations {
    before: Strided,
    stack: Stack,
    after: Strided,
    couplings: Vec<Coupling>,
    /// What is taken away at last, and what the rest is multiplied with.
    shift: Vec<f32>,
    scale: Vec<f32>,
}

struct Coupling {
    before: Strided,
    stack: Stack,
    after: Strided,
}

/// Convolutions that look further and further.
struct Stack(Vec<Layer>);

/// A convolution of each channel by itself, and one across the channels.
struct Layer {
    apart: Apart,
    apart_norm: Norm,
    across: Strided,
    across_norm: Norm,
}

/// A convolution of each channel by itself.
struct Apart {
    /// For each tap a number for each channel.
    taps: Vec<Vec<f32>>,
    bias: Vec<f32>,
    dilation: usize,
}

impl Durations {
    /// Reads it from a voice's graph; `None` when it is another kind of predictor.
    pub(super) fn read(graph: &Graph<'_>) -> Option<Self> {
        let name = |part: &str| format!("{DURATIONS}{part}");
        let exists = |number: &usize| graph.node(&name(&format!("flows.{number}/pre/Conv"))).is_some();
        let couplings = (0..MOST).rev().filter(exists).map(|n| Coupling::read(graph, &name(&format!("flows.{n}"))));
        let couplings = couplings.collect::<Option<Vec<_>>>()?;
        let stack = Stack::read(graph, &name("convs"))?;
        let (shift, scale) = (brought(graph, &name("flows.0/Sub"))?, brought(graph, &name("flows.0/Mul"))?);
        let read = 2 + 2 * stack.0.len() + couplings.iter().map(|one| 2 + 2 * one.stack.0.len()).sum::<usize>();
        let is_known = shift.len() == 2 && scale.len() == 2 && read == convolutions(graph, DURATIONS);
        let (before, after) = (single(graph, &name("pre/Conv"))?, single(graph, &name("proj/Conv"))?);
        is_known.then_some(Self { before, stack, after, couplings, shift, scale })
    }

    /// The logarithm of the number of frames that each of `symbols` lasts; chance plays a part of `noise`.
    pub(super) fn run(&self, kernel: Kernel, symbols: &Frames, noise: f32, chance: &mut Chance) -> Vec<f32> {
        let mut text = self.before.run(kernel, symbols);
        self.stack.run(kernel, &mut text);
        let text = self.after.run(kernel, &text);
        let mut drawn = || (0..text.count()).map(|_| noise * chance.normal()).collect::<Vec<_>>();
        let (mut one, mut other) = (drawn(), drawn());
        for coupling in &self.couplings {
            (one, other) = (other, one);
            coupling.bend(kernel, &text, &one, &mut other);
        }
        other.iter().map(|value| (value - self.shift[0]) * self.scale[0]).collect()
    }
}

impl Coupling {
    fn read(graph: &Graph<'_>, name: &str) -> Option<Self> {
        let after = single(graph, &format!("{name}/proj/Conv"))?;
        let before = single(graph, &format!("{name}/pre/Conv"))?;
        Some(Self { before, stack: Stack::read(graph, &format!("{name}/convs"))?, after })
    }

    /// Bends `other` by what `one` and the text say.
    fn bend(&self, kernel: Kernel, text: &Frames, one: &[f32], other: &mut [f32]) {
        let mut seen = text.clone();
        self.before.run_into(kernel, &Frames::from_channels_first(one, 1), &mut seen, Store::Add);
        self.stack.run(kernel, &mut seen);
        let curves = self.after.run(kernel, &seen);
        let by_root = 1.0 / (seen.channels() as f32).sqrt();
        for (value, numbers) in other.iter_mut().zip(curves.rows()) {
            *value = curve::bent_back(*value, &numbers[..curves.channels()], by_root);
        }
    }
}

impl Stack {
    fn read(graph: &Graph<'_>, name: &str) -> Option<Self> {
        let exists = |number: &usize| graph.node(&format!("{name}/convs_sep.{number}/Conv")).is_some();
        (0..MOST)
            .take_while(exists)
            .map(|number| Layer::read(graph, name, number))
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }

    fn run(&self, kernel: Kernel, frames: &mut Frames) {
        for layer in &self.0 {
            let mut seen = layer.apart.run(frames);
            layer.apart_norm.run(kernel, &mut seen);
            seen.gelu(kernel);
            let mut seen = layer.across.run(kernel, &seen);
            layer.across_norm.run(kernel, &mut seen);
            seen.gelu(kernel);
            frames.add(kernel, &seen);
        }
    }
}

impl Layer {
    fn read(graph: &Graph<'_>, name: &str, number: usize) -> Option<Self> {
        Some(Self {
            apart: Apart::read(graph, &format!("{name}/convs_sep.{number}/Conv"))?,
            apart_norm: norm(graph, &format!("{name}/norms_1.{number}"))?,
            across: single(graph, &format!("{name}/convs_1x1.{number}/Conv"))?,
            across_norm: norm(graph, &format!("{name}/norms_2.{number}"))?,
        })
    }
}

impl Apart {
    fn read(graph: &Graph<'_>, name: &str) -> Option<Self> {
        let node = graph.node(name)?;
        let (shape, weights, bias) = numbers(graph, node)?;
        let &[channels, 1, taps] = &shape[..] else { return None };
        let dilation = usize::try_from(*node.ints("dilations")?.first()?).ok()?;
        let is_even = node.ints("pads")? == [(dilation * (taps / 2)) as i64; 2];
        let tap = |tap: usize| (0..channels).map(|channel| weights[channel * taps + tap]).collect();
        is_even.then(|| Self { taps: (0..taps).map(tap).collect(), bias, dilation })
    }

    /// As many frames as there are; beyond them are zeros.
    fn run(&self, frames: &Frames) -> Frames {
        let mut out = Frames::zeros(frames.channels(), frames.count());
        let (width, before) = (out.width(), self.dilation * (self.taps.len() / 2));
        for (at, out) in out.values_mut().chunks_exact_mut(width).enumerate() {
            out[..self.bias.len()].copy_from_slice(&self.bias);
            for (n, tap) in self.taps.iter().enumerate() {
                let seen = (at + n * self.dilation).checked_sub(before).filter(|at| *at < frames.count());
                let Some(row) = seen.map(|at| frames.row(at)) else { continue };
                out.iter_mut().zip(row).zip(tap).for_each(|((sum, value), weight)| *sum += value * weight);
            }
        }
        out
    }
}
