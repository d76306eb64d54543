//! The network on top of the encoder: one hidden layer, fitted by `bench/turn/claims.py`.

use super::FEATURES;

const UNITS: usize = 256;
/// Longer voices are judged as those of so many milliseconds.
const LONGEST_MS: f32 = 500.0;
const TYPICAL_MS: f32 = 250.0;

pub(super) struct Head {
    /// Of each feature to each unit.
    input: Vec<[f32; UNITS]>,
    /// Of the voice's length.
    length: [f32; UNITS],
    bias: [f32; UNITS],
    output: [f32; UNITS],
    output_length: f32,
    output_bias: f32,
}

impl Head {
    /// The weights as they were fitted, in the order of the fields: bfloat16, the upper halves of floats.
    pub(super) fn fitted() -> Self {
        let bytes = include_bytes!("weights.bf16");
        let mut numbers = bytes.as_chunks::<2>().0.iter().map(|bytes| widened(*bytes));
        let mut next = || numbers.next().unwrap_or_default();
        let input = (0..FEATURES).map(|_| std::array::from_fn(|_| next())).collect();
        let [length, bias, output] = [(); 3].map(|()| std::array::from_fn(|_| next()));
        Self { input, length, bias, output, output_length: next(), output_bias: next() }
    }

    /// The probability of a claim by a voice that has gone on for `voice_ms`.
    pub(super) fn probability(&self, features: &[f32], voice_ms: f32) -> f32 {
        let length = (voice_ms.min(LONGEST_MS) - TYPICAL_MS) / TYPICAL_MS;
        let mut units = self.bias;
        add(&mut units, &self.length, length);
        for (weights, value) in self.input.iter().zip(features) {
            add(&mut units, weights, *value);
        }
        let odds = units.iter().zip(&self.output).map(|(unit, weight)| unit.tanh() * weight).sum::<f32>();
        1.0 / (1.0 + (-(odds + self.output_length * length + self.output_bias)).exp())
    }
}

/// The upper half of a float.
fn widened(bytes: [u8; 2]) -> f32 {
    f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16)
}

fn add(units: &mut [f32; UNITS], weights: &[f32; UNITS], value: f32) {
    units.iter_mut().zip(weights).for_each(|(unit, weight)| *unit += weight * value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_all_there() {
        assert_eq!(include_bytes!("weights.bf16").len(), 2 * (UNITS * (FEATURES + 3) + 2));
    }
}
