//! Who has the floor, and what is known about it.

use super::{Decision, SilenceStage};
use crate::Said;

/// A voice over ours is judged by its sound when it has gone on for so long, milliseconds: as soon as one is noticed.
pub(super) const LOOKED_AT_AFTER_MS: u64 = 96;

/// The states of the machine, by name; the diagram in `docs/turn-taking.md` has the same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Nobody has the floor: before the first line, or between a turn and the reply.
    Idle,
    /// We speak.
    Speaking,
    /// We speak, softly, and so does the candidate.
    Overlapped,
    /// We speak, softly; the candidate's voice over ours has paused and its words are on their way.
    Deciding,
    /// The floor is the candidate's, who thinks.
    Waiting,
    /// The candidate speaks.
    Talking,
    /// The candidate has paused in a turn.
    Pausing,
}

/// The turn in progress.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn {
    pub(super) from_ms: u64,
    /// Start of the sound that is not settled.
    pub(super) open_from_ms: u64,
    pub(super) settled: Vec<u32>,
    pub(super) settled_words: u32,
}

/// A pause in a turn, and what is known about it.
#[derive(Clone, Debug)]
pub(super) struct Pause {
    pub(super) number: u32,
    pub(super) since_ms: u64,
    pub(super) stretch: u32,
    pub(super) settled: bool,
    pub(super) probability: Option<f32>,
    /// What was said in the stretch, once recognised.
    pub(super) said: Option<Said>,
    /// The candidate said that they have finished.
    pub(super) done: bool,
    /// Of so many milliseconds it is not known whether they were silent.
    pub(super) unknown_ms: u64,
    /// When a voice may have begun last, milliseconds.
    pub(super) stirred_ms: Option<u64>,
}

impl Pause {
    pub(super) fn new(number: u32, stretch: u32, since_ms: u64) -> Self {
        Self {
            number,
            since_ms,
            stretch,
            settled: false,
            probability: None,
            said: None,
            done: false,
            unknown_ms: 0,
            stirred_ms: None,
        }
    }
}

/// The candidate's voice over ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Overlap {
    /// Start of the voice, milliseconds.
    pub(super) from_ms: u64,
    /// Start of the voice that is going on; later than `from_ms` when it paused.
    pub(super) voice_ms: u64,
    /// How long the voice went on before that, milliseconds.
    pub(super) voiced_ms: u64,
    /// Its words while it goes on.
    pub(super) glimpse: OverlapGlimpse,
    /// How it sounds.
    pub(super) look: Look,
    /// It sounds as if its speaker only listened.
    pub(super) listens: bool,
}

/// How a voice over ours sounds, judged again and again while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// To be judged at this time, milliseconds.
    Due(u64),
    /// It is being judged.
    Asked,
    /// It has gone on for so long that its words tell more.
    Had,
}

/// The first words of a voice over ours, looked at while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OverlapGlimpse {
    /// It has not gone on for long enough.
    Due,
    /// They are on their way, as those of this stretch.
    Asked(u32),
    /// They did not want the floor, or could not be made out.
    Had,
}

impl OverlapGlimpse {
    /// What was asked for is stale.
    pub(super) fn forget(self) -> Vec<Decision> {
        match self {
            Self::Asked(stretch) => vec![Decision::Forget { stretch }],
            Self::Due | Self::Had => Vec::new(),
        }
    }
}

impl Overlap {
    pub(super) fn starting_at(from_ms: u64) -> Self {
        let look = Look::Due(from_ms + LOOKED_AT_AFTER_MS);
        Self { from_ms, voice_ms: from_ms, voiced_ms: 0, glimpse: OverlapGlimpse::Due, look, listens: false }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Floor {
    Idle,
    Speaking { since_ms: u64 },
    Overlapped { since_ms: u64, overlap: Overlap },
    Deciding { since_ms: u64, overlap: Overlap, paused_ms: u64, stretch: u32 },
    Waiting { since_ms: u64, next: Option<SilenceStage> },
    Talking { turn: Turn, glimpse_at_ms: u64 },
    Pausing { turn: Turn, pause: Pause },
}

impl Floor {
    pub(super) fn state(&self) -> State {
        match self {
            Self::Idle => State::Idle,
            Self::Speaking { .. } => State::Speaking,
            Self::Overlapped { .. } => State::Overlapped,
            Self::Deciding { .. } => State::Deciding,
            Self::Waiting { .. } => State::Waiting,
            Self::Talking { .. } => State::Talking,
            Self::Pausing { .. } => State::Pausing,
        }
    }
}
