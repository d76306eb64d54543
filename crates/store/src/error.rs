//! What can go wrong with a store.

use session::LogError;
use thiserror::Error;

/// A store's failure.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database could not be opened.
    #[error("the database {path} could not be opened: {reason}; check that the folder exists and can be written")]
    Open {
        /// Its file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The database was written by a newer version.
    #[error("the database has version {found}, this program knows up to {known}; use the newer program")]
    TooNew {
        /// The database's version.
        found: i64,
        /// The newest one known.
        known: i64,
    },
    /// No such interview.
    #[error("there is no interview {0}")]
    Unknown(String),
    /// A stored value is not what was once written.
    #[error("interview {id}: the stored {what} cannot be read: {reason}")]
    Corrupt {
        /// The interview.
        id: String,
        /// Which value.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}
