//! What goes into the conductor and what comes out of it.

use serde::{Deserialize, Serialize};

use crate::{ConsentReply, Pace};

/// Where in an interview we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Greeted, not yet agreed.
    Consent,
    /// The planned questions.
    Questions,
    /// The candidate's own questions.
    CandidateQuestions,
    /// The last words.
    Closing,
    /// Over.
    Ended,
}

impl Phase {
    /// As it is called on every wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Questions => "questions",
            Self::CandidateQuestions => "candidate_questions",
            Self::Closing => "closing",
            Self::Ended => "ended",
        }
    }
}

/// A button, or what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Say that again.
    Repeat,
    /// Say it in other words.
    Rephrase,
    /// I need a moment.
    Moment,
    /// Leave this question out.
    Skip,
    /// I have finished my answer.
    Done,
}

/// How long the candidate has been silent after the interviewer stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// Long enough for a gentle word.
    Long,
    /// Long enough to offer to skip.
    Longer,
    /// So long that the candidate seems to be gone.
    Gone,
}

/// What happened, as far as the conversation is concerned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// The candidate is there for the first time.
    Start,
    /// The candidate is back after the interview broke off.
    Resume,
    /// A reply to the request for consent.
    Consent {
        /// What it means.
        reply: ConsentReply,
        /// Spoken (or typed) to us, and not clicked on a page that says what is asked.
        spoken: bool,
    },
    /// A turn of the candidate's that is over; empty when they said by a button that they have nothing to say.
    Answer(String),
    /// A button.
    Action(Action),
    /// Nobody speaks.
    Silence(Silence),
    /// The candidate spoke over a line of ours, which was stopped.
    Interrupted {
        /// The line that was stopped.
        line: LineKind,
        /// The share of it that was heard, 0..1.
        share: f32,
    },
    /// What had been said of an answer when it was cut off by a skip or a lost connection; the answer may go on.
    Part(String),
    /// The candidate's voice over a line of ours was no speech; the line is said again.
    FalseAlarm,
    /// The candidate said something that no engine of ours could make words of.
    Unheard,
    /// The candidate ends the interview.
    Leave,
}

/// What a line of the interviewer's is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Who speaks, and that it is recorded.
    Greeting,
    /// Is that all right?
    ConsentRequest,
    /// After consent, before the first question.
    Opening,
    /// "Thank you."
    Acknowledgement,
    /// A planned question.
    Question,
    /// A planned follow-up.
    Probe,
    /// A question again, at the candidate's wish or after an interruption.
    Repeat,
    /// A question in other words.
    Rephrase,
    /// Take your time; skipping is possible; an example from anywhere will do.
    Patience,
    /// After a break in the connection.
    Welcome,
    /// Would you like to ask something?
    Invitation,
    /// A fact from the plan, or that the question is noted.
    Reply,
    /// The last words.
    Closing,
}

impl LineKind {
    /// Whether the line asks the candidate for an answer that counts.
    pub fn asks(self) -> bool {
        matches!(self, Self::Question | Self::Probe | Self::Repeat | Self::Rephrase)
    }
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What it is for.
    pub kind: LineKind,
    /// The words.
    pub text: String,
    /// Index of the plan's question that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<usize>,
    /// Index of the question's probe, for a probe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<usize>,
}

/// What we are listening for; decides how patient to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// Yes or no.
    Consent,
    /// A word or a sentence.
    Short {
        /// The question's own pause budget, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pause_budget_ms: Option<u32>,
        /// The question's own profile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pace: Option<Pace>,
    },
    /// An account.
    Story {
        /// The question's own pause budget, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pause_budget_ms: Option<u32>,
        /// The question's own profile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pace: Option<Pace>,
    },
    /// Questions of the candidate's own, or that there are none.
    Questions,
}

/// How an interview ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Walked to the end.
    Completed,
    /// No consent.
    Declined,
    /// The candidate ended it.
    Left,
}

impl EndReason {
    /// As it is called on every wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Declined => "declined",
            Self::Left => "left",
        }
    }
}

/// What the conductor wants done. Moves are carried out one after the other: a line is spoken before the next is begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// At once, before everything else: forget the moves that are still waiting.
    DropWaiting,
    /// The consent is given: from now on what is said may be kept.
    Keep,
    /// The answer just heard belongs to this question of the plan (to none when absent).
    Credit(Option<usize>),
    /// Speak.
    Say(Line),
    /// Give the floor to the candidate.
    Listen(Expect),
    /// The candidate is gone: close the connection, keep the interview.
    Pause,
    /// The interview is over.
    End(EndReason),
}
