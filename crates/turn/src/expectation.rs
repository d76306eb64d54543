//! What is listened for.

use serde::{Deserialize, Serialize};

/// What kind of answer is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExpectationKind {
    /// Yes, no, a word.
    Quick,
    /// An account of something.
    Story,
    /// Questions to us, or that there are none: who has none takes leave.
    Questions,
}

/// A profile by its name, where a question asks for another one than the interview's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// Quick replies.
    Brisk,
    /// Lets people think.
    Interview,
    /// Much time to think.
    Patient,
}

/// What we listen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The kind of answer.
    pub kind: ExpectationKind,
    /// The question's own longest pause, in milliseconds.
    pub pause_budget_ms: Option<u32>,
    /// The question's own profile; the interview's when absent.
    #[serde(default)]
    pub pace: Option<Pace>,
}

impl Expectation {
    /// An expectation with no wishes of the question's own.
    pub const fn of(kind: ExpectationKind) -> Self {
        Self { kind, pause_budget_ms: None, pace: None }
    }
}
