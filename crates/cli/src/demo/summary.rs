//! How the interview went, computed from its files.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use speech::wer::count;

use super::candidate::{Lived, Shown, Spoken};
use super::heard::{HEARD_FILE, Heard};
use super::told::Side;
use super::ways::Way;
use super::workers::Workers;
use crate::process;
use crate::terminal::say;

/// Of the transcript's words so many may have been shown otherwise: those at which an interrupted line ends.
const MOST_SHOWN_OTHERWISE: f64 = 0.1;

/// `demo.json`.
#[derive(Serialize)]
pub(crate) struct Summary {
    /// What carried the interview.
    transport: Way,
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
    /// The same, measured where the candidate sits.
    pub(crate) as_heard: Heard,
    /// Words of the transcript that were shown otherwise, or not at all.
    words_shown_otherwise: usize,
    /// How often the interviewer was shown to speak.
    times_speaking: usize,
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
///
/// # Errors
/// When a file is missing, or when what was shown to the candidate is another conversation than the transcript's.
pub(crate) fn summarise(
    out: &Path,
    transport: Way,
    lived: Lived,
    as_heard: Heard,
    workers: Option<&Workers>,
) -> Result<Summary> {
    let transcript = json(&out.join("transcript.json"))?;
    let latency = json(&out.join("latency.json"))?;
    let Lived { spoken, shown, activities, .. } = lived;
    let times_speaking = activities.iter().filter(|activity| *activity == "speaking").count();
    ensure!(times_speaking > 0, "the interviewer was never shown to speak");
    let words_shown_otherwise = shown_otherwise(&transcript, &shown)?;
    let kept: Vec<&Spoken> = spoken.iter().filter(|s| !s.before_consent).collect();
    let heard = said_by(&transcript, Side::Candidate);
    let truth = kept.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" ");
    let wer = count(&truth, &heard.join(" "));
    let summary = Summary {
        transport,
        wer_pct: (wer.rate() * 10_000.0).round() / 100.0,
        words_spoken: wer.words,
        turns_spoken: kept.len(),
        turns_in_transcript: heard.len(),
        voice_to_voice_ms: latency["voice_to_voice_ms"].clone(),
        unmeasured_turns: latency["unmeasured_turns"].as_u64().unwrap_or_default(),
        cut_ins: latency["cut_ins"].clone(),
        barge_in_stop_ms: latency["barge_in_stop_ms"].clone(),
        as_heard,
        words_shown_otherwise,
        times_speaking,
        workers: workers.map(Workers::describe),
        workers_peak_rss_mb: workers.and_then(Workers::peak_rss_mb),
        recorded_s: transcript["recorded_ms"].as_f64().unwrap_or_default() / 1000.0,
        peak_rss_mb: process::peak_rss_mb(std::process::id()).ok(),
        spoken,
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
        say(&format!("as heard             {}, over {}", self.as_heard.text(), self.transport.name()));
        if self.words_shown_otherwise > 0 {
            say(&format!("shown otherwise      {} words of the transcript", self.words_shown_otherwise));
        }
        if let Some(workers) = &self.workers {
            say(&format!("workers              {workers}"));
        }
        say(&format!("length               {:.0} s", self.recorded_s));
        if let Some(peak) = self.peak_rss_mb {
            let workers = self.workers_peak_rss_mb.iter().flatten().map(|mb| format!(", a worker's {mb} MB"));
            say(&format!("peak memory          {peak} MB{}", workers.collect::<String>()));
        }
        say(&format!(
            "files                {}, open report.html first; {HEARD_FILE} is what the candidate said and heard",
            out.display()
        ));
    }
}

/// Words of the transcript that were shown otherwise, of both sides; many of them are an error.
fn shown_otherwise(transcript: &Value, shown: &[Shown]) -> Result<usize> {
    let mut otherwise = 0;
    for side in [Side::Candidate, Side::Interviewer] {
        let said = said_by(transcript, side).join(" ");
        let texts = shown.iter().filter(|(of, ..)| *of == side).map(|(_, _, text)| text.as_str());
        let found = count(&said, &texts.collect::<Vec<_>>().join(" "));
        ensure!(
            found.rate() <= MOST_SHOWN_OTHERWISE,
            "the captions of the {} are not the transcript: {:.0} % of the words differ",
            side.name(),
            100.0 * found.rate()
        );
        otherwise += found.errors();
    }
    Ok(otherwise)
}

fn said_by(transcript: &Value, side: Side) -> Vec<String> {
    let entries = transcript["entries"].as_array().into_iter().flatten();
    let of_side = entries.filter(|entry| entry["speaker"] == side.name());
    of_side.filter_map(|entry| Some(entry["text"].as_str()?.to_owned())).collect()
}

fn json(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}
