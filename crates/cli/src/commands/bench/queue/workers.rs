//! The workers that are measured: processes of ours and of Celery's, none with an engine.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use queue::redis::{RedisQueue, RedisSettings};
use queue::tasks::TranscribeHandler;
use queue::worker::{Context, Handler, Worker, WorkerSettings};
use queue::{Failure, TaskQueue};
use serde_json::Value;
use speech::{EngineError, Recognition, RecognitionRequest, Recognizer};
use tempfile::TempDir;

/// Celery's worker, a Python module of this name.
const MODULE: &str = "celery_worker";
const SCRIPT: &str = include_str!("../../../../../../bench/peers/celery_worker.py");
/// The task that does nothing.
pub(super) const NOTHING: &str = "bench.nothing";

/// Whose worker, and how it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One process of ours.
    Ours,
    /// One process of Celery's with a pool of threads.
    CeleryThreads,
    /// Celery's default: a process for each core.
    CeleryPrefork,
}

impl Kind {
    /// The queue of its recognitions.
    pub(super) fn sounds(self) -> String {
        format!("bench-{self:?}-sounds").to_lowercase()
    }

    /// The queue of its small tasks.
    pub(super) fn small(self) -> String {
        format!("bench-{self:?}-small").to_lowercase()
    }

    /// For people.
    pub(super) fn describe(self, concurrency: u16) -> String {
        match self {
            Self::Ours => format!("one process of ours, {concurrency} at once"),
            Self::CeleryThreads => format!("one process of Celery's, {concurrency} threads"),
            Self::CeleryPrefork => "Celery's default, a process for each core".to_owned(),
        }
    }
}

/// A worker that runs; killed when dropped.
pub(super) struct Process {
    child: Child,
    _folder: Option<TempDir>,
}

impl Process {
    pub(super) fn start(kind: Kind, url: &str, concurrency: u16) -> Result<Self> {
        let concurrency = concurrency.to_string();
        let (mut command, folder) = match kind {
            Kind::Ours => {
                let mut command = Command::new(std::env::current_exe().context("where this program lies is unknown")?);
                command.args(["bench", "queue", "--serve", url, "--concurrency", &concurrency]);
                (command, None)
            }
            Kind::CeleryThreads => celery(kind, &["--pool", "threads", "-c", &concurrency])?,
            Kind::CeleryPrefork => celery(kind, &[])?,
        };
        let command = command.env("REDIS_URL", url).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().with_context(|| format!("{} cannot be started", kind.describe(1)))?;
        Ok(Self { child, _folder: folder })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Celery's main process ends its children when it is asked to end, and leaves them behind when it is killed
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        for _ in 0..100 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn celery(kind: Kind, pool: &[&str]) -> Result<(Command, Option<TempDir>)> {
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    std::fs::write(folder.path().join(format!("{MODULE}.py")), SCRIPT)?;
    let mut command = Command::new(python()?);
    let queues = format!("{},{}", kind.sounds(), kind.small());
    command.args(["-m", "celery", "-A", MODULE, "worker", "-Q", &queues, "-l", "ERROR"]).args(pool);
    command.current_dir(folder.path()).env("PYTHONDONTWRITEBYTECODE", "1").stderr(Stdio::null());
    Ok((command, Some(folder)))
}

fn python() -> Result<PathBuf> {
    let python = assets::cache_dir()?.join("celery/bin/python");
    ensure!(python.is_file(), "Celery is not installed ({} is missing); run scripts/celery", python.display());
    Ok(python)
}

/// The versions of what takes part.
pub(super) fn versions(celery: bool) -> Result<String> {
    let said = |command: &mut Command| -> Result<String> {
        Ok(String::from_utf8_lossy(&command.output()?.stdout).trim().to_owned())
    };
    let redis = said(Command::new("redis-server").arg("--version"))?;
    let redis = redis.split_whitespace().find_map(|word| word.strip_prefix("v=")).unwrap_or("?").to_owned();
    if !celery {
        return Ok(format!("Redis {redis}"));
    }
    let print = "import celery, kombu, redis, sys; print(f'Celery {celery.__version__}, kombu {kombu.__version__}, \
                 redis-py {redis.__version__}, Python {sys.version.split()[0]}')";
    Ok(format!("Redis {redis}, {}", said(Command::new(python()?).args(["-c", print]))?))
}

/// Is the worker that is measured, until it is ended.
pub(super) async fn serve(url: &str, concurrency: u16) -> Result<()> {
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(RedisSettings::new(url)).await?);
    let about = WorkerSettings {
        queues: vec![Kind::Ours.sounds(), Kind::Ours.small()],
        concurrency: concurrency.into(),
        prefetch: 1,
        drain: Duration::ZERO,
    };
    Ok(worker(queue, about).run().await?)
}

/// A worker that does nothing with what it is given.
pub(super) fn worker(queue: Arc<dyn TaskQueue>, about: WorkerSettings) -> Worker {
    Worker::new(queue, vec![Arc::new(TranscribeHandler(Arc::new(Deaf))), Arc::new(Nothing)], about)
}

/// A recogniser that only counts the samples, so that the way to it can be measured.
struct Deaf;

#[async_trait]
impl Recognizer for Deaf {
    fn name(&self) -> &str {
        "deaf"
    }

    async fn recognize(&self, request: RecognitionRequest) -> Result<Recognition, EngineError> {
        Ok(Recognition { text: format!("{} samples", request.samples.len()), ..Recognition::default() })
    }
}

struct Nothing;

#[async_trait]
impl Handler for Nothing {
    fn name(&self) -> &str {
        NOTHING
    }

    async fn run(&self, _: Context) -> Result<Value, Failure> {
        Ok(Value::Null)
    }
}
