//! `interviewer bench stt`: ours and faster-whisper take turns, utterance by utterance, on the same weights.

mod confidence;
mod figures;
mod nothing;
mod pair;
mod sounds;
mod times;

use anyhow::{Context, Result, ensure};

use super::Output;
use super::truths::{TruthTable, Utterance, seconds};
use crate::manifest;
use crate::terminal::note;
use confidence::Confidence;
use figures::Figures;
use nothing::Nothing;
use pair::Pair;
use times::WordTimes;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    table: TruthTable,
    /// The shortest utterance, seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    shortest: f64,
    /// The longest utterance, seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 15.0)]
    longest: f64,
    /// An asset's name or the folder of a Whisper model in CTranslate2's format; both sides run it.
    #[arg(long, default_value = "whisper-base")]
    model: String,
    /// Threads, for both sides.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
    /// Ask for word times too, in a second round, and compare them.
    #[arg(long)]
    words: bool,
    /// Mix the utterances with the manifest's `noise` folder at so many decibels of speech over noise (several, separated
    /// by commas), and say how well confidences tell wrong words.
    #[arg(long, value_delimiter = ',', value_name = "DB", allow_negative_numbers = true)]
    noise: Vec<f32>,
    /// So many minutes without speech: noise of the manifest, silence, tones, keys. Every word is one too many.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u16).range(1..=120))]
    nothing: Option<u16>,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let utterances = utterances(args)?;
    let noises = if args.noise.is_empty() && args.nothing.is_none() { Vec::new() } else { noises(args)? };
    let mut pair = Pair::start(&args.model, usize::from(args.threads), args.output.peer)?;
    // Nobody's first time counts.
    pair.hear(&utterances[0].samples, false)?;
    let mut figures = Figures::new(&pair, args.threads);
    for utterance in &utterances {
        let heard = pair.hear(&utterance.samples, false)?;
        figures.add(&utterance.folder, utterance.samples.len(), &utterance.truth, &heard);
    }
    if args.words {
        figures.words = Some(WordTimes::measure(&mut pair, &utterances)?);
    }
    if !args.noise.is_empty() {
        figures.confidence = Some(Confidence::measure(&mut pair, &utterances, &noises, &args.noise)?);
    }
    if let Some(minutes) = args.nothing {
        figures.nothing = Some(Nothing::measure(&mut pair, &noises, minutes)?);
    }
    args.output.give("stt", &figures.json(), &figures.text(), &figures.table())
}

fn utterances(args: &Args) -> Result<Vec<Utterance>> {
    let mut utterances = args.table.utterances()?;
    utterances.retain(|one| (args.shortest..=args.longest).contains(&seconds(one.samples.len())));
    ensure!(!utterances.is_empty(), "{} lists no utterance of that length there", args.table.manifest.display());
    note(&format!("{} utterances", utterances.len()));
    Ok(utterances)
}

/// The recordings without speech that the manifest lists.
fn noises(args: &Args) -> Result<Vec<Vec<f32>>> {
    let rows = manifest::read(&args.table.manifest, &["noise/".into()])?;
    let sounds = rows.iter().map(|row| audio::decode::read_mono_16k(&row.file));
    let sounds = sounds.collect::<Result<Vec<_>, _>>().context("the noise cannot be read")?;
    ensure!(!sounds.is_empty(), "{} lists nothing in noise/", args.table.manifest.display());
    Ok(sounds)
}
