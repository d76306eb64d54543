//! The arithmetic that a voice is made of: features in, sound out.
//!
//! Nearly all of the time that a neural voice takes goes into convolutions along time with many channels. Here they
//! are computed by short transforms ([`Conv`]), which need a half to a fifth of the multiplications, or multiplied out
//! where that is quicker ([`Direct`]; [`Convolution`] chooses), eight or sixteen numbers at once (AVX2 or AVX-512 where
//! the processor has it, plain Rust elsewhere; see [`Kernel`]). What lies between them (activations, normalisations,
//! upsampling) is here as well, so that a voice's decoder is a page of code.
//!
//! Everything works on [`Frames`]: time first, channels next to each other, padded to whole vectors.

mod conv;
mod convolution;
mod direct;
mod frames;
mod kernel;
mod matrix;
mod norm;
mod shape;
mod strided;
mod transform;
mod upsample;

pub use conv::{Conv, ConvShape, Store};
pub use convolution::Convolution;
pub use direct::Direct;
pub use frames::Frames;
pub use kernel::Kernel;
pub use norm::Norm;
pub use shape::{Moments, Snake};
pub use strided::Strided;
pub use upsample::Upsample;

/// Scratch memory, kept from call to call.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) input: Vec<f32>,
    pub(crate) output: Vec<f32>,
}
