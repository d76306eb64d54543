//! A log, played again: the same happenings must give the same decisions.

use std::sync::Arc;

use interview::Plan;

use crate::core::{Core, Timed};
use crate::event::Record;

/// What a replay found.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// Happenings fed.
    pub happened: usize,
    /// Decisions that were the same.
    pub same: usize,
    /// Decisions that were not, in order; at most the first ten.
    pub differences: Vec<Difference>,
}

/// A decision that is not the one in the log.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Place among the log's decisions.
    pub index: usize,
    /// What the log says, with its time in milliseconds.
    pub logged: Option<Timed>,
    /// What was decided now.
    pub replayed: Option<Timed>,
}

/// Plays the log of an interview by `plan` again.
pub fn replay(plan: Arc<Plan>, records: &[Record]) -> Replayed {
    let logged: Vec<Timed> =
        records.iter().filter(|r| r.event.is_decision()).map(|r| (r.at_ms, r.event.clone())).collect();
    let (happened, decided) = decide_again(plan, records);
    let mut replayed = Replayed { happened, ..Replayed::default() };
    for index in 0..logged.len().max(decided.len()) {
        let (old, new) = (logged.get(index), decided.get(index));
        if old == new {
            replayed.same += 1;
        } else if replayed.differences.len() < 10 {
            replayed.differences.push(Difference { index, logged: old.cloned(), replayed: new.cloned() });
        }
    }
    replayed
}

/// Everything that happened, fed to a new core; how much it was, and what was decided.
fn decide_again(plan: Arc<Plan>, records: &[Record]) -> (usize, Vec<Timed>) {
    let mut core = Core::new(plan, turn::Profile::default());
    let happened = records.iter().filter(|r| !r.event.is_decision()).count();
    let mut decided = core.relive(records);
    decided.retain(|(_, event)| event.is_kept());
    (happened, decided)
}
