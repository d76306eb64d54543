//! `assets.toml`: which packages hold which files, and the hashes they must have.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::error::AssetError;
use crate::pattern;

/// The manifest that this build was made with.
const EMBEDDED: &str = include_str!("../../../assets/assets.toml");

/// Every asset that can be fetched.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The assets, in the order in which they are listed.
    #[serde(rename = "asset")]
    pub assets: Vec<Asset>,
}

/// One folder of files that the product uses: a model, a library, sample speech.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// The folder's name.
    pub name: String,
    /// The licence that the files come under.
    pub licence: String,
    /// What it is, in one line.
    pub about: String,
    /// Size of the installed files, in bytes.
    pub unpacked_bytes: u64,
    /// The packages that the files are taken from.
    #[serde(rename = "package")]
    pub packages: Vec<Package>,
    /// The files that are taken.
    #[serde(rename = "file")]
    pub files: Vec<FileRule>,
}

/// Which package manager knows a package's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// Python wheels, found through pip.
    Pypi,
    /// npm tarballs, found through npm.
    Npm,
}

/// One package in one version.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Where it is published.
    pub registry: Registry,
    /// Its name there.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// The build for every machine.
    pub any: Option<Build>,
    /// The build for 64-bit Intel and AMD processors.
    pub x86_64: Option<Build>,
    /// The build for 64-bit ARM processors.
    pub aarch64: Option<Build>,
}

/// One published file of a package.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// Its sha256, in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The platform tag of a wheel that is not for all platforms.
    pub tag: Option<String>,
}

/// How files of packages become files of the asset.
///
/// `from` holds `package/path/in/the/package`. A `to` that ends with `/` is a folder: it takes all that its
/// `from` match (`*` in the last part of the path, or a whole folder that ends with `/`). Any other `to` is one file: the
/// `from` files joined in order.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    /// Path inside the asset's folder; `./` is the folder itself.
    pub to: String,
    /// What is taken, in order.
    pub from: Vec<String>,
    /// The sha256 of the file that results, in hexadecimal.
    pub sha256: Option<String>,
}

impl Manifest {
    /// The manifest that this build was made with.
    ///
    /// # Errors
    /// [`AssetError::Manifest`] if the file in the source tree is not consistent.
    pub fn embedded() -> Result<Self, AssetError> {
        Self::parse(EMBEDDED)
    }

    /// Reads a manifest and checks that it is consistent.
    ///
    /// # Errors
    /// [`AssetError::Manifest`], naming what is wrong.
    pub fn parse(text: &str) -> Result<Self, AssetError> {
        let manifest: Self = toml::from_str(text).map_err(|error| AssetError::Manifest(error.to_string()))?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The assets of these names, in the manifest's order; all of them when no name is given.
    ///
    /// # Errors
    /// [`AssetError::Unknown`] for a name that is not listed.
    pub fn select<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<&Asset>, AssetError> {
        for name in names {
            self.find(name.as_ref())?;
        }
        let wanted = |asset: &&Asset| names.is_empty() || names.iter().any(|name| name.as_ref() == asset.name);
        Ok(self.assets.iter().filter(wanted).collect())
    }

    /// The asset of this name.
    ///
    /// # Errors
    /// [`AssetError::Unknown`] if it is not listed.
    pub fn find(&self, name: &str) -> Result<&Asset, AssetError> {
        self.assets.iter().find(|asset| asset.name == name).ok_or_else(|| AssetError::Unknown {
            name: name.to_owned(),
            known: self.assets.iter().map(|asset| asset.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    fn check(&self) -> Result<(), AssetError> {
        let mut names = HashSet::new();
        let mut packages = HashSet::new();
        for asset in &self.assets {
            require(names.insert(&asset.name), || format!("asset {} is listed twice", asset.name))?;
            require(pattern::is_safe(&asset.name), || format!("asset name {} is not a folder name", asset.name))?;
            for package in &asset.packages {
                package.check()?;
                require(packages.insert(&package.name), || format!("package {} is listed twice", package.name))?;
            }
            asset.files.iter().try_for_each(|rule| rule.check(asset))?;
        }
        Ok(())
    }
}

impl Asset {
    /// The package of this name.
    #[must_use]
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

impl Package {
    /// Name and version, as in `silero-vad 6.2.3`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// The build for this machine.
    #[must_use]
    pub fn build(&self) -> Option<&Build> {
        let native = match (std::env::consts::OS, std::env::consts::ARCH) {
            ("linux", "x86_64") => self.x86_64.as_ref(),
            ("linux", "aarch64") => self.aarch64.as_ref(),
            _ => None,
        };
        native.or(self.any.as_ref())
    }

    fn check(&self) -> Result<(), AssetError> {
        let builds = [&self.any, &self.x86_64, &self.aarch64];
        require(builds.iter().any(|build| build.is_some()), || format!("package {} has no build", self.name))?;
        require(pattern::is_safe(&self.name), || format!("package name {} is not a plain name", self.name))?;
        builds.into_iter().flatten().try_for_each(|build| is_sha256(&build.sha256))
    }
}

impl FileRule {
    /// Whether `to` is a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.to.ends_with('/')
    }

    fn check(&self, asset: &Asset) -> Result<(), AssetError> {
        let here = || format!("asset {}, file {}", asset.name, self.to);
        let inside = self.to == "./" || pattern::is_safe(self.to.trim_end_matches('/'));
        require(inside, || format!("{}: the path leaves the folder", here()))?;
        require(!self.from.is_empty(), || format!("{}: nothing to take it from", here()))?;
        require(!self.is_folder() || self.sha256.is_none(), || format!("{}: a folder has no sha256", here()))?;
        for source in &self.from {
            let known = source.split_once('/').is_some_and(|(package, _)| asset.package(package).is_some());
            require(known, || format!("{}: {source} names no package of this asset", here()))?;
            require(self.is_folder() || !pattern::is_many(source), || format!("{}: {source} is many files", here()))?;
        }
        self.sha256.as_deref().map_or(Ok(()), is_sha256)
    }
}

fn is_sha256(text: &str) -> Result<(), AssetError> {
    let fine = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    require(fine, || format!("\"{text}\" is not a sha256 in lower-case hexadecimal"))
}

fn require(condition: bool, message: impl FnOnce() -> String) -> Result<(), AssetError> {
    if condition { Ok(()) } else { Err(AssetError::Manifest(message())) }
}
