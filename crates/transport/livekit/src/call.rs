//! One client's call, from its joining to its leaving: signalling, media and data of one candidate, as a state machine.
//!
//! Frames, packets, the session's messages and the time go in; [`Output`]s come out. After each input, [`Call::poll`] is
//! called until it is empty, and [`Call::let_time_pass`] at [`Call::due`] at the latest. Nothing here reads a clock or a
//! socket.

mod life;
mod media;
mod signals;
mod telling;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use audio::jitter::Fates;
use audio::opus::OpusError;
use prost::Message as _;
use session::{FromClient, ToClient};
use str0m::RtcError;

use crate::ear::{Ear, Silence};
use crate::guard::Guard;
use crate::helper::Helper;
use crate::inbox::Inbox;
use crate::join::{Join, Style};
use crate::peer::{Label, Peer, Report};
use crate::people::{Agent, Candidate, sid};
use crate::proto::{DisconnectReason, IceServer, LeaveAction, LeaveRequest, Response, SignalResponse, json};
use crate::token::{Claims, Key};
use crate::transcript::{Signed, Transcript};
use crate::voice::Voice;
use crate::way::{Far, Ways};
use life::{Beginning, Life};

/// What a call needs to know of the house it is in.
#[derive(Clone, Debug)]
pub struct House {
    /// Where clients find us.
    pub ways: Ways,
    /// STUN and TURN servers, handed to clients.
    pub ice_servers: Vec<Helper>,
    /// Signs the tokens that replace those that run out.
    pub key: Key,
}

/// A moment, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// On the clock that is passed in.
    pub(crate) now: Instant,
    /// On the wall's, milliseconds.
    pub(crate) unix_ms: i64,
}

/// A frame of the signalling socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// Protocol buffers.
    Binary(Vec<u8>),
    /// JSON.
    Text(String),
}

/// What a call wants done.
#[derive(Debug)]
pub(crate) enum Output {
    /// A frame for the signalling socket.
    Signal(Frame),
    /// A packet for the client.
    Packet {
        /// Where to.
        to: Far,
        /// What.
        bytes: Vec<u8>,
    },
    /// From now on the first packets of this name (of ICE) are this call's.
    Name(String),
    /// The client hears and is heard: a session is to be held with it.
    Begin,
    /// What the client says to the session.
    Session(FromClient),
    /// The client is not reached: the session is to be let go, the call is not.
    Pause,
    /// How the network is, for whoever watches.
    Report(Report),
    /// It is over.
    Over,
}

