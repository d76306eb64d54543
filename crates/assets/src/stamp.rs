//! The note in an asset's folder that says what was installed there.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{AssetError, At};
use crate::hash;
use crate::manifest::Asset;

/// Name of the note inside the asset's folder.
const FILE: &str = ".stamp.json";

/// What was installed.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Stamp {
    /// Hash of the manifest's entry, so that a changed entry is fetched again.
    pub(crate) entry: String,
    /// Every file.
    pub(crate) files: Vec<Installed>,
}

/// One installed file.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Installed {
    /// Path inside the asset's folder.
    pub(crate) path: String,
    /// Size in bytes.
    pub(crate) bytes: u64,
    /// sha256 in hexadecimal.
    pub(crate) sha256: String,
}

impl Stamp {
    /// The stamp of a folder, if there is one that can be read.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }

    /// # Errors
    /// [`AssetError::Io`] if it cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), AssetError> {
        let text = serde_json::to_vec_pretty(self).map_err(|error| AssetError::Manifest(error.to_string()))?;
        let path = folder.join(FILE);
        fs::write(&path, text).at(&path)
    }

    /// Says which file is gone or has another size, reading no file.
    pub(crate) fn differs_in_size(&self, folder: &Path) -> Option<String> {
        self.files.iter().find_map(|file| {
            let found = fs::metadata(folder.join(&file.path)).ok().map(|metadata| metadata.len());
            match found {
                None => Some(format!("{} is gone", file.path)),
                Some(bytes) if bytes != file.bytes => {
                    Some(format!("{} has {bytes} bytes instead of {}", file.path, file.bytes))
                }
                Some(_) => None,
            }
        })
    }

    /// Says which file is not what was installed, reading every file.
    ///
    /// # Errors
    /// [`AssetError::Io`] if a file cannot be read.
    pub(crate) fn differs_in_content(&self, folder: &Path) -> Result<Option<String>, AssetError> {
        if let Some(reason) = self.differs_in_size(folder) {
            return Ok(Some(reason));
        }
        for file in &self.files {
            let got = hash::of_file(&folder.join(&file.path))?;
            if got != file.sha256 {
                return Ok(Some(format!("{} has sha256 {got} instead of {}", file.path, file.sha256)));
            }
        }
        Ok(None)
    }

    /// Size of all files, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// The hash of what decides an asset's files: packages, their builds for this machine, and the file rules.
///
/// Its description and other machines' builds can change without a new fetch.
pub(crate) fn entry_hash(asset: &Asset) -> String {
    let builds: Vec<_> = asset.packages.iter().map(|package| package.build().map(|build| &build.sha256)).collect();
    let text = serde_json::to_vec(&(&asset.name, builds, &asset.files)).unwrap_or_default();
    hash::of_bytes(&text)
}
