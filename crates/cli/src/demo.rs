//! `interviewer demo`: a whole interview with a candidate that speaks, over the real server: over its real WebSocket, as
//! a client of LiveKit's, or both ways by turns.

mod candidate;
mod heard;
mod livekit;
mod mind;
mod script;
mod summary;
mod tape;
mod told;
mod voices;
mod ways;
mod websocket;
mod workers;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use interview::Plan;
use server::{App, Plans, Settings};
use store::Status;
use tokio::net::TcpListener;

use crate::commands::replay::plan as read_plan;
use crate::commands::serve::{Ready, planned, ready};
use crate::progress;
use crate::terminal::note;
use candidate::Candidate;
use script::Script;
use summary::Summary;
use voices::Voices;
use ways::Way;
use workers::Workers;

/// The server's files are waited for so many tenths of a second.
const WAIT_FOR_FILES: u32 = 600;

/// Hold a whole interview in real time with a spoken candidate, and write its files.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the interview's files go; must be empty or not exist.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The name of a shipped plan, or a plan file (YAML).
    #[arg(long, default_value = "software-engineer")]
    plan: String,
    /// What the candidate says (YAML); by default the one that goes with the plan, else one that fits any.
    #[arg(long, value_name = "FILE")]
    candidate: Option<PathBuf>,
    /// Only the first so many questions.
    #[arg(long, value_name = "N")]
    questions: Option<usize>,
    /// How patient to be: brisk, interview or patient.
    #[arg(long)]
    profile: Option<String>,
    #[command(flatten)]
    ways: ways::Args,
    #[command(flatten)]
    workers: workers::Args,
    /// Print the summary as one JSON object at the end.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let plan = plan(&args)?;
    let script = match &args.candidate {
        Some(file) => Script::read(file)?,
        None => Script::shipped(&plan.id)?,
    };
    make_empty(&args.out)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(demo(&args, plan, script))
}

fn plan(args: &Args) -> Result<Plan> {
    let shipped = Plans::shipped()?;
    let plan = match shipped.get(&args.plan) {
        Some(plan) => plan.clone(),
        None if Path::new(&args.plan).exists() => read_plan(Path::new(&args.plan))?,
        None => {
            let names: Vec<_> = shipped.all().map(|plan| plan.id.as_str()).collect();
            bail!("--plan {}: neither a file nor a shipped plan; shipped are {}", args.plan, names.join(", "))
        }
    };
    Ok(match args.questions {
        Some(0) => bail!("--questions must be 1 or more"),
        Some(count) => plan.first_questions(count),
        None => plan,
    })
}

fn make_empty(out: &Path) -> Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    if std::fs::read_dir(out)?.next().is_some() {
        bail!("{} is not empty; name a new folder with --out", out.display());
    }
    Ok(())
}

async fn demo(args: &Args, plan: Plan, script: Script) -> Result<()> {
    let data = args.out.join(".server");
    let mut settings = Settings::load(None)?;
    settings.server.data_dir = data.display().to_string();
    if let Some(profile) = &args.profile {
        settings.turn.profile.clone_from(profile);
    }
    settings.profile()?;
    let voices = voices::synthesise(&script).await?;
    let workers = Workers::start(&args.workers, &mut settings).await?;
    note("loading the models ...");
    let Ready { app, voice } = ready(&settings, Plans::default(), None).await?;
    speak_ahead(&*voice, &plan).await?;
    drop(voice);
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port on 127.0.0.1")?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(axum::serve(listener, app.router()).into_future());
    let house = House { app, address, plan, script, voices, workers };
    let held = house.hold_all(args).await;
    serving.abort();
    let _ = serving.await;
    let summaries = held?;
    drop(house);
    std::fs::remove_dir_all(&data).with_context(|| format!("{} cannot be removed", data.display()))?;
    ways::tell(&args.ways, &summaries, &args.out, args.json)
}

/// All that interviews are held with.
struct House {
    app: App,
    address: SocketAddr,
    plan: Plan,
    script: Script,
    voices: Voices,
    workers: Option<Workers>,
}

impl House {
    /// Every interview that was asked for, one after the other.
    async fn hold_all(&self, args: &Args) -> Result<Vec<(Way, Summary)>> {
        let mut summaries = Vec::new();
        for (way, out) in args.ways.all(&args.out) {
            std::fs::create_dir_all(&out).with_context(|| format!("{} cannot be made", out.display()))?;
            summaries.push((way, self.hold(way, &out).await?));
        }
        Ok(summaries)
    }

    async fn hold(&self, way: Way, out: &Path) -> Result<Summary> {
        let interview = self.app.create(self.plan.clone()).await?;
        if let Some(workers) = &self.workers {
            workers.interview_begins();
        }
        let mut candidate = Candidate::new(mind::Mind::new(self.script.clone(), &self.plan), &self.voices);
        match way {
            Way::WebSocket => websocket::converse(self.address, &interview.id, &mut candidate).await?,
            Way::LiveKit => livekit::converse(self.address, &interview.id, &mut candidate).await?,
        }
        collect(&self.app, &interview.id, out).await?;
        let lived = candidate.lived();
        let heard = heard::measure(out, &self.plan, &lived.tape)?;
        summary::summarise(out, way, lived, heard, self.workers.as_ref())
    }
}

/// Has the plan's lines spoken before they are needed.
pub(crate) async fn speak_ahead(voice: &dyn speech::Voice, plan: &Plan) -> Result<()> {
    let lines: Vec<_> = planned(plan).collect();
    let bar = progress::bar(lines.len(), "speaking the planned lines ahead");
    for line in lines {
        speech::speak_ahead(voice, line).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Waits until the server has made the interview's files, and takes them over.
async fn collect(app: &App, id: &str, out: &Path) -> Result<()> {
    for _ in 0..WAIT_FOR_FILES {
        if app.status(id).await?.is_some_and(Status::is_over) {
            return take_over(&app.folder(id), out);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the server did not write the interview's files; with RUST_LOG=info it says more")
}

fn take_over(folder: &Path, out: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?;
        std::fs::rename(&path, out.join(name)).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
