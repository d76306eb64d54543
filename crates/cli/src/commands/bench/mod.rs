//! `interviewer bench`: what our engines cost on this machine, and what the projects beside ours cost on it.

mod calls;
mod network;
mod page;
mod peer;
mod queue;
mod stt;
mod truths;
mod tts;
mod turn;
mod vad;
mod voice;

use std::path::PathBuf;

use anyhow::Result;
use serde_json::Value;

use crate::terminal::{note, say};
use page::Table;

/// Measure an engine on this machine.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    engine: Engine,
}

#[derive(clap::Subcommand)]
enum Engine {
    /// Voice activity: time a frame of 32 ms takes on one thread, and how far its answers are from ONNX Runtime's.
    Vad(vad::Args),
    /// Recognition: time an utterance takes, words that are wrong, word times, confidences, words out of nothing.
    Stt(stt::Args),
    /// Voices: how soon the first sound is there and how long all of it takes, on one thread.
    Tts(tts::Args),
    /// The queue: what it adds to a recognition, how many tasks a worker does, and what an idle one takes.
    Queue(queue::Args),
    /// LiveKit calls: what WebRTC, Opus and signalling take, with speech both ways in many at once.
    Calls(calls::Args),
    /// The network: words that are wrong when packets of sound are lost and late.
    Network(network::Args),
    /// Turn-taking: conversations of real speech on a simulated clock, beside what others do at a pause.
    Turn(turn::Args),
    /// Voice to voice: utterances played as answers over the real transport, in real time, heard as a client hears.
    Voice(voice::Args),
}

pub(crate) fn run(args: Args) -> Result<()> {
    match args.engine {
        Engine::Vad(args) => vad::run(&args),
        Engine::Stt(args) => stt::run(&args),
        Engine::Tts(args) => tts::run(&args),
        Engine::Queue(args) => queue::run(&args),
        Engine::Calls(args) => calls::run(&args),
        Engine::Network(args) => network::run(&args),
        Engine::Turn(args) => turn::run(&args),
        Engine::Voice(args) => voice::run(&args),
    }
}

/// Whom to compare with, and where the figures go.
#[derive(clap::Args)]
struct Output {
    /// Measure the peer too, by turns with ours, on the same sound (`bench/peers/setup` installs it).
    #[arg(long)]
    peer: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// Replace this bench's table in a page, for instance docs/PERFORMANCE.md.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

impl Output {
    /// Prints the figures as asked for and, where a page is named, puts `table` there as the table of `bench`.
    fn give(&self, bench: &str, json: &Value, text: &str, table: &Table) -> Result<()> {
        say(&if self.json { json.to_string() } else { text.to_owned() });
        if let Some(page) = &self.page {
            page::write(page, bench, table)?;
            note(&format!("{}: the table \"{bench}\" is new", page.display()));
        }
        Ok(())
    }
}

/// The middle value; `NaN` of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
