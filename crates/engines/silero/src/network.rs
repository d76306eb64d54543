//! The network: frames of up to 32 streams and their memories in, probabilities and memories out.
//!
//! The architecture is that of Silero VAD v6 at 16 kHz (<https://github.com/snakers4/silero-vad>): magnitudes of four
//! windows, four convolutions over time of three taps (129 → 128 → 64 → 64 → 128 channels; 4, 2, 1, 1 positions), a
//! recurrent cell (LSTM) of 128, and one output. About 0.35 million multiply-adds a frame.

use std::path::Path;

use speech::{EngineError, EngineErrorKind, VAD_FRAME_SAMPLES, VadFrame};

use crate::kernel::Kernel;
use crate::matrix::{Rows, RowsMut};
use crate::spectrum::{Spectrum, WINDOWS};
use crate::weights::{BINS, CELL, Weights};
use crate::{CONTEXT_SAMPLES, ENGINE, MEMORY_LEN};

/// Frames that go through the network together, so that its weights are read once for all of them.
pub const BATCH: usize = 32;
/// From so many frames on, a convolution takes them position by position and leaves out the zeros at the edges.
const BY_POSITION: usize = 4;
/// Magnitudes of a frame, with a row of zeros before and after.
const PADDED: usize = (WINDOWS + 2) * BINS;
/// Channels after the first, the second and the third convolution.
const CHANNELS: [usize; 3] = [128, 64, 64];

/// Silero's network and the room it works in. One frame of one stream depends on the stream's memory only, never on
/// the frames beside it.
pub struct Network {
    kernel: Kernel,
    weights: Weights,
    spectrum: Spectrum,
    /// `[BATCH][WINDOWS + 2][BINS]`.
    magnitudes: Vec<f32>,
    /// `[BATCH][positions][channels]` of the first three convolutions.
    layers: [Vec<f32>; 3],
    /// `[BATCH][2][CELL]`: the cell's input and its state before.
    joined: Vec<f32>,
    /// `[BATCH][4][CELL]`.
    gates: Vec<[f32; 4 * CELL]>,
}

impl Network {
    /// Reads `silero_vad_16k_op15.onnx`.
    ///
    /// # Errors
    /// `Asset` when the file is missing, cut off or another model's.
    pub fn load(model: &Path, kernel: Kernel) -> Result<Self, EngineError> {
        let mut weights = Weights::load(model)?;
        let spectrum = Spectrum::new(kernel, std::mem::take(&mut weights.window));
        let room = |positions: usize, channels: usize| vec![0.0; BATCH * positions * channels];
        Ok(Self {
            kernel,
            weights,
            spectrum,
            magnitudes: vec![0.0; BATCH * PADDED],
            layers: [room(4, CHANNELS[0]), room(2, CHANNELS[1]), room(1, CHANNELS[2])],
            joined: room(2, CELL),
            gates: vec![[0.0; 4 * CELL]; BATCH],
        })
    }

    /// The probability of speech in each of `frames`, each of a stream of its own; their memories become those for the
    /// streams' next frames. Allocates nothing, but for the memory of a stream that has just begun.
    ///
    /// # Errors
    /// `Input` when a frame or its memory has the wrong length or the slices' lengths differ; then nothing is done.
    pub fn detect(&mut self, frames: &mut [VadFrame], probabilities: &mut [f32]) -> Result<(), EngineError> {
        frames.iter().try_for_each(check)?;
        if frames.len() != probabilities.len() {
            return Err(input_error(format!("{} frames and room for {}", frames.len(), probabilities.len())));
        }
        for (frames, probabilities) in frames.chunks_mut(BATCH).zip(probabilities.chunks_mut(BATCH)) {
            self.take_in(frames);
            self.convolve(frames.len());
            self.step(frames, probabilities);
        }
        Ok(())
    }

    /// Magnitudes and states.
    fn take_in(&mut self, frames: &mut [VadFrame]) {
        let joined = self.joined.chunks_exact_mut(2 * CELL);
        for ((frame, magnitudes), joined) in frames.iter_mut().zip(self.magnitudes.chunks_exact_mut(PADDED)).zip(joined)
        {
            frame.memory.0.resize(MEMORY_LEN, 0.0);
            let (state, context) = frame.memory.0.split_at(MEMORY_LEN - CONTEXT_SAMPLES);
            self.spectrum.of(context, &frame.samples, &mut magnitudes[BINS..BINS * (1 + WINDOWS)]);
            joined[CELL..].copy_from_slice(&state[..CELL]);
        }
    }

