//! The speech that conversations are made of: files with a manifest.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::Chance;
use crate::sound;

/// Which half of the speakers. Numbers are tuned on one half and reported on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// For tuning.
    Tune,
    /// For figures.
    HeldOut,
}

impl Half {
    /// As it is called: `tune` or `held-out`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tune => "tune",
            Self::HeldOut => "held-out",
        }
    }

    /// The half of a speaker, by a hash of their name.
    pub fn of(speaker: &str) -> Self {
        if Chance::of(speaker).draw().is_multiple_of(2) { Self::Tune } else { Self::HeldOut }
    }
}

/// A recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Path inside the corpus.
    pub path: String,
    /// Who speaks; the path where nobody is named.
    pub speaker: String,
    /// What kind of sound it is.
    pub category: String,
    /// What is said, where it is written down.
    pub transcript: String,
    /// Seconds.
    pub seconds: f64,
}

/// A folder of speech.
#[derive(Clone, Debug)]
pub struct Corpus {
    folder: PathBuf,
    /// All its recordings, in the manifest's order.
    pub clips: Vec<Clip>,
}

impl Corpus {
    /// Reads `manifest.tsv` in `folder`: columns `path`, `seconds`, `speaker`, `category` and `transcript`.
    ///
    /// # Errors
    /// When it cannot be read or lacks a column.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("manifest.tsv");
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("{}: cannot be read; --speech names a folder with a manifest.tsv", path.display())
        })?;
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
        let column = |name: &str| {
            let place = head.iter().position(|column| *column == name);
            place.with_context(|| format!("{}, line 1: there is no column \"{name}\"", path.display()))
        };
        let (file, seconds, speaker, said) =
            (column("path")?, column("seconds")?, column("speaker")?, column("transcript")?);
        let category = column("category")?;
        let clip = |line: &str| {
            let cells: Vec<&str> = line.split('\t').collect();
            let path = (*cells.get(file)?).to_owned();
            let speaker = cells.get(speaker).filter(|name| !name.is_empty()).map_or(path.clone(), |n| (*n).to_owned());
            let transcript = cells.get(said).copied().unwrap_or_default().to_owned();
            let category = cells.get(category).copied().unwrap_or_default().to_owned();
            Some(Clip { category, seconds: cells.get(seconds)?.parse().ok()?, path, speaker, transcript })
        };
        let clips: Vec<Clip> = lines.filter_map(clip).collect();
        ensure!(!clips.is_empty(), "{}: there are no recordings in it", path.display());
        Ok(Self { folder: folder.to_owned(), clips })
    }

    /// The recordings in this folder of the corpus.
    pub fn inside<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a Clip> {
        self.clips
            .iter()
            .filter(move |clip| clip.path.starts_with(folder) && clip.path[folder.len()..].starts_with('/'))
    }

    /// A recording's sound, 16 kHz mono, as it is.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn sound(&self, path: &str) -> Result<Vec<f32>> {
        Ok(audio::decode::read_mono_16k(&self.folder.join(path))?)
    }

    /// A recording of speech, its loud part at -20 dBFS.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn speech(&self, path: &str) -> Result<Vec<f32>> {
        let mut speech = self.sound(path)?;
        sound::level(&mut speech);
        Ok(speech)
    }
}
