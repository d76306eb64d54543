//! What a text asks for: from symbols to the frames that the flow takes.
//!
//! Two thirds of the time before a sentence's first sound are spent here, as it is computed for the whole sentence.

mod chance;
mod durations;
mod encoder;

use onnx::{Graph, Node};
use speech::EngineError;
use vocoder::{Frames, Kernel, Norm, Strided};

use crate::config::Scales;
use chance::Chance;
use durations::Durations;
use encoder::Encoder;

/// VITS' layers are normalised with this.
const EPSILON: f32 = 1e-5;
/// The longest that a symbol lasts, frames (6 s at 22,050 Hz): what is longer comes of a damaged file.
const LONGEST: f32 = 512.0;

pub(crate) struct Text {
    kernel: Kernel,
    chance: Chance,
    encoder: Encoder,
    durations: Durations,
    /// From a symbol to the mean of each channel of its frames and the logarithm of its deviation.
    spread: Strided,
}

impl Text {
    /// Reads it from a voice's graph; `None` when it is of another kind, or for several speakers.
    pub(crate) fn read(kernel: Kernel, graph: &Graph<'_>) -> Option<Self> {
        let encoder = Encoder::read(kernel, graph)?;
        let durations = Durations::read(graph)?;
        let spread = single(graph, "/enc_p/proj/Conv")?;
        Some(Self { kernel, chance: Chance::default(), encoder, durations, spread })
    }

    /// The frames for the symbols `ids`, which are one sentence.
    pub(crate) fn run(&mut self, ids: &[i64], scales: Scales) -> Result<Frames, EngineError> {
        let symbols = self.encoder.run(ids)?;
        let lengths = self.durations.run(self.kernel, &symbols, scales.noise_w, &mut self.chance);
        let spread = self.spread.run(self.kernel, &symbols);
        let counts = lengths.iter().map(|length| (length.exp() * scales.length_scale).ceil().min(LONGEST) as usize);
        Ok(self.drawn(&spread, counts, scales.noise_scale))
    }

    /// So many frames of each symbol, by chance.
    fn drawn(&mut self, spread: &Frames, counts: impl Iterator<Item = usize>, noise: f32) -> Frames {
        let channels = spread.channels() / 2;
        let counts: Vec<usize> = counts.collect();
        let mut frames = Frames::zeros(channels, counts.iter().sum());
        let width = frames.width();
        let mut rows = frames.values_mut().chunks_exact_mut(width);
        for (symbol, count) in spread.rows().zip(counts) {
            let (means, deviations) = symbol[..2 * channels].split_at(channels);
            let deviations: Vec<f32> = deviations.iter().map(|log| log.exp() * noise).collect();
            for row in rows.by_ref().take(count) {
                for ((value, mean), deviation) in row.iter_mut().zip(means).zip(&deviations) {
                    *value = mean + deviation * self.chance.normal();
                }
            }
        }
        frames
    }
}

/// A convolution of one tap.
pub(crate) fn single(graph: &Graph<'_>, name: &str) -> Option<Strided> {
    let (shape, weights, bias) = numbers(graph, graph.node(name)?)?;
    let &[outputs, inputs, 1] = &shape[..] else { return None };
    Strided::new([outputs, inputs, 1], &weights, &bias, 1, 0)
}

/// Shape, weights and bias of a convolution.
pub(crate) fn numbers(graph: &Graph<'_>, node: &Node<'_>) -> Option<(Vec<usize>, Vec<f32>, Vec<f32>)> {
    let weights = graph.constant(node.inputs.get(1)?)?;
    let bias = graph.constant(node.inputs.get(2)?)?;
    Some((weights.shape, weights.values, bias.values))
}

/// The numbers among what a node takes.
fn brought(graph: &Graph<'_>, name: &str) -> Option<Vec<f32>> {
    let node = graph.node(name)?;
    node.inputs.iter().find_map(|name| graph.constant(name)).map(|constant| constant.values)
}

/// The normalisation whose nodes' names begin with `name`.
fn norm(graph: &Graph<'_>, name: &str) -> Option<Norm> {
    Norm::new(&brought(graph, &format!("{name}/Mul"))?, &brought(graph, &format!("{name}/Add_1"))?, EPSILON)
}

/// How many convolutions there are among the nodes whose names begin with `prefix`.
fn convolutions(graph: &Graph<'_>, prefix: &str) -> usize {
    graph.nodes().iter().filter(|node| node.operator == "Conv" && node.name.starts_with(prefix)).count()
}
