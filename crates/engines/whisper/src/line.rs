//! Who waits for the engine, as metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use metrics::{counter, gauge, histogram};
use speech::Urgency;

/// The requests that wait for one engine.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<AtomicUsize>);

/// A request's place in the line; dropping it (refused, say) leaves the line too.
pub(crate) struct Place {
    waiting: Arc<AtomicUsize>,
    since: Instant,
}

impl Line {
    pub(crate) fn join(&self) -> Place {
        let waiting = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        gauge!("interviewer_recognition_waiting").set(waiting as f64);
        Place { waiting: self.0.clone(), since: Instant::now() }
    }
}

impl Place {
    /// The request's turn has come; how many others wait.
    pub(crate) fn leave(self, urgency: Urgency) -> usize {
        histogram!("interviewer_recognition_wait_seconds").record(self.since.elapsed());
        if matches!(urgency, Urgency::By(deadline) if deadline < Instant::now()) {
            counter!("interviewer_recognition_begun_late_total").increment(1);
        }
        self.waiting.load(Ordering::Relaxed).saturating_sub(1)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let waiting = self.waiting.fetch_sub(1, Ordering::Relaxed) - 1;
        gauge!("interviewer_recognition_waiting").set(waiting as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_grows_and_shrinks() {
        let line = Line::default();
        let (first, second) = (line.join(), line.join());
        assert_eq!(first.leave(Urgency::Unhurried), 1);
        drop(line.join());
        assert_eq!(second.leave(Urgency::Glimpse), 0);
        assert_eq!(line.0.load(Ordering::Relaxed), 0);
    }
}
