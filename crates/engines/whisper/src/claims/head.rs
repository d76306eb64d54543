//! The network on top of the encoder, fitted by `bench/turn/claims.py`: planes of each position, several ways to sum them up
//! over the voice, a hidden layer.
//!
//! The ways are the mean, the largest, the mean of the last positions, and means by attention, which are after what tells
//! most (attention pooling as in the multi-head attentive statistics of speaker recognition: India, Safari, Hernando 2019).

use super::WIDTH;

/// Numbers that a position is brought down to.
const PLANES: usize = 96;
/// Means by attention.
const QUERIES: usize = 8;
const POOLED: usize = (3 + QUERIES) * PLANES;
const UNITS: usize = 128;
/// Positions (of 20 ms) that are the last ones.
const LAST: usize = 3;
/// Longer voices are judged as those of so many milliseconds.
const LONGEST_MS: f32 = 500.0;
const TYPICAL_MS: f32 = 250.0;

type Planes = [f32; PLANES];

pub(super) struct Head {
    planes: Layer<PLANES>,
    /// Of each plane to each query.
    queries: Layer<QUERIES>,
    units: Layer<UNITS>,
    /// Of the voice's length to each unit.
    length: [f32; UNITS],
    output: [f32; UNITS],
    output_length: f32,
    output_bias: f32,
}

/// Weights from each input to `N` outputs.
struct Layer<const N: usize> {
    weights: Vec<[f32; N]>,
    bias: [f32; N],
}

impl<const N: usize> Layer<N> {
    fn of(inputs: usize, mut next: impl FnMut() -> f32) -> Self {
        let weights = (0..inputs).map(|_| std::array::from_fn(|_| next())).collect();
        Self { weights, bias: std::array::from_fn(|_| next()) }
    }

    fn apply(&self, inputs: &[f32]) -> [f32; N] {
        let mut outputs = self.bias;
        self.weights.iter().zip(inputs).for_each(|(weights, input)| add(&mut outputs, weights, *input));
        outputs
    }
}

impl Head {
    /// The weights as they were fitted, in the order of the fields: bfloat16, the upper halves of floats.
    pub(super) fn fitted() -> Self {
        let bytes = include_bytes!("weights.bf16");
        let mut numbers = bytes.as_chunks::<2>().0.iter().map(|bytes| widened(*bytes));
        let mut next = || numbers.next().unwrap_or_default();
        Self {
            planes: Layer::of(WIDTH, &mut next),
            queries: Layer::of(PLANES, &mut next),
            units: Layer::of(POOLED, &mut next),
            length: std::array::from_fn(|_| next()),
            output: std::array::from_fn(|_| next()),
            output_length: next(),
            output_bias: next(),
        }
    }

    /// The probability of a claim by a voice that has gone on for `voice_ms`, by the encoder's `positions` of it, of which
    /// there is at least one.
    pub(super) fn probability(&self, positions: &[f32], voice_ms: f32) -> f32 {
        let length = (voice_ms.min(LONGEST_MS) - TYPICAL_MS) / TYPICAL_MS;
        let planes: Vec<Planes> = positions.chunks_exact(WIDTH).map(|row| self.planes.apply(row).map(gelu)).collect();
        let mut units = self.units.apply(&self.pooled(&planes));
        add(&mut units, &self.length, length);
        let odds = units.iter().zip(&self.output).map(|(unit, weight)| unit.tanh() * weight).sum::<f32>();
        1.0 / (1.0 + (-(odds + self.output_length * length + self.output_bias)).exp())
    }

    /// All positions summed up in each way, one after the other.
    fn pooled(&self, planes: &[Planes]) -> Vec<f32> {
        let alike = |count: usize| vec![1.0 / count as f32; count];
        let last = &planes[planes.len().saturating_sub(LAST)..];
        let largest = planes.iter().fold([f32::NEG_INFINITY; PLANES], larger);
        let mut pooled = vec![mean(planes, &alike(planes.len())), largest, mean(last, &alike(last.len()))];
        let asked: Vec<[f32; QUERIES]> = planes.iter().map(|planes| self.queries.apply(planes)).collect();
        let attended = |query: usize| mean(planes, &shares(asked.iter().map(|asked| asked[query])));
        pooled.extend((0..QUERIES).map(attended));
        pooled.concat()
    }
}

fn mean(planes: &[Planes], shares: &[f32]) -> Planes {
    let mut mean = [0.0; PLANES];
    planes.iter().zip(shares).for_each(|(planes, share)| add(&mut mean, planes, *share));
    mean
}

fn larger(mut largest: Planes, planes: &Planes) -> Planes {
    largest.iter_mut().zip(planes).for_each(|(largest, value)| *largest = largest.max(*value));
    largest
}

/// The softmax of `values`.
fn shares(values: impl Iterator<Item = f32> + Clone) -> Vec<f32> {
    let largest = values.clone().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = values.clone().map(|value| (value - largest).exp()).sum();
    values.map(|value| (value - largest).exp() / sum).collect()
}

/// Gaussian error linear unit, by its usual approximation.
fn gelu(value: f32) -> f32 {
    let inner = (2.0 / std::f32::consts::PI).sqrt() * (value + 0.044_715 * value.powi(3));
    0.5 * value * (1.0 + inner.tanh())
}

/// The upper half of a float.
fn widened(bytes: [u8; 2]) -> f32 {
    f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16)
}

fn add<const N: usize>(sums: &mut [f32; N], weights: &[f32; N], value: f32) {
    sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_all_there() {
        let layers = (WIDTH + 1) * PLANES + (PLANES + 1) * QUERIES + (POOLED + 1) * UNITS;
        assert_eq!(include_bytes!("weights.bf16").len(), 2 * (layers + 2 * UNITS + 2));
    }

    #[test]
    fn attention_is_a_mean_towards_what_is_asked_for() {
        let planes = [[0.0; PLANES], [1.0; PLANES], [1.0; PLANES]];
        assert!((mean(&planes, &shares([0.0, 5.0, 5.0].into_iter()))[0] - 0.996_6).abs() < 1e-3);
        assert!((mean(&planes, &shares([0.0; 3].into_iter()))[0] - 2.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn however_short_a_voice_is_it_has_a_probability() {
        let head = Head::fitted();
        for positions in 1..5 {
            let probability = head.probability(&vec![0.1; positions * WIDTH], 20.0 * positions as f32);
            assert!((0.0..=1.0).contains(&probability), "{probability}");
        }
    }
}
