//! The HTTP API, as `docs/websocket.md` has it.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use interview::Plan;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Interview;
use uuid::Uuid;

use crate::App;
use crate::problem::Problem;

/// Files that may be fetched.
const FILES: [&str; 11] = [
    "transcript.json",
    "transcript.vtt",
    "transcript.srt",
    "recording.wav",
    session::OPUS_FILE,
    "scorecard.json",
    "receipt.json",
    "report.html",
    "latency.json",
    "events.jsonl",
    "plan.json",
];

pub(crate) async fn plans(State(app): State<App>) -> Json<Vec<Value>> {
    Json(app.parts.plans.all().map(describe).collect())
}

fn describe(plan: &Plan) -> Value {
    json!({
        "id": plan.id, "title": plan.title, "role": plan.role, "questions": plan.questions.len(), "minutes": plan.minutes(),
    })
}

/// What an interview is made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Create {
    plan: String,
    /// Only the first so many questions, for a trial.
    questions: Option<usize>,
    /// What every patience of turn-taking is multiplied by, in place of the plan's or the server's.
    accommodation: Option<f32>,
}

pub(crate) async fn create(
    State(app): State<App>,
    body: Result<Json<Create>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(Create { plan: id, questions, accommodation }) =
        body.map_err(|e| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_request", e.body_text()))?;
    let unknown = || {
        let known: Vec<_> = app.parts.plans.all().map(|plan| plan.id.as_str()).collect();
        Problem::not_found(format!("There is no plan \"{id}\"; there are: {}.", known.join(", ")))
    };
    let plan = app.parts.plans.get(&id).ok_or_else(unknown)?.clone();
    let plan = match questions {
        Some(0) => {
            let message = "\"questions\" must be 1 or more.";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_request", message));
        }
        Some(count) => plan.first_questions(count),
        None => plan,
    };
    let plan = match accommodation {
        Some(factor) => plan
            .accommodated(factor)
            .map_err(|e| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_request", e.to_string()))?,
        None => plan,
    };
    let Interview { id, .. } = app.create(plan).await?;
    let made = json!({"id": id, "link": format!("/i/{id}"), "websocket": format!("/api/interviews/{id}/ws")});
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

pub(crate) async fn interview(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let Interview { id, plan, status, .. } = find(&app, &id).await?;
    let mut about = describe(&plan);
    about["plan"] = about["id"].take();
    about["id"] = json!(id);
    about["status"] = json!(status);
    let gateway = app.parts.registry.gateway_of(&id).await;
    about["connected"] = json!(gateway.is_some() || app.lobby.is_held(&id));
    about["gateway"] = json!(gateway);
    Ok(Json(about))
}

/// The interview with this id.
pub(crate) async fn find(app: &App, id: &str) -> Result<Interview, Problem> {
    let missing = || Problem::not_found("There is no interview with this link; check that it was copied whole.");
    let id = Uuid::parse_str(id).map_err(|_| missing())?.to_string();
    app.interview(&id).await?.ok_or_else(missing)
}

pub(crate) async fn file(
    State(app): State<App>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let interview = find(&app, &id).await?;
    if !FILES.contains(&name.as_str()) {
        return Err(Problem::not_found(format!("There is no such file; there are: {}.", FILES.join(", "))));
    }
    if !interview.status.is_over() {
        let message = "The interview has not ended yet; its files are made when it has.";
        return Err(Problem::new(StatusCode::CONFLICT, "not_ended", message));
    }
    let path = app.folder(&interview.id).join(&name);
    let missing =
        |_| Problem::new(StatusCode::NOT_FOUND, "not_ready", "The file is not made yet, or nothing was kept.");
    let bytes = tokio::fs::read(&path).await.map_err(missing)?;
    let kind = mime_guess::from_path(&name).first_or_octet_stream();
    let mut response = Body::from(bytes).into_response();
    let kind = HeaderValue::from_str(kind.as_ref()).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

pub(crate) async fn metrics(State(app): State<App>) -> String {
    app.parts.metrics.as_ref().map(|recorder| recorder.render()).unwrap_or_default()
}
