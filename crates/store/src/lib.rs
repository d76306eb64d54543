//! What outlives a session: interviews and their event logs.
//!
//! [`Store`] is what the rest sees; [`Sqlite`] keeps it in one file. Every implementation passes the suite in
//! `tests/conformance.rs`.

mod error;
mod interview_row;
mod rows;
mod sqlite;

use async_trait::async_trait;
use session::EventLog;

pub use error::StoreError;
pub use interview_row::{Interview, Status};
pub use sqlite::Sqlite;

/// Interviews and their events.
#[async_trait]
pub trait Store: EventLog {
    /// Keeps a new interview.
    ///
    /// # Errors
    /// When one with its id exists, or the store fails.
    async fn create(&self, interview: &Interview) -> Result<(), StoreError>;

    /// An interview; `None` when there is none with this id.
    ///
    /// # Errors
    /// When the store fails.
    async fn interview(&self, id: &str) -> Result<Option<Interview>, StoreError>;

    /// How far an interview is; `None` when there is none with this id.
    ///
    /// # Errors
    /// When the store fails.
    async fn status(&self, id: &str) -> Result<Option<Status>, StoreError>;

    /// The latest interviews, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the store fails.
    async fn latest(&self, limit: u32) -> Result<Vec<Interview>, StoreError>;

    /// Notes how far an interview is.
    ///
    /// # Errors
    /// When there is none with this id, or the store fails.
    async fn set_status(&self, id: &str, status: Status) -> Result<(), StoreError>;

    /// The ids of the interviews that are live by the store's account: held, or left so by a server that died.
    ///
    /// # Errors
    /// When the store fails.
    async fn live(&self) -> Result<Vec<String>, StoreError>;

    /// Notes that a live interview is interrupted; whether it was live.
    ///
    /// # Errors
    /// When the store fails.
    async fn interrupt(&self, id: &str) -> Result<bool, StoreError>;
}
