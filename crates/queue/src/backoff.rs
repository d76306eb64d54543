//! How long to wait before trying again.

use std::time::Duration;

/// Doubling waits with jitter: of each wait the upper half is random, so that those who failed together do not come
/// back together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The first wait.
    pub first: Duration,
    /// No wait is longer.
    pub most: Duration,
}

impl Backoff {
    /// The wait before the try after `failures` of them; `dice` is uniform in 0..1.
    pub fn wait(&self, failures: u32, dice: f64) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX));
        doubled.min(self.most).mul_f64(0.5 + 0.5 * dice.clamp(0.0, 1.0))
    }

    /// The wait before the try after `failures` of them.
    pub fn random_wait(&self, failures: u32) -> Duration {
        self.wait(failures, dice())
    }
}

/// Uniform in 0..1, good enough for jitter.
fn dice() -> f64 {
    let random = uuid::Uuid::new_v4().as_u128() as u64;
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_are_jittered_downwards() {
        let backoff = Backoff { first: Duration::from_millis(100), most: Duration::from_secs(2) };
        let waits: Vec<_> = (0..6).map(|failures| backoff.wait(failures, 1.0).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 2000]);
        assert_eq!(backoff.wait(1, 0.0).as_millis(), 100);
        assert_eq!(backoff.wait(99, 1.0).as_millis(), 2000);
        let waits: Vec<_> = (0..50).map(|_| backoff.random_wait(3)).collect();
        assert!(waits.iter().all(|w| (400..=800).contains(&w.as_millis())) && waits.iter().any(|w| *w != waits[0]));
    }
}
