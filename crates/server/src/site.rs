//! The web app's files, out of the binary.

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Site;

/// The file at a path, or the page itself, which shows by the path what is asked for.
pub(crate) async fn serve(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return Problem::not_found("There is no such address in the API; see docs/websocket.md.").into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        let message = "Only GET is possible here.";
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message).into_response();
    }
    if let Some(file) = Site::get(path).filter(|_| !path.is_empty()) {
        return answer(path, file.data.into_owned());
    }
    match Site::get("index.html").filter(|_| is_page(path)) {
        Some(page) => answer("index.html", page.data.into_owned()),
        None if is_page(path) => {
            let message = "The web app is not in this binary; build it with `make web` and then the binary again.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no_web_app", message).into_response()
        }
        None => Problem::not_found("There is no such page.").into_response(),
    }
}

fn is_page(path: &str) -> bool {
    path.is_empty() || path.starts_with("i/")
}

fn answer(path: &str, bytes: Vec<u8>) -> Response {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    // files under assets/ are named by their content
    let lasting = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasting));
    response
}
