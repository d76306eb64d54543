//! Which utterances are played, and where their last sound is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use audio::SAMPLE_RATE_HZ;
use speech::{VAD_FRAME_SAMPLES, VoiceActivity};

use crate::commands::listen::activity;

/// Utterances outside of this are left out, seconds.
const SECONDS: std::ops::RangeInclusive<f64> = 3.0..=12.0;
/// Samples of 10 ms.
const STEP: usize = SAMPLE_RATE_HZ as usize / 100;
/// A step is voiced when it is at most 30 dB quieter than the loud part ...
const BELOW_LOUD: f32 = 31.6;
/// ... and voice activity gives it so much.
const VOICED: f32 = 0.5;
/// The loud part of each utterance is brought to this level (-20 dBFS): they are one candidate's answers, and nobody is
/// thirty decibels softer from one answer to the next.
const LEVEL: f32 = 0.1;
/// No sample gets louder than this.
const LOUDEST: f32 = 0.98;
/// Folders that are taken when none are named, where they are there: single speakers, a sentence or two each.
const USUAL_FOLDERS: [&str; 2] = ["read", "crowd"];

/// Speech that is played as an answer.
#[derive(Clone, Debug)]
pub(super) struct Utterance {
    /// The manifest's line.
    pub(super) row: String,
    /// Path inside the folder.
    pub(super) path: String,
    /// 16 kHz mono.
    pub(super) samples: Vec<i16>,
    /// Where the last voiced sample is.
    pub(super) last_voiced: usize,
}

/// A manifest's rows and what stands above them.
pub(super) struct Manifest {
    pub(super) head: String,
    rows: Vec<(String, String, f64)>,
}

impl Manifest {
    /// Reads `manifest.tsv` in `folder`: columns `path` and `seconds`, others are of no interest.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("manifest.tsv");
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "{}: cannot be read; --speech names a folder with a manifest.tsv (path, seconds, …)",
                path.display()
            )
        })?;
        let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let column = |name: &str| {
            let place = head.trim_end().split('\t').position(|column| column == name);
            place.with_context(|| format!("{}, line 1: there is no column \"{name}\"", path.display()))
        };
        let (path_column, seconds_column) = (column("path")?, column("seconds")?);
        let row = |line: &str| {
            let cells: Vec<&str> = line.split('\t').collect();
            let seconds = cells.get(seconds_column)?.parse().ok()?;
            Some((line.to_owned(), (*cells.get(path_column)?).to_owned(), seconds))
        };
        Ok(Self { head: head.trim_end().to_owned(), rows: rest.lines().filter_map(row).collect() })
    }

    /// `count` rows spread evenly over each of the folders, one folder after the other in turn.
    pub(super) fn pick(&self, folders: &[String], count: usize) -> Result<Vec<(String, String)>> {
        let of_folder = |folder: &String| -> Vec<&(String, String, f64)> {
            let inside = |path: &str| folder == "." || path.starts_with(&format!("{folder}/"));
            self.rows.iter().filter(|(_, path, seconds)| inside(path) && SECONDS.contains(seconds)).collect()
        };
        let groups: Vec<_> = folders.iter().map(of_folder).collect();
        let each = count / folders.len().max(1);
        if each == 0 {
            bail!("--utterances {count}: at least one for each of the folders {}", folders.join(", "));
        }
        if let Some((folder, group)) = folders.iter().zip(&groups).find(|(_, group)| group.len() < each) {
            let found = group.len();
            bail!("{folder} has only {found} utterances of 3 to 12 s; lower --utterances or name --folders");
        }
        let picked = (0..each).flat_map(|i| groups.iter().map(move |group| group[i * group.len() / each]));
        Ok(picked.map(|(row, path, _)| (row.clone(), path.clone())).collect())
    }

    /// The usual folders that it has, or all of it.
    pub(super) fn usual_folders(&self) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, path, seconds) in &self.rows {
            let folder = path.split_once('/').map_or(".", |(folder, _)| folder);
            *counts.entry(folder).or_default() += usize::from(SECONDS.contains(seconds));
        }
        let usual = USUAL_FOLDERS.iter().filter(|folder| counts.get(*folder).is_some_and(|count| *count > 0));
        let usual: Vec<String> = usual.map(|folder| (*folder).to_owned()).collect();
        if usual.is_empty() { vec![".".to_owned()] } else { usual }
    }
}

