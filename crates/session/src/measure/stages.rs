//! Where the time went.

use serde::Serialize;

/// A part of the time between the candidate's last sound and our first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The silence that was needed to call the turn over, from the last voiced frame on.
    Pause,
    /// The words were not there yet when the silence was long enough.
    Recognition,
    /// From "the turn is over" to the first frame of our voice: the log, the conductor, synthesis.
    Voice,
    /// Silence at the beginning of our line.
    LeadIn,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Pause, Self::Recognition, Self::Voice, Self::LeadIn];

    /// As it stands in files and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Recognition => "recognition",
            Self::Voice => "voice",
            Self::LeadIn => "lead_in",
        }
    }
}

/// What each [`Stage`] took, milliseconds; together the voice-to-voice delay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stages {
    /// [`Stage::Pause`].
    pub pause_ms: u64,
    /// [`Stage::Recognition`].
    pub recognition_ms: u64,
    /// [`Stage::Voice`].
    pub voice_ms: u64,
    /// [`Stage::LeadIn`].
    pub lead_in_ms: u64,
}

impl Stages {
    /// Between these times, which are put in order where they are not (two clocks of 10 ms and of 1 ms meet here): the
    /// candidate's last sound, the silence long enough, the turn over, the line's first frame, its first sound.
    pub(super) fn between(times_ms: [u64; 5]) -> Self {
        let [begin, enough, over, line, onset] = times_ms;
        let enough = enough.clamp(begin, onset.max(begin));
        let over = over.clamp(enough, onset.max(enough));
        let line = line.clamp(over, onset.max(over));
        Self {
            pause_ms: enough - begin,
            recognition_ms: over - enough,
            voice_ms: line - over,
            lead_in_ms: onset.saturating_sub(line),
        }
    }

    /// What `stage` took, milliseconds.
    pub fn of(&self, stage: Stage) -> u64 {
        match stage {
            Stage::Pause => self.pause_ms,
            Stage::Recognition => self.recognition_ms,
            Stage::Voice => self.voice_ms,
            Stage::LeadIn => self.lead_in_ms,
        }
    }

    /// The stage that took most.
    pub fn slowest(&self) -> Stage {
        Stage::ALL.into_iter().max_by_key(|stage| (self.of(*stage), std::cmp::Reverse(*stage))).unwrap_or(Stage::Pause)
    }
}

/// A part of the time between the candidate's first sound over ours and our last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopStage {
    /// Until voice activity was sure of a voice.
    Noticing,
    /// Until it counted as an interruption.
    Deciding,
    /// Until our sound had ended.
    Stopping,
}

/// What each [`StopStage`] took, milliseconds; together the stop time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StopStages {
    /// [`StopStage::Noticing`].
    pub noticing_ms: u64,
    /// [`StopStage::Deciding`].
    pub deciding_ms: u64,
    /// [`StopStage::Stopping`].
    pub stopping_ms: u64,
}

impl StopStages {
    /// Between these times: the candidate's first sound, a voice noticed, the decision, our last sound.
    pub(super) fn between(times_ms: [u64; 4]) -> Self {
        let [begin, noticed, decided, end] = times_ms;
        let noticed = noticed.clamp(begin, end.max(begin));
        let decided = decided.clamp(noticed, end.max(noticed));
        Self { noticing_ms: noticed - begin, deciding_ms: decided - noticed, stopping_ms: end.saturating_sub(decided) }
    }

    /// The stage that took most.
    pub fn slowest(&self) -> StopStage {
        let Self { noticing_ms, deciding_ms, stopping_ms } = *self;
        match noticing_ms.max(deciding_ms).max(stopping_ms) {
            most if most == noticing_ms => StopStage::Noticing,
            most if most == deciding_ms => StopStage::Deciding,
            _ => StopStage::Stopping,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stages_add_up_and_the_slowest_is_named() {
        let stages = Stages::between([1000, 1550, 1900, 1910, 1990]);
        assert_eq!((stages.pause_ms, stages.recognition_ms, stages.voice_ms, stages.lead_in_ms), (550, 350, 10, 80));
        assert_eq!((stages.slowest(), Stages::default().slowest()), (Stage::Pause, Stage::Pause));
        // the line's clock says a little later than its sound
        let sum = |s: Stages| Stage::ALL.iter().map(|stage| s.of(*stage)).sum::<u64>();
        assert_eq!((sum(stages), sum(Stages::between([1000, 1550, 1900, 1999, 1990]))), (990, 990));
        let stop = StopStages::between([100, 196, 500, 520]);
        assert_eq!((stop.noticing_ms, stop.deciding_ms, stop.stopping_ms), (96, 304, 20));
        assert_eq!(stop.slowest(), StopStage::Deciding);
    }
}
