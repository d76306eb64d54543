//! The generator's weights, found by the names that PyTorch's exporter gives.

use onnx::{Graph, Node};
use vocoder::{Conv, ConvShape, Kernel, Strided, Upsample};

/// Nodes and weights of the generator begin with these.
const NODES: &str = "/decoder/decoder/generator/";
const WEIGHTS: &str = "decoder.decoder.generator.";

/// Gains and offsets of one normalisation: what a voice's style makes of it.
pub(super) type Style<'a> = &'a [f32];

pub(super) struct Reader<'g, 'm> {
    kernel: Kernel,
    graph: &'g Graph<'m>,
    styles: Vec<String>,
}

/// A convolution's numbers.
struct Weights {
    shape: [usize; 3],
    values: Vec<f32>,
    bias: Vec<f32>,
    stride: usize,
    dilation: usize,
    padding: usize,
}

impl<'g, 'm> Reader<'g, 'm> {
    pub(super) fn new(kernel: Kernel, graph: &'g Graph<'m>) -> Self {
        Self { kernel, graph, styles: Vec::new() }
    }

    /// The names of all styles that were asked for.
    pub(super) fn into_styles(self) -> Vec<String> {
        self.styles
    }

    pub(super) fn node(&self, name: &str) -> Option<&'g Node<'m>> {
        self.graph.node(&format!("{NODES}{name}"))
    }

    pub(super) fn input_of(&self, name: &str) -> Option<String> {
        Some((*self.node(name)?.inputs.first()?).to_owned())
    }

    pub(super) fn output_of(&self, name: &str) -> Option<String> {
        Some((*self.node(name)?.outputs.first()?).to_owned())
    }

    /// The numbers of the `n`th input of the node `name`.
    pub(super) fn constant(&self, name: &str, n: usize) -> Option<(Vec<usize>, Vec<f32>)> {
        let constant = self.graph.constant(self.node(name)?.inputs.get(n)?)?;
        Some((constant.shape, constant.values))
    }

    /// The activation's numbers `alpha1.0` and the like of a block.
    pub(super) fn alpha(&self, block: &str, name: &str) -> Option<Vec<f32>> {
        Some(self.graph.constant(&format!("{WEIGHTS}{block}.{name}"))?.values)
    }

    /// The number of the style of a normalisation among those that are handed over later.
    pub(super) fn style(&mut self, name: &str) -> Option<usize> {
        self.styles.push(self.output_of(&format!("{name}/Unsqueeze"))?);
        Some(self.styles.len() - 1)
    }

    /// A convolution of stride 1 that was quantised.
    pub(super) fn conv(&self, name: &str) -> Option<Conv> {
        self.weights(name)?.conv(self.kernel)
    }

    /// A convolution of stride 1 that was not quantised.
    pub(super) fn plain_conv(&self, name: &str) -> Option<Conv> {
        let node = self.node(name)?;
        let weights = self.graph.constant(node.inputs.get(1)?)?;
        let bias = self.graph.constant(node.inputs.get(2)?)?.values;
        Weights::new(node, &weights.shape, weights.values, bias)?.conv(self.kernel)
    }

    /// A convolution with a stride that was quantised.
    pub(super) fn strided(&self, name: &str) -> Option<Strided> {
        let weights = self.weights(name)?;
        Strided::new(weights.shape, &weights.values, &weights.bias, weights.stride, weights.padding)
    }

    pub(super) fn upsample(&self, name: &str) -> Option<Upsample> {
        let node = self.node(name)?;
        let weights = self.graph.constant(node.inputs.get(1)?)?;
        let bias = node.inputs.get(2).and_then(|name| self.graph.constant(name)).map(|bias| bias.values);
        let weights = Weights::new(node, &weights.shape, weights.values, bias.unwrap_or_default())?;
        Upsample::new(self.kernel, weights.shape, &weights.values, &weights.bias, weights.stride, weights.padding)
    }

    fn weights(&self, name: &str) -> Option<Weights> {
        let node = self.node(&format!("{name}/Conv_quant"))?;
        let [_, quantised, _, zero] = node.inputs[..] else { return None };
        let weights = self.graph.constant(quantised)?;
        let zero = *self.graph.constant(zero)?.values.first()?;
        let scale = format!("{}_scale", quantised.strip_suffix("_quantized")?);
        let scale = *self.graph.constant(&scale)?.values.first()?;
        let values = weights.values.iter().map(|value| (value - zero) * scale).collect();
        let bias = self.graph.constant(&format!("{WEIGHTS}{}.bias", name.replace('/', ".")))?.values;
        Weights::new(node, &weights.shape, values, bias)
    }
}

impl Weights {
    fn new(node: &Node<'_>, shape: &[usize], values: Vec<f32>, bias: Vec<f32>) -> Option<Self> {
        let first = |name: &str| usize::try_from(*node.ints(name)?.first()?).ok();
        let shape = shape.try_into().ok()?;
        let (stride, dilation) = (first("strides")?, first("dilations")?);
        Some(Self { shape, values, bias, stride, dilation, padding: first("pads")? })
    }

    fn conv(&self, kernel: Kernel) -> Option<Conv> {
        let [outputs, inputs, taps] = self.shape;
        let shape = ConvShape { inputs, outputs, taps, dilation: self.dilation, padding: self.padding };
        (self.stride == 1).then(|| Conv::new(kernel, shape, &self.values, &self.bias)).flatten()
    }
}