/// Reads the utterances and finds where each ends.
pub(super) async fn load(
    folder: &Path,
    picked: Vec<(String, String)>,
    detector: &impl VoiceActivity,
) -> Result<Vec<Utterance>> {
    let mut utterances = Vec::new();
    for (row, path) in picked {
        let file: PathBuf = folder.join(&path);
        let mut sound = audio::decode::read_mono_16k(&file)?;
        level(&mut sound);
        let activity = activity(detector, &sound, 0).await?;
        let last_voiced =
            last_voiced(&sound, &activity).with_context(|| format!("{}: there is no voice in it", file.display()))?;
        let samples = sound.into_iter().map(audio::wav::pcm16).collect();
        utterances.push(Utterance { row, path, samples, last_voiced });
    }
    Ok(utterances)
}

/// Brings speech to one level, without clipping.
fn level(sound: &mut [f32]) {
    let peak = sound.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    let Some(loud) = loud_part(&levels(sound)).filter(|loud| *loud > 0.0) else { return };
    let gain = (LEVEL / loud).min(LOUDEST / peak);
    sound.iter_mut().for_each(|sample| *sample *= gain);
}

/// Root mean square of each 10 ms.
fn levels(sound: &[f32]) -> Vec<f32> {
    let rms = |step: &[f32]| (step.iter().map(|sample| sample * sample).sum::<f32>() / STEP as f32).sqrt();
    sound.chunks_exact(STEP).map(rms).collect()
}

/// The level that 5 % of the steps exceed.
fn loud_part(levels: &[f32]) -> Option<f32> {
    let mut sorted = levels.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() * 95 / 100).copied()
}

/// The end of the last voiced 10 ms, in samples. `activity`: probability of a voice in each frame.
fn last_voiced(sound: &[f32], activity: &[f32]) -> Option<usize> {
    let levels = levels(sound);
    let loud = loud_part(&levels)?;
    let heard = |step: usize| activity.get(step * STEP / VAD_FRAME_SAMPLES).is_some_and(|p| *p >= VOICED);
    let voiced = |step: &usize| levels[*step] > loud / BELOW_LOUD && heard(*step);
    (0..levels.len()).rev().find(voiced).map(|step| (step + 1) * STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let row = |i: usize, folder: &str, seconds: f64| {
            let path = format!("{folder}/{i}.flac");
            (format!("{path}\t{seconds}"), path, seconds)
        };
        let rows = (0..6).map(|i| row(i, "read", 5.0)).chain((0..4).map(|i| row(i, "crowd", 4.0)));
        Manifest { head: "path\tseconds".into(), rows: rows.chain([row(9, "crowd", 30.0)]).collect() }
    }

    #[test]
    fn utterances_are_spread_over_the_folders_and_none_is_too_long() {
        let folders = manifest().usual_folders();
        assert_eq!(folders, ["read", "crowd"]);
        let picked = manifest().pick(&folders, 4).unwrap();
        let paths: Vec<&str> = picked.iter().map(|(_, path)| path.as_str()).collect();
        assert_eq!(paths, ["read/0.flac", "crowd/0.flac", "read/3.flac", "crowd/2.flac"]);
        assert!(manifest().pick(&folders, 10).unwrap_err().to_string().contains("crowd has only 4"));
    }

    #[test]
    fn soft_and_loud_speakers_are_brought_to_one_level_without_clipping() {
        for loudness in [0.005, 0.3] {
            let mut sound: Vec<f32> = (0..16_000).map(|i| loudness * (i as f32 * 0.3).sin()).collect();
            level(&mut sound);
            let loud = loud_part(&levels(&sound)).unwrap();
            assert!((loud - LEVEL).abs() < 0.01, "{loud}");
        }
        let mut click = vec![0.001; 16_000];
        click[5] = 0.5;
        level(&mut click);
        assert!(click.iter().all(|sample| *sample <= LOUDEST));
    }

    #[test]
    fn the_end_is_where_loud_sound_and_voice_end_together() {
        let sound: Vec<f32> = (0..32_000).map(|i| if i < 16_000 { 0.3 } else { 0.001 }).collect();
        let activity: Vec<f32> = (0..63).map(|frame| if frame < 40 { 0.9 } else { 0.1 }).collect();
        assert_eq!(last_voiced(&sound, &activity), Some(16_000));
        assert_eq!(last_voiced(&sound, &activity[..10]), Some(10 * 512 / STEP * STEP));
        assert_eq!(last_voiced(&sound, &[]), None);
    }
}
