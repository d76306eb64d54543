//! What the client asks for on its signalling socket, and what it is answered.

use std::collections::HashMap;
use std::time::Instant;

use prost::Message as _;
use serde::Deserialize;

use super::{Call, CallError, Frame, Goodbye, Output};
use crate::join::{Join, Style};
use crate::peer::Peer;
use crate::people::Denied;
use crate::proto::{
    AddTrackRequest, JoinResponse, MediaSectionsRequirement, ParticipantUpdate, Ping, Pong, ReconnectResponse, Refused,
    Request, RequestReason, RequestResponse, Response, Room, ServerInfo, SessionDescription, SignalRequest,
    SignalTarget, TrackPublishedResponse, TrickleRequest, UpdateParticipantMetadata, json,
};
use crate::sdp;

/// Clients compare this with what they know of LiveKit's server: from 1.8.2 on it does not repeat chat messages in their
/// older form.
const SERVER_VERSION: &str = "1.9.0";
const SERVER_PROTOCOL: i32 = 16;
/// Of pings, in seconds; a client panics at nought.
const PING_EVERY_S: i32 = 5;
const PING_TIMEOUT_S: i32 = 15;

#[derive(Deserialize)]
struct CandidateInit {
    candidate: String,
}

impl Call {
    /// The first words to a client that joins.
    pub(super) fn welcome(&mut self, join: Join) -> Result<(), CallError> {
        let room = Room {
            sid: self.room_sid.clone(),
            name: self.claims.video.room.clone(),
            creation_time: self.start.unix_ms / 1000,
            num_participants: 2,
        };
        let response = JoinResponse {
            room: Some(room),
            participant: Some(self.candidate.info()),
            other_participants: vec![self.agent.info()],
            server_version: SERVER_VERSION.into(),
            ice_servers: self.ice_servers(self.start.now),
            subscriber_primary: false,
            ping_timeout: PING_TIMEOUT_S,
            ping_interval: PING_EVERY_S,
            server_info: Some(server_info()),
            fast_publish: true,
        };
        self.signal(Response::Join(response));
        let ufrag = self.publisher.ufrag();
        self.outputs.push_back(Output::Name(ufrag));
        join.tracks.into_iter().for_each(|track| self.on_add_track(track));
        if let Some(offer) = join.offer {
            self.on_offer(offer)?;
        }
        self.offer_voice();
        Ok(())
    }

    /// The first words to a client that lost its socket and is back.
    pub(super) fn welcome_back(&mut self, join: Join, now: Instant) -> Result<(), CallError> {
        let ice_servers = self.ice_servers(now);
        let server_info = Some(server_info());
        self.signal(Response::Reconnect(ReconnectResponse { ice_servers, server_info, last_message_seq: 0 }));
        let participants = vec![self.candidate.info(), self.agent.info()];
        self.signal(Response::Update(ParticipantUpdate { participants }));
        self.refresh_token(now);
        if let Some(offer) = join.offer {
            self.on_offer(offer)?;
        }
        self.offer_voice();
        Ok(())
    }

    /// To a client that hears us on a connection of its own.
    fn offer_voice(&mut self) {
        let Some(subscriber) = &mut self.subscriber else { return };
        let Some(sdp) = subscriber.offer_voice() else { return };
        let (ufrag, mid_to_track_id) = (subscriber.ufrag(), mid_to_track_id(subscriber, &self.agent.track));
        self.outputs.push_back(Output::Name(ufrag));
        self.offers += 1;
        self.signal(Response::Offer(SessionDescription {
            kind: "offer".into(),
            sdp,
            id: self.offers,
            mid_to_track_id,
        }));
    }

    pub(super) fn hear_signal(&mut self, frame: &Frame, now: Instant) -> Result<(), CallError> {
        if !self.guard.frame(now) {
            return Ok(());
        }
        self.speaks_json = matches!(frame, Frame::Text(_));
        let read = match frame {
            Frame::Binary(bytes) => SignalRequest::decode(bytes.as_slice()).ok(),
            Frame::Text(text) => json::read(text).ok(),
        };
        let Some(request) = read else {
            if !self.guard.unreadable() {
                self.hang_up(Goodbye::Misunderstood);
            }
            return Ok(());
        };
        match request.message {
            Some(Request::Offer(offer)) => self.on_offer(offer)?,
            Some(Request::Answer(answer)) => self.on_answer(&answer),
            Some(Request::Trickle(trickle)) => self.on_trickle(&trickle),
            Some(Request::AddTrack(asked)) => self.on_add_track(asked),
            Some(Request::Mute(mute)) => self.candidate.mute(&mute.sid, mute.muted),
            Some(Request::UpdateMetadata(update)) => self.on_update(update),
            Some(Request::Ping(_)) => {
                let pong = self.unix_ms(now);
                self.signal(Response::Pong(pong));
            }
            Some(Request::PingReq(Ping { timestamp })) => {
                let pong = Pong { last_ping_timestamp: timestamp, timestamp: self.unix_ms(now) };
                self.signal(Response::PongResp(pong));
            }
            Some(Request::Leave(_)) => self.over(),
            None => {} // of no consequence here: subscriptions, settings of tracks, simulations
        }
        Ok(())
    }

