//! Access tokens for front ends: as agent-starter-react asks for them (`POST /api/token`), as voice-assistant-frontend does
//! (`GET /api/connection-details`), and for an interview that somebody is invited to.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use livekit::{AgentDispatch, BEGIN_ATTRIBUTE, BEGIN_ON_REQUEST, Claims, Grants, Refused, RoomConfig};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::door::refuse_forwarded;
use super::{Rooms, plan, rooms};
use crate::problem::Problem;
use crate::{App, api};

/// How long a token is good for joining; one who has joined is sent others.
const TOKEN_S: u64 = 900;

/// What may be asked of a token; all of it may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    room_name: String,
    participant_identity: String,
    participant_name: String,
    participant_metadata: String,
    participant_attributes: HashMap<String, String>,
    room_config: Option<RoomConfig>,
}

/// What who is invited may ask for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Invited {
    begin: Begin,
}

/// When the interview begins.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Begin {
    /// As soon as the client is connected.
    #[default]
    AtOnce,
    /// When the connected client asks for it.
    OnRequest,
}

/// Where to go, and the token to go in with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    server_url: String,
    room_name: String,
    participant_name: String,
    participant_token: String,
}

/// A token for whoever asks: into a room of their own unless they name one.
pub(crate) async fn token(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<Json<Details>, Problem> {
    give(&app, &headers, read(&body)?)
}

/// What is asked for; whoever sends nothing asks for nothing special.
fn read<T: Default + DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_request", format!("This is no token request: {error}."))
    })
}

/// Likewise, for those who cannot choose.
pub(crate) async fn connection_details(State(app): State<App>, headers: HeaderMap) -> Result<Json<Details>, Problem> {
    give(&app, &headers, Asked::default())
}

/// A token into the room of an interview that is there; who has its link may speak.
pub(crate) async fn invited(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Details>, Problem> {
    let rooms = rooms(&app)?;
    refuse_forwarded(rooms, &headers)?;
    let Invited { begin } = read(&body)?;
    let interview = api::find(&app, &id).await?;
    if interview.status.is_over() {
        return Err(Problem::new(StatusCode::CONFLICT, "interview_ended", "This interview is over."));
    }
    let participant_attributes = match begin {
        Begin::AtOnce => HashMap::new(),
        Begin::OnRequest => HashMap::from([(BEGIN_ATTRIBUTE.to_owned(), BEGIN_ON_REQUEST.to_owned())]),
    };
    sign(rooms, &headers, Asked { room_name: interview.id, participant_attributes, ..Asked::default() })
}

fn give(app: &App, headers: &HeaderMap, asked: Asked) -> Result<Json<Details>, Problem> {
    let rooms = rooms(app)?;
    refuse_forwarded(rooms, headers)?;
    if !(rooms.development || rooms.settings.open) {
        let message =
            "Tokens are not given to everybody here: ask for one with an interview's link, or set livekit.open.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "not_open", message));
    }
    let agent = asked.room_config.as_ref().and_then(|config| config.agents.first());
    plan(app, rooms, agent.map(|agent: &AgentDispatch| agent.agent_name.as_str()))?;
    sign(rooms, headers, asked)
}

fn sign(rooms: &Rooms, headers: &HeaderMap, asked: Asked) -> Result<Json<Details>, Problem> {
    let or_new = |name: String, kind: &str| match name.trim() {
        "" => format!("{kind}-{}", &Uuid::new_v4().simple().to_string()[..12]),
        name => name.to_owned(),
    };
    let room_name = or_new(asked.room_name, "interview");
    let sub = or_new(asked.participant_identity, "candidate");
    let participant_name = if asked.participant_name.is_empty() { "Candidate".into() } else { asked.participant_name };
    let granted = Some(true);
    let video = Grants {
        room: room_name.clone(),
        room_join: true,
        can_publish: granted,
        can_subscribe: granted,
        can_publish_data: granted,
        can_update_own_metadata: granted,
    };
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let claims = Claims {
        sub,
        exp: now_s + TOKEN_S,
        nbf: now_s,
        name: participant_name.clone(),
        metadata: asked.participant_metadata,
        attributes: asked.participant_attributes,
        video,
        room_config: asked.room_config,
        ..Claims::default()
    };
    let participant_token = rooms.key().sign(&claims)?;
    // what we would not take back is not given
    rooms.key().verify(&participant_token, now_s).map_err(|refused: Refused| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_request", format!("Of this no token is made: {refused}."))
    })?;
    Ok(Json(Details { server_url: server_url(rooms, headers), room_name, participant_name, participant_token }))
}

/// Where the client finds us: as it was set, or as it found us now.
fn server_url(rooms: &Rooms, headers: &HeaderMap) -> String {
    if !rooms.settings.url.is_empty() {
        return rooms.settings.url.clone();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scheme = if text("x-forwarded-proto") == "https" { "wss" } else { "ws" };
    format!("{scheme}://{}", text(header::HOST.as_str()))
}
