//! Making an interview's files, here or elsewhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use async_trait::async_trait;
use interview::Plan;
use session::Record;

/// Makes the files of interviews that are over.
#[async_trait]
pub trait Reports: Send + Sync {
    /// Makes all files of the interview `id`, held by `plan`, that `records` tell of.
    ///
    /// # Errors
    /// When they could not be made; they can be made again.
    async fn make(&self, id: &str, plan: Arc<Plan>, records: Vec<Record>) -> Result<()>;
}

/// Makes them in this process.
pub struct LocalReports {
    /// Where interviews' files lie.
    pub data_dir: PathBuf,
}

#[async_trait]
impl Reports for LocalReports {
    async fn make(&self, id: &str, plan: Arc<Plan>, records: Vec<Record>) -> Result<()> {
        let (folder, id) = (crate::app::folder(&self.data_dir, id), id.to_owned());
        let making = tokio::task::spawn_blocking(move || make_files(&folder, &id, &plan, &records));
        making.await?.map(drop).context("the interview's files could not be written")
    }
}

/// Writes the files into `folder`; their names.
///
/// # Errors
/// When one cannot be read or written.
pub fn make_files(folder: &Path, id: &str, plan: &Plan, records: &[Record]) -> Result<Vec<String>> {
    let written = assess::write_files(folder, id, plan, records)?;
    // recording.wav holds the same sound
    match std::fs::remove_file(folder.join(session::RECORDING_FILE)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    Ok(written.files.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
}
