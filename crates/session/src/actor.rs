//! The actor of one live interview. It feeds the [`Core`], makes each event durable, and only then carries it out.
//!
//! `live.rs` waits for whatever comes first, `noticing.rs` makes events of it, `doing.rs` carries decisions out,
//! `patience.rs` sees to it that nobody waits without a word.

mod doing;
mod live;
mod noticing;
mod patience;

use std::path::PathBuf;
use std::sync::Arc;

use interview::{EndReason, Plan};
use tokio::sync::watch;
use turn::Profile;

use crate::engines::{Engines, EventLog, LogError};
use crate::event::{Event, Record};
use crate::link::{Link, ToClient};
use crate::lobby::Notice;
use crate::recording::Recording;
use live::Live;

/// The raw recording's name in an interview's folder.
pub const RECORDING_FILE: &str = "recording.pcm";

/// Everything that a session needs.
pub struct Session {
    /// The interview's id, its key in the log.
    pub id: String,
    /// What is asked.
    pub plan: Arc<Plan>,
    /// How patient to be.
    pub profile: Profile,
    /// What every patience is multiplied by; 1 changes nothing.
    pub accommodation: f32,
    /// The engines, shared with other sessions.
    pub engines: Engines,
    /// Where events are kept.
    pub log: Arc<dyn EventLog>,
    /// The interview's folder; must exist.
    pub folder: PathBuf,
    /// Whether the candidate's packets are kept beside the recording, where they come in packets.
    pub keep_opus: bool,
    /// Changes when the interview has to be let go.
    pub notice: watch::Receiver<Notice>,
}

/// Why a session stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The client is gone; the interview can be resumed.
    Disconnected,
    /// Another connection took it over.
    TakenOver,
    /// The candidate seems to be gone; it can be resumed.
    Paused,
    /// It is over.
    Ended(EndReason),
}

impl Session {
    /// Holds the interview with the client at the other end of `link`, from where it was.
    ///
    /// # Errors
    /// When the log or the recording cannot be read or written: the client is told, the interview can be resumed.
    pub async fn run(self, link: Link) -> Result<Outcome, LogError> {
        let outgoing = link.outgoing.clone();
        let result = self.hold(link).await;
        if let Err(error) = &result {
            tracing::error!(%error, "a session broke off");
            let message = "The interview could not be saved and was stopped. What was saved is kept; try again later.";
            let _ = outgoing.send(ToClient::Error { code: "engine_unavailable", message: message.into() }).await;
        }
        result
    }

    async fn hold(self, link: Link) -> Result<Outcome, LogError> {
        let records = self.log.load(&self.id).await?;
        match ended(&records) {
            Some(reason) => {
                self.end_again(&records).map_err(broken)?;
                let _ = link.outgoing.send(ToClient::Ended(reason)).await;
                Ok(Outcome::Ended(reason))
            }
            None => Live::start(self, records, link).await?.run().await,
        }
    }

    /// The interview was over when something broke off; what may be missing is the end of the recording.
    fn end_again(&self, records: &[Record]) -> std::io::Result<()> {
        let path = self.folder.join(RECORDING_FILE);
        match records.last().filter(|_| path.exists()) {
            Some(last) => Recording::open(&path)?.finish(last.at_ms),
            None => Ok(()),
        }
    }
}

fn ended(records: &[Record]) -> Option<EndReason> {
    records.iter().rev().find_map(|record| match record.event {
        Event::Ended { reason } => Some(reason),
        _ => None,
    })
}

fn broken(error: std::io::Error) -> LogError {
    LogError(format!("the recording could not be written: {error}"))
}
