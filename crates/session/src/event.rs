//! What an interview's log is made of. The log is the truth: transcript, report and recovery are computed from it.
//!
//! An event is either something that *happened* (it came from outside: a voice, a button, an engine's answer) or
//! something that was *decided* by the [`crate::Core`]. Replaying what happened gives the same decisions.

use interview::{Action, ConsentReply, EndReason, Expect, LineKind};
use serde::{Deserialize, Serialize};
use speech::Word;
use turn::{Ending, SilenceStage};

/// An event with its place in the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// 0, 1, 2, ... without gaps.
    pub seq: u64,
    /// Milliseconds on the session's clock, which is the recording's: it stands still while nobody is connected.
    pub at_ms: u64,
    /// What happened or was decided.
    #[serde(flatten)]
    pub event: Event,
}

/// How a turn came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Spoken, and over.
    Spoken,
    /// Spoken, and cut off by a button or a lost connection.
    CutOff,
    /// Typed.
    Typed,
}

/// A line whose sound is gone on with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rest {
    /// All of the line's words.
    pub whole: String,
    /// Where in its sound it goes on, milliseconds.
    pub from_ms: u64,
}

/// Everything that can stand in a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Happened: the candidate is there.
    Connected {
        /// Whether the interview had begun before.
        resumed: bool,
        /// Milliseconds since 1970, UTC.
        unix_ms: u64,
        /// The turn-taking profile.
        profile: turn::Profile,
        /// What every patience is multiplied by.
        #[serde(default = "unchanged", skip_serializing_if = "is_unchanged")]
        accommodation: f32,
    },
    /// Happened: the connection was lost, closed or taken over.
    Disconnected,
    /// Happened: in a pause, a voice may have begun.
    VoiceStirred {
        /// Start of what may be a voice, milliseconds.
        from_ms: u64,
    },
    /// Happened: a voice began.
    VoiceStarted {
        /// Start of the voice, milliseconds.
        from_ms: u64,
    },
    /// Happened: how the voice over ours sounds so far.
    Claimed {
        /// Probability that it wants the floor.
        probability: f32,
    },
    /// Happened: the voice paused.
    VoicePaused {
        /// End of the last voiced frame, milliseconds.
        since_ms: u64,
    },
    /// Happened: how a pause sounded.
    Judged {
        /// The pause's number.
        pause: u32,
        /// Probability that the turn is over.
        probability: f32,
    },
    /// Happened: a stretch was recognised. Before consent without its words.
    Recognised {
        /// The stretch's number.
        stretch: u32,
        /// How many words.
        count: u32,
        /// How they end.
        ending: Ending,
        /// Whether they only show that somebody listens ("mm-hm").
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        listens: bool,
        /// Before consent: all that is kept of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<ConsentReply>,
        /// The words as text; empty before consent.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// The words with times on the session's clock; empty before consent.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        words: Vec<Word>,
    },
    /// Happened: the first sound of a line was sent.
    LineStarted {
        /// The line's number.
        line: u32,
    },
    /// Happened: the last sound of a line was played.
    LineEnded {
        /// The line's number.
        line: u32,
    },
    /// Happened: a line was stopped.
    LineStopped {
        /// The line's number.
        line: u32,
        /// How much of it was heard, milliseconds.
        heard_ms: u64,
        /// How long the whole would have been, as far as it was synthesised, milliseconds.
        of_ms: u64,
        /// The beginning of the word (or of the group of words) in which it was stopped, milliseconds: from there it
        /// can be gone on with. 0 where it has to be said anew.
        #[serde(default, skip_serializing_if = "is_zero")]
        resume_ms: u64,
    },
    /// Happened: a button was pressed.
    ActionAsked {
        /// Which.
        action: Action,
    },
    /// Happened: the candidate typed.
    Typed {
        /// What; before consent only its meaning is kept and this is empty.
        text: String,
        /// Before consent: all that is kept of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<ConsentReply>,
    },
    /// Happened: a consent button was pressed.
    ConsentClicked {
        /// Yes or no.
        granted: bool,
    },
    /// Happened: the candidate is typing.
    TypingNoticed,
    /// Happened: no sound arrives from the candidate.
    Unreached,
    /// Happened: it arrives again, or is not waited for any longer.
    Reached {
        /// Of so many milliseconds it will not be known what was said.
        lost_ms: u64,
    },
    /// Happened: the candidate ends the interview.
    LeaveAsked,
    /// Happened: an engine failed; what it was asked for is missing.
    EngineFailed {
        /// The engine's error.
        message: String,
    },
    /// Happened: an engine has not answered for so long that the candidate should know that we are still there.
    EngineSlow,
    /// Happened: no engine could say what was said in this stretch.
    Unheard {
        /// The stretch's number.
        stretch: u32,
    },

    /// Decided: speak.
    Speak {
        /// The line's number.
        line: u32,
        /// What it is for.
        kind: LineKind,
        /// The words.
        text: String,
        /// Index of the plan's question that it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        question: Option<usize>,
        /// Index of the question's probe.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        probe: Option<usize>,
        /// Set when a line that was stopped is gone on with: `text` is then what was left of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rest: Option<Rest>,
    },
    /// Decided, not kept: go on speaking, softly.
    Duck {
        /// The line's number.
        line: u32,
    },
    /// Decided, not kept: speak as before.
    Unduck {
        /// The line's number.
        line: u32,
    },
    /// Decided: stop speaking.
    Hush {
        /// The line's number.
        line: u32,
    },
    /// Decided: the floor is the candidate's.
    Listening {
        /// What we listen for.
        expect: Expect,
    },
    /// Decided: recognise this stretch.
    Recognise {
        /// The stretch's number.
        stretch: u32,
        /// Start, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
        /// Whether it stands, whatever follows.
        settled: bool,
    },
    /// Decided: judge by the sound whether the turn is over.
    Judge {
        /// The pause's number.
        pause: u32,
        /// Start, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
    },
    /// Decided, not kept: judge by the sound whether the voice over ours wants the floor.
    Overhear {
        /// Start of the voice, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
    },
    /// Decided, not kept: show what is being said.
    Glimpse {
        /// Start, milliseconds.
        from_ms: u64,
        /// End, milliseconds.
        to_ms: u64,
    },
    /// Decided, not kept: the answer about this stretch is no longer wanted.
    Forget {
        /// The stretch's number.
        stretch: u32,
    },
    /// Decided: the candidate's reply to the request for consent.
    Consent {
        /// What it was.
        reply: ConsentReply,
    },
    /// Decided: a turn of the candidate's is over.
    TurnOver {
        /// The turn's number.
        turn: u32,
        /// Index of the plan's question that it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        question: Option<usize>,
        /// Start, milliseconds.
        from_ms: u64,
        /// Last voiced sound, milliseconds.
        to_ms: u64,
        /// What was said.
        text: String,
        /// Words with times on the session's clock; empty when typed.
        words: Vec<Word>,
        /// How it came to us.
        source: Source,
        /// The silence that was needed, milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needed_ms: Option<u32>,
        /// How it sounded: probability that it was over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        probability: Option<f32>,
    },
    /// Decided: what interrupted us did not want the floor; the line is gone on with.
    FalseAlarm,
    /// Decided: the candidate has been silent for long.
    Silence {
        /// How long.
        stage: SilenceStage,
    },
    /// Decided: nobody is there; the interview is kept and can be resumed.
    Paused,
    /// Decided: the interview is over.
    Ended {
        /// How.
        reason: EndReason,
    },
}

impl Event {
    /// Whether the core decided it; otherwise it happened.
    pub fn is_decision(&self) -> bool {
        use Event::*;
        matches!(
            self,
            Speak { .. }
                | Duck { .. }
                | Unduck { .. }
                | Hush { .. }
                | Listening { .. }
                | Recognise { .. }
                | Judge { .. }
                | Overhear { .. }
                | Glimpse { .. }
                | Forget { .. }
                | Consent { .. }
                | TurnOver { .. }
                | FalseAlarm
                | Silence { .. }
                | Paused
                | Ended { .. }
        )
    }

    /// Whether it stands in the log; what does not has no consequence.
    pub fn is_kept(&self) -> bool {
        use Event::*;
        !matches!(self, Overhear { .. } | Glimpse { .. } | Forget { .. } | Duck { .. } | Unduck { .. })
    }
}

fn unchanged() -> f32 {
    1.0
}

fn is_unchanged(factor: &f32) -> bool {
    *factor == 1.0
}

fn is_zero(ms: &u64) -> bool {
    *ms == 0
}
