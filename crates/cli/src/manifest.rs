//! A table of sound files with their true words: tab-separated, its first line names the columns.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A row of the table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The file as the table names it, inside the table's folder.
    pub(crate) name: String,
    /// The file.
    pub(crate) file: PathBuf,
    /// The true words, where they are known.
    pub(crate) truth: Option<String>,
}

impl Row {
    /// The first folder of the file's name, or nothing.
    pub(crate) fn folder(&self) -> &str {
        self.name.split_once('/').map_or("", |(folder, _)| folder)
    }
}

/// The rows of `manifest` (columns `path` and `transcript`) whose path begins with one of `folders`; all if none is
/// named.
///
/// # Errors
/// When the table cannot be read or lacks a column; the message names both.
pub(crate) fn read(manifest: &Path, folders: &[String]) -> Result<Vec<Row>> {
    let text = std::fs::read_to_string(manifest).with_context(|| format!("{} cannot be read", manifest.display()))?;
    let base = manifest.parent().unwrap_or(Path::new("."));
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name: &str| {
        let found = header.iter().position(|h| *h == name);
        found.with_context(|| format!("{} has no column \"{name}\" in its first line", manifest.display()))
    };
    let (path, truth) = (column("path")?, column("transcript")?);
    let wanted = |name: &str| folders.is_empty() || folders.iter().any(|folder| name.starts_with(folder.as_str()));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let name = *cells.get(path)?;
        let truth = cells.get(truth).map(|truth| truth.trim()).filter(|truth| !["", "-", "–"].contains(truth));
        wanted(name).then(|| Row { name: name.into(), file: base.join(name), truth: truth.map(str::to_owned) })
    };
    Ok(lines.filter_map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_named_folders_are_read_with_their_truth() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("manifest.tsv");
        std::fs::write(&file, "path\tseconds\ttranscript\na/1.wav\t2\tOne two.\nb/1.wav\t2\t–\nc.wav\t1\tno\n")
            .unwrap();
        let rows = read(&file, &["a".into(), "b".into()]).unwrap();
        let seen: Vec<(&str, Option<&str>)> = rows.iter().map(|row| (row.folder(), row.truth.as_deref())).collect();
        assert_eq!(seen, [("a", Some("One two.")), ("b", None)]);
        assert_eq!(read(&file, &[]).unwrap().len(), 3);
        std::fs::write(&file, "path\nx\n").unwrap();
        assert!(read(&file, &[]).unwrap_err().to_string().contains("\"transcript\""));
    }
}
