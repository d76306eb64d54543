//! `interviewer bench voice`: utterances as answers over the real server and its real WebSocket, in real time, measured
//! on what the client receives.

mod caller;
mod figures;
mod peer;
mod utterances;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use audio::SAMPLE_RATE_HZ;
use interview::Plan;
use serde_json::{Value, json};
use server::{App, Plans, Settings};
use tokio::net::TcpListener;

use super::Output;
use super::page::Table;
use crate::commands::serve::{Ready, ready};
use crate::demo::speak_ahead;
use crate::engines;
use crate::process;
use crate::terminal::note;
use caller::Caller;
use figures::{Figures, Played, Turn, turn};
use peer::Peer;
use utterances::{Manifest, Utterance};

/// The most questions that a plan has, but for some in reserve for turns that fall apart.
const MOST_UTTERANCES: u16 = 32;
const MOST_QUESTIONS: usize = 40;
/// Where the peer's script is looked for when it is not named.
const USUAL_SCRIPT: &str = "../shared/peers/pipecat_v2v.py";

#[derive(clap::Args)]
pub(super) struct Args {
    /// A folder with a manifest.tsv (path, seconds, …) and the sound files that it names.
    #[arg(long, value_name = "DIR", env = "SPEECH_DATA", default_value = "../shared/speech")]
    speech: PathBuf,
    /// So many utterances of 3 to 12 s, spread evenly over the folders; another one before them warms up.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_UTTERANCES)))]
    utterances: u16,
    /// Folders to take them from; by default those of read and crowd that there are.
    #[arg(long, num_args = 1.., value_name = "FOLDER")]
    folders: Vec<String>,
    /// Seconds of silence after each.
    #[arg(long, value_name = "SECONDS", default_value_t = 6.0)]
    gap: f64,
    /// How patient to be: brisk, interview or patient.
    #[arg(long)]
    profile: Option<String>,
    /// What the question asks for: a word or a sentence (short), or an account (story).
    #[arg(long, default_value = "short", value_parser = ["short", "story"])]
    expect: String,
    /// For --peer: the script of an all-local bot that plays the same utterances to itself in real time.
    #[arg(long, value_name = "FILE", env = "INTERVIEWER_VOICE_PEER", default_value = USUAL_SCRIPT)]
    peer_script: PathBuf,
    /// For --peer: the Python with what the script needs (pipecat-ai 1.14.0, faster-whisper 1.2.1, piper-tts 1.8.0,
    /// soundfile, psutil).
    #[arg(long, value_name = "FILE", env = "INTERVIEWER_PEER_PYTHON", default_value = "python3")]
    python: PathBuf,
    /// Keep the interview's files here (for `interviewer listen DIR`); must not exist.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &Args) -> Result<()> {
    ensure!((1.0..=60.0).contains(&args.gap), "--gap {}: between 1 and 60 seconds", args.gap);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(bench(args))
}

async fn bench(args: &Args) -> Result<()> {
    let manifest = Manifest::read(&args.speech)?;
    let folders = if args.folders.is_empty() { manifest.usual_folders() } else { args.folders.clone() };
    let mut picked = manifest.pick(&folders, usize::from(args.utterances))?;
    picked.insert(0, picked[picked.len() - 1].clone());
    let utterances = utterances::load(&args.speech, picked, &engines::silero()?).await?;
    let work = tempfile::tempdir().context("there is no place for temporary files")?;
    let mut settings = Settings::load(None)?;
    if let Some(profile) = &args.profile {
        settings.turn.profile.clone_from(profile);
    }
    settings.profile()?;
    let (ours, turns, latency) = ours(args, &settings, &utterances, work.path()).await?;
    let theirs = match args.output.peer {
        true => Some(theirs(args, &settings, &manifest, &folders, &utterances, work.path()).await?),
        false => None,
    };
    let told = told(args, &ours, &turns, &latency, theirs.as_ref());
    args.output.give("voice", &told, &text(&told), &table(args, &ours, theirs.as_ref().map(|(figures, _)| figures)))
}

