//! Unpacking fetched packages into an asset's folder, whole or not at all.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::archive::{self, Visit};
use crate::error::{AssetError, At};
use crate::hash::HashingFile;
use crate::manifest::{Asset, FileRule};
use crate::stamp::{self, Installed, Stamp};

/// Unpacks one asset from package files.
pub(crate) struct Installation<'a> {
    pub(crate) asset: &'a Asset,
    /// The folder that the asset's folder stands in.
    pub(crate) parent: &'a Path,
    /// Where a package, by name, was put.
    pub(crate) package_file: &'a dyn Fn(&str) -> PathBuf,
}

impl Installation<'_> {
    /// Unpacks beside the target and renames, so that readers see the old folder, the new one, or for an instant none.
    ///
    /// # Errors
    /// [`AssetError::Unpack`], [`AssetError::WrongHash`] or a file error; nothing is left then.
    pub(crate) fn run(&self) -> Result<(), AssetError> {
        let temporary = self.parent.join(format!("{}.tmp-{}", self.asset.name, std::process::id()));
        let outcome = self.fill(&temporary).and_then(|()| self.put_in_place(&temporary));
        if outcome.is_err() {
            remove_folder(&temporary);
        }
        outcome
    }

    fn fill(&self, folder: &Path) -> Result<(), AssetError> {
        remove_folder(folder);
        fs::create_dir_all(folder).at(folder)?;
        let mut files = Vec::new();
        for rule in &self.asset.files {
            if rule.is_folder() {
                self.take_many(rule, folder, &mut files)?;
            } else {
                files.push(self.join_parts(rule, folder)?);
            }
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Stamp { entry: stamp::entry_hash(self.asset), files }.write(folder)
    }

    fn take_many(&self, rule: &FileRule, folder: &Path, files: &mut Vec<Installed>) -> Result<(), AssetError> {
        for source in &rule.from {
            let found = self.each(source, &mut |below, reader| {
                let path = rule.to.trim_start_matches("./").to_owned() + below;
                let mut file = create(&folder.join(&path))?;
                copy(reader, &mut file, &folder.join(&path))?;
                files.push(installed(path, file));
                Ok(())
            })?;
            self.require(found > 0, source)?;
        }
        Ok(())
    }

    fn join_parts(&self, rule: &FileRule, folder: &Path) -> Result<Installed, AssetError> {
        let path = folder.join(&rule.to);
        let mut file = create(&path)?;
        for source in &rule.from {
            let found = self.each(source, &mut |_, reader| copy(reader, &mut file, &path))?;
            self.require(found == 1, source)?;
        }
        let file = installed(rule.to.clone(), file);
        match &rule.sha256 {
            Some(expected) if *expected != file.sha256 => Err(AssetError::WrongHash {
                name: self.asset.name.clone(),
                what: rule.to.clone(),
                expected: expected.clone(),
                got: file.sha256,
                path,
            }),
            _ => Ok(file),
        }
    }

    fn each(&self, source: &str, visitor: archive::Visitor<'_>) -> Result<usize, AssetError> {
        let (package, pattern) = source.split_once('/').unwrap_or((source, ""));
        let file = (self.package_file)(package);
        archive::each(&file, pattern, visitor).map_err(|error| match error {
            Visit::Visitor(error) => error,
            Visit::Corrupt(reason) => self.unpack(package, reason),
        })
    }

    fn require(&self, found: bool, source: &str) -> Result<(), AssetError> {
        let (package, path) = source.split_once('/').unwrap_or((source, ""));
        if found { Ok(()) } else { Err(self.unpack(package, format!("it holds no {path}"))) }
    }

    fn unpack(&self, package: &str, reason: String) -> AssetError {
        AssetError::Unpack { name: self.asset.name.clone(), package: package.to_owned(), reason }
    }

    fn put_in_place(&self, temporary: &Path) -> Result<(), AssetError> {
        let target = self.parent.join(&self.asset.name);
        let old = self.parent.join(format!("{}.old-{}", self.asset.name, std::process::id()));
        remove_folder(&old);
        if target.exists() {
            fs::rename(&target, &old).at(&target)?;
        }
        fs::rename(temporary, &target).at(&target)?;
        remove_folder(&old);
        Ok(())
    }
}

/// Removes a folder that may not be there.
pub(crate) fn remove_folder(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
}

fn create(path: &Path) -> Result<HashingFile, AssetError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).at(folder)?;
    }
    HashingFile::create(path).at(path)
}

fn installed(path: String, file: HashingFile) -> Installed {
    let (bytes, sha256) = file.finish();
    Installed { path, bytes, sha256 }
}

/// Copies, telling a bad archive from a full disk.
fn copy(reader: &mut dyn Read, file: &mut HashingFile, path: &Path) -> Result<(), Visit> {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => file.write_all(&buffer[..read]).at(path)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(archive::corrupt(error)),
        }
    }
}
