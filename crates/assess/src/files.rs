//! Writing an interview's files.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use interview::Plan;
use serde::Serialize;
use session::Record;

use crate::captions::{srt, vtt};
use crate::error::AssessError;
use crate::hash::{chain, sha256_hex};
use crate::latency::measure;
use crate::receipt::{Hashes, receipt};
use crate::report::{self, Report};
use crate::scorecard::scorecard;
use crate::status::Status;
use crate::tape::{Tape, WAV_FILE, file_hash};
use crate::transcript::{Transcript, transcript};

/// What holds words, sound or anything measured on them; an interview without consent has none of it.
const KEPT_WITH_CONSENT: [&str; 8] = [
    session::RECORDING_FILE,
    WAV_FILE,
    "transcript.json",
    "transcript.vtt",
    "transcript.srt",
    "scorecard.json",
    "latency.json",
    "report.html",
];

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// How the interview stands.
    pub status: Status,
    /// The files, in the order in which they were written.
    pub files: Vec<PathBuf>,
}

/// `transcript.json`.
#[derive(Serialize)]
struct TranscriptFile<'a> {
    interview: &'a str,
    recorded_ms: u64,
    #[serde(flatten)]
    transcript: &'a Transcript,
}

/// Writes the files of the interview by `plan` that `records` tell of into `folder`, which holds its `recording.pcm`.
///
/// They can be written again at any time (after an interruption, say); each file is replaced as a whole. Without a
/// recording there is no `recording.wav`. Of an interview that ended without consent only `plan.json`, `events.jsonl`
/// and `receipt.json` are written, which hold nothing of the candidate's, and everything else is deleted.
///
/// # Errors
/// When a file cannot be read or written; those named before it in the design's list may have been replaced.
pub fn write_files(folder: &Path, interview_id: &str, plan: &Plan, records: &[Record]) -> Result<Written, AssessError> {
    let mut out = Folder { folder, written: Vec::new() };
    let events = lines(records)?;
    let plan_json = pretty("the plan", plan)?;
    out.text("plan.json", &plan_json)?;
    out.text("events.jsonl", &events)?;
    let status = Status::of(records);
    let mut hashes = Hashes {
        plan_sha256: sha256_hex(plan_json.as_bytes()),
        events_sha256: sha256_hex(events.as_bytes()),
        recording_sha256: None,
    };
    if status == Status::Declined {
        out.remove(&KEPT_WITH_CONSENT)?;
    } else {
        hashes.recording_sha256 = out.recording()?;
    }
    let receipt = receipt(interview_id, plan, records, hashes, chain(events.lines()));
    out.json("receipt.json", &receipt)?;
    if status != Status::Declined {
        out.kept(interview_id, plan, records, &receipt)?;
    }
    Ok(Written { status, files: out.written })
}

/// One record a line.
fn lines(records: &[Record]) -> Result<String, AssessError> {
    let mut text = String::new();
    for record in records {
        text += &serde_json::to_string(record).map_err(AssessError::json("an event"))?;
        text.push('\n');
    }
    Ok(text)
}

fn pretty(what: &'static str, value: &impl Serialize) -> Result<String, AssessError> {
    let mut text = serde_json::to_string_pretty(value).map_err(AssessError::json(what))?;
    text.push('\n');
    Ok(text)
}

/// What a file is called while it is being written.
fn part_name(name: &str) -> String {
    format!("{name}.part")
}

/// The folder that is written to.
struct Folder<'a> {
    folder: &'a Path,
    written: Vec<PathBuf>,
}

impl Folder<'_> {
    /// Everything that there is only with consent, but for the recording.
    fn kept(
        &mut self,
        interview_id: &str,
        plan: &Plan,
        records: &[Record],
        receipt: &crate::Receipt,
    ) -> Result<(), AssessError> {
        let tape = Tape::find(self.folder)?;
        let recorded_ms = tape.as_ref().map_or(0, Tape::length_ms);
        let transcript = &transcript(plan, records);
        self.json("transcript.json", &TranscriptFile { interview: interview_id, recorded_ms, transcript })?;
        self.text("transcript.vtt", &vtt(transcript))?;
        self.text("transcript.srt", &srt(transcript))?;
        self.json("scorecard.json", &scorecard(plan, transcript))?;
        let latency = measure(tape.as_ref(), plan, records)?;
        self.json("latency.json", &latency)?;
        let report = Report { plan, transcript, receipt, latency: &latency, tape: tape.as_ref(), recorded_ms };
        self.write("report.html", |out| report::write(&report, out))
    }

    /// Writes `recording.wav` from `recording.pcm`; its hash. When only the WAV file is left it stays as it is.
    fn recording(&mut self) -> Result<Option<String>, AssessError> {
        let Some(tape) = Tape::find(self.folder)? else { return Ok(None) };
        let path = self.folder.join(WAV_FILE);
        if self.folder.join(session::RECORDING_FILE).exists() {
            self.write(WAV_FILE, |out| tape.write_wav(out))?;
        }
        file_hash(&path).map(Some)
    }

    fn json(&mut self, name: &'static str, value: &impl Serialize) -> Result<(), AssessError> {
        self.text(name, &pretty(name, value)?)
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), AssessError> {
        self.write(name, |out| out.write_all(text.as_bytes()))
    }

    /// Writes beside the file and puts it in its place when it is whole and on the disk; on failure nothing is left.
    fn write(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), AssessError> {
        let (path, part) = (self.folder.join(name), self.folder.join(part_name(name)));
        let all = || {
            let mut out = BufWriter::new(File::create(&part)?);
            fill(&mut out)?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(&part, &path)
        };
        if let Err(error) = all() {
            let _ = fs::remove_file(&part);
            return Err(AssessError::write(&path)(error));
        }
        self.written.push(path);
        Ok(())
    }

    /// Removes the files, and what a crash left of writing them.
    fn remove(&self, names: &[&str]) -> Result<(), AssessError> {
        let all = names.iter().flat_map(|name| [(*name).to_owned(), part_name(name)]);
        for path in all.map(|name| self.folder.join(name)).filter(|path| path.exists()) {
            fs::remove_file(&path).map_err(AssessError::write(&path))?;
        }
        Ok(())
    }
}
