//! A worker: takes tasks off its queues, runs them, and tells what became of them.

mod attempt;
mod doing;
mod handler;
mod roster;
mod run;
mod told;
mod watch;

pub use handler::{Context, Handler, Retries};
pub use roster::{Place, Roster};
pub use run::{Worker, WorkerSettings};
pub use watch::watch;

/// The name of this machine.
pub fn host() -> String {
    let read = |path| std::fs::read_to_string(path).ok().map(|name: String| name.trim().to_owned());
    read("/proc/sys/kernel/hostname").filter(|name| !name.is_empty()).unwrap_or_else(|| "localhost".into())
}
