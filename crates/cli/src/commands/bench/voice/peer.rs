//! The peer: a script that runs an all-local Pipecat bot in real time, given the same utterances.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use audio::SAMPLE_RATE_HZ;
use audio::wav::Sound;
use serde_json::Value;
use tokio::process::Command;

use super::figures::{Figures, Turn};
use super::utterances::{Manifest, Utterance};

/// What is given to the script.
pub(super) struct Peer {
    /// The script: takes --speech, --folders, --turns, --gap, --whisper, --piper-dir, --voice, --bots and --out, and
    /// leaves bots1-0.json.
    pub(super) script: PathBuf,
    /// The interpreter with what the script needs.
    pub(super) python: PathBuf,
    /// The recogniser's model, the same as ours.
    pub(super) whisper: PathBuf,
    /// The folder of the voice, the same as ours.
    pub(super) voice_folder: PathBuf,
    /// The voice's name.
    pub(super) voice: String,
}

impl Peer {
    /// Runs the script on `utterances`, of which the first warms up, and waits for it. `work` is an empty folder.
    pub(super) async fn run(
        &self,
        manifest: &Manifest,
        folders: &[String],
        utterances: &[Utterance],
        gap_s: f64,
        work: &Path,
    ) -> Result<(Figures, Vec<Turn>)> {
        let chosen = work.join("speech");
        lay_out(&chosen, manifest, folders, &utterances[1..])?;
        let out = work.join("out");
        let mut command = Command::new(&self.python);
        command.arg(&self.script).arg("--speech").arg(&chosen).arg("--out").arg(&out);
        command.arg("--whisper").arg(&self.whisper).arg("--piper-dir").arg(&self.voice_folder);
        command.args(["--voice", &self.voice, "--bots", "1", "--gap", &gap_s.to_string()]);
        command.args(["--turns", &(utterances.len() - 1).to_string(), "--folders"]).args(folders);
        command.env("HF_HUB_OFFLINE", "1").stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let shown = format!("{} {}", self.python.display(), self.script.display());
        let status = command.status().await.with_context(|| format!("{shown} cannot be started"))?;
        ensure!(status.success(), "{shown} failed ({status}); what it said stands above");
        let path = out.join("bots1-0.json");
        let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let told: Value = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
        read(&told, utterances)
    }
}

/// A folder that holds nothing but the chosen utterances, as we play them, and a manifest of them.
fn lay_out(chosen: &Path, manifest: &Manifest, folders: &[String], utterances: &[Utterance]) -> Result<()> {
    ensure!(folders.iter().all(|folder| folder != "."), "the peer takes utterances by folder; name --folders");
    for utterance in utterances {
        let path = chosen.join(&utterance.path);
        std::fs::create_dir_all(path.parent().unwrap_or(chosen))?;
        let samples = utterance.samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
        audio::wav::write_pcm16(&path, &Sound { rate_hz: SAMPLE_RATE_HZ, channels: vec![samples] })?;
    }
    let rows: Vec<&str> = utterances.iter().map(|utterance| utterance.row.as_str()).collect();
    Ok(std::fs::write(chosen.join("manifest.tsv"), format!("{}\n{}\n", manifest.head, rows.join("\n")))?)
}

/// Reads what the script tells; it must have played the same.
fn read(told: &Value, utterances: &[Utterance]) -> Result<(Figures, Vec<Turn>)> {
    let turns: Vec<Turn> = told["turns"].as_array().into_iter().flatten().skip(1).map(turn).collect();
    let (ours, theirs) = (utterances[1..].iter().map(|u| u.path.as_str()), turns.iter().map(|t| t.file.as_str()));
    if !ours.clone().eq(theirs.clone()) {
        bail!("the peer played {:?} and not {:?}", theirs.collect::<Vec<_>>(), ours.collect::<Vec<_>>());
    }
    let number =
        |value: &Value, what: &str| value.as_f64().with_context(|| format!("the peer did not tell its {what}"));
    let cpu_s_per_min = number(&told["cpu_s_per_min"], "processor time")?;
    let rss_mb = number(&told["MiB"]["rss"], "memory")?;
    Ok((Figures::of(&turns, cpu_s_per_min, rss_mb), turns))
}

fn turn(told: &Value) -> Turn {
    let ms = |name: &str| told[name].as_f64().map(|seconds| seconds * 1000.0);
    let texts = told["stt"].as_array().into_iter().flatten().filter_map(|segment| segment[2].as_str());
    Turn {
        file: told["file"].as_str().unwrap_or_default().to_owned(),
        voice_to_voice_ms: ms("v2v_final"),
        first_reply_ms: ms("v2v"),
        cut_ins: told["cut_ins"].as_u64().unwrap_or_default() as usize,
        text: texts.map(str::trim).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn utterance(path: &str) -> Utterance {
        Utterance { row: String::new(), path: path.into(), samples: Vec::new(), last_voiced: 0 }
    }

    #[test]
    fn the_peer_must_have_played_the_same() {
        let told = json!({"cpu_s_per_min": 26.0, "MiB": {"rss": 570}, "turns": [
            {"file": "read/2.flac"},
            {"file": "read/1.flac", "v2v": 1.0, "v2v_final": 2.4, "cut_ins": 1, "stt": [[1.0, 3.0, " Hello."]]},
            {"file": "read/2.flac", "v2v": null},
        ]});
        let played = ["read/2.flac", "read/1.flac", "read/2.flac"].map(utterance);
        let (figures, turns) = read(&told, &played).unwrap();
        assert_eq!((figures.voice_to_voice_ms.p50, figures.cut_ins, figures.unanswered), (Some(2400.0), 1, 1));
        assert_eq!((turns[0].text.as_str(), figures.rss_mb), ("Hello.", 570.0));
        assert!(read(&told, &played[..2]).unwrap_err().to_string().contains("read/2.flac"));
    }
}
