//! Which way of computing a convolution is taken.

use crate::Scratch;
use crate::conv::{Conv, ConvShape, Store};
use crate::direct::Direct;
use crate::frames::Frames;
use crate::kernel::Kernel;
use crate::transform::Transform;

/// A convolution, in the way that is quickest for its shape and this processor.
#[derive(Clone, Debug)]
pub enum Convolution {
    /// By transforms.
    Transformed(Conv),
    /// Multiplied out.
    Multiplied(Direct),
}

impl Convolution {
    /// For many frames at once; numbers as for [`Conv::new`].
    pub fn new(kernel: Kernel, shape: ConvShape, weights: &[f32], bias: &[f32]) -> Option<Self> {
        let is_small = shape.inputs <= 32 && shape.taps <= 5;
        match Transform::of(kernel, shape) {
            Transform::Fourier if is_small => Some(Self::Multiplied(Direct::new(shape, weights, bias)?)),
            _ => Some(Self::Transformed(Conv::new(kernel, shape, weights, bias)?)),
        }
    }

    /// For large matrices and few frames, where weights' spectra, nine times the size of a kernel of five taps, would
    /// have to come from memory each time.
    pub fn compact(kernel: Kernel, shape: ConvShape, weights: &[f32], bias: &[f32]) -> Option<Self> {
        match Transform::of(kernel, shape) {
            Transform::Fourier => Some(Self::Multiplied(Direct::new(shape, weights, bias)?)),
            Transform::Toom => Some(Self::Transformed(Conv::new(kernel, shape, weights, bias)?)),
        }
    }

    /// As [`Conv::run`].
    pub fn run(
        &self,
        kernel: Kernel,
        scratch: &mut Scratch,
        input: &Frames,
        slope: f32,
        out: &mut Frames,
        into: Store<'_>,
    ) {
        match self {
            Self::Transformed(conv) => conv.run(kernel, scratch, input, slope, out, into),
            Self::Multiplied(conv) => conv.run(kernel, scratch, input, slope, out, into),
        }
    }
}
