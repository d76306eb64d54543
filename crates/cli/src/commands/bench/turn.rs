//! `interviewer bench turn`.

mod answers;
mod ends;
mod overlaps;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use server::Settings;
use simulator::{Corpus, Engines, Half, Memory};

use super::Output;
use super::page::Table;
use crate::engines;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A folder of speech with a manifest.tsv (path, seconds, speaker, transcript).
    #[arg(long, value_name = "DIR")]
    speech: PathBuf,
    /// Which half of the speakers: weights are fitted on one, figures are of the other (docs/turn-taking.md says how far).
    #[arg(long, default_value = "held-out", value_parser = ["tune", "held-out"])]
    set: String,
    /// The profile that `ours` is of: brisk, interview or patient.
    #[arg(long, default_value = "interview", value_parser = ["brisk", "interview", "patient"])]
    profile: String,
    /// Write what was known at each pause, and how it ended, as a table (tab-separated).
    #[arg(long, value_name = "FILE")]
    pauses: Option<PathBuf>,
    /// Only the ends of turns, only answers that begin with a thought or are a word, or only what comes over our voice.
    #[arg(long, value_parser = ["ends", "answers", "overlaps"])]
    only: Option<String>,
    /// Write what is seen of the sounds by which claims to the floor are learnt into this folder; nothing else is done.
    #[arg(long, value_name = "DIR")]
    lessons: Option<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// Replace this bench's table in a page, for instance docs/PERFORMANCE.md.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let settings = Settings::load(None)?;
        let engines = Engines {
            activity: Arc::new(engines::silero()?),
            end_of_turn: Arc::new(engines::smart_turn(engines::runtime()?)?),
            floor_claim: Arc::new(engines::claims()?),
            recognizer: Arc::new(engines::whisper(&settings, engines::GREEDY)?),
            voice: engines::voice(None)?,
            candidates: engines::lazy_kokoro()?,
        };
        let memory = Memory::open(engines, &assets::cache_dir()?.join("simulator"))?;
        let corpus = Corpus::read(&args.speech)?;
        let half = if args.set == "tune" { Half::Tune } else { Half::HeldOut };
        if let Some(folder) = &args.lessons {
            return overlaps::lessons(&corpus, &memory, half, folder).await;
        }
        let wanted = |part: &str| args.only.as_deref().is_none_or(|only| only == part);
        let (mut json, mut text, mut rows) =
            (json!({"set": half.name(), "profile": args.profile}), String::new(), Vec::new());
        if wanted("ends") {
            let ends = ends::measure(&corpus, &memory, half, &args.profile).await?;
            if let Some(file) = &args.pauses {
                write(file, &ends.pauses(&memory).await?)?;
            }
            add(&mut json, ends.json());
            text += &ends.text();
            rows.extend(ends.rows());
        }
        if wanted("answers") {
            let answers = answers::measure(&memory, half, &args.profile).await?;
            json["answers"] = answers.json();
            text += &answers.text();
            rows.extend(answers.rows());
        }
        if wanted("overlaps") {
            let overlaps = overlaps::measure(&corpus, &memory, half, &args.profile).await?;
            json["overlaps"] = overlaps.json();
            text += &overlaps.text();
            rows.extend(overlaps.rows());
        }
        let output = Output { peer: false, json: args.json, page: args.page.clone() };
        output.give("turn", &json, text.trim_start(), &table(half, rows))
    })
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

fn add(json: &mut Value, more: Value) {
    if let (Value::Object(json), Value::Object(more)) = (json, more) {
        json.extend(more);
    }
}

fn table(half: Half, rows: Vec<[String; 4]>) -> Table {
    let head = ["", "cut in, missed or stopped", "median", "95 of 100"].map(str::to_owned).to_vec();
    let conditions = format!("Simulated conversations of {} speakers (docs/turn-taking.md).", half.name());
    Table { conditions, head, rows: rows.into_iter().map(Vec::from).collect() }
}
