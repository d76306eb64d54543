//! Layer normalisation.

use std::io;

use super::tensors::Tensors;

const EPSILON: f32 = 1e-5;

/// Its weights.
pub(super) struct Norm {
    gain: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    /// The one called `name`.
    ///
    /// # Errors
    /// When a tensor is missing.
    pub(super) fn take(tensors: &mut Tensors, name: &str) -> io::Result<Self> {
        let mut values = |part: &str| Ok::<_, io::Error>(tensors.take(&format!("{name}/{part}"))?.values);
        Ok(Self { gain: values("gamma")?, shift: values("beta")? })
    }

    pub(super) fn width(&self) -> usize {
        self.gain.len()
    }

    /// Each of `rows` with mean 0 and variance 1, times the gain, plus the shift.
    pub(super) fn apply(&self, rows: &[f32]) -> Vec<f32> {
        let mut applied = Vec::with_capacity(rows.len());
        rows.chunks_exact(self.width()).for_each(|row| applied.extend(self.row(row)));
        applied
    }

    fn row<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        let count = row.len() as f32;
        let mean = row.iter().sum::<f32>() / count;
        let variance = row.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
        let unit = 1.0 / (variance + EPSILON).sqrt();
        let terms = row.iter().zip(&self.gain).zip(&self.shift);
        terms.map(move |((value, gain), shift)| (value - mean) * unit * gain + shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_normalised_one_by_one() {
        let norm = Norm { gain: vec![1.0, 2.0], shift: vec![0.0, 5.0] };
        let rows = norm.apply(&[3.0, 1.0, 0.0, 100.0]);
        let expected = [1.0, 3.0, -1.0, 7.0];
        assert!(rows.iter().zip(expected).all(|(value, expected)| (value - expected).abs() < 1e-3), "{rows:?}");
    }
}
