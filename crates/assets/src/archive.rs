//! Reading packages: a wheel is a zip, an npm package a gzipped tar.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use crate::error::{AssetError, At};
use crate::pattern;

/// What went wrong while entries were visited.
#[derive(Debug)]
pub(crate) enum Visit {
    /// The archive itself cannot be read.
    Corrupt(String),
    /// The visitor failed.
    Visitor(AssetError),
}

impl From<AssetError> for Visit {
    fn from(error: AssetError) -> Self {
        Self::Visitor(error)
    }
}

/// Receives the path below the target folder and the contents of one entry.
pub(crate) type Visitor<'a> = &'a mut dyn FnMut(&str, &mut dyn Read) -> Result<(), Visit>;

/// Shows every entry that the pattern means to the visitor, and returns how many there were.
///
/// # Errors
/// [`Visit::Corrupt`] if the archive cannot be read, or what the visitor answered.
pub(crate) fn each(package: &Path, pattern: &str, visitor: Visitor<'_>) -> Result<usize, Visit> {
    let file = BufReader::new(File::open(package).at(package)?);
    if package.extension().is_some_and(|ending| ending == "tgz") {
        each_in_tar(file, pattern, visitor)
    } else {
        each_in_zip(file, pattern, visitor)
    }
}

fn each_in_zip(file: BufReader<File>, pattern: &str, visitor: Visitor<'_>) -> Result<usize, Visit> {
    let mut archive = zip::ZipArchive::new(file).map_err(|error| Visit::Corrupt(error.to_string()))?;
    let wanted = |name: &String| pattern::matches(pattern, name).is_some();
    let names: Vec<String> = archive.file_names().flatten().map(Into::into).filter(wanted).collect();
    for name in &names {
        let mut entry = archive.by_name(name).map_err(|error| Visit::Corrupt(error.to_string()))?;
        visit(pattern, name, &mut entry, visitor)?;
    }
    Ok(names.len())
}

fn each_in_tar(file: BufReader<File>, pattern: &str, visitor: Visitor<'_>) -> Result<usize, Visit> {
    let mut archive = tar::Archive::new(flate2::bufread::GzDecoder::new(file));
    let mut count = 0;
    for entry in archive.entries().map_err(corrupt)? {
        let mut entry = entry.map_err(corrupt)?;
        let name = entry.path().map_err(corrupt)?.to_string_lossy().into_owned();
        if entry.header().entry_type().is_file() && pattern::matches(pattern, &name).is_some() {
            visit(pattern, &name, &mut entry, visitor)?;
            count += 1;
        }
    }
    Ok(count)
}

fn visit(pattern: &str, name: &str, entry: &mut dyn Read, visitor: Visitor<'_>) -> Result<(), Visit> {
    let below = pattern::matches(pattern, name).unwrap_or(name);
    if !pattern::is_safe(below) {
        return Err(Visit::Corrupt(format!("the path {name} leaves the folder")));
    }
    visitor(below, entry)
}

/// A failure to read an archive.
#[allow(clippy::needless_pass_by_value, reason = "handed to map_err")]
pub(crate) fn corrupt(error: io::Error) -> Visit {
    Visit::Corrupt(error.to_string())
}
