//! `interviewer queue`.

use std::path::PathBuf;

use anyhow::Result;
use queue::TaskQueue;
use serde_json::json;
use server::Settings;

use crate::far;
use crate::terminal::say;

/// See what waits for workers and what they gave up, and give it to them again.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    /// A settings file (TOML); `interviewer config show` prints the defaults.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The Redis server, in place of the settings' (queue.url).
    #[arg(long, value_name = "URL", global = true)]
    url: Option<String>,
    /// JSON, one object a line.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// How many tasks wait in each queue, and how long.
    Status,
    /// The dead letters of a queue, newest first: what was given up, and why.
    Dead {
        /// The queue.
        queue: String,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Put dead letters back into their queue.
    Replay {
        /// The queue.
        queue: String,
        /// Their ids, as `dead` lists them; all of them if none is named.
        letters: Vec<String>,
    },
}

pub(crate) fn run(args: Args) -> Result<()> {
    let mut settings = Settings::load(args.config.as_deref())?;
    if let Some(url) = &args.url {
        settings.queue.url.clone_from(url);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let queue = far::open(&settings.queue).await?;
        match &args.command {
            Command::Status => status(&*queue, &settings, args.json).await,
            Command::Dead { queue: name, limit } => dead(&*queue, name, *limit, args.json).await,
            Command::Replay { queue: name, letters } => replay(&*queue, name, letters).await,
        }
    })
}

async fn status(queue: &dyn TaskQueue, settings: &Settings, as_json: bool) -> Result<()> {
    let settings = &settings.queue;
    for name in [&settings.stt_queue, &settings.tts_queue, &settings.reports_queue] {
        let backlog = queue.backlog(name).await?;
        let dead = queue.dead(name, usize::MAX >> 1).await?.len();
        if as_json {
            say(&json!({"queue": name, "waiting": backlog.length, "oldest_ms": backlog.oldest_ms, "dead": dead})
                .to_string());
        } else {
            let age =
                backlog.oldest_ms.map(|ms| format!(", the oldest for {:.1} s", ms as f64 / 1000.0)).unwrap_or_default();
            say(&format!("{name:12} {} waiting{age}; {dead} given up", backlog.length));
        }
    }
    Ok(())
}

async fn dead(queue: &dyn TaskQueue, name: &str, limit: usize, as_json: bool) -> Result<()> {
    for letter in queue.dead(name, limit).await? {
        if as_json {
            say(&serde_json::to_string(&letter)?);
        } else {
            let task = if letter.task.is_empty() { "(no task)" } else { &letter.task };
            say(&format!("{}  {task} {}\n    {}", letter.letter, letter.id, letter.reason));
        }
    }
    Ok(())
}

async fn replay(queue: &dyn TaskQueue, name: &str, letters: &[String]) -> Result<()> {
    let all: Vec<String> = match letters {
        [] => queue.dead(name, usize::MAX >> 1).await?.into_iter().map(|letter| letter.letter).collect(),
        named => named.to_vec(),
    };
    let mut replayed = 0;
    for letter in &all {
        match queue.replay(name, letter).await {
            Ok(()) => replayed += 1,
            Err(error) if letters.is_empty() => say(&format!("{letter} stays: {error}")),
            Err(error) => return Err(far::said(error)),
        }
    }
    say(&format!("{replayed} put back into {name}"));
    Ok(())
}
