//! Holding an interview: its status before, its files after.

use std::sync::Arc;

use anyhow::{Context, Result};
use interview::EndReason;
use metrics::counter;
use session::{Hold, Link, Outcome, Session};
use store::{Interview, Status};

use crate::App;

/// Runs the session and keeps the interview's status and files in step with it.
pub(crate) async fn hold(app: App, interview: Interview, held: Hold, link: Link) {
    let id = interview.id.clone();
    if let Err(error) = try_hold(&app, interview, &held, link).await {
        tracing::error!(error = format!("{error:#}"), interview = %id, "an interview broke off");
        if let Err(error) = app.parts.store.set_status(&id, Status::Interrupted).await {
            tracing::error!(%error, interview = %id, "its status could not be kept");
        }
    }
}

async fn try_hold(app: &App, interview: Interview, held: &Hold, link: Link) -> Result<()> {
    let Interview { id, plan, .. } = interview;
    let (folder, plan) = (app.folder(&id), Arc::new(plan));
    tokio::fs::create_dir_all(&folder).await.with_context(|| format!("{} cannot be made", folder.display()))?;
    app.parts.store.set_status(&id, Status::Live).await?;
    let accommodation = plan.accommodation.unwrap_or(app.parts.accommodation);
    let session = Session {
        id: id.clone(),
        plan: plan.clone(),
        profile: app.parts.profile,
        accommodation,
        engines: app.parts.engines.clone(),
        log: Arc::new(Log(app.clone())),
        folder,
        keep_opus: app.parts.keep_opus,
        notice: held.notice.clone(),
    };
    let outcome = session.run(link).await?;
    let status = status(outcome);
    counter!("interviewer_sessions_total", "status" => format!("{status:?}").to_lowercase()).increment(1);
    if status.is_over() {
        write_files(app, &id, plan).await?;
    }
    Ok(app.parts.store.set_status(&id, status).await?)
}

fn status(outcome: Outcome) -> Status {
    match outcome {
        Outcome::Disconnected | Outcome::TakenOver | Outcome::Paused => Status::Interrupted,
        Outcome::Ended(EndReason::Completed) => Status::Completed,
        Outcome::Ended(EndReason::Declined) => Status::Declined,
        Outcome::Ended(EndReason::Left) => Status::Left,
    }
}

async fn write_files(app: &App, id: &str, plan: Arc<interview::Plan>) -> Result<()> {
    let records = app.parts.store.load(id).await?;
    app.parts.reports.make(id, plan, records).await
}

/// The store, as the session's log.
struct Log(App);

#[async_trait::async_trait]
impl session::EventLog for Log {
    async fn append(&self, interview: &str, records: &[session::Record]) -> Result<(), session::LogError> {
        self.0.parts.store.append(interview, records).await
    }

    async fn load(&self, interview: &str) -> Result<Vec<session::Record>, session::LogError> {
        self.0.parts.store.load(interview).await
    }
}
