//! The folder that fetched files live in.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::AssetError;
use crate::manifest::{Asset, Manifest};
use crate::progress::Progress;
use crate::pull;
use crate::registry::{Addresses, PackageManagers};
use crate::stamp::{self, Stamp};

/// Fetched assets below one folder: `assets/` holds them, `downloads/` what is on its way.
pub struct Cache {
    root: PathBuf,
    manifest: Manifest,
    addresses: Box<dyn Addresses>,
    pause: Duration,
}

/// One asset and how it stands, as shown by `list`.
#[derive(Debug)]
pub struct Listed {
    /// The manifest's entry.
    pub asset: Asset,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether it can be used, judged by its stamp and file sizes.
    pub state: Result<(), AssetError>,
}

/// What `verify` found about one asset.
#[derive(Debug)]
pub struct Verified {
    /// The asset's name.
    pub name: String,
    /// Size of the files that were read, in bytes, or what is wrong.
    pub outcome: Result<u64, AssetError>,
}

impl fmt::Debug for Cache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cache").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Cache {
    /// The user's cache, with the embedded manifest.
    ///
    /// # Errors
    /// [`AssetError::NoHome`] if there is no folder for it.
    pub fn open() -> Result<Self, AssetError> {
        let pause = Duration::from_secs(1);
        Ok(Self::new(cache_dir()?, Manifest::embedded()?, Box::new(PackageManagers), pause))
    }

    /// A cache below `root`; failed downloads are tried again after `pause`, twice that, and so on.
    #[must_use]
    pub fn new(root: PathBuf, manifest: Manifest, addresses: Box<dyn Addresses>, pause: Duration) -> Self {
        Self { root, manifest, addresses, pause }
    }

    /// The folder of everything that is fetched.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the assets' folders.
    #[must_use]
    pub fn assets(&self) -> PathBuf {
        self.root.join("assets")
    }

    pub(crate) fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    pub(crate) fn addresses(&self) -> &dyn Addresses {
        &*self.addresses
    }

    pub(crate) fn pause(&self) -> Duration {
        self.pause
    }

    /// The folder of an asset that is ready.
    ///
    /// # Errors
    /// As [`Cache::check_quick`].
    pub fn folder(&self, name: &str) -> Result<PathBuf, AssetError> {
        self.check_quick(name)?;
        Ok(self.assets().join(name))
    }

    /// Whether an asset is there and its files have their sizes; reads no file but the stamp.
    ///
    /// # Errors
    /// [`AssetError::Unknown`], [`AssetError::Missing`] or [`AssetError::Damaged`].
    pub fn check_quick(&self, name: &str) -> Result<(), AssetError> {
        self.check_asset(self.manifest.find(name)?)
    }

    pub(crate) fn check_asset(&self, asset: &Asset) -> Result<(), AssetError> {
        let folder = self.assets().join(&asset.name);
        let stamp = self.stamp(asset)?;
        match stamp.differs_in_size(&folder) {
            None => Ok(()),
            Some(reason) => Err(AssetError::Damaged { name: asset.name.clone(), folder, reason }),
        }
    }

    fn stamp(&self, asset: &Asset) -> Result<Stamp, AssetError> {
        let folder = self.assets().join(&asset.name);
        let reason = match Stamp::read(&folder) {
            Some(stamp) if stamp.entry == stamp::entry_hash(asset) => return Ok(stamp),
            Some(_) => format!("{} holds another version", folder.display()),
            None => format!("nothing whole in {}", folder.display()),
        };
        Err(AssetError::Missing { name: asset.name.clone(), reason })
    }

    /// Fetches those of the named assets that are not ready, and returns their names. Who names an asset may know it to
    /// be damaged, so its files are hashed; if none is named, all are looked at, by their sizes only.
    ///
    /// # Errors
    /// The first failure; nothing half-written is left, and what arrived is kept for the next pull.
    pub fn pull<S: AsRef<str>>(&self, names: &[S], progress: &dyn Progress) -> Result<Vec<String>, AssetError> {
        let is_ready = |asset: &Asset| match names.is_empty() {
            true => self.check_asset(asset).is_ok(),
            false => self.verify_asset(asset).is_ok(),
        };
        pull::run(self, &self.manifest.select(names)?, &is_ready, progress)
    }

    /// Every asset and how it stands.
    #[must_use]
    pub fn list(&self) -> Vec<Listed> {
        let listed = |asset: &Asset| Listed {
            asset: asset.clone(),
            folder: self.assets().join(&asset.name),
            state: self.check_asset(asset),
        };
        self.manifest.assets.iter().map(listed).collect()
    }

    /// Hashes every file of the named assets (of all, if none is named).
    ///
    /// # Errors
    /// [`AssetError::Unknown`]; what is wrong with an asset stands in its [`Verified`].
    pub fn verify<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<Verified>, AssetError> {
        let verified = |asset: &&Asset| Verified { name: asset.name.clone(), outcome: self.verify_asset(asset) };
        Ok(self.manifest.select(names)?.iter().map(verified).collect())
    }

    fn verify_asset(&self, asset: &Asset) -> Result<u64, AssetError> {
        let stamp = self.stamp(asset)?;
        let folder = self.assets().join(&asset.name);
        let reason = match stamp.differs_in_content(&folder)? {
            None => not_pinned(asset, &stamp),
            some => some,
        };
        match reason {
            None => Ok(stamp.bytes()),
            Some(reason) => Err(AssetError::Damaged { name: asset.name.clone(), folder, reason }),
        }
    }
}

/// Says which stamped file has another hash than the manifest pins.
fn not_pinned(asset: &Asset, stamp: &Stamp) -> Option<String> {
    asset.files.iter().find_map(|rule| {
        let pinned = rule.sha256.as_ref()?;
        let same = stamp.files.iter().any(|file| file.path == rule.to && file.sha256 == *pinned);
        (!same).then(|| format!("{} does not have the pinned sha256 {pinned}", rule.to))
    })
}

/// Where fetched files live: `INTERVIEWER_CACHE_DIR`, or `interviewer` in `XDG_CACHE_HOME` or in `~/.cache`.
///
/// # Errors
/// [`AssetError::NoHome`] if none of them is known.
pub fn cache_dir() -> Result<PathBuf, AssetError> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user_cache = || variable("XDG_CACHE_HOME").or_else(|| Some(std::env::home_dir()?.join(".cache")));
    let ours = || Some(user_cache()?.join("interviewer"));
    variable("INTERVIEWER_CACHE_DIR").or_else(ours).ok_or(AssetError::NoHome)
}
