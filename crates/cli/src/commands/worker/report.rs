//! Does `interviewer.report`.

use std::path::PathBuf;

use async_trait::async_trait;
use interview::Plan;
use queue::tasks::{REPORT, ReportRequest, ReportResult, arguments};
use queue::worker::{Context, Handler};
use queue::{Failure, FailureKind};
use serde_json::Value;
use server::make_files;
use session::Record;

/// Makes interviews' files in the data folder that servers and workers share.
pub(super) struct ReportHandler {
    pub(super) data_dir: PathBuf,
}

#[async_trait]
impl Handler for ReportHandler {
    fn name(&self) -> &str {
        REPORT
    }

    async fn run(&self, context: Context) -> Result<Value, Failure> {
        let request: ReportRequest = arguments(context.task())?;
        if !is_plain(&request.interview) {
            return Err(input(format!("interview is \"{}\"; it must be an interview's id", request.interview)));
        }
        let plan: Plan = serde_json::from_value(request.plan).map_err(|e| input(format!("plan: {e}")))?;
        let folder = self.data_dir.join("interviews").join(&request.interview);
        if !folder.is_dir() {
            let message =
                format!("{} is not there; servers and workers must share their data folder", folder.display());
            return Err(input(message));
        }
        let Some(lines) = context.queue.get(&request.records.key).await? else {
            return Err(input(format!("there are no records under {} (any more)", request.records.key)));
        };
        let records = records(&lines)?;
        let making = tokio::task::spawn_blocking(move || make_files(&folder, &request.interview, &plan, &records));
        let made = making.await.map_err(|e| Failure::new(FailureKind::Internal, e.to_string()))?;
        let files = made.map_err(|e| Failure::new(FailureKind::Passing, format!("{e:#}")))?;
        serde_json::to_value(ReportResult { files }).map_err(|e| Failure::new(FailureKind::Internal, e.to_string()))
    }
}

/// Whether an id is a name in a folder and not a way out of it.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn records(lines: &[u8]) -> Result<Vec<Record>, Failure> {
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let read = |(place, line)| serde_json::from_slice(line).map_err(|e| input(format!("record {}: {e}", place + 1)));
    lines.enumerate().map(read).collect()
}

fn input(message: String) -> Failure {
    Failure::new(FailureKind::Input, message)
}
