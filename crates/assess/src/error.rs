//! What can go wrong when an interview's files are written.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why an interview's files could not be written; every message names the file.
#[derive(Debug, Error)]
pub enum AssessError {
    /// A file could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something has no JSON form.
    #[error("{what} cannot be written as JSON: {source}")]
    Json {
        /// What it was.
        what: &'static str,
        /// What the writer said.
        source: serde_json::Error,
    },
}

impl AssessError {
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }

    pub(crate) fn json(what: &'static str) -> impl FnOnce(serde_json::Error) -> Self {
        move |source| Self::Json { what, source }
    }
}
