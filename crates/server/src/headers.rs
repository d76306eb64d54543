//! Headers of every answer: the web app loads nothing from elsewhere, and nobody frames it.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::problem;

/// The report brings its own policy, since its script stands in the page.
const POLICY: &str = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; media-src 'self' blob:; \
    worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

fn is_report(path: &str) -> bool {
    path.starts_with("/api/") && path.ends_with("/report.html")
}

pub(crate) async fn add(request: Request, next: Next) -> Response {
    let is_report = is_report(request.uri().path());
    let mut response = problem::in_json(next.run(request).await).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("microphone=(self), camera=()"),
    );
    if !is_report {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    response
}
