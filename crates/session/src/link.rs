//! What a session and its client say to each other, whatever carries it.

use std::sync::Arc;

use interview::{Action, EndReason, Phase};
use tokio::sync::mpsc;

/// From the client.
#[derive(Clone, Debug, PartialEq)]
pub enum FromClient {
    /// Sound of the microphone: 16 kHz mono, -1..1.
    Audio(Vec<f32>),
    /// The same, with the packet of Opus that it came in.
    Opus {
        /// As it came over the network.
        packet: Arc<[u8]>,
        /// What it sounds like.
        samples: Vec<f32>,
    },
    /// A consent button.
    Consent(bool),
    /// A button.
    Action(Action),
    /// A typed answer.
    Text(String),
    /// The candidate is typing.
    Typing,
    /// The candidate ends the interview.
    Leave,
}

impl FromClient {
    /// The sound in it, 16 kHz mono, if it is sound.
    pub fn sound(&self) -> Option<&[f32]> {
        match self {
            Self::Audio(samples) | Self::Opus { samples, .. } => Some(samples),
            _ => None,
        }
    }
}

/// Who speaks in a caption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The interviewer.
    Interviewer,
    /// The candidate.
    Candidate,
}

/// What the interviewer is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Speaking.
    Speaking,
    /// Listening.
    Listening,
    /// The turn is over and is being understood.
    Thinking,
}

impl Activity {
    /// As it is called on every wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Speaking => "speaking",
            Self::Listening => "listening",
            Self::Thinking => "thinking",
        }
    }
}

/// What happens with an utterance of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechMark {
    /// Its sound follows.
    Start,
    /// All of it has been sent.
    End,
    /// It was interrupted; what is not played yet is to be dropped.
    Stop,
}

/// To the client.
#[derive(Clone, Debug, PartialEq)]
pub enum ToClient {
    /// Others are before the client; the interview begins by itself when there is room.
    Waiting {
        /// Its place in the line; 1 is next.
        position: usize,
    },
    /// The interview begins, or goes on.
    Ready {
        /// Whether it had begun before.
        resumed: bool,
    },
    /// Where in the interview we are.
    State {
        /// Phase of the interview.
        phase: Phase,
        /// What the interviewer is doing.
        activity: Activity,
    },
    /// The whole text of a segment so far.
    Caption {
        /// Whose words.
        speaker: Speaker,
        /// Name of the segment; a later caption of the same name replaces this one.
        segment: String,
        /// The words.
        text: String,
        /// Whether they no longer change.
        is_final: bool,
    },
    /// The question being asked.
    Progress {
        /// 1 for the first.
        question: usize,
        /// Whether it is a follow-up.
        probe: bool,
        /// Its words.
        text: String,
    },
    /// A mark in the stream of sound.
    Speech {
        /// What happens.
        mark: SpeechMark,
        /// Name of the utterance.
        utterance: String,
    },
    /// Sound: 16 kHz mono, 20 ms.
    Audio(Vec<i16>),
    /// A voice is heard, or no longer heard.
    Hearing(bool),
    /// Something is wrong; the session goes on.
    Error {
        /// For programs.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// The interview is over.
    Ended(EndReason),
}

/// A client's end of the conversation. The client is gone when `incoming` is closed.
pub struct Link {
    /// What the client says.
    pub incoming: mpsc::Receiver<FromClient>,
    /// What it is told.
    pub outgoing: mpsc::Sender<ToClient>,
}
