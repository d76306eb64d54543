//! Convolutions around which the signal also goes straight on.

use vocoder::{Conv, Frames, Kernel, Moments, Snake, Store};

use super::Work;
use super::weights::{Reader, Style};

/// Of the normalisation, as PyTorch has it.
const EPSILON: f32 = 1e-5;

pub(super) struct Block {
    rounds: Vec<[Layer; 2]>,
}

/// Normalised, coloured by the style, bent, convolved.
struct Layer {
    /// Its style's number.
    style: usize,
    alpha: Vec<f32>,
    conv: Conv,
}

impl Block {
    pub(super) fn read(reader: &mut Reader<'_, '_>, name: &str) -> Option<Self> {
        let rounds = (0..3).map(|n| Some([Layer::read(reader, name, 1, n)?, Layer::read(reader, name, 2, n)?]));
        Some(Self { rounds: rounds.collect::<Option<_>>()? })
    }

    /// `x` becomes what the block makes of it; `None` when sizes differ or nobody wants it any more.
    pub(super) fn run(&self, work: &mut Work<'_>, x: &mut Frames) -> Option<()> {
        let (kernel, styles) = (work.kernel, work.styles);
        let (mut bent, mut between) = (Frames::default(), Frames::default());
        for [first, second] in &self.rounds {
            if !(work.wanted)() {
                return None;
            }
            first.bend(kernel, styles, x, &mut bent)?;
            first.conv.run(kernel, work.scratch, &bent, 1.0, &mut between, Store::Set);
            second.bend(kernel, styles, &between, &mut bent)?;
            second.conv.run(kernel, work.scratch, &bent, 1.0, x, Store::Add);
        }
        Some(())
    }
}

impl Layer {
    fn read(reader: &mut Reader<'_, '_>, block: &str, half: usize, round: usize) -> Option<Self> {
        Some(Self {
            style: reader.style(&format!("{block}/adain{half}.{round}"))?,
            alpha: reader.alpha(block, &format!("alpha{half}.{round}"))?,
            conv: reader.conv(&format!("{block}/convs{half}.{round}"))?,
        })
    }

    fn bend(&self, kernel: Kernel, styles: &[Style<'_>], x: &Frames, out: &mut Frames) -> Option<()> {
        let (gain, offset) = styles.get(self.style)?.split_at_checked(x.channels())?;
        if self.alpha.len() != x.channels() || offset.len() != x.channels() {
            return None;
        }
        let gain: Vec<f32> = gain.iter().map(|gain| 1.0 + gain).collect();
        Snake::new(&Moments::of(kernel, x, EPSILON), &gain, offset, &self.alpha).run(kernel, x, out);
        Some(())
    }
}
