//! `interviewer bench turn`.

mod ends;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use server::Settings;
use simulator::{Corpus, Engines, Half, Memory};

use super::Output;
use crate::engines;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A folder of speech with a manifest.tsv (path, seconds, speaker, transcript).
    #[arg(long, value_name = "DIR")]
    speech: PathBuf,
    /// Which half of the speakers: the numbers of turn-taking were tuned on one, figures are of the other.
    #[arg(long, default_value = "held-out", value_parser = ["tune", "held-out"])]
    set: String,
    /// The profile that `ours` is of: brisk, interview or patient.
    #[arg(long, default_value = "interview", value_parser = ["brisk", "interview", "patient"])]
    profile: String,
    /// Write what was known at each pause, and how it ended, as a table (tab-separated).
    #[arg(long, value_name = "FILE")]
    pauses: Option<PathBuf>,
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
            recognizer: Arc::new(engines::whisper(&settings, engines::GREEDY)?),
            voice: engines::voice(None)?,
        };
        let memory = Memory::open(engines, &assets::cache_dir()?.join("simulator"))?;
        let corpus = Corpus::read(&args.speech)?;
        let half = if args.set == "tune" { Half::Tune } else { Half::HeldOut };
        let ends = ends::measure(&corpus, &memory, half, &args.profile).await?;
        if let Some(file) = &args.pauses {
            let table = ends.pauses(&memory).await?;
            std::fs::write(file, table).with_context(|| format!("{} cannot be written", file.display()))?;
        }
        let output = Output { peer: false, json: args.json, page: args.page.clone() };
        output.give("turn", &ends.json(), &ends.text(), &ends.table())
    })
}
