//! Engines and report makers that are elsewhere: tasks for workers, by the settings.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use interview::Plan;
use queue::redis::{RedisCache, RedisLeases, RedisQueue, RedisSettings};
use queue::remote::{RemoteRecognizer, RemoteRecognizerSettings, RemoteVoice, RemoteVoiceSettings, SharedVoice};
use queue::tasks::{REPORT, RecordsRef, ReportRequest, ReportResult};
use queue::{Failure, Outcome, QueueError, Task, TaskQueue};
use server::{LocalReports, PlanCache, QueueSettings, Registry, Reports};
use session::Record;
use speech::{Recognizer, Voice};

/// A server that starts waits so long for the first worker of the voice: it may have to be started itself.
const FIRST_WORKER: Duration = Duration::from_secs(120);
/// An interview's files are made within this time, or here.
const REPORT_WITHIN: Duration = Duration::from_secs(600);

/// A plan that cannot be had from a lost server within this time is taken from the store.
const PLANS_WAIT: Duration = Duration::from_millis(300);
/// Bound of the plans that all gateways share, bytes.
const PLANS_BYTES: u64 = 64 << 20;

/// How the settings' queue is reached.
pub(crate) fn redis(settings: &QueueSettings) -> RedisSettings {
    RedisSettings {
        results_for: Duration::from_secs(settings.results_s),
        visibility: Duration::from_secs(settings.visibility_s),
        lease: Duration::from_secs(settings.lease_s),
        ..RedisSettings::new(&settings.url)
    }
}

/// The settings' queue.
pub(crate) async fn open(settings: &QueueSettings) -> Result<Arc<dyn TaskQueue>> {
    let queue = RedisQueue::open(redis(settings)).await;
    Ok(Arc::new(queue.context("the queue of the settings (queue.url) cannot be used; is the Redis server running?")?))
}

/// What workers do for a server.
pub(crate) struct Far {
    queue: Option<Arc<dyn TaskQueue>>,
    settings: QueueSettings,
}

impl Far {
    /// Connects, if the settings leave anything to workers.
    pub(crate) async fn open(settings: &QueueSettings) -> Result<Self> {
        let queue = if settings.is_used() { Some(open(settings).await?) } else { None };
        Ok(Self { queue, settings: settings.clone() })
    }

    /// The recogniser: `local`, workers, or workers with `local` to fall back on.
    pub(crate) fn recognizer(
        &self,
        local: impl FnOnce() -> Result<Arc<dyn Recognizer>>,
    ) -> Result<Arc<dyn Recognizer>> {
        let Some(queue) = self.queue_for(&self.settings.recognition) else { return local() };
        let local = self.settings.fallback.then(local).transpose()?;
        let about = RemoteRecognizerSettings { queue: self.settings.stt_queue.clone(), ..Default::default() };
        Ok(Arc::new(RemoteRecognizer::new(queue, about, local)))
    }

    /// Whether workers speak.
    pub(crate) fn has_voice(&self) -> bool {
        self.queue_for(&self.settings.voice).is_some()
    }

    /// Likewise the voice, with its spoken lines shared. Waits for the first worker.
    pub(crate) async fn voice(&self, local: impl FnOnce() -> Result<Arc<dyn Voice>>) -> Result<Arc<dyn Voice>> {
        let Some(queue) = self.queue_for(&self.settings.voice) else { return local() };
        let local = self.settings.fallback.then(local).transpose()?;
        let about = RemoteVoiceSettings { queue: self.settings.tts_queue.clone(), ..Default::default() };
        let name = &self.settings.tts_queue;
        let voice = RemoteVoice::find(queue, about, local, FIRST_WORKER).await.with_context(|| {
            format!("no worker of queue {name} says which voice it has; start one: interviewer worker --queues {name}")
        })?;
        let voice: Arc<dyn Voice> = Arc::new(voice);
        if self.settings.shared_lines_mb == 0 {
            return Ok(voice);
        }
        let cache = RedisCache::open(&redis(&self.settings), "lines", self.settings.shared_lines_mb << 20).await?;
        Ok(Arc::new(SharedVoice::new(voice, Arc::new(cache))))
    }

    /// Who makes interviews' files.
    pub(crate) fn reports(&self, local: LocalReports) -> Arc<dyn Reports> {
        match self.queue_for(&self.settings.reports) {
            Some(queue) => Arc::new(FarReports { queue, name: self.settings.reports_queue.clone(), local }),
            None => Arc::new(local),
        }
    }

    /// Which gateway holds which interview: on the settings' server, if anything is left to workers.
    pub(crate) async fn registry(&self) -> Result<Registry> {
        if self.queue.is_none() {
            return Ok(Registry::alone());
        }
        Ok(Registry::new(Arc::new(RedisLeases::open(&redis(&self.settings), "interviews").await?)))
    }

    /// Interviews' plans: on the settings' server, if anything is left to workers.
    pub(crate) async fn plan_cache(&self) -> Result<PlanCache> {
        if self.queue.is_none() {
            return Ok(PlanCache::alone());
        }
        let settings = RedisSettings { patience: PLANS_WAIT, ..redis(&self.settings) };
        Ok(PlanCache::new(Arc::new(RedisCache::open(&settings, "plans", PLANS_BYTES).await?)))
    }

    fn queue_for(&self, choice: &str) -> Option<Arc<dyn TaskQueue>> {
        self.queue.clone().filter(|_| QueueSettings::by_workers(choice))
    }
}

/// Has interviews' files made by workers; here, where they are gone.
struct FarReports {
    queue: Arc<dyn TaskQueue>,
    name: String,
    local: LocalReports,
}

#[async_trait]
impl Reports for FarReports {
    async fn make(&self, id: &str, plan: Arc<Plan>, records: Vec<Record>) -> Result<()> {
        match self.by_a_worker(id, &plan, &records).await {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), interview = id, "the interview's files are made here");
                self.local.make(id, plan, records).await
            }
        }
    }
}

impl FarReports {
    async fn by_a_worker(&self, id: &str, plan: &Plan, records: &[Record]) -> Result<()> {
        let mut lines = Vec::new();
        for record in records {
            serde_json::to_writer(&mut lines, record)?;
            lines.push(b'\n');
        }
        let key = self.queue.put(lines, REPORT_WITHIN * 2).await?;
        let request =
            ReportRequest { interview: id.to_owned(), plan: serde_json::to_value(plan)?, records: RecordsRef { key } };
        let serde_json::Value::Object(kwargs) = serde_json::to_value(request)? else {
            bail!("the request is no object")
        };
        let task = Task {
            idempotency_key: Some(format!("report-{id}-{}", records.len())),
            ..Task::new(REPORT, &self.name, kwargs)
        };
        let id = self.queue.submit(task.expiring_in(REPORT_WITHIN)).await?;
        match self.queue.outcome(&id, REPORT_WITHIN).await? {
            Outcome::Done(result) => {
                serde_json::from_value::<ReportResult>(result).context("a worker's answer is wrong")?;
                Ok(())
            }
            Outcome::Failed(Failure { message, .. }) => bail!("a worker failed: {message}"),
            Outcome::Revoked(reason) => bail!("the task was {reason}"),
        }
    }
}

/// A failure of the queue, for the person at the keyboard.
pub(crate) fn said(error: QueueError) -> anyhow::Error {
    anyhow::Error::new(error)
}
