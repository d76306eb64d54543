//! Where LiveKit's clients come in: `/rtc/v1` for those with one peer connection, `/rtc` for those with two, and beside each
//! an address that tells a client whose socket was refused why.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use livekit::{Claims, Join, Refused, Style};

use super::{Rooms, converse, interview, known, rooms};
use crate::App;
use crate::problem::Problem;

/// What a proxy adds; one that stands before us makes others reach us as if from this machine.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

pub(crate) async fn single(
    State(app): State<App>,
    Query(query): Query<livekit::Query>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    enter(app, query, &headers, upgrade, Style::Single).await
}

pub(crate) async fn dual(
    State(app): State<App>,
    Query(query): Query<livekit::Query>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    enter(app, query, &headers, upgrade, Style::Dual).await
}

/// `success`, or what would have been answered to the socket. Pages of any origin may read it: their clients ask by fetch.
pub(crate) async fn validate(
    State(app): State<App>,
    Query(query): Query<livekit::Query>,
    headers: HeaderMap,
) -> Response {
    let checked = async {
        let rooms = rooms(&app)?;
        let claims = admit(rooms, &query, &headers)?;
        refuse_what_is_over(&app, rooms, &claims).await
    };
    let mut response = match checked.await {
        Ok(()) => "success".into_response(),
        Err(problem) => problem.into_response(),
    };
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

async fn enter(
    app: App,
    query: livekit::Query,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
    style: Style,
) -> Result<Response, Problem> {
    let rooms = rooms(&app)?;
    let claims = admit(rooms, &query, headers)?;
    let join = Join::read(&query, style)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "bad_join_request", error.to_string()))?;
    refuse_what_is_over(&app, rooms, &claims).await?;
    let interview = interview(&app, rooms, &claims).await?;
    let (gateway, house) = (rooms.gateway.clone(), rooms.house.clone());
    let upgrade = upgrade.max_message_size(livekit::MAX_FRAME_BYTES).max_frame_size(livekit::MAX_FRAME_BYTES);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let hold = move |link| converse(app.clone(), interview.clone(), link);
        livekit::serve(&gateway, house, claims, join, socket, hold).await;
    }))
}

/// The claims of the token, if it opens the room.
fn admit(rooms: &Rooms, query: &livekit::Query, headers: &HeaderMap) -> Result<Claims, Problem> {
    refuse_forwarded(rooms, headers)?;
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let token = bearer.or(Some(query.access_token.as_str())).filter(|token| !token.is_empty());
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let claims = rooms.key().verify(token.ok_or(Refused::Missing)?, now_s)?;
    let other_room = !query.room.is_empty() && query.room != claims.video.room;
    if other_room || claims.video.can_subscribe == Some(false) {
        return Err(Refused::NotGranted.into()); // who may not hear cannot be interviewed
    }
    Ok(claims)
}

/// The development key is for this machine alone.
pub(super) fn refuse_forwarded(rooms: &Rooms, headers: &HeaderMap) -> Result<(), Problem> {
    if rooms.development && FORWARDED.iter().any(|name| headers.contains_key(*name)) {
        let message = "The development key works on this machine only; set livekit.key and livekit.secret.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "development_key", message));
    }
    Ok(())
}

/// Clients take this text, and no other, as a room that is not there.
async fn refuse_what_is_over(app: &App, rooms: &Rooms, claims: &Claims) -> Result<(), Problem> {
    match known(app, rooms, claims).await? {
        Some(interview) if interview.status.is_over() => {
            Err(Problem::not_found("requested room does not exist: the interview in it is over"))
        }
        _ => Ok(()),
    }
}
