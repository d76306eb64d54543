//! LiveKit's rooms as interviews: who may come in, which interview a room is, and the session behind the call.

mod door;
mod tokens;

use std::net::IpAddr;

use anyhow::Result;
use livekit::{CannotOpen, Claims, Gateway, House, Key, Ports, Refused};
use session::{Link, ToClient};
use store::Interview;
use tokio::sync::mpsc;
use uuid::Uuid;

pub(crate) use door::{dual, single, validate};
pub(crate) use tokens::{connection_details, invited, token};

use crate::livekit_settings::{DEVELOPMENT_KEY, DEVELOPMENT_SECRET};
use crate::problem::Problem;
use crate::{App, LiveKitSettings, api, hold};

/// What serves LiveKit's clients.
pub struct Rooms {
    gateway: Gateway,
    house: House,
    /// Whether the key is the one that everybody knows.
    development: bool,
    settings: LiveKitSettings,
}

impl Rooms {
    /// Opens the ports of a server that listens at `listen`; `None` where LiveKit's clients are not served: no key is
    /// set, and others than this machine can reach us.
    ///
    /// # Errors
    /// When a port cannot be opened.
    pub async fn open(settings: &LiveKitSettings, listen: IpAddr) -> Result<Option<Self>> {
        let development = settings.key.is_empty();
        let key = match development {
            true if !listen.is_loopback() => return Ok(None),
            true => Key::new(DEVELOPMENT_KEY, DEVELOPMENT_SECRET),
            false => Key::new(&settings.key, &settings.secret),
        };
        let gateway = open(&settings.ports(listen)?, development).await?;
        let ice_servers = settings.ice_servers.iter().map(crate::livekit_settings::IceServer::helper).collect();
        let house = House { ways: gateway.ways().clone(), ice_servers, key };
        Ok(Some(Self { gateway, house, development, settings: settings.clone() }))
    }

    fn key(&self) -> &Key {
        &self.house.key
    }

    /// The id of the interview that is held in a room of this name. Nobody can guess it without the secret.
    fn id_of(&self, room: &str) -> String {
        uuid::Builder::from_random_bytes(self.key().id_for(room)).into_uuid().to_string()
    }
}

/// Opens the ports. A server for one machine that finds its TCP port taken (by another one, as a rule) goes without: nothing
/// there keeps datagrams away.
async fn open(ports: &Ports, development: bool) -> Result<Gateway> {
    let opened = match Gateway::open(ports).await {
        Err(error @ CannotOpen { kind: "TCP", .. }) if development => {
            tracing::warn!("{error}; LiveKit's clients are served over UDP alone");
            Gateway::open(&Ports { tcp_port: None, ..ports.clone() }).await
        }
        opened => opened,
    };
    opened.map_err(|error| {
        let advice = match error.kind {
            "TCP" => "choose another with livekit.tcp_port (0 opens none)",
            _ => "choose another with livekit.udp_port (0 for any free one)",
        };
        anyhow::Error::new(error).context(format!("LiveKit's clients cannot be served; {advice}"))
    })
}

/// The rooms of this server.
fn rooms(app: &App) -> Result<&Rooms, Problem> {
    app.parts.rooms.as_ref().ok_or_else(|| {
        let message = "LiveKit's clients are not served here; set livekit.key and livekit.secret.";
        Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "livekit_off", message)
    })
}

/// The interview of the room that `claims` are good for, if there is one yet: the one that was invited to (the room has its
/// id as its name), or the one that began when somebody first came into a room of this name.
async fn known(app: &App, rooms: &Rooms, claims: &Claims) -> Result<Option<Interview>, Problem> {
    if let Ok(invited) = Uuid::parse_str(&claims.video.room)
        && let Some(interview) = app.interview(&invited.to_string()).await?
    {
        return Ok(Some(interview));
    }
    Ok(app.interview(&rooms.id_of(&claims.video.room)).await?)
}

/// The interview of the room, begun where there is none.
async fn interview(app: &App, rooms: &Rooms, claims: &Claims) -> Result<Interview, Problem> {
    if let Some(interview) = known(app, rooms, claims).await? {
        return Ok(interview);
    }
    let agent = claims.room_config.as_ref().and_then(|config| config.agents.first());
    let plan = plan(app, rooms, agent.map(|agent| agent.agent_name.as_str()))?;
    match app.create_as(rooms.id_of(&claims.video.room), plan).await {
        Ok(interview) => Ok(interview),
        // somebody else came in at the same moment
        Err(error) => known(app, rooms, claims).await?.ok_or_else(|| error.into()),
    }
}

/// The plan of this name, or the one for those who name none.
fn plan(app: &App, rooms: &Rooms, name: Option<&str>) -> Result<interview::Plan, Problem> {
    let wanted = [name.unwrap_or_default(), &rooms.settings.plan].into_iter().find(|name| !name.is_empty());
    let found = match wanted {
        Some(name) => app.parts.plans.get(name),
        None => app.parts.plans.all().next(),
    };
    found.cloned().ok_or_else(|| {
        let known: Vec<_> = app.parts.plans.all().map(|plan| plan.id.as_str()).collect();
        let message = format!("There is no plan \"{}\"; there are: {}.", wanted.unwrap_or_default(), known.join(", "));
        Problem::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, "unknown_plan", message)
    })
}

/// Waits until the interview is the client's and there is room for it, then holds it.
async fn converse(app: App, interview: Interview, mut link: Link) {
    let outgoing = link.outgoing.clone();
    let admitted = async {
        let held = app.lobby.hold(&interview.id).await;
        let mut notice = held.notice.clone();
        let entering = async {
            let registered = app.parts.registry.hold(&interview.id, &app.lobby).await;
            // the newest place counts; one that a slow client does not take is followed by another
            let tell = move |position| drop(outgoing.try_send(ToClient::Waiting { position }));
            (app.lobby.enter(tell).await, registered)
        };
        let entered = tokio::select! {
            entered = entering => Ok(entered),
            _ = notice.changed() => Err(*notice.borrow()),
        };
        (held, entered)
    };
    let (held, entered) = tokio::select! {
        admitted = admitted => admitted,
        () = gone(&mut link.incoming) => return,
    };
    let refusal = match (&entered, api::find(&app, &interview.id).await) {
        (Err(notice), _) => notice.error(),
        (Ok(_), Ok(now)) if !now.status.is_over() => None,
        _ => Some(("interview_ended", "This interview is over.")),
    };
    match refusal {
        Some((code, message)) => drop(link.outgoing.send(ToClient::Error { code, message: message.into() }).await),
        None => hold::hold(app, interview, held, link).await,
    }
    drop(entered);
}

/// Waits until the client is gone; what it says before its session begins is of no consequence.
async fn gone(incoming: &mut mpsc::Receiver<session::FromClient>) {
    while incoming.recv().await.is_some() {}
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let code = match refused {
            Refused::Missing => "token_missing",
            Refused::Invalid => "token_invalid",
            Refused::Expired => "token_expired",
            Refused::Early => "token_early",
            Refused::NotGranted => "not_granted",
        };
        // LiveKit's server answers 401 to all of these, and clients take it for final
        Self::new(axum::http::StatusCode::UNAUTHORIZED, code, refused.to_string())
    }
}