    /// The client has hung up; the interview can be gone on with.
    fn over(&mut self) {
        self.life.end();
        self.outputs.push_back(Output::Over);
    }

    fn on_offer(&mut self, offer: SessionDescription) -> Result<(), CallError> {
        if !self.guard.offer() || !sdp::fits(&offer.sdp) {
            self.hang_up(Goodbye::Misunderstood);
            return Ok(());
        }
        let sdp = match self.publisher.answer(&offer.sdp) {
            Ok(sdp) => sdp,
            Err(error) => {
                tracing::debug!(%error, "an offer cannot be answered");
                self.hang_up(Goodbye::Misunderstood);
                return Ok(());
            }
        };
        let ufrag = self.publisher.ufrag();
        self.outputs.push_back(Output::Name(ufrag));
        let mid_to_track_id = mid_to_track_id(&self.publisher, &self.agent.track);
        self.signal(Response::Answer(SessionDescription { kind: "answer".into(), sdp, id: offer.id, mid_to_track_id }));
        if self.style == Style::Single && self.publisher.voice_mid().is_none() && !self.asked_for_section {
            self.asked_for_section = true; // the client makes no room for a voice unless it is told to
            let wanted = MediaSectionsRequirement { num_audios: 1, num_videos: 0 };
            self.signal(Response::MediaSectionsRequirement(wanted));
        }
        Ok(())
    }

    fn on_answer(&mut self, answer: &SessionDescription) {
        let Some(subscriber) = self.subscriber.as_mut().filter(|_| sdp::fits(&answer.sdp)) else { return };
        if let Err(error) = subscriber.take_answer(&answer.sdp) {
            tracing::debug!(%error, "an answer cannot be taken");
            self.hang_up(Goodbye::Misunderstood);
        }
    }

    fn on_trickle(&mut self, trickle: &TrickleRequest) {
        let Ok(init) = serde_json::from_str::<CandidateInit>(&trickle.candidate_init) else { return };
        match (&mut self.subscriber, SignalTarget::try_from(trickle.target)) {
            (Some(subscriber), Ok(SignalTarget::Subscriber)) => subscriber.take_candidate(&init.candidate),
            _ => self.publisher.take_candidate(&init.candidate),
        }
    }

    fn on_add_track(&mut self, asked: AddTrackRequest) {
        match self.candidate.publish(&asked) {
            Ok(track) => {
                let track = Some(track);
                self.signal(Response::TrackPublished(TrackPublishedResponse { cid: asked.cid, track }));
            }
            Err(denied) => self.deny(denied, 0, Some(Refused::AddTrack(asked))),
        }
    }

    fn on_update(&mut self, update: UpdateParticipantMetadata) {
        let request_id = update.request_id;
        if let Err(denied) = self.candidate.change(update) {
            return self.deny(denied, request_id, None);
        }
        self.signal(Response::Update(ParticipantUpdate { participants: vec![self.candidate.info()] }));
        if request_id != 0 {
            let (reason, message) = (RequestReason::Ok as i32, String::new());
            self.signal(Response::RequestResponse(RequestResponse { request_id, reason, message, request: None }));
        }
    }

    fn deny(&mut self, denied: Denied, request_id: u32, request: Option<Refused>) {
        let (reason, message) = match denied {
            Denied::NotGranted => (RequestReason::NotAllowed, "the access token does not grant this"),
            Denied::NotAudio => (RequestReason::UnsupportedType, "an interview takes the sound of a microphone only"),
            Denied::TooMuch => (RequestReason::LimitExceeded, "this is more than is taken"),
        };
        let (reason, message) = (reason as i32, message.to_owned());
        self.signal(Response::RequestResponse(RequestResponse { request_id, reason, message, request }));
    }
}

fn server_info() -> ServerInfo {
    ServerInfo { version: SERVER_VERSION.into(), protocol: SERVER_PROTOCOL }
}

/// Clients in Rust find the track by it.
fn mid_to_track_id(peer: &Peer, track: &str) -> HashMap<String, String> {
    peer.voice_mid().map(|mid| (mid, track.to_owned())).into_iter().collect()
}
