//! `interviewer listen`: what was heard and decided, so that a person can see why.

mod draw;
mod folder;
mod heard;
mod page;
mod pauses;
mod rehearsal;
mod story;
mod why;

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::json;

use crate::terminal::{note, say};
use draw::Drawing;
use heard::Heard;
pub(crate) use heard::activity;
use story::Story;

/// Hear a file as a session would, or look at an interview again: waveform, pauses, probabilities, decisions and why.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A sound file, or the folder of an interview (recording.wav, events.jsonl, plan.json).
    file: PathBuf,
    /// How patient to be with a sound file: brisk, interview or patient.
    #[arg(long, default_value = "interview")]
    profile: String,
    /// What is listened for in a sound file: an account (story) or a word or two (quick).
    #[arg(long, default_value = "story", value_parser = ["story", "quick"])]
    expect: String,
    /// Write a page to look at and listen to; it needs nothing but a browser.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Show from here on, seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    from: f64,
    /// Show up to here, seconds.
    #[arg(long, value_name = "SECONDS")]
    to: Option<f64>,
    /// Seconds in a row of the picture.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=600))]
    row: u16,
    /// One JSON object a line instead of a picture.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let heard = heard(&args)?;
    let story = Story::of(&heard).between(ms(args.from), args.to.map(ms));
    if let Some(path) = &args.html {
        let html = page::page(&story, &heard);
        std::fs::write(path, html).with_context(|| format!("{} cannot be written", path.display()))?;
        note(&format!("{} is written; open it in a browser", path.display()));
    }
    if args.json {
        story.moments.iter().for_each(|moment| say(&json!(moment).to_string()));
    } else if args.html.is_none() {
        Drawing::new(u64::from(args.row) * 1000).print(&story);
    }
    Ok(())
}

fn heard(args: &Args) -> Result<Heard> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if args.file.is_dir() {
            folder::read(&args.file).await
        } else {
            rehearsal::rehearse(&args.file, &args.profile, &args.expect).await
        }
    })
}

fn ms(seconds: f64) -> u64 {
    (seconds.max(0.0) * 1000.0) as u64
}
