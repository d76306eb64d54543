//! What can go wrong with an asset, in words that say what to do next.

use std::io;
use std::path::{Path, PathBuf};

/// Why an asset could not be found, fetched or trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssetError {
    /// No asset of this name is in the manifest.
    #[error("there is no asset \"{name}\"; there are: {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that exist, joined with commas.
        known: String,
    },
    /// The asset has not been fetched, or an older version of it was.
    #[error("asset \"{name}\" is not ready ({reason}); run \"interviewer assets pull {name}\"")]
    Missing {
        /// The asset.
        name: String,
        /// What was looked for and not found.
        reason: String,
    },
    /// A file of a fetched asset is not what was fetched.
    #[error(
        "asset \"{name}\" is damaged: {reason}; run \"interviewer assets pull {name}\", or delete {} and run \
         \"make assets\"",
        folder.display()
    )]
    Damaged {
        /// The asset.
        name: String,
        /// The asset's folder.
        folder: PathBuf,
        /// Which file, and how it differs.
        reason: String,
    },
    /// Bytes that arrived are not the ones that the manifest pins.
    #[error(
        "asset \"{name}\": {what} has the wrong sha256: expected {expected}, got {got}; nothing of it was kept, delete {} \
         if it is still there and run \"make assets\" or \"interviewer assets pull {name}\" again",
        path.display()
    )]
    WrongHash {
        /// The asset.
        name: String,
        /// The package or file.
        what: String,
        /// The pinned hash, in hexadecimal.
        expected: String,
        /// The hash of what arrived, in hexadecimal.
        got: String,
        /// Where the bytes were.
        path: PathBuf,
    },
    /// There is not enough free space.
    #[error("the disk is full: {} has {free} free{needed}; free some space and pull again", folder.display())]
    DiskFull {
        /// The folder that was written to.
        folder: PathBuf,
        /// Free space, with its unit.
        free: String,
        /// How much is needed, where that is known (` and … are needed`).
        needed: String,
    },
    /// A program that finds package addresses is missing.
    #[error("{tool} is needed to find the address of a package, but {reason}; install {install} and try again")]
    NoTool {
        /// The program.
        tool: &'static str,
        /// What happened when it was run.
        reason: String,
        /// What to install.
        install: &'static str,
    },
    /// A package manager could not say where a package is.
    #[error("{tool} {reason}: {line}")]
    Registry {
        /// The program.
        tool: &'static str,
        /// Whether it was the network or the package.
        reason: String,
        /// The last thing that the program said.
        line: String,
    },
    /// A package could not be fetched.
    #[error(
        "{package} could not be fetched after {attempts} attempts: {reason}; what arrived is kept, pull again to go on"
    )]
    Download {
        /// The package, with its version.
        package: String,
        /// How often it was tried without progress.
        attempts: u32,
        /// The last failure.
        reason: String,
    },
    /// A package has the pinned hash, or none was reached, but it cannot be unpacked.
    #[error("asset \"{name}\": package {package} cannot be unpacked: {reason}")]
    Unpack {
        /// The asset.
        name: String,
        /// The package file.
        package: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The manifest lists no build of a package for this machine.
    #[error("asset \"{name}\": package {package} is not listed for this platform ({platform}) in assets/assets.toml")]
    Platform {
        /// The asset.
        name: String,
        /// The package.
        package: String,
        /// This machine's platform.
        platform: String,
    },
    /// The manifest itself is wrong.
    #[error("assets.toml: {0}")]
    Manifest(String),
    /// There is no folder to keep assets in.
    #[error("there is no home folder; set INTERVIEWER_CACHE_DIR to a folder for fetched files")]
    NoHome,
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Work was given up because something else failed first.
    #[error("stopped, because another download failed")]
    Stopped,
}

/// Says which path an [`io::Error`] is about.
pub(crate) trait At<T> {
    /// # Errors
    /// The same error with its path; a full disk becomes [`AssetError::DiskFull`].
    fn at(self, path: &Path) -> Result<T, AssetError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, AssetError> {
        self.map_err(|source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => full(path),
            _ => AssetError::Io { path: path.to_owned(), source },
        })
    }
}

fn full(path: &Path) -> AssetError {
    let folder = path.parent().unwrap_or(path).to_owned();
    AssetError::DiskFull { folder, free: "nothing".to_owned(), needed: String::new() }
}
