//! Weights, laid out for multiplication.

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
