//! What the server tells a candidate, whatever carries it.

/// A message of the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The question that is about to be asked.
    Question {
        /// 1 for the first.
        number: usize,
        /// Its words.
        text: String,
    },
    /// Who has the floor now.
    Floor {
        /// Phase of the interview, as it is called on the wire.
        phase: String,
        /// What the interviewer does, as it is called on the wire.
        activity: String,
    },
    /// Words of one side that no longer change.
    Caption {
        /// Whose.
        of: Side,
        /// Name of the segment.
        segment: String,
        /// The words.
        text: String,
    },
    /// The interviewer was interrupted: what is not yet played is dropped.
    Hush,
    /// Something is wrong.
    Trouble(String),
    /// The interview is over.
    Ended {
        /// How, as it is called on the wire.
        reason: String,
    },
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The candidate.
    Candidate,
    /// The interviewer.
    Interviewer,
}

impl Side {
    /// As it is called in captions and transcripts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Interviewer => "interviewer",
        }
    }
}
