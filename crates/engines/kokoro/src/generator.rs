//! The network's last part: from features, a pitch's overtones and a style to samples.
//!
//! iSTFTNet as in StyleTTS 2 and Kokoro (`istftnet.py`, Apache-2.0). Seven eighths of the work are in its
//! convolutions; here they take a third of the time that ONNX Runtime needs for them, and are computed with the
//! activations as they are instead of rounded to 8 bits.

use onnx::{Graph, Output};
use vocoder::{Frames, Kernel, Scratch, Store, Strided, Upsample};

use crate::generator::block::Block;
use crate::generator::spectrum::{Inverse, Spectrum};
use crate::generator::weights::{Reader, Style};

mod block;
mod spectrum;
mod weights;

/// How much smaller the activations between the stages make negative numbers, and the one before the last layer.
const SLOPE: f32 = 0.1;
const LAST_SLOPE: f32 = 0.01;

pub(crate) struct Generator {
    kernel: Kernel,
    scratch: Scratch,
    /// Names of the tensors that it starts from: the features, the overtones, then one for each style.
    inputs: Vec<String>,
    spectrum: Spectrum,
    stages: Vec<Stage>,
    last: vocoder::Conv,
    inverse: Inverse,
}

/// What all layers need.
struct Work<'a> {
    kernel: Kernel,
    scratch: &'a mut Scratch,
    styles: &'a [Style<'a>],
    wanted: &'a dyn Fn() -> bool,
}

/// More frames of fewer channels.
struct Stage {
    noise: Strided,
    noise_block: Block,
    upsample: Upsample,
    blocks: Vec<Block>,
}

impl Generator {
    /// Reads its weights from the model; `None` when the model is another one or was exported in another way.
    pub(crate) fn read(kernel: Kernel, graph: &Graph<'_>) -> Option<Self> {
        let mut reader = Reader::new(kernel, graph);
        let inputs = vec![reader.input_of("LeakyRelu")?, reader.output_of("Squeeze")?];
        let spectrum = Spectrum::read(&reader)?;
        let mut stages = Vec::new();
        while let Some(upsample) = reader.upsample(&format!("ups.{}/ConvTranspose", stages.len())) {
            stages.push(Stage::read(&mut reader, stages.len(), upsample)?);
        }
        let last = reader.plain_conv("conv_post/Conv")?;
        let inverse = Inverse::read(&reader)?;
        let inputs = [inputs, reader.into_styles()].concat();
        let complete = !stages.is_empty();
        complete.then_some(Self { kernel, scratch: Scratch::default(), inputs, spectrum, stages, last, inverse })
    }

    /// The tensors to be handed to [`Self::speak`], in this order.
    pub(crate) fn inputs(&self) -> Vec<&str> {
        self.inputs.iter().map(String::as_str).collect()
    }

    /// Samples at 24 kHz; `None` when `inputs` have other sizes than the model's, or when they are not `wanted` any more.
    pub(crate) fn speak(&mut self, inputs: &[Output], wanted: &dyn Fn() -> bool) -> Option<Vec<f32>> {
        let [features, overtones, styles @ ..] = inputs else { return None };
        let &[1, channels, _] = &features.shape[..] else { return None };
        let styles: Vec<Style<'_>> = styles.iter().map(|style| style.values.as_slice()).collect();
        let work = &mut Work { kernel: self.kernel, scratch: &mut self.scratch, styles: &styles, wanted };
        let kernel = work.kernel;
        let spectrum = self.spectrum.of(kernel, &overtones.values)?;
        let mut x = Frames::from_channels_first(&features.values, channels);
        for (n, stage) in self.stages.iter().enumerate() {
            let is_last = n + 1 == self.stages.len();
            x = stage.run(work, &mut x, &spectrum, is_last)?;
        }
        let mut out = Frames::default();
        self.last.run(kernel, work.scratch, &x, LAST_SLOPE, &mut out, Store::Set);
        Some(self.inverse.of(kernel, work.scratch, &out))
    }
}

impl Stage {
    fn read(reader: &mut Reader<'_, '_>, number: usize, upsample: Upsample) -> Option<Self> {
        let noise = reader.strided(&format!("noise_convs.{number}"))?;
        let noise_block = Block::read(reader, &format!("noise_res.{number}"))?;
        let blocks = (3 * number..3 * number + 3).map(|n| Block::read(reader, &format!("resblocks.{n}")));
        Some(Self { noise, noise_block, upsample, blocks: blocks.collect::<Option<_>>()? })
    }

    fn run(&self, work: &mut Work<'_>, before: &mut Frames, spectrum: &Frames, is_last: bool) -> Option<Frames> {
        let kernel = work.kernel;
        let mut source = self.noise.run(kernel, spectrum);
        self.noise_block.run(work, &mut source)?;
        let mut x = Frames::default();
        self.upsample.run(kernel, work.scratch, before, SLOPE, &mut x);
        if is_last {
            x = mirrored_start(&x);
        }
        if (x.channels(), x.count()) != (source.channels(), source.count()) {
            return None;
        }
        x.add(kernel, &source);
        let mut sum: Option<Frames> = None;
        for block in &self.blocks {
            let mut own = x.clone();
            block.run(work, &mut own)?;
            match &mut sum {
                Some(sum) => sum.add(kernel, &own),
                None => sum = Some(own),
            }
        }
        let mut mean = sum?;
        mean.leaky(kernel, 1.0 / self.blocks.len() as f32, 1.0);
        Some(mean)
    }
}

/// With the second frame once more in front, so that there are as many as the spectrum has.
fn mirrored_start(x: &Frames) -> Frames {
    let width = x.width();
    let mut longer = Frames::zeros(x.channels(), x.count() + 1);
    longer.values_mut()[width..].copy_from_slice(x.values());
    let second = 2.min(x.count()) * width;
    longer.values_mut().copy_within(second..second + width, 0);
    longer
}
