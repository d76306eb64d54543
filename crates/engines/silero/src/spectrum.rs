//! The network's first layer: magnitudes of the Fourier transform of four windows, 8 ms apart.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};
use speech::VAD_FRAME_SAMPLES;

use crate::CONTEXT_SAMPLES;
use crate::kernel::Kernel;
use crate::weights::{BINS, WINDOW};

/// Windows of a frame.
pub(crate) const WINDOWS: usize = 4;
const STEP: usize = WINDOW / 2;
/// Samples mirrored behind the frame.
const MIRRORED: usize = 64;
const SOUND: usize = CONTEXT_SAMPLES + VAD_FRAME_SAMPLES + MIRRORED;

/// The transform and the room it needs.
pub(crate) struct Spectrum {
    kernel: Kernel,
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
    sound: [f32; SOUND],
    windowed: Vec<f32>,
    bins: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl Spectrum {
    /// Windows are multiplied by `window`, `[WINDOW]`.
    pub(crate) fn new(kernel: Kernel, window: Vec<f32>) -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(WINDOW);
        let (windowed, bins, scratch) = (fft.make_input_vec(), fft.make_output_vec(), fft.make_scratch_vec());
        Self { kernel, window, fft, sound: [0.0; SOUND], windowed, bins, scratch }
    }

    /// The magnitudes of `samples` after `context`, `[WINDOWS][BINS]`.
    pub(crate) fn of(&mut self, context: &[f32], samples: &[f32], out: &mut [f32]) {
        let (given, mirrored) = self.sound.split_at_mut(SOUND - MIRRORED);
        given[..CONTEXT_SAMPLES].copy_from_slice(context);
        given[CONTEXT_SAMPLES..].copy_from_slice(samples);
        let before_last = given.iter().rev().skip(1);
        mirrored.iter_mut().zip(before_last).for_each(|(to, from)| *to = *from);
        for (n, out) in out.chunks_exact_mut(BINS).enumerate() {
            let sound = &self.sound[n * STEP..][..WINDOW];
            let products = sound.iter().zip(&self.window).map(|(sample, window)| sample * window);
            self.windowed.iter_mut().zip(products).for_each(|(to, from)| *to = from);
            // It fails only for buffers of another length than it made itself.
            let _ = self.fft.process_with_scratch(&mut self.windowed, &mut self.bins, &mut self.scratch);
            self.kernel.magnitudes(&self.bins, out);
        }
    }
}
