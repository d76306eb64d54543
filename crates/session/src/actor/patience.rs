//! The candidate's patience with our engines: who waits for some seconds is told that we are still there.

use std::time::Duration;

use metrics::counter;
use tokio::time::Instant;

use super::live::Live;
use crate::engines::LogError;
use crate::event::Event;
use crate::link::{Activity, ToClient};

/// An engine that takes longer keeps the candidate waiting.
const SLOW_AFTER: Duration = Duration::from_secs(3);

/// What we wait for, beside the words that are being recognised.
#[derive(Default)]
pub(super) struct Patience {
    /// A line without any sound yet, and since when.
    silent_line: Option<(u32, Instant)>,
    /// The candidate knows.
    told: bool,
}

impl Patience {
    /// A line is to be spoken.
    pub(super) fn ordered(&mut self, line: u32) {
        self.silent_line = Some((line, Instant::now()));
    }

    /// It is heard, or over.
    pub(super) fn heard(&mut self, line: u32) {
        self.silent_line = self.silent_line.filter(|(silent, _)| *silent != line);
    }
}

impl Live {
    /// When the candidate has waited for so long that they should be told.
    pub(super) fn slow_at(&self) -> Option<Instant> {
        let words = self.jobs.running_since().filter(|_| !self.core.candidate_is_talking());
        let since = words.into_iter().chain(self.patience.silent_line.map(|(_, since)| since)).min()?;
        (!self.patience.told).then_some(since + SLOW_AFTER)
    }

    /// Says so: on the screen, and aloud where nothing is being said.
    pub(super) async fn on_slow(&mut self) -> Result<(), LogError> {
        self.patience.told = true;
        counter!("interviewer_engine_slow_total").increment(1);
        self.happen(Event::EngineSlow).await
    }

    /// An engine has answered. Where the turn goes on nevertheless, the candidate is told that we listen again.
    pub(super) async fn on_answer(&mut self) {
        let waits = self.jobs.are_running() || self.patience.silent_line.is_some();
        if waits || !std::mem::take(&mut self.patience.told) || !self.core.candidate_is_in_turn() {
            return;
        }
        self.tell(ToClient::State { phase: self.core.phase(), activity: Activity::Listening }).await;
    }
}
