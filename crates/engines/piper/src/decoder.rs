//! The decoder: frames in, samples out, by the steps that the model's own graph lists.
//!
//! Piper's voices of all qualities differ in how many convolutions there are and how they are joined, not in what they
//! do. So the steps are read from the graph, each is given the form that is quickest here, and the ones that belong
//! together (a rectifier before a convolution, an addition behind it) become one.

use std::collections::HashMap;

use onnx::{Constant, Graph, Node};
use vocoder::{Conv, ConvShape, Frames, Kernel, Scratch, Store, Strided, Upsample};

/// Tensors whose memory is kept between two runs.
const MOST_SPARE: usize = 6;

/// A tensor's place.
type Slot = usize;

pub(crate) struct Decoder {
    kernel: Kernel,
    scratch: Scratch,
    /// Memory of tensors that are not needed any more, for those to come.
    spare: Vec<Frames>,
    steps: Vec<Step>,
    /// The step after which a slot is not needed any more.
    last_use: Vec<usize>,
    output: Slot,
    reach: usize,
    hop: usize,
}

struct Step {
    work: Work,
    input: Slot,
    /// What negative inputs are multiplied with first.
    slope: f32,
    /// What the result is added to, if anything.
    onto: Option<Slot>,
    output: Slot,
}

enum Work {
    Conv(Conv),
    Strided(Strided),
    Upsample(Upsample),
    Add,
    Scale(f32),
}

/// What is known of a tensor while the steps are read.
#[derive(Clone, Copy)]
struct Tensor {
    slot: Slot,
    slope: f32,
    /// Frames of the decoder's input to each side that it depends on, and its frames for each of those.
    reach: f64,
    rate: f64,
    /// One frame for all time: what is known of the speaker.
    is_single: bool,
}

impl Decoder {
    /// Reads the nodes whose names begin with `prefix`. `inputs` are the names of the frames and, where there are
    /// several speakers, of theirs. `None` when there is a step that this code does not know.
    pub(crate) fn read(kernel: Kernel, graph: &Graph<'_>, prefix: &str, inputs: &[&str]) -> Option<Self> {
        let mut reader = Reader { kernel, graph, steps: Vec::new(), tensors: HashMap::new(), slots: inputs.len() };
        for (slot, input) in inputs.iter().enumerate() {
            reader
                .tensors
                .insert((*input).to_owned(), Tensor { slot, slope: 1.0, reach: 0.0, rate: 1.0, is_single: slot > 0 });
        }
        let nodes: Vec<&Node<'_>> = graph.nodes().iter().filter(|node| node.name.starts_with(prefix)).collect();
        let (last, nodes) = nodes.split_last()?;
        nodes.iter().try_for_each(|node| reader.step(node))?;
        let output = reader.input(last, 0).filter(|tensor| last.operator == "Tanh" && tensor.slope == 1.0)?;
        let mut last_use = vec![0; reader.slots];
        for (at, step) in reader.steps.iter().enumerate() {
            [Some(step.input), step.onto].into_iter().flatten().for_each(|slot| last_use[slot] = at);
        }
        last_use[output.slot] = usize::MAX;
        let (steps, reach, hop) = (reader.steps, output.reach.ceil() as usize, output.rate as usize);
        Some(Self {
            kernel,
            scratch: Scratch::default(),
            spare: Vec::new(),
            steps,
            last_use,
            output: output.slot,
            reach,
            hop,
        })
    }

    /// Frames to each side that a frame's samples depend on.
    pub(crate) fn reach(&self) -> usize {
        self.reach
    }

    /// Samples a frame.
    pub(crate) fn hop(&self) -> usize {
        self.hop
    }

    /// The samples of `inputs`, which are in the order of [`Self::read`].
    pub(crate) fn run(&mut self, inputs: Vec<Frames>) -> Vec<f32> {
        let mut slots = inputs;
        slots.resize_with(self.last_use.len(), Frames::default);
        for at in 0..self.steps.len() {
            let made = self.step(at, &mut slots);
            let Step { input, onto, output, .. } = self.steps[at];
            let used = [Some(input), onto].into_iter().flatten().filter(|slot| self.last_use[*slot] == at);
            self.spare.extend(used.map(|slot| std::mem::take(&mut slots[slot])));
            self.spare.retain(|frames| frames.capacity() > 0);
            slots[output] = made;
        }
        let samples = slots[self.output].rows().map(|row| row[0].tanh()).collect();
        self.spare.push(std::mem::take(&mut slots[self.output]));
        self.spare.sort_by_key(|frames| std::cmp::Reverse(frames.capacity()));
        self.spare.truncate(MOST_SPARE);
        samples
    }

