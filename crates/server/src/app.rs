//! What the handlers share, and the routes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use interview::Plan;
use metrics_exporter_prometheus::PrometheusHandle;
use session::{Engines, Lobby};
use store::{Interview, Status, Store, StoreError};
use tower_http::limit::RequestBodyLimitLayer;
use turn::Profile;
use uuid::Uuid;

use crate::{PlanCache, Plans, Registry, Reports, Rooms, api, headers, rooms, site, socket};

/// Bytes of a request's body.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// What an [`App`] is made of.
pub struct Parts {
    /// The plans on offer.
    pub plans: Plans,
    /// The engines.
    pub engines: Engines,
    /// Interviews and their events.
    pub store: Arc<dyn Store>,
    /// Where interviews' files lie.
    pub data_dir: PathBuf,
    /// Plans of interviews, kept for all gateways.
    pub plan_cache: PlanCache,
    /// Who makes the files.
    pub reports: Arc<dyn Reports>,
    /// Which gateway holds which interview.
    pub registry: Registry,
    /// Turn-taking.
    pub profile: Profile,
    /// What every patience of turn-taking is multiplied by.
    pub accommodation: f32,
    /// Interviews held at once.
    pub max_sessions: usize,
    /// Whether candidates' packets are kept beside the recording.
    pub keep_opus: bool,
    /// What serves LiveKit's clients, where they are served.
    pub rooms: Option<Rooms>,
    /// The metrics' recorder, when there is one.
    pub metrics: Option<PrometheusHandle>,
}

/// The server's state; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) parts: Arc<Parts>,
    pub(crate) lobby: Lobby,
}

impl App {
    /// A server of these parts.
    pub fn new(parts: Parts) -> Self {
        let lobby = Lobby::new(parts.max_sessions.max(1));
        Self { parts: Arc::new(parts), lobby }
    }

    /// All routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/api/plans", get(api::plans))
            .route("/api/interviews", post(api::create))
            .route("/api/interviews/{id}", get(api::interview))
            .route("/api/interviews/{id}/ws", get(socket::upgrade))
            .route("/api/interviews/{id}/files/{name}", get(api::file))
            .route("/api/interviews/{id}/livekit", post(rooms::invited))
            .route("/api/token", post(rooms::token))
            .route("/api/connection-details", get(rooms::connection_details))
            .route("/rtc", get(rooms::dual))
            .route("/rtc/v1", get(rooms::single))
            .route("/rtc/validate", get(rooms::validate))
            .route("/rtc/v1/validate", get(rooms::validate))
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/metrics", get(api::metrics))
            .fallback(site::serve)
            .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
            .layer(from_fn(headers::add))
            .with_state(self.clone())
    }

    /// Makes an interview by `plan`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create(&self, plan: Plan) -> Result<Interview, StoreError> {
        self.create_as(Uuid::new_v4().to_string(), plan).await
    }

    /// Likewise, under an id that nobody can guess.
    pub(crate) async fn create_as(&self, id: String, plan: Plan) -> Result<Interview, StoreError> {
        let created_unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64);
        let interview = Interview { id, plan, status: Status::Created, created_unix_ms };
        self.parts.store.create(&interview).await?;
        Ok(interview)
    }

    /// How far an interview is; `None` when there is none with this id. Its files are made before it counts as over.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn status(&self, id: &str) -> Result<Option<Status>, StoreError> {
        self.parts.store.status(id).await
    }

    /// The interview with this id; `None` when there is none.
    pub(crate) async fn interview(&self, id: &str) -> Result<Option<Interview>, StoreError> {
        self.parts.plan_cache.interview(&*self.parts.store, id).await
    }

    /// Lets go of every interview that is being held, since the server is going down; they can be resumed.
    pub fn close(&self) {
        self.lobby.close();
    }

    /// Waits until no interview is being held.
    pub async fn all_left(&self) {
        self.lobby.all_left().await;
    }

    /// The folder of an interview's files.
    pub fn folder(&self, id: &str) -> PathBuf {
        folder(&self.parts.data_dir, id)
    }
}

pub(crate) fn folder(data_dir: &Path, id: &str) -> PathBuf {
    data_dir.join("interviews").join(id)
}
