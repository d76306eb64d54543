//! What goes into the machine and what comes out of it.

use serde::{Deserialize, Serialize};

use crate::{Expectation, Said};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// Our voice begins.
    Speaking,
    /// We have said all; the floor is the candidate's.
    Listen(Expectation),
    /// The candidate's voice may have begun at this time (milliseconds): it is sure within a tenth of a second, or nothing.
    Stirred(u64),
    /// The candidate's voice began at this time (milliseconds).
    VoiceStarted(u64),
    /// How the candidate's voice over ours sounds so far: the probability that it wants the floor, rather than to show
    /// that somebody listens, or to be no speech at all. The answer to [`Decision::Overhear`].
    Claimed(f32),
    /// The candidate's voice has been silent since this time (milliseconds).
    VoicePaused(u64),
    /// How the pause sounded: its number and the probability that the turn is over.
    Judged(u32, f32),
    /// A stretch was recognised: its number and what was said. Of words over ours only those count that want the floor:
    /// "mm-hm" has none.
    Recognised(u32, Said),
    /// The candidate said by a button that they have finished.
    Done,
    /// The candidate asked for time, or is typing.
    MoreTime,
    /// No sound arrives: whether the candidate is silent is not known, and no silence counts.
    Unreached,
    /// Sound arrives again; of so many milliseconds it will not be known what was said.
    Reached(u64),
    /// The interview goes on by other means (a typed answer, a skip): forget the turn in progress.
    Reset,
}

/// How long the candidate has been silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SilenceStage {
    /// A gentle word is in order.
    Nudge,
    /// An offer to skip is in order.
    Offer,
    /// The candidate seems to be gone.
    Gone,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Recognise this stretch of the candidate's sound.
    Recognise {
        /// The stretch's number, to be given back with [`Event::Recognised`].
        stretch: u32,
        /// Start, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
        /// Whether the stretch stands, whatever follows; otherwise it is recognised again, longer, if speech goes on.
        settled: bool,
    },
    /// The speech went on: what was asked about this stretch is stale.
    Forget {
        /// The stretch's number.
        stretch: u32,
    },
    /// Judge by the sound from here to there whether the voice over ours wants the floor; it is still going on.
    Overhear {
        /// Start of the voice, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
    },
    /// Show what is being said, if it is cheap; nothing depends on it.
    Glimpse {
        /// Start, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
    },
    /// Judge by the sound from here to there whether the turn is over.
    Judge {
        /// The pause's number, to be given back with [`Event::Judged`].
        pause: u32,
        /// Start, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
    },
    /// The turn is over. Its words are those of `stretches`, in order.
    Over {
        /// Start of the turn, milliseconds.
        from_ms: u64,
        /// Last voiced sound, milliseconds.
        to_ms: u64,
        /// Numbers of the stretches that make up the turn.
        stretches: Vec<u32>,
        /// The silence that was needed, milliseconds.
        needed_ms: u32,
        /// How it sounded.
        probability: Option<f32>,
    },
    /// There was a voice, but no words: the floor is as it was before.
    NothingSaid,
    /// Go on speaking, softly: there is a voice, and what it wants is not known yet.
    Duck,
    /// Speak as before: the voice did not want the floor.
    Resume,
    /// Stop speaking: the candidate speaks.
    Stop,
    /// The candidate has been silent for long.
    Silence(SilenceStage),
}
