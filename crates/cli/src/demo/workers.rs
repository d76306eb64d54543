//! Workers of the demo's own: the interview's engines are elsewhere, in processes of their own, over a Redis server.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use queue::redis::LocalServer;
use queue::remote::{RemoteRecognizer, RemoteRecognizerSettings};
use server::Settings;
use speech::{RecognitionRequest, Recognizer};
use tempfile::TempDir;

use crate::far;
use crate::process;
use crate::terminal::note;

/// The worker in Python, a module of this name.
const MODULE: &str = "worker";
const SCRIPT: &str = include_str!("../../../../workers/python/worker.py");
/// A worker in Python loads its model before it takes work.
const STARTS_WITHIN: Duration = Duration::from_secs(120);

/// Who does the work.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave recognition, the voice and the interview's files to so many worker processes, over a Redis server of the
    /// demo's own; the server then loads neither engine.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    workers: Option<u8>,
    /// Recognition by a Celery worker with faster-whisper (workers/python) beside them, and by it alone.
    #[arg(long, requires = "workers")]
    python_worker: bool,
    /// Kill a worker as a power cut would, so many seconds after the interview began.
    #[arg(long, requires = "workers", value_name = "SECONDS")]
    kill_worker: Option<u64>,
}

/// The workers and their server; all end when this is dropped.
pub(crate) struct Workers {
    ours: Arc<Mutex<Vec<Process>>>,
    python: Option<(Child, TempDir)>,
    _redis: LocalServer,
    kill_after: Option<Duration>,
    described: String,
}

/// A worker of ours.
struct Process {
    child: Child,
    /// Held open, so that the worker may go on to write.
    _out: BufReader<ChildStdout>,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Workers {
    /// Starts what `args` ask for and waits until they take work; `settings` then leave it to them. `None` when nothing
    /// is asked for.
    pub(crate) async fn start(args: &Args, settings: &mut Settings) -> Result<Option<Self>> {
        let Some(count) = args.workers else { return Ok(None) };
        let redis = LocalServer::start()?;
        let queue = &mut settings.queue;
        queue.url = redis.url();
        for choice in [&mut queue.recognition, &mut queue.voice, &mut queue.reports] {
            "workers".clone_into(choice);
        }
        queue.fallback = false;
        note("starting the workers ...");
        let python = args.python_worker.then(|| python(settings)).transpose()?;
        let queue = &settings.queue;
        let mut queues = vec![queue.tts_queue.as_str(), &queue.reports_queue];
        if python.is_none() {
            queues.push(&queue.stt_queue);
        }
        let started: Vec<Child> = (0..count).map(|_| ours(settings, &queues)).collect::<Result<_>>()?;
        let ours = started.into_iter().map(ready).collect::<Result<Vec<_>>>()?;
        if python.is_some() {
            answers(settings).await.context("the worker in Python does not answer; what it said stands above")?;
        }
        let described = match args.python_worker {
            true => format!("{count} of ours for the voice, one in Python for recognition"),
            false => format!("{count} of ours"),
        };
        let kill_after = args.kill_worker.map(Duration::from_secs);
        Ok(Some(Self { ours: Arc::new(Mutex::new(ours)), python, _redis: redis, kill_after, described }))
    }

    /// The interview begins: from now on counts when one is to be killed.
    pub(crate) fn interview_begins(&self) {
        let (Some(after), ours) = (self.kill_after, self.ours.clone()) else { return };
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let killed = ours.lock().unwrap_or_else(PoisonError::into_inner).pop();
            note(&format!("worker {} is killed", killed.map_or(0, |worker| worker.child.id())));
        });
    }

    /// The most memory that each of those took that live, megabytes; the one in Python comes last.
    pub(crate) fn peak_rss_mb(&self) -> Option<Vec<u64>> {
        let ours = self.ours.lock().unwrap_or_else(PoisonError::into_inner);
        let all = ours.iter().map(|worker| worker.child.id()).chain(self.python.iter().map(|(child, _)| child.id()));
        all.map(process::peak_rss_mb).collect::<Result<_>>().ok()
    }

    /// For people.
    pub(crate) fn describe(&self) -> String {
        let killed = self.kill_after.map(|after| format!(", one killed after {} s", after.as_secs()));
        self.described.clone() + &killed.unwrap_or_default()
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.python {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn ours(settings: &Settings, queues: &[&str]) -> Result<Child> {
    let program = std::env::current_exe().context("where this program lies is unknown")?;
    let mut command = Command::new(program);
    command.args(["worker", "--queues", &queues.join(","), "--url", &settings.queue.url]);
    command.args(["--data-dir", &settings.server.data_dir]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    child.context("a worker cannot be started")
}

/// Waits until the worker says that it is ready.
fn ready(mut child: Child) -> Result<Process> {
    let mut out = BufReader::new(child.stdout.take().context("a pipe is missing")?);
    let mut line = String::new();
    out.read_line(&mut line)?;
    let worker = Process { child, _out: out };
    ensure!(line.contains("is ready"), "a worker has ended; what it said stands above");
    Ok(worker)
}

/// The worker in Python, on the model of the settings.
fn python(settings: &Settings) -> Result<(Child, TempDir)> {
    let python = assets::cache_dir()?.join("python-worker/bin/python");
    let missing = || format!("{} is missing; run scripts/python-worker in the repository", python.display());
    ensure!(python.is_file(), missing());
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join(format!("{MODULE}.py")), SCRIPT)?;
    let mut command = Command::new(&python);
    command.args(["-m", "celery", "-A", MODULE, "worker", "-Q", &settings.queue.stt_queue, "-l", "ERROR"]);
    command.args(["--pool", "threads", "--concurrency", "1"]).current_dir(folder.path());
    command.env("REDIS_URL", &settings.queue.url).env("STT_MODEL", model(settings)?).env("STT_DEVICE", "cpu");
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("HF_HUB_OFFLINE", "1");
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().with_context(missing)?;
    Ok((child, folder))
}

fn model(settings: &Settings) -> Result<PathBuf> {
    let model = crate::engines::asset_or_path(&settings.recognition.model)?;
    Ok(Path::new(&model).canonicalize()?)
}

/// Has a second of silence recognised.
async fn answers(settings: &Settings) -> Result<()> {
    let about = RemoteRecognizerSettings {
        queue: settings.queue.stt_queue.clone(),
        slow_after: STARTS_WITHIN,
        deadline: STARTS_WITHIN,
        ..Default::default()
    };
    let recognizer = RemoteRecognizer::new(far::open(&settings.queue).await?, about, None);
    recognizer.recognize(RecognitionRequest::new(vec![0.0; 16_000])).await?;
    Ok(())
}
