//! A candidate's socket, from the upgrade to the session.

use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use session::Link;
use store::Interview;
use websocket::About;

use crate::problem::Problem;
use crate::{App, api, hold};

pub(crate) async fn upgrade(
    State(app): State<App>,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let interview = api::find(&app, &id).await?;
    let upgrade = upgrade.max_message_size(websocket::MAX_MESSAGE_BYTES).max_frame_size(websocket::MAX_MESSAGE_BYTES);
    Ok(upgrade.on_upgrade(move |socket| converse(app, interview, socket)))
}

/// Hello, the line, the interview.
async fn converse(app: App, interview: Interview, mut socket: WebSocket) {
    let Some(sample_rate_hz) = websocket::greet(&mut socket).await else { return };
    let held = app.lobby.hold(&interview.id).await;
    let mut notice = held.notice.clone();
    let admitted = async {
        let registered = app.parts.registry.hold(&interview.id, &app.lobby).await;
        Some((websocket::wait_in_line(&mut socket, &app.lobby).await?, registered))
    };
    let admitted = tokio::select! {
        admitted = admitted => admitted,
        _ = notice.changed() => {
            let (code, message) = notice.borrow().error().unwrap_or_default();
            return websocket::refuse(socket, code, message).await;
        }
    };
    let Some((seat, registered)) = admitted else { return };
    // it may have ended while we waited
    match api::find(&app, &interview.id).await {
        Ok(now) if !now.status.is_over() => {}
        _ => return websocket::refuse(socket, "interview_ended", "This interview is over.").await,
    }
    let about = about(&interview);
    websocket::serve(socket, sample_rate_hz, about, move |link: Link| async move {
        let _both = (seat, registered);
        hold::hold(app, interview, held, link).await;
    })
    .await;
}

fn about(interview: &Interview) -> About {
    let Interview { id, plan, .. } = interview;
    About {
        id: id.clone(),
        title: plan.title.clone(),
        role: plan.role.clone(),
        questions: plan.questions.len(),
        minutes: plan.minutes(),
    }
}
