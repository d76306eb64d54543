//! The candidate's voice over ours: we grow soft at once, and stop when it wants the floor.
//!
//! A voice wants the floor when it sounds so ([`Decision::Overhear`]), when its words say more than "mm-hm" (they are
//! looked at when it pauses, and before where its sound leaves it open), or when it goes on for long. Otherwise it was a
//! cough, a listener's noise or an echo, and we go on.

use super::floor::{LOOKED_AT_AFTER_MS, Look};
use super::{Decision, Floor, LEAD_IN_MS, Overlap, OverlapGlimpse, TAIL_MS, TurnTaker};
use crate::Said;

/// From which probability on a voice claims the floor ...
const CLAIMS: f32 = 0.5;
/// ... and from which on one does that has gone on for so long, milliseconds: most listeners would be done.
const CLAIMS_LATE: f32 = 0.2;
const LATE_MS: u64 = 480;
/// Below which it is a listener's.
const LISTENS: f32 = 0.05;
/// Its sound is judged so often, milliseconds ...
const LOOKS_EVERY_MS: u64 = 32;
/// ... until it has gone on for so long: by then its words tell more. Milliseconds.
const LOOKS_UNTIL_MS: u64 = 600;

/// Words that have not come so long after the voice over ours paused change nothing any more. Milliseconds.
pub(super) const DECIDED_WITHIN_MS: u64 = 2500;
/// A listener's voice may go on for so much longer before its words are looked at, and before it stops us: "yeah, okay,
/// sure". Milliseconds.
const LISTENS_LONGER_MS: u64 = 500;
/// A sound shorter than this holds no word, milliseconds.
const SHORTEST_WORD_MS: u64 = 130;
/// The first words of a voice are looked at when it has gone on for so long, milliseconds.
const GLIMPSED_AFTER_MS: u64 = 400;
/// One word of which the recogniser is less sure than this may be half of another.
const CLEAR: f32 = 0.5;
/// A voice so soon after our own began is most likely a turn that was not over, milliseconds ...
const CUT_IN_WITHIN_MS: u64 = 700;
/// ... and is given the floor when it goes on for so long, milliseconds.
const CUT_IN_STOP_MS: u64 = 250;
/// A voice that comes back within so long belongs to the one before, milliseconds.
const SAME_VOICE_MS: u64 = 700;

impl TurnTaker {
    pub(super) fn on_speaking(&mut self, now_ms: u64) -> Vec<Decision> {
        match std::mem::replace(&mut self.floor, Floor::Idle) {
            // the next of several lines
            floor @ (Floor::Overlapped { .. } | Floor::Deciding { .. }) => self.floor = floor,
            floor @ Floor::Speaking { .. } if self.voice_since_ms.is_none() => self.floor = floor,
            _ => match self.voice_since_ms {
                Some(voice_ms) => return self.overlap(now_ms, Overlap::starting_at(voice_ms)),
                None => self.floor = Floor::Speaking { since_ms: now_ms },
            },
        }
        Vec::new()
    }

    pub(super) fn overlap(&mut self, since_ms: u64, overlap: Overlap) -> Vec<Decision> {
        self.floor = Floor::Overlapped { since_ms, overlap };
        vec![Decision::Duck]
    }

    /// The voice over ours comes back before it is known what it wanted.
    pub(super) fn overlap_again(
        &mut self,
        since_ms: u64,
        overlap: Overlap,
        paused_ms: u64,
        stretch: u32,
        at_ms: u64,
    ) -> Vec<Decision> {
        let same = at_ms.saturating_sub(paused_ms) < SAME_VOICE_MS;
        let voiced_ms = overlap.voiced_ms + paused_ms.saturating_sub(overlap.voice_ms);
        let look = Look::Due(at_ms + LOOKED_AT_AFTER_MS);
        let again = Overlap { voice_ms: at_ms, voiced_ms, glimpse: OverlapGlimpse::Due, look, ..overlap };
        let overlap = if same { again } else { Overlap::starting_at(at_ms) };
        self.floor = Floor::Overlapped { since_ms, overlap };
        vec![Decision::Forget { stretch }]
    }

