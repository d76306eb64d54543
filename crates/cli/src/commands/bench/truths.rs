//! Utterances whose words are known.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Result, ensure};

use crate::manifest;

/// Which utterances of which table.
#[derive(clap::Args)]
pub(super) struct TruthTable {
    /// A table of utterances with their true words (tab-separated, with columns `path` and `transcript`).
    #[arg(long, value_name = "FILE", default_value = "../shared/speech/manifest.tsv")]
    pub(super) manifest: PathBuf,
    /// Utterances whose path begins so; several, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "read,crowd", value_name = "FOLDER")]
    folders: Vec<String>,
    /// Only part K of N of the utterances: 3/3 is every third.
    #[arg(long, value_name = "K/N", default_value = "1/1")]
    part: Part,
}

/// A sound with its true words.
pub(super) struct Utterance {
    pub(super) folder: String,
    pub(super) samples: Vec<f32>,
    pub(super) truth: String,
}

/// How long so many samples last.
pub(super) fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(audio::SAMPLE_RATE_HZ)
}

impl TruthTable {
    /// The utterances asked for, those without known words left out.
    ///
    /// # Errors
    /// When the table or a sound cannot be read, or nothing in the table is asked for.
    pub(super) fn utterances(&self) -> Result<Vec<Utterance>> {
        let Part { of, parts } = self.part;
        let mut utterances = Vec::new();
        let rows = manifest::read(&self.manifest, &self.folders)?.into_iter().filter(|row| row.truth.is_some());
        for row in rows.skip(of - 1).step_by(parts) {
            let (folder, samples) = (row.folder().to_owned(), audio::decode::read_mono_16k(&row.file)?);
            utterances.push(Utterance { folder, samples, truth: row.truth.unwrap_or_default() });
        }
        ensure!(!utterances.is_empty(), "{} lists no such utterance with its words", self.manifest.display());
        Ok(utterances)
    }
}

/// Part `of` 1 to `parts`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    of: usize,
    parts: usize,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(of, parts)| Some((of.parse().ok()?, parts.parse().ok()?)));
        match numbers {
            Some((of, parts)) if (1..=parts).contains(&of) => Ok(Self { of, parts }),
            _ => Err("it must be K/N with 1 <= K <= N, as 3/3".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_one_of_so_many() {
        assert_eq!("3/3".parse(), Ok(Part { of: 3, parts: 3 }));
        for text in ["0/3", "4/3", "3", "a/b", ""] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }
}
