//! The session's clock: milliseconds of the interview, standing still while nobody is connected.

use tokio::time::{Duration, Instant};

/// Counts from where the interview was when the candidate connected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    base_ms: u64,
    started: Instant,
}

impl Clock {
    pub(crate) fn starting_at(base_ms: u64) -> Self {
        Self { base_ms, started: Instant::now() }
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.base_ms + self.started.elapsed().as_millis() as u64
    }

    /// The instant at which the clock will show `at_ms`; at once for times that have passed.
    pub(crate) fn instant(&self, at_ms: u64) -> Instant {
        self.started + Duration::from_millis(at_ms.saturating_sub(self.base_ms))
    }
}