    pub(super) fn on_claimed(&mut self, probability: f32, now_ms: u64) -> Vec<Decision> {
        match self.floor {
            Floor::Overlapped { overlap, .. } if overlap.look != Look::Asked => Vec::new(),
            Floor::Overlapped { since_ms, overlap } if overlap.claims(probability, now_ms) => {
                self.stop(since_ms, overlap, now_ms)
            }
            Floor::Overlapped { ref mut overlap, .. } => {
                overlap.listens = probability < LISTENS;
                overlap.look = overlap.next_look(now_ms);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// When something is due while a voice goes on over ours.
    pub(super) fn overlap_due_ms(&self, since_ms: u64, overlap: &Overlap) -> u64 {
        let stop_ms = self.stop_at_ms(since_ms, overlap);
        let glimpse_ms = overlap.glimpse_due_ms().unwrap_or(stop_ms);
        let look_ms = if let Look::Due(at_ms) = overlap.look { at_ms } else { stop_ms };
        stop_ms.min(glimpse_ms).min(look_ms)
    }

    pub(super) fn look_glimpse_or_stop(&mut self, since_ms: u64, overlap: Overlap, now_ms: u64) -> Vec<Decision> {
        if now_ms >= self.stop_at_ms(since_ms, &overlap) {
            return self.stop(since_ms, overlap, now_ms);
        }
        match overlap.look {
            Look::Due(at_ms) if at_ms <= now_ms => self.overhear(since_ms, overlap, now_ms),
            _ => self.glimpse_over_ours(since_ms, overlap, now_ms),
        }
    }

    fn overhear(&mut self, since_ms: u64, overlap: Overlap, now_ms: u64) -> Vec<Decision> {
        self.floor = Floor::Overlapped { since_ms, overlap: Overlap { look: Look::Asked, ..overlap } };
        vec![Decision::Overhear { from_ms: overlap.voice_ms, to_ms: now_ms.max(overlap.voice_ms) }]
    }

    fn glimpse_over_ours(&mut self, since_ms: u64, overlap: Overlap, now_ms: u64) -> Vec<Decision> {
        let stretch = self.number();
        let overlap = Overlap { glimpse: OverlapGlimpse::Asked(stretch), ..overlap };
        self.floor = Floor::Overlapped { since_ms, overlap };
        let from_ms = overlap.from_ms.saturating_sub(LEAD_IN_MS);
        vec![Decision::Recognise { stretch, from_ms, to_ms: now_ms.max(from_ms), settled: false }]
    }

    /// The first words of a voice that goes on over ours.
    pub(super) fn on_glimpse(&mut self, since_ms: u64, overlap: Overlap, said: Said, now_ms: u64) -> Vec<Decision> {
        let clear = said.words > 1 || said.confidence.is_none_or(|confidence| confidence >= CLEAR);
        let overlap = Overlap { glimpse: OverlapGlimpse::Had, ..overlap };
        if said.words > 0 && clear {
            return self.stop(since_ms, overlap, now_ms);
        }
        self.floor = Floor::Overlapped { since_ms, overlap };
        Vec::new()
    }

    /// The voice over ours paused: its words decide, unless it was too short for one.
    pub(super) fn decide(&mut self, since_ms: u64, overlap: Overlap, paused_ms: u64, now_ms: u64) -> Vec<Decision> {
        let voiced_ms = overlap.voiced_ms + paused_ms.saturating_sub(overlap.voice_ms);
        let mut decisions = overlap.glimpse.forget();
        if voiced_ms < SHORTEST_WORD_MS {
            decisions.extend(self.resume(since_ms));
            return decisions;
        }
        let stretch = self.number();
        self.floor = Floor::Deciding { since_ms, overlap, paused_ms, stretch };
        let from_ms = overlap.from_ms.saturating_sub(LEAD_IN_MS);
        let to_ms = (paused_ms + TAIL_MS).min(now_ms).max(paused_ms).max(from_ms);
        decisions.push(Decision::Recognise { stretch, from_ms, to_ms, settled: false });
        decisions
    }

    pub(super) fn resume(&mut self, since_ms: u64) -> Vec<Decision> {
        self.floor = Floor::Speaking { since_ms };
        vec![Decision::Resume]
    }

    pub(super) fn stop(&mut self, since_ms: u64, overlap: Overlap, now_ms: u64) -> Vec<Decision> {
        if let Some(over_ms) = self.over_since_ms.filter(|_| self.is_cut_in(since_ms, &overlap)) {
            self.pauses.add(overlap.from_ms.saturating_sub(over_ms)); // it was a pause, and not the end
        }
        self.start_turn(overlap.from_ms, now_ms);
        let mut decisions = overlap.glimpse.forget();
        decisions.push(Decision::Stop);
        decisions
    }

    /// When a voice that goes on stops us, whatever it says.
    pub(super) fn stop_at_ms(&self, since_ms: u64, overlap: &Overlap) -> u64 {
        let needed_ms = overlap.patient(u64::from(self.profile.interrupt_ms));
        let needed_ms = if self.is_cut_in(since_ms, overlap) { needed_ms.min(CUT_IN_STOP_MS) } else { needed_ms };
        overlap.voice_ms + needed_ms.saturating_sub(overlap.voiced_ms)
    }

    /// Whether our reply, begun at `since_ms`, fell into a turn that was not over.
    fn is_cut_in(&self, since_ms: u64, overlap: &Overlap) -> bool {
        self.over_since_ms.is_some() && overlap.from_ms < since_ms + CUT_IN_WITHIN_MS
    }
}

impl Overlap {
    /// When its first words are looked at; `None` when they have been.
    fn glimpse_due_ms(&self) -> Option<u64> {
        let after_ms = self.patient(GLIMPSED_AFTER_MS).saturating_sub(self.voiced_ms);
        (self.glimpse == OverlapGlimpse::Due).then_some(self.voice_ms + after_ms)
    }

    /// Whether it claims the floor by its sound.
    fn claims(&self, probability: f32, now_ms: u64) -> bool {
        let late = now_ms >= self.voice_ms + LATE_MS;
        probability >= if late { CLAIMS_LATE } else { CLAIMS }
    }

    /// After its sound was judged.
    fn next_look(&self, now_ms: u64) -> Look {
        let next_ms = now_ms.max(self.voice_ms + LOOKED_AT_AFTER_MS + LOOKS_EVERY_MS);
        if next_ms > self.voice_ms + LOOKS_UNTIL_MS { Look::Had } else { Look::Due(next_ms) }
    }

    /// `ms`, or longer for a listener's voice.
    fn patient(&self, ms: u64) -> u64 {
        if self.listens { ms + LISTENS_LONGER_MS } else { ms }
    }
}
