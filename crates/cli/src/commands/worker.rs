//! `interviewer worker`.

mod health;
mod report;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use queue::tasks::{SpeakHandler, TranscribeHandler};
use queue::worker::{Handler, Worker, WorkerSettings, watch};
use server::Settings;
use tokio::net::TcpListener;

use crate::commands::serve::{recorder, stopped};
use crate::terminal::{note, say};
use crate::{engines, far};
use report::ReportHandler;

/// Do work that servers leave to workers: recognition, the voice, interviews' files.
///
/// Tasks come over the Redis server of the settings in Celery's protocol (docs/tasks.md). Only the engines of the
/// queues named are loaded, and no task is taken before they are warm. On SIGTERM or Ctrl-C what was begun is finished
/// and the rest goes back.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A settings file (TOML); `interviewer config show` prints the defaults.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The queues to serve, separated by commas; those of the settings are stt, tts and reports.
    #[arg(long, value_delimiter = ',', required = true, value_name = "QUEUES")]
    queues: Vec<String>,
    /// Tasks that are done at once.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "N")]
    concurrency: u16,
    /// The Redis server, in place of the settings' (queue.url).
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Address and port of /healthz, /readyz and /metrics; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    listen: String,
    /// Where interviews are kept (for reports), in place of the settings'; servers and workers share it.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// When told to stop: seconds that tasks which were begun may still run.
    #[arg(long, default_value_t = 25, value_name = "SECONDS")]
    drain: u64,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let mut settings = Settings::load(args.config.as_deref())?;
    if let Some(url) = &args.url {
        settings.queue.url.clone_from(url);
    }
    if let Some(folder) = &args.data_dir {
        settings.server.data_dir = folder.display().to_string();
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work(&args, &settings))
}

async fn work(args: &Args, settings: &Settings) -> Result<()> {
    // what is likeliest to be wrong comes first: loading models takes seconds
    check(args, settings)?;
    let listener = TcpListener::bind(&args.listen).await;
    let listener =
        listener.with_context(|| format!("cannot listen at {}; choose another with --listen", args.listen))?;
    let metrics = recorder();
    let queue = far::open(&settings.queue).await?;
    note("loading the models ...");
    let handlers = tokio::task::block_in_place(|| handlers(args, settings))?;
    let about = WorkerSettings {
        queues: args.queues.clone(),
        concurrency: args.concurrency.into(),
        prefetch: 1,
        drain: Duration::from_secs(args.drain),
    };
    let worker = Worker::new(queue.clone(), handlers, about);
    let roster = worker.roster();
    let address = listener.local_addr()?;
    let _health = tokio::spawn(health::serve(listener, roster.clone(), metrics));
    let _watch = tokio::spawn(watch(queue, args.queues.clone()));
    let stopping = roster.clone();
    tokio::spawn(async move {
        stopped().await;
        note("finishing what was begun ...");
        stopping.stop();
    });
    say(&format!(
        "interviewer worker {} is ready: queues {}; http://{address}/metrics",
        roster.name,
        args.queues.join(", ")
    ));
    worker.run().await.map_err(far::said)
}

fn check(args: &Args, settings: &Settings) -> Result<()> {
    let known = [&settings.queue.stt_queue, &settings.queue.tts_queue, &settings.queue.reports_queue];
    for name in &args.queues {
        if !known.contains(&name) {
            let [stt, tts, reports] = known;
            bail!("--queues: {name} is none of the settings' queues, which are {stt}, {tts} and {reports}");
        }
    }
    Ok(())
}

/// The handlers of the queues that are served, with their engines.
fn handlers(args: &Args, settings: &Settings) -> Result<Vec<Arc<dyn Handler>>> {
    let serves = |name: &String| args.queues.contains(name);
    let mut handlers: Vec<Arc<dyn Handler>> = Vec::new();
    if serves(&settings.queue.stt_queue) {
        handlers.push(Arc::new(TranscribeHandler(engines::local_recognizer(settings)?)));
    }
    if serves(&settings.queue.tts_queue) {
        handlers.push(Arc::new(SpeakHandler(engines::local_voice(settings, engines::runtime()?)?)));
    }
    if serves(&settings.queue.reports_queue) {
        handlers.push(Arc::new(ReportHandler { data_dir: settings.data_dir()? }));
    }
    Ok(handlers)
}
