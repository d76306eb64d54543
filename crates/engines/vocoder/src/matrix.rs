//! Weights, laid out for multiplication.

use crate::frames::padded;

/// Outputs that are computed at once: two vectors.
pub(crate) const PANEL: usize = 16;

/// A matrix of `[inputs, outputs]`, cut into panels of sixteen outputs; the last one is filled up with zeros.
#[derive(Clone, Debug)]
pub(crate) struct Matrix {
    pub(crate) inputs: usize,
    /// Whole panels' worth.
    pub(crate) outputs: usize,
    pub(crate) values: Vec<[f32; PANEL]>,
}

impl Matrix {
    /// A kernel's weights of `[outputs, inputs, taps]`, as ONNX has them, for rows of `taps` frames one after the other.
    /// `None` when the numbers do not fit.
    pub(crate) fn of_taps([outputs, inputs, taps]: [usize; 3], weights: &[f32]) -> Option<Self> {
        if weights.is_empty() || weights.len() != inputs * outputs * taps {
            return None;
        }
        let width = padded(inputs);
        Some(Self::new(width * taps, outputs, |row, output| {
            let (tap, input) = (row / width, row % width);
            if input < inputs { weights[(output * inputs + input) * taps + tap] } else { 0.0 }
        }))
    }

    /// `bias`, one number for each of `outputs` or none at all, as wide as a product. `None` when they do not fit.
    pub(crate) fn bias(&self, outputs: usize, bias: &[f32]) -> Option<Vec<f32>> {
        let mut padded = (bias.is_empty() || bias.len() == outputs).then(|| bias.to_vec())?;
        padded.resize(self.outputs, 0.0);
        Some(padded)
    }

    /// From `value(input, output)`.
    pub(crate) fn new(inputs: usize, outputs: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let panels = outputs.div_ceil(PANEL);
        let row = |panel: usize, input: usize| {
            std::array::from_fn(|n| {
                let output = panel * PANEL + n;
                if output < outputs { value(input, output) } else { 0.0 }
            })
        };
        let values = (0..panels).flat_map(|panel| (0..inputs).map(move |input| (panel, input)));
        Self { inputs, outputs: panels * PANEL, values: values.map(|(p, i)| row(p, i)).collect() }
    }
}