/// A call that cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Of WebRTC.
    #[error("webrtc: {0}")]
    Rtc(#[from] RtcError),
    /// Of the codec.
    #[error(transparent)]
    Opus(#[from] OpusError),
}

/// One client's call.
pub(crate) struct Call {
    house: House,
    start: Start,
    claims: Claims,
    room_sid: String,
    style: Style,
    /// Whether the client's last frame was JSON, so that it is answered in it.
    speaks_json: bool,
    candidate: Candidate,
    agent: Agent,
    /// The client's connection; with [`Style::Single`] for both ways.
    publisher: Peer,
    /// Ours, with [`Style::Dual`].
    subscriber: Option<Peer>,
    ear: Ear,
    silence: Silence,
    voice: Voice,
    transcript: Transcript,
    inbox: Inbox,
    /// Packets that wait for the client's data channel.
    packets: VecDeque<Signed>,
    sequence: u32,
    guard: Guard,
    /// Offers of ours.
    offers: u32,
    /// Whether the client was told to make room for our voice.
    asked_for_section: bool,
    /// The track of the client's that was last said to be heard.
    noted_track: String,
    /// When the connections want to be woken.
    wake: Instant,
    life: Life,
    outputs: VecDeque<Output>,
}

impl Call {
    /// A call of the client with these claims that asks to join so.
    ///
    /// # Errors
    /// When its offer cannot be answered.
    pub(crate) fn new(house: House, claims: Claims, join: Join, start: Start) -> Result<Self, CallError> {
        let joined_at_s = start.unix_ms / 1000;
        let (agent, now) = (Agent::new(joined_at_s), start.now);
        let label = Label { participant: agent.sid.clone(), track: agent.track.clone() };
        let publisher = Peer::new(&house.ways, label.clone(), now)?;
        let subscriber = match join.style {
            Style::Single => None,
            Style::Dual => Some(Peer::new(&house.ways, label, now)?),
        };
        let mut call = Self {
            candidate: Candidate::new(&claims, &join.attributes, &join.metadata, joined_at_s),
            room_sid: sid("RM_"),
            style: join.style,
            speaks_json: false,
            ear: Ear::new(now)?,
            silence: Silence::default(),
            voice: Voice::new(uuid::Uuid::new_v4().as_u128() as u16 >> 1)?,
            transcript: Transcript::default(),
            inbox: Inbox::default(),
            packets: VecDeque::new(),
            sequence: 0,
            guard: Guard::new(now),
            offers: 0,
            asked_for_section: false,
            noted_track: String::new(),
            wake: now,
            life: Life::new(beginning(&claims), now),
            outputs: VecDeque::new(),
            house,
            start,
            claims,
            agent,
            publisher,
            subscriber,
        };
        call.welcome(join)?;
        call.settle(now)?;
        Ok(call)
    }

    /// The candidate's name in the room, by which a client that lost its socket goes on.
    pub(crate) fn participant(&self) -> &str {
        &self.candidate.sid
    }

    /// Who may go on with this call: identity and room.
    pub(crate) fn owner(&self) -> (&str, &str) {
        (&self.candidate.identity, &self.claims.video.room)
    }

    /// A frame of the client's on the signalling socket.
    ///
    /// # Errors
    /// When the call cannot go on.
    pub(crate) fn on_frame(&mut self, frame: &Frame, now: Instant) -> Result<(), CallError> {
        self.hear_signal(frame, now)?;
        self.settle(now)
    }

    /// A packet for this call.
    ///
    /// # Errors
    /// When the call cannot go on.
    pub(crate) fn on_packet(&mut self, source: Far, bytes: &[u8], now: Instant) -> Result<(), CallError> {
        self.life.reached(now);
        match &mut self.subscriber {
            Some(subscriber) if subscriber.accepts(source, bytes, now) => subscriber.receive(source, bytes, now)?,
            _ => self.publisher.receive(source, bytes, now)?,
        }
        self.settle(now)
    }

    /// What the session tells the client.
    ///
    /// # Errors
    /// When the call cannot go on.
    pub(crate) fn on_session(&mut self, message: ToClient, now: Instant) -> Result<(), CallError> {
        self.tell(message, now);
        self.settle(now)
    }

    /// The session has ended, or has let the client go.
    ///
    /// # Errors
    /// When the call cannot go on.
    pub(crate) fn on_session_over(&mut self, now: Instant) -> Result<(), CallError> {
        self.life.session_over(now);
        self.settle(now)
    }

    /// The signalling socket is gone. The call waits for a while for the client to come back.
    pub(crate) fn on_socket_lost(&mut self, now: Instant) {
        self.life.socket_lost(now);
    }

    /// The client is back, on another socket.
    ///
    /// # Errors
    /// When its offer cannot be answered.
    pub(crate) fn on_resumed(&mut self, join: Join, now: Instant) -> Result<(), CallError> {
        self.life.resumed(now);
        self.speaks_json = false;
        self.welcome_back(join, now)?;
        self.settle(now)
    }

    /// Time has passed.
    ///
    /// # Errors
    /// When the call cannot go on.
    pub(crate) fn let_time_pass(&mut self, now: Instant) -> Result<(), CallError> {
        self.settle(now)
    }

    /// When to let time pass.
    pub(crate) fn due(&self) -> Instant {
        let due = [self.voice.due(), self.ear.due(), Some(self.life.due())];
        due.into_iter().flatten().fold(self.wake, Instant::min)
    }

    /// What is to be done next.
    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Says goodbye, and is over.
    pub(crate) fn hang_up(&mut self, goodbye: Goodbye) {
        if self.life.is_over() {
            return;
        }
        let (reason, action) = goodbye.on_the_wire();
        let (reason, action) = (reason as i32, action as i32);
        self.signal(Response::Leave(LeaveRequest { can_reconnect: false, reason, action }));
        self.life.end();
        self.outputs.push_back(Output::Over);
    }

    /// What became of the client's packets.
    pub(crate) fn fates(&self) -> Fates {
        self.ear.fates()
    }

    fn signal(&mut self, response: Response) {
        let text = if self.speaks_json { json::write(&response).ok() } else { None };
        let frame = match text {
            Some(text) => Frame::Text(text),
            None => Frame::Binary(SignalResponse { message: Some(response) }.encode_to_vec()),
        };
        self.outputs.push_back(Output::Signal(frame));
    }

    fn unix_ms(&self, now: Instant) -> i64 {
        self.start.unix_ms + now.saturating_duration_since(self.start.now).as_millis() as i64
    }

    fn ice_servers(&self, now: Instant) -> Vec<IceServer> {
        let now_s = (self.unix_ms(now) / 1000) as u64;
        self.house.ice_servers.iter().map(|helper| helper.for_client(&self.candidate.sid, now_s)).collect()
    }

    /// Sees to everything that has become due by an input at `now`.
    fn settle(&mut self, now: Instant) -> Result<(), CallError> {
        if self.life.is_over() {
            return Ok(());
        }
        self.pump(now)?;
        self.live(now);
        Ok(())
    }
}

/// The attribute of a token, and its value, by which the interview begins only when the client asks for it.
pub const BEGIN_ATTRIBUTE: &str = "interviewer.begin";
/// See [`BEGIN_ATTRIBUTE`].
pub const BEGIN_ON_REQUEST: &str = "on_request";

fn beginning(claims: &Claims) -> Beginning {
    match claims.attributes.get(BEGIN_ATTRIBUTE).map(String::as_str) {
        Some(BEGIN_ON_REQUEST) => Beginning::OnRequest,
        _ => Beginning::AtOnce,
    }
}

/// Why we hang up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goodbye {
    /// The interview is over.
    Ended,
    /// It is open somewhere else.
    TakenOver,
    /// The server is going down; come again.
    Restarting,
    /// The candidate seems to be gone.
    Unavailable,
    /// The connection did not come about in time, or broke off.
    TimedOut,
    /// The client said what makes no sense.
    Misunderstood,
    /// Something failed here; come again.
    Failed,
}