/// Plays the utterances to our server.
async fn ours(
    args: &Args,
    settings: &Settings,
    utterances: &[Utterance],
    work: &Path,
) -> Result<(Figures, Vec<Turn>, Value)> {
    let mut settings = settings.clone();
    settings.server.data_dir = work.join("server").display().to_string();
    note("loading the models ...");
    let Ready { app, voice } = ready(&settings, Plans::default(), None).await?;
    let plan = plan(&args.expect)?;
    speak_ahead(&*voice, &plan).await?;
    let interview = app.create(plan).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port on 127.0.0.1")?;
    let url = format!("ws://{}/api/interviews/{}/ws", listener.local_addr()?, interview.id);
    let serving = tokio::spawn(axum::serve(listener, app.router()).into_future());
    let mut caller = Caller::connect(&url).await?;
    let (stream, played) = stream(utterances, args.gap);
    note(&format!("playing {} utterances in {:.0} s ...", utterances.len(), seconds(stream.len())));
    let cpu_before_s = process::cpu_s()?;
    let heard = caller.play(&stream).await?;
    let cpu_s_per_min = (process::cpu_s()? - cpu_before_s) / heard.seconds * 60.0;
    let rss_mb = process::rss_mb()?;
    caller.leave().await?;
    let latency = latency(&app, &interview.id, args.out.as_deref()).await?;
    serving.abort();
    let turns = utterances.iter().zip(&played).skip(1).map(|(u, played)| turn(&u.path, *played, &heard));
    let turns: Vec<Turn> = turns.collect();
    Ok((Figures::of(&turns, cpu_s_per_min, rss_mb), turns, latency))
}

/// One long stream of utterances and gaps, and when each utterance is.
fn stream(utterances: &[Utterance], gap_s: f64) -> (Vec<i16>, Vec<Played>) {
    let (mut stream, mut played) = (Vec::new(), Vec::new());
    for utterance in utterances {
        let start = stream.len();
        stream.extend(&utterance.samples);
        stream.resize(stream.len() + (gap_s * f64::from(SAMPLE_RATE_HZ)) as usize, 0);
        let (start_s, end_s) = (seconds(start), seconds(start + utterance.last_voiced));
        played.push(Played { start_s, end_s, next_s: seconds(stream.len()) });
    }
    (stream, played)
}

fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(SAMPLE_RATE_HZ)
}

/// An interview whose every question is the same short one, so that each answer gets the same reply.
fn plan(kind: &str) -> Result<Plan> {
    let question = |i| {
        format!(
            "  - {{id: q{i}, competency: Bench, kind: {kind}, text: Could you tell me what happened next?, \
             rephrase: What happened then?}}\n"
        )
    };
    let questions: String = (0..MOST_QUESTIONS).map(question).collect();
    let head = "id: bench\ntitle: Bench\nrole: tester\nopening: Let us begin.\nclosing: Goodbye.\nquestions:\n";
    Ok(Plan::from_yaml(&(head.to_owned() + &questions))?)
}

