//! The flow: from what the text asks for to the frames that the decoder knows.
//!
//! VITS' coupling layers (`models.py`, `modules.py`, MIT), the other way round than in training: each takes away from
//! one half of the channels what a small WaveNet sees in the other half. All convolutions, so that a part of the
//! frames can be computed with only their neighbours known.

use onnx::{Graph, Node};
use vocoder::{ConvShape, Convolution, Frames, Kernel, Scratch, Store, Strided};

use crate::text::{numbers, single};

/// Its nodes' names begin with this.
pub(crate) const FLOW: &str = "/flow/";
/// Couplings that are looked for.
const MOST: usize = 32;

pub(crate) struct Flow {
    kernel: Kernel,
    scratch: Scratch,
    couplings: Vec<Coupling>,
}

struct Coupling {
    before: Strided,
    layers: Vec<Layer>,
    after: Strided,
    /// From a speaker's vector to what is added in each layer.
    speaker: Option<Strided>,
    reach: usize,
}

struct Layer {
    conv: Convolution,
    /// What is added to the layer's input; the last layer has none.
    residual: Option<Strided>,
    /// What is added to the sum of all layers.
    skipped: Strided,
}

impl Flow {
    /// Reads it from a voice's graph; `None` when it is another kind of flow.
    pub(crate) fn read(kernel: Kernel, graph: &Graph<'_>) -> Option<Self> {
        let numbers = (0..MOST).rev().filter(|n| graph.node(&format!("{FLOW}flows.{n}/pre/Conv")).is_some());
        let couplings = numbers.map(|n| Coupling::read(kernel, graph, n)).collect::<Option<Vec<_>>>()?;
        // Each is preceded by a reversal of the channels; a flow with other layers is none that is known here.
        let known = |node: &Node<'_>| {
            !node.name.starts_with(FLOW)
                || matches!(
                    node.operator,
                    "Slice"
                        | "Split"
                        | "Conv"
                        | "Mul"
                        | "Shape"
                        | "ConstantOfShape"
                        | "Add"
                        | "Sub"
                        | "Neg"
                        | "Exp"
                        | "Concat"
                        | "Tanh"
                        | "Sigmoid"
                        | "Constant"
                        | "Gather"
                        | "Unsqueeze"
                        | "Cast"
                )
        };
        let complete = !couplings.is_empty() && graph.nodes().iter().all(known);
        complete.then_some(Self { kernel, scratch: Scratch::default(), couplings })
    }

    /// Frames to each side that a frame depends on.
    pub(crate) fn reach(&self) -> usize {
        self.couplings.iter().map(|coupling| coupling.reach).sum()
    }

    /// The frames that become of `frames`; `speaker` is one frame, where there are several speakers.
    pub(crate) fn run(&mut self, mut frames: Frames, speaker: Option<&Frames>) -> Frames {
        for coupling in &self.couplings {
            frames.reverse_channels();
            coupling.run(self.kernel, &mut self.scratch, &mut frames, speaker);
        }
        frames
    }
}

impl Coupling {
    fn read(kernel: Kernel, graph: &Graph<'_>, number: usize) -> Option<Self> {
        let name = |part: &str| format!("{FLOW}flows.{number}/{part}/Conv");
        let mut layers = Vec::new();
        let mut reach = 0;
        while let Some(node) = graph.node(&name(&format!("enc/in_layers.{}", layers.len()))) {
            let (shape, weights, bias) = numbers(graph, node)?;
            let &[outputs, inputs, taps] = &shape[..] else { return None };
            let of = |name: &str| usize::try_from(*node.ints(name)?.first()?).ok();
            let (dilation, padding) = (of("dilations")?, of("pads")?);
            reach += dilation * (taps - 1) / 2;
            let shape = ConvShape { inputs, outputs, taps, dilation, padding };
            let conv = Convolution::compact(kernel, shape, &weights, &bias)?;
            let (residual, skipped) = mix(graph, &name(&format!("enc/res_skip_layers.{}", layers.len())), outputs / 2)?;
            layers.push(Layer { conv, residual, skipped });
        }
        let speaker = single(graph, &name("enc/cond_layer"));
        let (before, after) = (single(graph, &name("pre"))?, single(graph, &name("post"))?);
        (!layers.is_empty()).then_some(Self { before, layers, after, speaker, reach })
    }

    fn run(&self, kernel: Kernel, scratch: &mut Scratch, frames: &mut Frames, speaker: Option<&Frames>) {
        let half = frames.channels() / 2;
        let mut x = self.before.run(kernel, &frames.columns(0..half));
        let hidden = x.channels();
        let speaker = self.speaker.as_ref().zip(speaker).map(|(conv, speaker)| conv.run(kernel, speaker));
        let mut skipped = Frames::zeros(hidden, x.count());
        let mut between = Frames::default();
        for (n, layer) in self.layers.iter().enumerate() {
            layer.conv.run(kernel, scratch, &x, 1.0, &mut between, Store::Set);
            if let Some(speaker) = &speaker {
                between.add_to_each(&speaker.columns(2 * hidden * n..2 * hidden * (n + 1)));
            }
            let gated = between.gated(kernel);
            if let Some(residual) = &layer.residual {
                residual.run_into(kernel, &gated, &mut x, Store::Add);
            }
            layer.skipped.run_into(kernel, &gated, &mut skipped, Store::Add);
        }
        frames.subtract_at(half, &self.after.run(kernel, &skipped));
    }
}

/// A layer's last convolution, of one tap, as two: what goes to the next layer and what goes to the sum of all. Where
/// it has no more than `hidden` outputs, all of them go to the sum.
fn mix(graph: &Graph<'_>, name: &str, hidden: usize) -> Option<(Option<Strided>, Strided)> {
    let (shape, weights, bias) = numbers(graph, graph.node(name)?)?;
    let &[outputs, inputs, 1] = &shape[..] else { return None };
    let part = |weights: &[f32], bias: &[f32]| Strided::new([hidden, inputs, 1], weights, bias, 1, 0);
    if outputs == hidden {
        return Some((None, part(&weights, &bias)?));
    }
    let ((first, second), (low, high)) = (weights.split_at_checked(hidden * inputs)?, bias.split_at_checked(hidden)?);
    Some((Some(part(first, low)?), part(second, high)?))
}
