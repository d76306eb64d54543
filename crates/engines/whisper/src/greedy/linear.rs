//! A layer of weights in 8 bits.

use super::kernel::Kernel;
use super::tensors::Tensor;

/// The largest weight in 8 bits, and the largest input in 16: the sum of a row of 4096 products still fits 32 bits.
const LARGEST_WEIGHT: f32 = 127.0;
const LARGEST_INPUT: i32 = 4095;

/// Weights, a scale for each row of them, and what is added to its products.
pub(crate) struct Linear {
    weights: Vec<i8>,
    scales: Vec<f32>,
    bias: Vec<f32>,
    width: usize,
}

/// Inputs in whole numbers, and what one of them stands for in each row.
pub(crate) struct Inputs {
    numbers: Vec<i16>,
    units: Vec<f32>,
}

impl Linear {
    /// Rounds `weights` row by row; without a `bias` nothing is added.
    pub(crate) fn new(weights: &Tensor, bias: Option<Tensor>) -> Self {
        let width = weights.width();
        let largest = |row: &[f32]| row.iter().fold(0f32, |largest, weight| largest.max(weight.abs()));
        let rows = weights.values.chunks_exact(width);
        let scales: Vec<f32> = rows.clone().map(|row| largest(row).max(f32::MIN_POSITIVE) / LARGEST_WEIGHT).collect();
        let rounded =
            |(row, scale): (&[f32], f32)| row.iter().map(move |w| (w / scale).round() as i8).collect::<Vec<_>>();
        let weights = rows.zip(scales.iter().copied()).flat_map(rounded).collect();
        let bias = bias.map_or_else(|| vec![0.0; scales.len()], |bias| bias.values);
        Self { weights, scales, bias, width }
    }

    /// Numbers that it gives for an input.
    pub(crate) fn rows(&self) -> usize {
        self.scales.len()
    }

    /// The inputs of `values`, rows of its width.
    pub(crate) fn inputs(&self, kernel: Kernel, values: &[f32]) -> Inputs {
        let most = LARGEST_INPUT.min(i32::MAX / (LARGEST_WEIGHT as i32 * self.width as i32)) as f32;
        let mut inputs = Inputs { numbers: vec![0; values.len()], units: Vec::new() };
        for (row, numbers) in values.chunks_exact(self.width).zip(inputs.numbers.chunks_exact_mut(self.width)) {
            let largest = row.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
            kernel.round(row, most / largest, numbers);
            inputs.units.push(largest / most);
        }
        inputs
    }

    /// Its products with each row of `values`.
    pub(crate) fn apply(&self, kernel: Kernel, values: &[f32]) -> Vec<f32> {
        self.apply_to(kernel, &self.inputs(kernel, values), self.rows())
    }

    /// Its first `rows` products with each of `inputs`.
    pub(crate) fn apply_to(&self, kernel: Kernel, inputs: &Inputs, rows: usize) -> Vec<f32> {
        let mut products = vec![0; inputs.units.len() * rows];
        kernel.multiply(&self.weights[..rows * self.width], &inputs.numbers, self.width, &mut products);
        let mut scaled = vec![0.0; products.len()];
        let each = products.chunks_exact(rows).zip(&inputs.units).zip(scaled.chunks_exact_mut(rows));
        each.for_each(|((products, unit), out)| kernel.scale(products, *unit, &self.scales, &self.bias, out));
        scaled
    }

    /// The weights of a row as they were, nearly.
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = f32> {
        let scale = self.scales[row];
        self.weights[row * self.width..(row + 1) * self.width].iter().map(move |weight| f32::from(*weight) * scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_nearly_those_of_floats() {
        let weights: Vec<f32> = (0..64).map(|n| ((n * 37 % 101) as f32 - 50.0) / 70.0).collect();
        let input: Vec<f32> = (0..32).map(|n| ((n * 53 % 89) as f32 - 44.0) / 9.0).collect();
        let tensor = |values: Vec<f32>, shape: &[usize]| Tensor { values, shape: shape.to_vec() };
        let linear = Linear::new(&tensor(weights.clone(), &[2, 32]), Some(tensor(vec![1.0, -1.0], &[2])));
        let products = linear.apply(Kernel::best(), &input);
        for (row, bias) in [1.0, -1.0].into_iter().enumerate() {
            let exact = weights[row * 32..].iter().zip(&input).map(|(a, b)| a * b).sum::<f32>() + bias;
            assert!((products[row] - exact).abs() < 0.05 * exact.abs().max(1.0), "{} is not {exact}", products[row]);
        }
    }
}
