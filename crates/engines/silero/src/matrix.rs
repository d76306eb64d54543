//! A matrix of weights, laid out so that sixteen outputs are computed side by side.

/// Outputs side by side: two vectors of eight.
pub(crate) const PANEL: usize = 16;

/// Weights `[outputs / 16][columns][16]` and a bias for each output.
pub(crate) struct Matrix {
    columns: usize,
    panels: Vec<[f32; PANEL]>,
    bias: Vec<[f32; PANEL]>,
}

impl Matrix {
    /// `weight(output, column)` for as many outputs as `bias` has, a multiple of 16.
    pub(crate) fn new(columns: usize, bias: Vec<f32>, weight: impl Fn(usize, usize) -> f32) -> Self {
        debug_assert_eq!(bias.len() % PANEL, 0);
        let bias = bias.as_chunks().0.to_vec();
        let panel = |panel: usize| {
            let weight = &weight;
            (0..columns).map(move |column| std::array::from_fn(|lane| weight(panel * PANEL + lane, column)))
        };
        let panels = (0..bias.len()).flat_map(panel).collect();
        Self { columns, panels, bias }
    }

    /// For each sixteen outputs, the weights of the columns from `first` on, and the biases.
    pub(crate) fn panels(&self, first: usize) -> impl Iterator<Item = (&[[f32; PANEL]], &[f32; PANEL])> {
        self.panels.chunks_exact(self.columns).map(move |panel| &panel[first..]).zip(&self.bias)
    }
}

/// Rows of numbers inside a buffer: row `r` starts at `r * stride`.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) count: usize,
}

/// Where rows of results go: row `r` starts at `r * stride`.
pub(crate) struct RowsMut<'a> {
    pub(crate) values: &'a mut [f32],
    pub(crate) stride: usize,
}