    fn step(&mut self, at: usize, slots: &mut [Frames]) -> Frames {
        let (kernel, step, last_use) = (self.kernel, &self.steps[at], &self.last_use);
        let spare = &mut self.spare;
        let is_last = |slot: Slot| last_use[slot] == at;
        let take = |slot: Slot, slots: &mut [Frames], spare: &mut Vec<Frames>| match is_last(slot) {
            true => std::mem::take(&mut slots[slot]),
            false => slots[slot].copied_to(largest(spare)),
        };
        match &step.work {
            Work::Conv(conv) => {
                let (mut out, into) = match step.onto {
                    Some(slot) => (take(slot, slots, spare), Store::Add),
                    None => (largest(spare), Store::Set),
                };
                let was_taken = step.onto == Some(step.input) && is_last(step.input);
                let copy = was_taken.then(|| out.copied_to(largest(spare)));
                let input = copy.as_ref().unwrap_or(&slots[step.input]);
                conv.run(kernel, &mut self.scratch, input, step.slope, &mut out, into);
                spare.extend(copy);
                out
            }
            Work::Strided(conv) => conv.run(kernel, &slots[step.input]),
            Work::Upsample(upsample) => {
                let mut input = take(step.input, slots, spare);
                input.leaky(kernel, 1.0, step.slope);
                upsample.run(kernel, &mut self.scratch, &input)
            }
            Work::Add => {
                let mut sum = take(step.input, slots, spare);
                let other = &slots[step.onto.unwrap_or_default()];
                if other.count() == 1 {
                    sum.add_to_each(other)
                } else {
                    sum.add(kernel, other)
                }
                sum
            }
            Work::Scale(factor) => {
                let mut scaled = take(step.input, slots, spare);
                scaled.leaky(kernel, *factor, 1.0);
                scaled
            }
        }
    }
}

/// The one with the most memory, so that it seldom has to grow.
fn largest(spare: &mut Vec<Frames>) -> Frames {
    let at = (0..spare.len()).max_by_key(|at| spare[*at].capacity());
    at.map(|at| spare.swap_remove(at)).unwrap_or_default()
}

struct Reader<'g, 'm> {
    kernel: Kernel,
    graph: &'g Graph<'m>,
    steps: Vec<Step>,
    tensors: HashMap<String, Tensor>,
    slots: usize,
}

impl Reader<'_, '_> {
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
                self.push(node, Work::Scale(factor), tensor, None, tensor)
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
        let reach = (dilation * (taps - 1)) as f64 / 2.0 / from.rate;
        let to = Tensor { reach: from.reach + reach, ..from };
        if taps == 1 && from.slope == 1.0 {
            let conv = Strided::new([outputs, inputs, 1], &weights.values, &bias, 1, padding)?;
            return self.push(node, Work::Strided(conv), from, None, to);
        }
        let shape = ConvShape { inputs, outputs, taps, dilation, padding };
        let conv = Conv::new(self.kernel, shape, &weights.values, &bias)?;
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
        let upsample = Upsample::new([inputs, outputs, taps], &weights.values, &bias, stride, padding)?;
        let reach = taps.saturating_sub(1 + padding) as f64 / stride as f64 / from.rate;
        let to = Tensor { reach: from.reach + reach, rate: from.rate * stride as f64, ..from };
        self.push(node, Work::Upsample(upsample), from, None, to)
    }

    /// An addition; where one side is a convolution's fresh result, the convolution adds to the other.
    fn add(&mut self, node: &Node<'_>) -> Option<()> {
        let (a, b) = (self.input(node, 0)?, self.input(node, 1)?);
        if a.slope != 1.0 || b.slope != 1.0 {
            return None;
        }
        let (a, b) = if a.is_single { (b, a) } else { (a, b) };
        let to = Tensor { reach: a.reach.max(b.reach), ..a };
        let slot = self.slots;
        for (made, other) in [(a, b), (b, a)] {
            let used = |step: &Step| step.input == made.slot || step.onto == Some(made.slot);
            let is_free = !self.steps.iter().any(used) && self.uses(node, made) == 1;
            let fresh = self.steps.iter_mut().find(|step| step.output == made.slot && is_free);
            if let Some(step @ Step { work: Work::Conv(_), onto: None, .. }) = fresh
                && !other.is_single
                && other.slot < made.slot
            {
                (step.onto, step.output) = (Some(other.slot), slot);
                self.slots += 1;
                self.tensors.insert(output(node)?, Tensor { slot, ..to });
                return Some(());
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

    fn push(&mut self, node: &Node<'_>, work: Work, from: Tensor, onto: Option<Slot>, to: Tensor) -> Option<()> {
        let slot = self.slots;
        self.slots += 1;
        self.steps.push(Step { work, input: from.slot, slope: from.slope, onto, output: slot });
        self.tensors.insert(output(node)?, Tensor { slot, slope: 1.0, ..to });
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
