//! `interviewer transcribe`.

mod file;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::json;
use server::Settings;
use speech::wer::{WerCount, count};
use speech::{Recognition, RecognitionRequest};
use whisper::Whisper;

use crate::terminal::{note, say};
use crate::{engines, manifest};

/// Recognise the speech in sound files.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sound files (WAV, FLAC, MP3, Ogg Vorbis).
    #[arg(required_unless_present = "manifest", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A table of files with their true words (tab-separated, with columns `path` and `transcript`): recognises them
    /// and prints the word error rate.
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Only files of the manifest whose path begins so; several, separated by commas.
    #[arg(long, value_delimiter = ',', requires = "manifest", value_name = "FOLDER")]
    folders: Vec<String>,
    /// An asset's name or the folder of a Whisper model in CTranslate2's format.
    #[arg(long)]
    model: Option<String>,
    /// Threads; 0 for one a core, at most 4.
    #[arg(long)]
    threads: Option<usize>,
    /// Hypotheses that the decoder follows; 1 is greedy.
    #[arg(long, default_value_t = 1)]
    beam: usize,
    /// Where the model runs: cpu, cuda, or auto (a GPU when there is one).
    #[arg(long, value_parser = ["cpu", "cuda", "auto"])]
    device: Option<String>,
    /// The numbers that it is run with: int8, float16 or float32.
    #[arg(long, value_parser = ["int8", "float16", "float32"])]
    compute_type: Option<String>,
    /// Names and terms that are likely to be said.
    #[arg(long)]
    prompt: Option<String>,
    /// The language spoken (ISO 639-1), or `auto`.
    #[arg(long, default_value = "en")]
    language: String,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// A file to be recognised, with its true words where they are known.
struct Task {
    path: PathBuf,
    truth: Option<String>,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let mut settings = Settings::load(None)?;
    if let Some(model) = &args.model {
        settings.recognition.model.clone_from(model);
    }
    if let Some(threads) = args.threads {
        settings.recognition.threads = threads;
    }
    if let Some(device) = &args.device {
        settings.recognition.device.clone_from(device);
    }
    if let Some(compute) = &args.compute_type {
        settings.recognition.compute.clone_from(compute);
    }
    let tasks = tasks(&args)?;
    if args.beam == 0 || args.beam > 16 {
        bail!("--beam is {}; it must be 1 to 16", args.beam);
    }
    let whisper = engines::whisper(&settings, args.beam)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(all(&whisper, &tasks, &args))
}

fn tasks(args: &Args) -> Result<Vec<Task>> {
    let mut tasks: Vec<Task> = args.files.iter().map(|path| Task { path: path.clone(), truth: None }).collect();
    if let Some(manifest) = &args.manifest {
        tasks.extend(listed(manifest, &args.folders)?);
    }
    Ok(tasks)
}

fn listed(manifest: &Path, folders: &[String]) -> Result<Vec<Task>> {
    let with_truth = manifest::read(manifest, folders)?.into_iter().filter(|row| row.truth.is_some());
    let tasks: Vec<Task> = with_truth.map(|row| Task { path: row.file, truth: row.truth }).collect();
    if tasks.is_empty() {
        bail!("{} lists no file with a transcript there", manifest.display());
    }
    Ok(tasks)
}

async fn all(whisper: &Whisper, tasks: &[Task], args: &Args) -> Result<()> {
    let mut total = WerCount::default();
    let (mut audio_s, mut compute_s, mut fallbacks, mut failed) = (0.0, 0.0, 0, 0);
    for task in tasks {
        match one(whisper, task, args).await {
            Ok((seconds, took_s, recognition)) => {
                audio_s += seconds;
                compute_s += took_s;
                fallbacks += recognition.fallbacks;
                if let Some(truth) = &task.truth {
                    total += count(truth, &recognition.text);
                }
            }
            Err(error) if tasks.len() == 1 => return Err(error),
            Err(error) => {
                failed += 1;
                note(&format!("{error:#}"));
            }
        }
    }
    if total.words > 0 {
        let WerCount { substitutions, insertions, deletions, words } = total;
        note(&format!(
            "WER {:.2} % ({substitutions} substitutions, {insertions} insertions, {deletions} deletions in {words} words), \
             {audio_s:.0} s of sound in {compute_s:.1} s, {fallbacks} decoded again",
            100.0 * total.rate()
        ));
    }
    if failed > 0 {
        bail!("{failed} of {} files could not be recognised", tasks.len());
    }
    Ok(())
}

/// Seconds of sound, seconds of work, words.
async fn one(whisper: &Whisper, task: &Task, args: &Args) -> Result<(f64, f64, Recognition)> {
    let language = (args.language != "auto").then(|| args.language.clone());
    let template = RecognitionRequest { language, prompt: args.prompt.clone(), ..RecognitionRequest::new([]) };
    let heard = file::hear(whisper, &task.path, template).await?;
    say(&shown(task, &heard.recognition, heard.audio_s, heard.compute_s, args.json));
    Ok((heard.audio_s, heard.compute_s, heard.recognition))
}

fn shown(task: &Task, recognition: &Recognition, audio_s: f64, compute_s: f64, as_json: bool) -> String {
    let file = task.path.display().to_string();
    if !as_json {
        return format!("{file}\t{}", recognition.text);
    }
    let mut line = json!({
        "file": file, "text": recognition.text, "language": recognition.language, "words": recognition.words,
        "audio_s": audio_s, "compute_s": compute_s, "fallbacks": recognition.fallbacks,
        "average_log_probability": recognition.average_log_probability,
        "no_speech_probability": recognition.no_speech_probability,
    });
    if let Some(truth) = &task.truth {
        line["wer"] = json!(count(truth, &recognition.text).rate());
    }
    line.to_string()
}