    /// The four convolutions of `count` frames. The buffers of the later ones hold no zeros for the edges; the taps
    /// that would meet them are left out.
    fn convolve(&mut self, count: usize) {
        self.convolve_first(count);
        let [first, second, third] = &mut self.layers;
        let [_, conv2, conv3, conv4] = &self.weights.conv;
        let [c1, c2, c3] = CHANNELS;
        let rows = |values, stride| Rows { values, stride, count };
        let out = &mut RowsMut { values: second, stride: 2 * c2 };
        self.kernel.multiply(conv2, c1..3 * c1, rows(first, 4 * c1), out, true);
        let out = &mut RowsMut { values: &mut second[c2..], stride: 2 * c2 };
        self.kernel.multiply(conv2, 0..3 * c1, rows(&first[c1..], 4 * c1), out, true);
        let out = &mut RowsMut { values: third, stride: c3 };
        self.kernel.multiply(conv3, 0..2 * c2, rows(second, 2 * c2), out, true);
        let out = &mut RowsMut { values: &mut self.joined, stride: 2 * CELL };
        self.kernel.multiply(conv4, 0..c3, rows(third, c3), out, true);
    }

    /// Few frames one after the other, each with its four positions as rows; more of them position by position.
    fn convolve_first(&mut self, count: usize) {
        let (conv, channels) = (&self.weights.conv[0], CHANNELS[0]);
        if count < BY_POSITION {
            let frames = self.magnitudes.chunks_exact(PADDED).zip(self.layers[0].chunks_exact_mut(WINDOWS * channels));
            for (values, out) in frames.take(count) {
                let out = &mut RowsMut { values: out, stride: channels };
                self.kernel.multiply(conv, 0..3 * BINS, Rows { values, stride: BINS, count: WINDOWS }, out, true);
            }
            return;
        }
        for (position, columns) in [BINS..3 * BINS, 0..3 * BINS, 0..3 * BINS, 0..2 * BINS].into_iter().enumerate() {
            let values = &self.magnitudes[position * BINS + columns.start..];
            let out = &mut RowsMut { values: &mut self.layers[0][position * channels..], stride: WINDOWS * channels };
            self.kernel.multiply(conv, columns, Rows { values, stride: PADDED, count }, out, true);
        }
    }

    /// The recurrent cell, the answers, and the memories for the next frames.
    fn step(&mut self, frames: &mut [VadFrame], probabilities: &mut [f32]) {
        let rows = Rows { values: &self.joined, stride: 2 * CELL, count: frames.len() };
        let out = &mut RowsMut { values: self.gates.as_flattened_mut(), stride: 4 * CELL };
        self.kernel.multiply(&self.weights.cell, 0..2 * CELL, rows, out, false);
        for ((frame, gates), probability) in frames.iter_mut().zip(&self.gates).zip(probabilities) {
            let (cell, context) = frame.memory.0.split_at_mut(2 * CELL);
            if let [state, memory] = cell.as_chunks_mut::<CELL>().0 {
                self.kernel.cell(gates, state, memory);
                *probability = answer(&self.weights, state);
            }
            context.copy_from_slice(&frame.samples[VAD_FRAME_SAMPLES - CONTEXT_SAMPLES..]);
        }
    }
}

fn answer(weights: &Weights, state: &[f32; CELL]) -> f32 {
    let mut sums = [0.0; 8];
    for (state, weights) in state.as_chunks::<8>().0.iter().zip(weights.last.as_chunks::<8>().0) {
        for lane in 0..8 {
            sums[lane] += state[lane].max(0.0) * weights[lane];
        }
    }
    1.0 / (1.0 + (-sums.iter().sum::<f32>() - weights.last_bias).exp())
}

/// Whether `frame` can be served.
///
/// # Errors
/// `Input` when the frame or its memory has the wrong length.
pub(crate) fn check(frame: &VadFrame) -> Result<(), EngineError> {
    let (samples, memory) = (frame.samples.len(), frame.memory.0.len());
    if samples != VAD_FRAME_SAMPLES {
        return Err(input_error(format!(
            "a frame has {VAD_FRAME_SAMPLES} samples (32 ms at 16 kHz); this one has {samples}"
        )));
    }
    if memory != 0 && memory != MEMORY_LEN {
        return Err(input_error(format!("the memory is empty or has {MEMORY_LEN} numbers; this one has {memory}")));
    }
    Ok(())
}

fn input_error(message: String) -> EngineError {
    EngineError::new(ENGINE, EngineErrorKind::Input, message)
}
