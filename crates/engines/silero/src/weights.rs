//! The network's weights, read from Silero's own ONNX file and laid out for [`crate::kernel`]. (The package's
//! `silero_vad_16k.safetensors` is the same network trained otherwise; its answers differ by up to 0.5.)

use std::f64::consts::TAU;
use std::path::Path;

use speech::{EngineError, EngineErrorKind};

use crate::ENGINE;
use crate::matrix::Matrix;
use crate::tensors::Tensors;

/// Samples in a window of the Fourier transform.
pub(crate) const WINDOW: usize = 256;
/// Frequencies of a window.
pub(crate) const BINS: usize = WINDOW / 2 + 1;
/// Numbers in the cell's state, and in what it remembers beside it.
pub(crate) const CELL: usize = 128;

/// All weights. Channels of the four convolutions: 129 → 128 → 64 → 64 → 128.
pub(crate) struct Weights {
    /// What a window of sound is multiplied by, `[WINDOW]`.
    pub(crate) window: Vec<f32>,
    /// Convolutions; the columns are `[tap][channel]`.
    pub(crate) conv: [Matrix; 4],
    /// Input, forget, cell and output gates from `[input, state]`.
    pub(crate) cell: Matrix,
    /// From the state to the answer.
    pub(crate) last: Vec<f32>,
    pub(crate) last_bias: f32,
}

impl Weights {
    /// Reads `silero_vad_16k_op15.onnx`.
    ///
    /// # Errors
    /// `Asset` when the file is missing, cut off or another model's.
    pub(crate) fn load(file: &Path) -> Result<Self, EngineError> {
        let asset = |what: String| {
            let message = format!("{} {what}; run \"interviewer assets pull silero-vad\"", file.display());
            EngineError::new(ENGINE, EngineErrorKind::Asset, message)
        };
        if !file.is_file() {
            return Err(asset("is missing".into()));
        }
        let bytes = std::fs::read(file).map_err(|e| asset(format!("cannot be read: {e}")))?;
        let weights = Tensors::parse(&bytes).and_then(|tensors| Self::of(&tensors));
        weights.map_err(|what| asset(format!("is not Silero's network: {what}")))
    }

    fn of(tensors: &Tensors) -> Result<Self, String> {
        // The third and fourth convolution meet one position; the taps beside it only ever see the zeros around it.
        let conv = [
            conv(tensors, 0, (BINS, 128), 0..3)?,
            conv(tensors, 1, (128, 64), 0..3)?,
            conv(tensors, 2, (64, 64), 1..3)?,
            conv(tensors, 3, (64, CELL), 1..2)?,
        ];
        let window = window(&tensors.take("model.stft.forward_basis_buffer", &[2 * BINS, 1, WINDOW])?)?;
        let last = tensors.take("model.decoder.decoder.2.weight", &[1, CELL, 1])?;
        let last_bias = tensors.take("model.decoder.decoder.2.bias", &[1])?[0];
        Ok(Self { window, conv, cell: cell(tensors)?, last, last_bias })
    }
}

/// A convolution `[outputs, channels, 3]` as a matrix with the columns of `taps`.
fn conv(
    tensors: &Tensors,
    layer: usize,
    (channels, outputs): (usize, usize),
    taps: std::ops::Range<usize>,
) -> Result<Matrix, String> {
    let weights = tensors.take(&format!("model.encoder.{layer}.reparam_conv.weight"), &[outputs, channels, 3])?;
    let bias = tensors.take(&format!("model.encoder.{layer}.reparam_conv.bias"), &[outputs])?;
    let columns = taps.len() * channels;
    Ok(Matrix::new(columns, bias, |output, column| {
        weights[(output * channels + column % channels) * 3 + taps.start + column / channels]
    }))
}

/// The cell's two matrices side by side, their biases added.
fn cell(tensors: &Tensors) -> Result<Matrix, String> {
    let [input, state] =
        ["ih", "hh"].map(|name| tensors.take(&format!("model.decoder.rnn.weight_{name}"), &[4 * CELL, CELL]));
    let [bias, more] = ["ih", "hh"].map(|name| tensors.take(&format!("model.decoder.rnn.bias_{name}"), &[4 * CELL]));
    let (input, state) = (input?, state?);
    let bias = bias?.iter().zip(more?).map(|(a, b)| a + b).collect();
    Ok(Matrix::new(2 * CELL, bias, |output, column| match column.checked_sub(CELL) {
        None => input[output * CELL + column],
        Some(column) => state[output * CELL + column],
    }))
}

/// Silero keeps its Fourier transform as a convolution, `[real rows, imaginary rows]`, each a window times a cosine or
/// a sine. The first row's cosine is 1, so it is the window; the others must agree.
fn window(basis: &[f32]) -> Result<Vec<f32>, String> {
    let window = &basis[..WINDOW];
    for (row, weights) in basis.chunks_exact(WINDOW).enumerate() {
        for (n, (&weight, &window)) in weights.iter().zip(window).enumerate() {
            let (sin, cos) = (TAU * (row % BINS * n % WINDOW) as f64 / WINDOW as f64).sin_cos();
            let wave = if row < BINS { cos } else { -sin };
            if (f64::from(weight) - f64::from(window) * wave).abs() > 1e-5 {
                return Err("model.stft.forward_basis_buffer is not a windowed Fourier transform".into());
            }
        }
    }
    Ok(window.to_vec())
}
