//! The steps, read off a model's graph.

use std::collections::HashMap;

use onnx::{Constant, Graph, Node};
use vocoder::{ConvShape, Convolution, Kernel, Strided, Upsample};

use super::step::{Slot, Step, Work};

/// What is known of a slot's tensor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Frames of the decoder's input to each side that it depends on, and its frames for each of those.
    pub(super) reach: f64,
    pub(super) rate: f64,
    pub(super) channels: usize,
}

/// What is known of a tensor while the steps are read.
#[derive(Clone, Copy)]
struct Tensor {
    slot: Slot,
    slope: f32,
    /// One frame for all time: what is known of the speaker.
    is_single: bool,
}

/// Reads steps off a graph.
pub(super) struct Reader<'g, 'm> {
    kernel: Kernel,
    graph: &'g Graph<'m>,
    steps: Vec<Step>,
    tensors: HashMap<String, Tensor>,
    /// Of each slot.
    extents: Vec<Extent>,
}

impl<'g, 'm> Reader<'g, 'm> {
    /// A reader that knows the tensors `inputs`: the frames and, where there are several speakers, theirs.
    pub(super) fn new(kernel: Kernel, graph: &'g Graph<'m>, inputs: &[&str]) -> Self {
        let tensor = |slot: usize| Tensor { slot, slope: 1.0, is_single: slot > 0 };
        let tensors = inputs.iter().enumerate().map(|(slot, name)| ((*name).to_owned(), tensor(slot))).collect();
        let extents = vec![Extent { reach: 0.0, rate: 1.0, channels: 0 }; inputs.len()];
        Self { kernel, graph, steps: Vec::new(), tensors, extents }
    }

    /// The steps of the nodes whose names begin with `prefix`, but for the last, a hyperbolic tangent; what is known
    /// of all slots; the slot of what the tangent takes. `None` when there is a step that this code does not know.
    pub(super) fn read(mut self, prefix: &str) -> Option<(Vec<Step>, Vec<Extent>, Slot)> {
        let nodes: Vec<&Node<'_>> = self.graph.nodes().iter().filter(|node| node.name.starts_with(prefix)).collect();
        let (last, nodes) = nodes.split_last()?;
        nodes.iter().try_for_each(|node| self.step(node))?;
        let output = self.input(last, 0).filter(|tensor| last.operator == "Tanh" && tensor.slope == 1.0)?;
        Some((self.steps, self.extents, output.slot))
    }

    fn step(&mut self, node: &Node<'_>) -> Option<()> {
        match node.operator {
            "Constant" => Some(()),
            "LeakyRelu" => {
                let tensor = self.input(node, 0).filter(|tensor| tensor.slope == 1.0)?;
                let slope = node.float("alpha").unwrap_or(0.01);
                self.tensors.insert(output(node)?, Tensor { slope, ..tensor });
                Some(())
            }
            "Conv" => self.conv(node),
            "ConvTranspose" => self.upsample(node),
            "Add" => self.add(node),
            "Div" | "Mul" => {
                let tensor = self.input(node, 0).filter(|tensor| tensor.slope == 1.0)?;
                let factor = *self.constant(node, 1).filter(|by| by.values.len() == 1)?.values.first()?;
                let factor = if node.operator == "Div" { 1.0 / factor } else { factor };
                let extent = self.extents[tensor.slot];
                self.push(node, Work::Scale(factor), tensor, None, extent)
            }
            _ => None,
        }
    }

    fn conv(&mut self, node: &Node<'_>) -> Option<()> {
        let from = self.input(node, 0)?;
        let (weights, bias) = (self.constant(node, 1)?, self.bias(node)?);
        let &[outputs, inputs, taps] = &weights.shape[..] else { return None };
        let [stride, dilation, padding, group] = [("strides", 1), ("dilations", 1), ("pads", 0), ("group", 1)]
            .map(|(name, default)| first(node, name, default));
        if stride? != 1 || group? != 1 || taps == 0 {
            return None;
        }
        let (dilation, padding) = (dilation?, padding?);
        let extent = self.extents[from.slot];
        let reach = extent.reach + (dilation * (taps - 1)) as f64 / 2.0 / extent.rate;
        let to = Extent { reach, channels: outputs, ..extent };
        if taps == 1 && from.slope == 1.0 {
            let conv = Strided::new([outputs, inputs, 1], &weights.values, &bias, 1, padding)?;
            return self.push(node, Work::Strided(conv), from, None, to);
        }
        let shape = ConvShape { inputs, outputs, taps, dilation, padding };
        let conv = Convolution::new(self.kernel, shape, &weights.values, &bias)?;
        self.push(node, Work::Conv(conv), from, None, to)
    }

