//! `interviewer bench queue`: what work costs that travels over Redis, and what Celery's own worker makes of the same.
//!
//! On a Redis server of the bench's own, with one worker process. Neither worker has an engine: they fetch what lies
//! beside a task and answer, so that nothing but the way is measured.

mod figures;
mod overhead;
mod throughput;
mod workers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use queue::TaskQueue;
use queue::redis::{LocalServer, RedisQueue, RedisSettings};

use super::Output;
use crate::process;
use crate::terminal::note;
use figures::{Cost, Figures};
use workers::{Kind, Process};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Tasks that a worker does at once.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,
    /// Recognitions that are timed, one after the other, each with a sound of its own.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(10..))]
    rounds: u32,
    /// Length of the sound, seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=600))]
    seconds: u16,
    /// Small tasks that lie ready for a worker that starts.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1000..))]
    tasks: u32,
    /// The same for Celery's workers, which take a millisecond for each. What is compared is the time a task.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1000..))]
    peer_tasks: u32,
    /// How long idle workers are watched, seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    idle: u16,
    /// Be the worker that is measured, on this server: the bench starts itself anew with it.
    #[arg(long, hide = true, value_name = "URL")]
    serve: Option<String>,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match &args.serve {
        Some(url) => runtime.block_on(workers::serve(url, args.concurrency)),
        None => {
            let figures = runtime.block_on(measure(args))?;
            args.output.give("queue", &figures.json(), &figures.text(), &figures.table())
        }
    }
}

async fn measure(args: &Args) -> Result<Figures> {
    let server = LocalServer::start()?;
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(RedisSettings::new(server.url())).await?);
    let start = |kind| Process::start(kind, &server.url(), args.concurrency);
    let kinds: &[Kind] = if args.output.peer { &[Kind::Ours, Kind::CeleryThreads] } else { &[Kind::Ours] };
    note("starting the workers ...");
    let mut workers = Vec::new();
    for kind in kinds {
        let worker = start(*kind)?;
        overhead::warm_up(&queue, *kind).await?;
        workers.push(worker);
    }
    note(&format!("{} recognitions of {} s each way ...", args.rounds, args.seconds));
    let times = overhead::measure(&queue, kinds, args.rounds, args.seconds).await?;
    note(&format!("watching idle workers for {} s ...", args.idle));
    let idle_pct = idle(&workers, args.idle)?;
    drop(workers);
    let pools: &[Kind] =
        if args.output.peer { &[Kind::Ours, Kind::CeleryThreads, Kind::CeleryPrefork] } else { &[Kind::Ours] };
    let mut rates = Vec::new();
    for kind in pools {
        let tasks = if *kind == Kind::Ours { args.tasks } else { args.peer_tasks };
        note(&format!("{tasks} small tasks by {} ...", kind.describe(args.concurrency)));
        rates.push(throughput::tasks_per_s(&*queue, *kind, tasks, || start(*kind)).await?);
    }
    let cost = |n: usize| Cost { times_ms: times.by[n].clone(), idle_pct: idle_pct[n], tasks_per_s: rates[n] };
    Ok(Figures {
        in_process_ms: times.in_process,
        ours: cost(0),
        celery: args.output.peer.then(|| cost(1)),
        prefork_tasks_per_s: rates.get(2).copied(),
        versions: workers::versions(args.output.peer)?,
        concurrency: args.concurrency,
        rounds: args.rounds,
        seconds: args.seconds,
        tasks: args.tasks,
        peer_tasks: args.peer_tasks,
    })
}

/// The processor time that each takes while nothing is to be done, in percent of a core.
fn idle(workers: &[Process], seconds: u16) -> Result<Vec<f64>> {
    let spent = || workers.iter().map(|worker| process::threads_cpu_s(worker.id())).collect::<Result<Vec<_>>>();
    let (before, began) = (spent()?, Instant::now());
    std::thread::sleep(Duration::from_secs(seconds.into()));
    let watched_s = began.elapsed().as_secs_f64();
    Ok(before.iter().zip(spent()?).map(|(before, after)| 100.0 * (after - before) / watched_s).collect())
}
