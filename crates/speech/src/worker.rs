//! A thread that owns an engine: bounded queue in, answers out, warmed up before it takes work.
//!
//! Engines compute for as long as they are let; sound must be sent every 20 ms. So their threads, and those that they
//! start, stand back where the processor is short.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use tokio::sync::oneshot;

use crate::{EngineError, EngineErrorKind};

/// How far an engine's threads stand back: the "nice" value that is added to the process's own.
const STAND_BACK: i32 = 5;

/// One job for the engine `E`: it is handed the engine and answers on its own.
type Job<E> = Box<dyn FnOnce(&mut E) + Send>;

/// The handle of an engine's thread; the thread ends when the last handle is dropped.
pub struct Worker<E> {
    name: &'static str,
    jobs: SyncSender<Job<E>>,
}

impl<E> Clone for Worker<E> {
    fn clone(&self) -> Self {
        Self { name: self.name, jobs: self.jobs.clone() }
    }
}

impl<E: 'static> Worker<E> {
    /// Starts a thread named `name`, builds the engine on it with `build` (load and warm up there), and waits until
    /// it is ready. At most `queue` jobs wait.
    ///
    /// # Errors
    /// Whatever `build` answers, or `Gone` when it panicked.
    pub fn start<F>(name: &'static str, queue: usize, build: F) -> Result<Self, EngineError>
    where
        F: FnOnce() -> Result<E, EngineError> + Send + 'static,
    {
        let (jobs, waiting) = sync_channel::<Job<E>>(queue);
        let (report_ready, ready) = sync_channel(1);
        thread::Builder::new()
            .name(name.into())
            .spawn(move || run(build, &report_ready, &waiting))
            .map_err(|e| EngineError::new(name, EngineErrorKind::Gone, format!("no thread could be started: {e}")))?;
        ready.recv().unwrap_or_else(|_| Err(gone(name)))?;
        Ok(Self { name, jobs })
    }

    /// Queues `job` and waits for its answer.
    ///
    /// # Errors
    /// `Busy` at once when the queue is full; `Gone` when the engine panicked on this job or has ended.
    pub async fn call<T, J>(&self, job: J) -> Result<T, EngineError>
    where
        T: Send + 'static,
        J: FnOnce(&mut E) -> Result<T, EngineError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.submit(move |engine| {
            let _ = answer.send(job(engine));
        })?;
        answered.await.unwrap_or_else(|_| Err(gone(self.name)))
    }

    /// Queues `job`, which answers by its own means (a stream, say).
    ///
    /// # Errors
    /// `Busy` when the queue is full, `Gone` when the thread has ended.
    pub fn submit(&self, job: impl FnOnce(&mut E) + Send + 'static) -> Result<(), EngineError> {
        self.jobs.try_send(Box::new(job)).map_err(|e| match e {
            TrySendError::Full(_) => {
                EngineError::new(self.name, EngineErrorKind::Busy, "too much work is waiting; try again")
            }
            TrySendError::Disconnected(_) => gone(self.name),
        })
    }
}

fn run<E>(
    build: impl FnOnce() -> Result<E, EngineError>,
    ready: &SyncSender<Result<(), EngineError>>,
    jobs: &Receiver<Job<E>>,
) {
    stand_back();
    match build() {
        Err(e) => drop(ready.send(Err(e))),
        Ok(mut engine) => {
            if ready.send(Ok(())).is_ok() {
                serve(&mut engine, jobs);
            }
        }
    }
}

/// On Linux a thread has a priority of its own, which the threads that it starts inherit. Elsewhere it would be the
/// whole process's.
fn stand_back() {
    if cfg!(target_os = "linux")
        && let Err(error) = rustix::process::nice(STAND_BACK)
    {
        tracing::debug!(%error, "an engine's thread keeps its priority");
    }
}

/// A job that panics costs its own answer (the caller sees `Gone`), not the engine.
fn serve<E>(engine: &mut E, jobs: &Receiver<Job<E>>) {
    while let Ok(job) = jobs.recv() {
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(engine)));
    }
}

fn gone(name: &'static str) -> EngineError {
    EngineError::new(name, EngineErrorKind::Gone, "the engine's thread has ended; restart the server and see its log")
}
