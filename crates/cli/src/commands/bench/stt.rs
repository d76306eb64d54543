//! `interviewer bench stt`: ours and faster-whisper take turns, utterance by utterance, on the same weights.

mod confidence;
mod figures;
mod nothing;
mod pair;
mod sounds;
mod times;

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result, ensure};

use super::Output;
use crate::manifest;
use crate::terminal::note;
use confidence::Confidence;
use figures::Figures;
use nothing::Nothing;
use pair::Pair;
use times::WordTimes;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A table of utterances with their true words (tab-separated, with columns `path` and `transcript`).
    #[arg(long, value_name = "FILE", default_value = "../shared/speech/manifest.tsv")]
    manifest: PathBuf,
    /// Utterances whose path begins so; several, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "read,crowd", value_name = "FOLDER")]
    folders: Vec<String>,
    /// The shortest utterance, seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    shortest: f64,
    /// The longest utterance, seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 15.0)]
    longest: f64,
    /// Only part K of N of the utterances: 3/3 is every third.
    #[arg(long, value_name = "K/N", default_value = "1/1")]
    part: Part,
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

/// Part `of` 1 to `parts`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    of: usize,
    parts: usize,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(of, parts)| Some((of.parse().ok()?, parts.parse().ok()?)));
        match numbers {
            Some((of, parts)) if (1..=parts).contains(&of) => Ok(Self { of, parts }),
            _ => Err("it must be K/N with 1 <= K <= N, as 3/3".into()),
        }
    }
}

/// A sound with its true words.
struct Utterance {
    folder: String,
    samples: Vec<f32>,
    truth: String,
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
    let mut utterances = Vec::new();
    for row in manifest::read(&args.manifest, &args.folders)? {
        let Some(truth) = row.truth.clone() else { continue };
        let samples = audio::decode::read_mono_16k(&row.file)?;
        if (args.shortest..=args.longest).contains(&seconds(samples.len())) {
            utterances.push(Utterance { folder: row.folder().to_owned(), samples, truth });
        }
    }
    let Part { of, parts } = args.part;
    let utterances: Vec<_> = utterances.into_iter().skip(of - 1).step_by(parts).collect();
    ensure!(!utterances.is_empty(), "{} lists no utterance of that length there", args.manifest.display());
    note(&format!("{} utterances", utterances.len()));
    Ok(utterances)
}

/// The recordings without speech that the manifest lists.
fn noises(args: &Args) -> Result<Vec<Vec<f32>>> {
    let rows = manifest::read(&args.manifest, &["noise/".into()])?;
    let sounds = rows.iter().map(|row| audio::decode::read_mono_16k(&row.file));
    let sounds = sounds.collect::<Result<Vec<_>, _>>().context("the noise cannot be read")?;
    ensure!(!sounds.is_empty(), "{} lists nothing in noise/", args.manifest.display());
    Ok(sounds)
}

fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(audio::SAMPLE_RATE_HZ)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_one_of_so_many() {
        assert_eq!("3/3".parse(), Ok(Part { of: 3, parts: 3 }));
        for text in ["0/3", "4/3", "3", "a/b", ""] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }
}
