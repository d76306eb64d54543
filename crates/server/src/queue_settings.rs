//! Settings of work that may be done elsewhere.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// Where work is done, and how it gets there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueSettings {
    /// The Redis server.
    pub url: String,
    /// Recognition: `here` or `workers`.
    pub recognition: String,
    /// The voice: `here` or `workers`.
    pub voice: String,
    /// Interviews' files: `here` or `workers`.
    pub reports: String,
    /// Load the local engine too, for when workers are slow or gone.
    pub fallback: bool,
    /// The queue of recognition.
    pub stt_queue: String,
    /// The queue of the voice.
    pub tts_queue: String,
    /// The queue of interviews' files.
    pub reports_queue: String,
    /// How long results are kept, seconds.
    pub results_s: u64,
    /// How long a task may be held without a sign of life, seconds.
    pub visibility_s: u64,
    /// How long after its last sign of life a worker of ours counts as dead, seconds.
    pub lease_s: u64,
    /// Bound of the spoken lines that all share, megabytes; 0 shares none.
    pub shared_lines_mb: u64,
}

impl QueueSettings {
    /// Whether `choice`, one of `recognition`, `voice` and `reports`, is done by workers.
    pub fn by_workers(choice: &str) -> bool {
        choice == "workers"
    }

    /// Whether anything is done by workers.
    pub fn is_used(&self) -> bool {
        [&self.recognition, &self.voice, &self.reports].iter().any(|choice| Self::by_workers(choice))
    }

    /// # Errors
    /// A value that cannot be, by its name.
    pub(crate) fn check(&self) -> Result<()> {
        for (name, choice) in [("recognition", &self.recognition), ("voice", &self.voice), ("reports", &self.reports)] {
            if !["here", "workers"].contains(&choice.as_str()) {
                bail!("queue.{name} is \"{choice}\"; it must be here or workers");
            }
        }
        for (name, queue) in
            [("stt_queue", &self.stt_queue), ("tts_queue", &self.tts_queue), ("reports_queue", &self.reports_queue)]
        {
            if queue.trim().is_empty() {
                bail!("queue.{name} is empty; name a queue");
            }
        }
        let times = [("results_s", self.results_s), ("visibility_s", self.visibility_s), ("lease_s", self.lease_s)];
        for (name, seconds) in times {
            if seconds == 0 {
                bail!("queue.{name} is 0; it must be 1 or more");
            }
        }
        Ok(())
    }
}