    fn upsample(&mut self, node: &Node<'_>) -> Option<()> {
        let from = self.input(node, 0)?;
        let (weights, bias) = (self.constant(node, 1)?, self.bias(node)?);
        let &[inputs, outputs, taps] = &weights.shape[..] else { return None };
        let [stride, dilation, padding, group] = [("strides", 1), ("dilations", 1), ("pads", 0), ("group", 1)]
            .map(|(name, default)| first(node, name, default));
        if dilation? != 1 || group? != 1 || node.ints("output_padding").is_some_and(|more| more != [0]) {
            return None;
        }
        let (stride, padding) = (stride?, padding?);
        let upsample = Upsample::new(self.kernel, [inputs, outputs, taps], &weights.values, &bias, stride, padding)?;
        let extent = self.extents[from.slot];
        let reach = extent.reach + taps.saturating_sub(1 + padding) as f64 / stride as f64 / extent.rate;
        let to = Extent { reach, rate: extent.rate * stride as f64, channels: outputs };
        self.push(node, Work::Upsample(upsample), from, None, to)
    }

    /// An addition; where one side is a convolution's fresh result, the convolution adds to the other.
    fn add(&mut self, node: &Node<'_>) -> Option<()> {
        let (a, b) = (self.input(node, 0)?, self.input(node, 1)?);
        if a.slope != 1.0 || b.slope != 1.0 {
            return None;
        }
        let (a, b) = if a.is_single { (b, a) } else { (a, b) };
        let of = self.extents[a.slot];
        let to = Extent { reach: of.reach.max(self.extents[b.slot].reach), ..of };
        let slot = self.extents.len();
        for (made, other) in [(a, b), (b, a)] {
            let used = |step: &Step| step.input == made.slot || step.onto == Some(made.slot);
            let is_free = !self.steps.iter().any(used) && self.uses(node, made) == 1;
            let fresh = self.steps.iter_mut().find(|step| step.output == made.slot && is_free);
            if let Some(step @ Step { work: Work::Conv(_), onto: None, .. }) = fresh
                && !other.is_single
                && other.slot < made.slot
            {
                (step.onto, step.output) = (Some(other.slot), slot);
                return self.name(node, a, to);
            }
        }
        self.push(node, Work::Add, a, Some(b.slot), to)
    }

    /// How many nodes, that one among them, take the tensor.
    fn uses(&self, node: &Node<'_>, tensor: Tensor) -> usize {
        let names: Vec<&str> =
            node.inputs.iter().copied().filter(|name| self.tensors[*name].slot == tensor.slot).collect();
        self.graph.nodes().iter().filter(|node| node.inputs.iter().any(|input| names.contains(input))).count()
    }

    fn push(&mut self, node: &Node<'_>, work: Work, from: Tensor, onto: Option<Slot>, to: Extent) -> Option<()> {
        self.steps.push(Step { work, input: from.slot, slope: from.slope, onto, output: self.extents.len() });
        self.name(node, from, to)
    }

    /// Gives what `node` makes of `from` the next slot.
    fn name(&mut self, node: &Node<'_>, from: Tensor, to: Extent) -> Option<()> {
        let slot = self.extents.len();
        self.extents.push(to);
        self.tensors.insert(output(node)?, Tensor { slot, slope: 1.0, ..from });
        Some(())
    }

    fn input(&self, node: &Node<'_>, n: usize) -> Option<Tensor> {
        self.tensors.get(*node.inputs.get(n)?).copied()
    }

    fn constant(&self, node: &Node<'_>, n: usize) -> Option<Constant> {
        self.graph.constant(node.inputs.get(n)?)
    }

    fn bias(&self, node: &Node<'_>) -> Option<Vec<f32>> {
        match node.inputs.get(2) {
            Some(name) => Some(self.graph.constant(name)?.values),
            None => Some(Vec::new()),
        }
    }
}

fn output(node: &Node<'_>) -> Option<String> {
    Some((*node.outputs.first()?).to_owned())
}

/// The first of the whole numbers of an attribute.
fn first(node: &Node<'_>, name: &str, default: usize) -> Option<usize> {
    match node.ints(name) {
        Some(numbers) => numbers.first().map_or(Some(default), |number| usize::try_from(*number).ok()),
        None => Some(default),
    }
}
