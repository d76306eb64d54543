//! While no sound arrives, it is not known whether the candidate is silent: a network that breaks off in the middle of an
//! answer must not end it. The clocks of silence stand still until sound arrives again.

use super::{Decision, Floor, TurnTaker};

impl TurnTaker {
    pub(super) fn on_unreached(&mut self) -> Vec<Decision> {
        self.unreached = true;
        Vec::new()
    }

    /// Of `lost_ms` nobody will know whether there was silence in them: they are no part of any. What is late, and not
    /// lost, has been heard by now.
    pub(super) fn on_reached(&mut self, lost_ms: u64, now_ms: u64) -> Vec<Decision> {
        self.unreached = false;
        match &mut self.floor {
            Floor::Pausing { pause, .. } => pause.unknown_ms += lost_ms,
            Floor::Waiting { since_ms, .. } => *since_ms = (*since_ms + lost_ms).min(now_ms),
            _ => {}
        }
        Vec::new()
    }

    /// Whether something waits for a silence to last of which nobody knows whether it is one. A button is no silence.
    pub(super) fn is_silence_unknown(&self, floor: &Floor) -> bool {
        self.unreached
            && match floor {
                Floor::Waiting { .. } => true,
                Floor::Pausing { pause, .. } => !pause.done,
                _ => false,
            }
    }
}