/// What the server measured on its recording, once its files are there; they are kept in `out` if that is named.
async fn latency(app: &App, id: &str, out: Option<&Path>) -> Result<Value> {
    for _ in 0..600 {
        if app.status(id).await?.is_some_and(store::Status::is_over) {
            let folder = app.folder(id);
            let text = std::fs::read_to_string(folder.join("latency.json")).context("latency.json cannot be read")?;
            if let Some(out) = out {
                std::fs::rename(&folder, out).with_context(|| {
                    format!("the files cannot be moved to {}; name a new folder on the same disk", out.display())
                })?;
            }
            return Ok(serde_json::from_str(&text)?);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    bail!("the server did not write the interview's files; with RUST_LOG=info it says more")
}

async fn theirs(
    args: &Args,
    settings: &Settings,
    manifest: &Manifest,
    folders: &[String],
    utterances: &[Utterance],
    work: &Path,
) -> Result<(Figures, Vec<Turn>)> {
    let script = &args.peer_script;
    ensure!(script.exists(), "{}: there is no such script; name it with --peer-script", script.display());
    let peer = Peer {
        script: script.clone(),
        python: args.python.clone(),
        whisper: engines::asset_or_path(&settings.recognition.model)?,
        voice_folder: engines::asset_or_path(&settings.voice.model)?,
        voice: settings.voice.model.trim_start_matches("piper-").to_owned(),
    };
    note("playing the same to the peer ...");
    let work = work.join("peer");
    std::fs::create_dir(&work)?;
    peer.run(manifest, folders, utterances, args.gap, &work).await
}

fn told(args: &Args, ours: &Figures, turns: &[Turn], latency: &Value, theirs: Option<&(Figures, Vec<Turn>)>) -> Value {
    let mut told = json!(ours);
    told["profile"] = json!(args.profile.as_deref().unwrap_or("interview"));
    told["gap_s"] = args.gap.into();
    told["each"] = json!(turns);
    told["recording"] = json!({
        "voice_to_voice_ms": latency["voice_to_voice_ms"],
        "stages_ms": latency["stages_ms"],
        "cut_ins": latency["cut_ins"],
    });
    if let Some((theirs, turns)) = theirs {
        let ratio = |ours: Option<f64>, theirs: Option<f64>| Some(((ours? / theirs?) * 1000.0).round() / 1000.0);
        told["ratio_to_peer"] = json!({
            "p50": ratio(ours.voice_to_voice_ms.p50, theirs.voice_to_voice_ms.p50),
            "p95": ratio(ours.voice_to_voice_ms.p95, theirs.voice_to_voice_ms.p95),
            "first_reply_p50": ratio(ours.first_reply_ms.p50, theirs.first_reply_ms.p50),
            "cpu": ratio(Some(ours.cpu_s_per_min), Some(theirs.cpu_s_per_min)),
            "rss": ratio(Some(ours.rss_mb), Some(theirs.rss_mb)),
        });
        told["peer"] = json!(theirs);
        told["peer"]["each"] = json!(turns);
    }
    told
}

/// For a person.
fn text(told: &Value) -> String {
    let each = told["each"].as_array().into_iter().flatten().map(one);
    let mut lines: Vec<String> = each.chain([side("ours", told)]).collect();
    let stages = &told["recording"]["stages_ms"];
    lines.push(format!(
        "of it      pause {} ms, recognition {} ms, voice {} ms, lead-in {} ms (medians, on the recording)",
        stages["pause"], stages["recognition"], stages["voice"], stages["lead_in"]
    ));
    if told["peer"].is_object() {
        let ratio = &told["ratio_to_peer"];
        lines.push(side("peer", &told["peer"]));
        lines.push(format!(
            "ratio      p50 {}, p95 {}, CPU {}, memory {}",
            ratio["p50"], ratio["p95"], ratio["cpu"], ratio["rss"]
        ));
    }
    lines.join("\n")
}

fn one(turn: &Value) -> String {
    let time = turn["voice_to_voice_ms"].as_f64().map_or("no answer".to_owned(), |ms| format!("{ms:.0} ms"));
    let note = if turn["cut_ins"] == 0 { "" } else { ", cut in" };
    format!("{time:>10} {}{note}", turn["file"].as_str().unwrap_or_default())
}

fn side(name: &str, side: &Value) -> String {
    let (known, first) = (&side["voice_to_voice_ms"], &side["first_reply_ms"]);
    format!(
        "{name:<10} p50 {} ms, p95 {} ms (first reply p50 {} ms); {} of {} turns with a cut-in, {} unanswered; \
         {} CPU s a minute; {} MB",
        known["p50"],
        known["p95"],
        first["p50"],
        side["cut_ins"],
        side["turns"],
        side["unanswered"],
        side["cpu_s_per_min"],
        side["rss_mb"]
    )
}

fn table(args: &Args, ours: &Figures, theirs: Option<&Figures>) -> Table {
    let conditions = format!(
        "{} utterances as answers in real time over the WebSocket, {} s of silence after each, profile `{}`, from the \
         last voiced sample to the reply that knows the last words, as the client receives it; processor time and memory \
         with the client.",
        ours.turns,
        args.gap,
        args.profile.as_deref().unwrap_or("interview")
    );
    let mut table = Table::against("all-local Pipecat bot", conditions);
    let mut row = |what: &str, unit: &str, value: &dyn Fn(&Figures) -> f64| {
        table.compare(what, value(ours), theirs.map(value), unit);
    };
    row("voice to voice, median", "ms", &|f| f.voice_to_voice_ms.p50.unwrap_or(f64::NAN));
    row("voice to voice, 95th percentile", "ms", &|f| f.voice_to_voice_ms.p95.unwrap_or(f64::NAN));
    row("first reply, median", "ms", &|f| f.first_reply_ms.p50.unwrap_or(f64::NAN));
    row("processor seconds a minute", "s", &|f| f.cpu_s_per_min);
    row("memory", "MB", &|f| f.rss_mb);
    let cut_ins = |figures: &Figures| format!("{} of {}", figures.cut_ins, figures.turns);
    let theirs = theirs.map_or("–".to_owned(), cut_ins);
    table.row(["turns with a cut-in", &cut_ins(ours), &theirs, ""]);
    table
}
