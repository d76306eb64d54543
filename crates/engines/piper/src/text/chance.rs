//! Numbers by chance, so that no line is ever spoken twice in the same way.

use std::hash::{BuildHasher, RandomState};

/// Numbers of the normal distribution (Box and Muller, 1958), by Marsaglia's xorshift (2003).
pub(super) struct Chance {
    state: u64,
    /// They come in pairs.
    spare: Option<f32>,
}

impl Default for Chance {
    /// Other numbers each time.
    fn default() -> Self {
        Self { state: RandomState::new().hash_one("voice") | 1, spare: None }
    }
}

impl Chance {
    /// The next, with mean 0 and variance 1.
    pub(super) fn normal(&mut self) -> f32 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.share().ln()).sqrt();
        let (sine, cosine) = (std::f32::consts::TAU * self.share()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// Above 0, up to 1.
    fn share(&mut self) -> f32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        ((self.state >> 40) + 1) as f32 / (1 << 24) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_normal() {
        let mut chance = Chance::default();
        let numbers: Vec<f64> = (0..100_000).map(|_| f64::from(chance.normal())).collect();
        let mean = |power: i32| numbers.iter().map(|x| x.powi(power)).sum::<f64>() / numbers.len() as f64;
        let (first, second, fourth) = (mean(1), mean(2), mean(4));
        assert!(first.abs() < 0.03 && (second - 1.0).abs() < 0.05 && (fourth - 3.0).abs() < 0.5);
    }
}
