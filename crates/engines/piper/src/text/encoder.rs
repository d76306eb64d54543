//! The text encoder: what each symbol means where it stands.
//!
//! VITS' encoder (`models.py`, `attentions.py`, MIT): layers of self-attention, in which neighbours know how far apart
//! they are (Shaw et al., "Self-attention with relative position representations", NAACL 2018), and of two
//! convolutions.

mod attention;

use onnx::Graph;
use speech::{EngineError, EngineErrorKind};
use vocoder::{ConvShape, Convolution, Frames, Kernel, Norm, Scratch, Store};

use super::{brought, convolutions, norm, numbers};
use crate::error;
use attention::Attention;

/// Its nodes' names begin with this.
const ENCODER: &str = "/enc_p/";

pub(super) struct Encoder {
    kernel: Kernel,
    scratch: Scratch,
    /// What each symbol means alone.
    symbols: Frames,
    layers: Vec<Layer>,
}

struct Layer {
    attention: Attention,
    attended: Norm,
    widen: Convolution,
    narrow: Convolution,
    narrowed: Norm,
}

impl Encoder {
    /// Reads it from a voice's graph; `None` when it is another kind of encoder.
    pub(super) fn read(kernel: Kernel, graph: &Graph<'_>) -> Option<Self> {
        let symbols = symbols(graph)?;
        let mut layers = Vec::new();
        while graph.node(&format!("{ENCODER}encoder/attn_layers.{}/conv_q/Conv", layers.len())).is_some() {
            layers.push(Layer::read(kernel, graph, layers.len(), symbols.channels())?);
        }
        // Four of attention and two others a layer, and the one that takes the output.
        let is_known = !layers.is_empty() && convolutions(graph, ENCODER) == 6 * layers.len() + 1;
        is_known.then_some(Self { kernel, scratch: Scratch::default(), symbols, layers })
    }

    /// One frame for each of the symbols `ids`, which are one sentence.
    pub(super) fn run(&mut self, ids: &[i64]) -> Result<Frames, EngineError> {
        let mut frames = Frames::zeros(self.symbols.channels(), 0);
        for id in ids {
            let at = usize::try_from(*id).ok().filter(|at| *at < self.symbols.count());
            let at = at.ok_or_else(|| error(EngineErrorKind::Inference, format!("the voice has no symbol {id}")))?;
            frames.append_part(&self.symbols, at..at + 1);
        }
        for layer in &self.layers {
            layer.run(self.kernel, &mut self.scratch, &mut frames);
        }
        Ok(frames)
    }
}

impl Layer {
    fn read(kernel: Kernel, graph: &Graph<'_>, number: usize, channels: usize) -> Option<Self> {
        let name = |part: &str| format!("{ENCODER}encoder/{part}");
        let wide = format!("ffn_layers.{number}");
        graph.node(&name(&format!("{wide}/Relu")))?;
        Some(Self {
            attention: Attention::read(graph, number, channels)?,
            attended: norm(graph, &name(&format!("norm_layers_1.{number}")))?,
            widen: convolution(kernel, graph, &name(&format!("{wide}/conv_1/Conv")))?,
            narrow: convolution(kernel, graph, &name(&format!("{wide}/conv_2/Conv")))?,
            narrowed: norm(graph, &name(&format!("norm_layers_2.{number}")))?,
        })
    }

    fn run(&self, kernel: Kernel, scratch: &mut Scratch, frames: &mut Frames) {
        self.attention.add_to(kernel, frames);
        self.attended.run(kernel, frames);
        let mut wide = Frames::default();
        self.widen.run(kernel, scratch, frames, 1.0, &mut wide, Store::Set);
        self.narrow.run(kernel, scratch, &wide, 0.0, frames, Store::Add);
        self.narrowed.run(kernel, frames);
    }
}

/// The embedding of each symbol, scaled as the encoder takes it.
fn symbols(graph: &Graph<'_>) -> Option<Frames> {
    let table = graph.constant(graph.node(&format!("{ENCODER}emb/Gather"))?.inputs.first()?)?;
    let scale = *brought(graph, &format!("{ENCODER}Mul"))?.first()?;
    let &[count, channels] = &table.shape[..] else { return None };
    let mut symbols = Frames::zeros(channels, count);
    let width = symbols.width();
    for (to, from) in symbols.values_mut().chunks_exact_mut(width).zip(table.values.chunks_exact(channels)) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = from * scale);
    }
    Some(symbols)
}

/// One that leaves as many frames as there are.
fn convolution(kernel: Kernel, graph: &Graph<'_>, name: &str) -> Option<Convolution> {
    let (shape, weights, bias) = numbers(graph, graph.node(name)?)?;
    let &[outputs, inputs, taps] = &shape[..] else { return None };
    let shape = ConvShape { inputs, outputs, taps, dilation: 1, padding: taps / 2 };
    (taps % 2 == 1).then(|| Convolution::compact(kernel, shape, &weights, &bias))?
}