impl Goodbye {
    fn on_the_wire(self) -> (DisconnectReason, LeaveAction) {
        let come_again = LeaveAction::Reconnect;
        match self {
            Self::Ended => (DisconnectReason::RoomDeleted, LeaveAction::Disconnect),
            Self::TakenOver => (DisconnectReason::DuplicateIdentity, LeaveAction::Disconnect),
            Self::Restarting => (DisconnectReason::ServerShutdown, come_again),
            Self::Unavailable => (DisconnectReason::UserUnavailable, LeaveAction::Disconnect),
            Self::TimedOut => (DisconnectReason::ConnectionTimeout, LeaveAction::Disconnect),
            Self::Misunderstood => (DisconnectReason::StateMismatch, LeaveAction::Disconnect),
            Self::Failed => (DisconnectReason::AgentError, come_again),
        }
    }
}

/// The frame that sends a client away so that it joins anew: for one that wants to go on with a call that is gone.
pub(crate) fn join_anew() -> Vec<u8> {
    let action = LeaveAction::Reconnect as i32;
    let leave = LeaveRequest { can_reconnect: false, reason: DisconnectReason::StateMismatch as i32, action };
    SignalResponse { message: Some(Response::Leave(leave)) }.encode_to_vec()
}

/// How long a token that replaces one is good, and how often one is sent.
const TOKEN_S: u64 = 900;
const REFRESH_EVERY: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests;
