//! Whether a worker lives, whether it takes work, and its figures.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use queue::worker::Roster;
use tokio::net::TcpListener;

/// Answers until the worker ends.
pub(super) async fn serve(listener: TcpListener, roster: Arc<Roster>, metrics: Option<PrometheusHandle>) {
    let ready = move || {
        let roster = roster.clone();
        async move { readiness(&roster) }
    };
    let figures = move || {
        let metrics = metrics.clone();
        async move { metrics.map(|metrics| metrics.render()).unwrap_or_default() }
    };
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures));
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "/healthz, /readyz and /metrics are not served any more");
    }
}

fn readiness(roster: &Roster) -> (StatusCode, &'static str) {
    if *roster.stopping().borrow() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if roster.has_joined() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "joining its queues\n")
    }
}
