//! What a convolution is computed by: how stretches of time become planes of numbers that are multiplied, and back.

use crate::conv::ConvShape;
use crate::frames::padded;
use crate::kernel::{BINS, Kernel, PLANES, POINTS, SHORT, Stretch, StretchMut, Tile, evaluated, plane};
use crate::matrix::{Matrix, PANEL};

/// The way there and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transform {
    /// By the frequencies of 32 frames.
    Fourier,
    /// By the values at eight points of 8 frames.
    Toom,
}

impl Transform {
    /// The quicker one. In AVX-512's registers only Fourier's was measured.
    pub(crate) fn of(kernel: Kernel, shape: ConvShape) -> Self {
        let is_short = Self::Toom.takes(shape.taps);
        if is_short && !kernel.is_widest() { Self::Toom } else { Self::Fourier }
    }

    /// Frames of a stretch.
    pub(crate) fn points(self) -> usize {
        match self {
            Self::Fourier => POINTS,
            Self::Toom => SHORT,
        }
    }

    /// Planes of numbers that are multiplied.
    pub(crate) fn planes(self) -> usize {
        match self {
            Self::Fourier => PLANES,
            Self::Toom => SHORT,
        }
    }

    /// Whether it can do kernels of `taps`.
    pub(crate) fn takes(self, taps: usize) -> bool {
        match self {
            Self::Fourier => (1..=POINTS - 12).contains(&taps),
            Self::Toom => (2..=5).contains(&taps),
        }
    }

    /// From a stretch to its row in the planes.
    pub(crate) fn there(self, kernel: Kernel, stretch: Stretch<'_>, slope: f32, tile: Tile, planes: &mut [f32]) {
        match self {
            Self::Fourier => kernel.analyse(stretch, slope, tile, planes),
            Self::Toom => kernel.evaluate(stretch, slope, tile, planes),
        }
    }

    /// From a row in the products' planes to the `valid` frames of a stretch.
    pub(crate) fn back(
        self,
        kernel: Kernel,
        planes: &[f32],
        tile: Tile,
        bias: &[f32],
        valid: usize,
        out: &mut StretchMut<'_>,
    ) {
        match self {
            Self::Fourier => kernel.put(planes, tile, bias, out),
            Self::Toom => kernel.interpolate(planes, tile, bias, valid, out),
        }
    }

    /// A kernel's weights of `[outputs, inputs, taps]`, for each plane a matrix of `[inputs, outputs]`.
    pub(crate) fn weights(self, kernel: Kernel, shape: ConvShape, weights: &[f32]) -> Vec<[f32; PANEL]> {
        match self {
            Self::Fourier => spectra(kernel, shape, weights),
            Self::Toom => values(shape, weights),
        }
    }
}

/// The weights' values at the points.
fn values(shape: ConvShape, weights: &[f32]) -> Vec<[f32; PANEL]> {
    let ConvShape { inputs, outputs, taps, .. } = shape;
    let values: Vec<_> = weights.chunks_exact(taps).map(evaluated).collect();
    let weight = |number: usize, input: usize, output: usize| {
        if input < inputs { values[output * inputs + input][number] } else { 0.0 }
    };
    let matrix = |number| Matrix::new(padded(inputs), outputs, |input, output| weight(number, input, output));
    (0..SHORT).flat_map(|number| matrix(number).values).collect()
}

/// The weights' spectra, conjugated (a network's convolution does not turn its kernel round) and divided by what the
/// transforms there and back multiply by.
fn spectra(kernel: Kernel, shape: ConvShape, weights: &[f32]) -> Vec<[f32; PANEL]> {
    let ConvShape { inputs, outputs, taps, .. } = shape;
    let width = padded(inputs);
    let stride = width * outputs;
    let mut spectra = vec![0.0; PLANES * stride];
    let mut rows = vec![0.0; width * taps];
    for (row, weights) in weights.chunks_exact(inputs * taps).enumerate() {
        for (tap, values) in rows.chunks_exact_mut(width).enumerate() {
            for (input, value) in values.iter_mut().enumerate().take(inputs) {
                *value = weights[input * taps + tap] / POINTS as f32;
            }
        }
        let stretch = Stretch { values: &rows, width, first: 0, step: 1 };
        kernel.analyse(stretch, 1.0, Tile { row, width, stride }, &mut spectra);
    }
    let value = |number: usize, input: usize, output: usize| spectra[number * stride + output * width + input];
    let weight = |number: usize, input: usize, output: usize| {
        let Some(within) = number.checked_sub(plane(1)) else { return value(number, input, output) };
        let first = number - within % 3;
        match within % 3 {
            0 => value(first + 1, input, output),
            1 => -value(first, input, output),
            _ => value(first + 1, input, output) - value(first + 2, input, output),
        }
    };
    let matrix = |number: usize| Matrix::new(width, outputs, |input, output| weight(number, input, output));
    debug_assert_eq!(plane(BINS - 1), PLANES);
    (0..PLANES).flat_map(|number| matrix(number).values).collect()
}
