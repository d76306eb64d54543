//! How the interview went, computed from its files.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;
use speech::wer::count;

use super::client::Spoken;
use super::workers::Workers;
use crate::process;
use crate::terminal::say;

/// `demo.json`.
#[derive(Serialize)]
pub(crate) struct Summary {
    /// Words that the recogniser got wrong, of those the candidate spoke after consent, percent.
    wer_pct: f64,
    words_spoken: usize,
    /// Answers, remarks and questions that the candidate spoke after consent.
    turns_spoken: usize,
    /// Spoken turns in the transcript.
    turns_in_transcript: usize,
    voice_to_voice_ms: Value,
    /// Spoken turns after which neither sound of ours nor another turn came.
    unmeasured_turns: u64,
    cut_ins: Value,
    barge_in_stop_ms: Value,
    /// Who did the work, where it was not this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    workers: Option<String>,
    /// The most memory that each of those took that lived to the end, megabytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    workers_peak_rss_mb: Option<Vec<u64>>,
    /// Length of the interview, seconds.
    recorded_s: f64,
    /// The most memory that this process took, candidate and server together, megabytes.
    peak_rss_mb: Option<u64>,
    /// What the candidate said.
    spoken: Vec<Spoken>,
}

/// Reads the files in `out` and writes `demo.json` beside them; `workers` did the work, if not this process.
pub(crate) fn summarise(out: &Path, spoken: &[Spoken], workers: Option<&Workers>) -> Result<Summary> {
    let transcript = json(&out.join("transcript.json"))?;
    let latency = json(&out.join("latency.json"))?;
    let kept: Vec<&Spoken> = spoken.iter().filter(|s| !s.before_consent).collect();
    let heard = heard(&transcript);
    let truth = kept.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" ");
    let wer = count(&truth, &heard.join(" "));
    let summary = Summary {
        wer_pct: (wer.rate() * 10_000.0).round() / 100.0,
        words_spoken: wer.words,
        turns_spoken: kept.len(),
        turns_in_transcript: heard.len(),
        voice_to_voice_ms: latency["voice_to_voice_ms"].clone(),
        unmeasured_turns: latency["unmeasured_turns"].as_u64().unwrap_or_default(),
        cut_ins: latency["cut_ins"].clone(),
        barge_in_stop_ms: latency["barge_in_stop_ms"].clone(),
        workers: workers.map(Workers::describe),
        workers_peak_rss_mb: workers.and_then(Workers::peak_rss_mb),
        recorded_s: transcript["recorded_ms"].as_f64().unwrap_or_default() / 1000.0,
        peak_rss_mb: process::peak_rss_mb(std::process::id()).ok(),
        spoken: spoken.to_vec(),
    };
    let text = serde_json::to_string_pretty(&summary)?;
    std::fs::write(out.join("demo.json"), text).context("demo.json cannot be written")?;
    Ok(summary)
}

impl Summary {
    pub(crate) fn print(&self, out: &Path) {
        say("");
        say(&format!("words wrong          {:.2} % of {}", self.wer_pct, self.words_spoken));
        say(&format!(
            "turns                {} spoken, {} in the transcript",
            self.turns_spoken, self.turns_in_transcript
        ));
        let v = &self.voice_to_voice_ms;
        say(&format!(
            "voice to voice       p50 {} ms, p95 {} ms, max {} ms (on the recording)",
            v["p50"], v["p95"], v["max"]
        ));
        if self.unmeasured_turns > 0 {
            say(&format!("not measured         {} turns", self.unmeasured_turns));
        }
        say(&format!("cut-ins              {}", self.cut_ins));
        say(&format!("stopped within       p50 {} ms when interrupted", self.barge_in_stop_ms["p50"]));
        if let Some(workers) = &self.workers {
            say(&format!("workers              {workers}"));
        }
        say(&format!("length               {:.0} s", self.recorded_s));
        if let Some(peak) = self.peak_rss_mb {
            let workers = self.workers_peak_rss_mb.iter().flatten().map(|mb| format!(", a worker's {mb} MB"));
            say(&format!("peak memory          {peak} MB{}", workers.collect::<String>()));
        }
        say(&format!("files                {}, open report.html first", out.display()));
    }
}

fn heard(transcript: &Value) -> Vec<String> {
    let entries = transcript["entries"].as_array().into_iter().flatten();
    let candidate = entries.filter(|entry| entry["speaker"] == "candidate");
    candidate.filter_map(|entry| Some(entry["text"].as_str()?.to_owned())).collect()
}

fn json(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}
