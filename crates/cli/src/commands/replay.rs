//! `interviewer replay`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use interview::Plan;
use serde_json::json;
use session::{Record, replay};

use crate::terminal::say;

/// Play an interview's event log again and compare the decisions.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log, `events.jsonl`.
    events: PathBuf,
    /// The plan; by default the `plan.json` beside the log.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let records = records(&args.events)?;
    let beside = args.events.with_file_name("plan.json");
    let plan = plan(args.plan.as_deref().unwrap_or(&beside))?;
    let replayed = replay(Arc::new(plan), &records);
    let different = replayed.differences.len();
    if args.json {
        let figures = json!({"happened": replayed.happened, "same": replayed.same, "differences": different});
        say(&figures.to_string());
    } else {
        say(&format!("{} happenings, {} decisions the same, {different} different", replayed.happened, replayed.same));
    }
    for difference in &replayed.differences {
        say(&format!("decision {}: logged {:?}, now {:?}", difference.index, difference.logged, difference.replayed));
    }
    if different > 0 {
        bail!("the decisions differ; the log was made by another version or was changed");
    }
    Ok(())
}

/// The records of a log.
pub(crate) fn records(path: &Path) -> Result<Vec<Record>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let line = |(i, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("{}, line {}: not an event", path.display(), i + 1))
    };
    let records: Result<Vec<Record>> = text.lines().enumerate().map(line).collect();
    let records = records?;
    if records.is_empty() {
        bail!("{} holds no events", path.display());
    }
    Ok(records)
}

/// A plan, in YAML or as the JSON that an interview leaves.
pub(crate) fn plan(path: &Path) -> Result<Plan> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Plan::from_yaml(&text).with_context(|| path.display().to_string())
}
