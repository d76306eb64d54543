//! What goes over the signalling socket, both ways.

use std::collections::HashMap;

use prost::{Enumeration, Message, Oneof};
use serde::{Deserialize, Serialize};

use super::json::{Name, int64};
use super::room::{
    IceServer, ParticipantInfo, ParticipantUpdate, Room, ServerInfo, SpeakersChanged, TrackInfo, TrackSource, TrackType,
};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct WrappedJoinRequest {
    #[prost(enumeration = "Compression", tag = "1")]
    pub(crate) compression: i32,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) join_request: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum Compression {
    None = 0,
    Gzip = 1,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct JoinRequest {
    #[prost(string, tag = "3")]
    pub(crate) metadata: String,
    #[prost(map = "string, string", tag = "4")]
    pub(crate) participant_attributes: HashMap<String, String>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) add_track_requests: Vec<AddTrackRequest>,
    #[prost(message, optional, tag = "6")]
    pub(crate) publisher_offer: Option<SessionDescription>,
    #[prost(bool, tag = "7")]
    pub(crate) reconnect: bool,
    #[prost(string, tag = "9")]
    pub(crate) participant_sid: String,
}

/// From the client.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SignalRequest {
    #[prost(oneof = "Request", tags = "1, 2, 3, 4, 5, 8, 14, 15, 16")]
    pub(crate) message: Option<Request>,
}

#[derive(Clone, PartialEq, Oneof, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Request {
    #[prost(message, tag = "1")]
    Offer(SessionDescription),
    #[prost(message, tag = "2")]
    Answer(SessionDescription),
    #[prost(message, tag = "3")]
    Trickle(TrickleRequest),
    #[prost(message, tag = "4")]
    AddTrack(AddTrackRequest),
    #[prost(message, tag = "5")]
    Mute(MuteTrackRequest),
    #[prost(message, tag = "8")]
    Leave(LeaveRequest),
    /// Milliseconds, Unix time.
    #[prost(int64, tag = "14")]
    #[serde(with = "int64")]
    Ping(i64),
    #[prost(message, tag = "15")]
    UpdateMetadata(UpdateParticipantMetadata),
    #[prost(message, tag = "16")]
    PingReq(Ping),
}

/// To the client.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SignalResponse {
    #[prost(oneof = "Response", tags = "1, 2, 3, 5, 6, 8, 10, 16, 18, 19, 20, 22, 23, 25")]
    pub(crate) message: Option<Response>,
}

#[derive(Clone, PartialEq, Oneof, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::large_enum_variant, reason = "one at a time is made, and written at once")]
pub(crate) enum Response {
    #[prost(message, tag = "1")]
    Join(JoinResponse),
    #[prost(message, tag = "2")]
    Answer(SessionDescription),
    #[prost(message, tag = "3")]
    Offer(SessionDescription),
    #[prost(message, tag = "5")]
    Update(ParticipantUpdate),
    #[prost(message, tag = "6")]
    TrackPublished(TrackPublishedResponse),
    #[prost(message, tag = "8")]
    Leave(LeaveRequest),
    #[prost(message, tag = "10")]
    SpeakersChanged(SpeakersChanged),
    #[prost(string, tag = "16")]
    RefreshToken(String),
    #[prost(int64, tag = "18")]
    #[serde(with = "int64")]
    Pong(i64),
    #[prost(message, tag = "19")]
    Reconnect(ReconnectResponse),
    #[prost(message, tag = "20")]
    PongResp(Pong),
    #[prost(message, tag = "22")]
    RequestResponse(RequestResponse),
    #[prost(message, tag = "23")]
    TrackSubscribed(TrackSubscribed),
    #[prost(message, tag = "25")]
    MediaSectionsRequirement(MediaSectionsRequirement),
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct JoinResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) room: Option<Room>,
    #[prost(message, optional, tag = "2")]
    pub(crate) participant: Option<ParticipantInfo>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) other_participants: Vec<ParticipantInfo>,
    #[prost(string, tag = "4")]
    pub(crate) server_version: String,
    #[prost(message, repeated, tag = "5")]
    pub(crate) ice_servers: Vec<IceServer>,
    #[prost(bool, tag = "6")]
    pub(crate) subscriber_primary: bool,
    /// Seconds.
    #[prost(int32, tag = "10")]
    pub(crate) ping_timeout: i32,
    /// Seconds.
    #[prost(int32, tag = "11")]
    pub(crate) ping_interval: i32,
    #[prost(message, optional, tag = "12")]
    pub(crate) server_info: Option<ServerInfo>,
    #[prost(bool, tag = "15")]
    pub(crate) fast_publish: bool,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ReconnectResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) ice_servers: Vec<IceServer>,
    #[prost(message, optional, tag = "3")]
    pub(crate) server_info: Option<ServerInfo>,
    #[prost(uint32, tag = "4")]
    pub(crate) last_message_seq: u32,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SessionDescription {
    /// `offer` or `answer`.
    #[prost(string, tag = "1")]
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[prost(string, tag = "2")]
    pub(crate) sdp: String,
    #[prost(uint32, tag = "3")]
    pub(crate) id: u32,
    #[prost(map = "string, string", tag = "4")]
    pub(crate) mid_to_track_id: HashMap<String, String>,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TrickleRequest {
    /// JSON, an `RTCIceCandidateInit`.
    #[prost(string, tag = "1")]
    pub(crate) candidate_init: String,
    #[prost(enumeration = "SignalTarget", tag = "2")]
    #[serde(with = "Name::<SignalTarget>")]
    pub(crate) target: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i32)]
pub(crate) enum SignalTarget {
    Publisher = 0,
    Subscriber = 1,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AddTrackRequest {
    /// The client's own name for the track.
    #[prost(string, tag = "1")]
    pub(crate) cid: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(enumeration = "TrackType", tag = "3")]
    #[serde(with = "Name::<TrackType>")]
    #[serde(rename = "type")]
    pub(crate) kind: i32,
    #[prost(bool, tag = "6")]
    pub(crate) muted: bool,
    #[prost(enumeration = "TrackSource", tag = "8")]
    #[serde(with = "Name::<TrackSource>")]
    pub(crate) source: i32,
    #[prost(string, tag = "15")]
    pub(crate) stream: String,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TrackPublishedResponse {
    #[prost(string, tag = "1")]
    pub(crate) cid: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) track: Option<TrackInfo>,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TrackSubscribed {
    #[prost(string, tag = "1")]
    pub(crate) track_sid: String,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MuteTrackRequest {
    #[prost(string, tag = "1")]
    pub(crate) sid: String,
    #[prost(bool, tag = "2")]
    pub(crate) muted: bool,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LeaveRequest {
    #[prost(bool, tag = "1")]
    pub(crate) can_reconnect: bool,
    #[prost(enumeration = "DisconnectReason", tag = "2")]
    #[serde(with = "Name::<DisconnectReason>")]
    pub(crate) reason: i32,
    #[prost(enumeration = "LeaveAction", tag = "3")]
    #[serde(with = "Name::<LeaveAction>")]
    pub(crate) action: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i32)]
pub(crate) enum LeaveAction {
    Disconnect = 0,
    Resume = 1,
    Reconnect = 2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i32)]
pub(crate) enum DisconnectReason {
    #[serde(rename = "UNKNOWN_REASON")]
    Unknown = 0,
    ClientInitiated = 1,
    DuplicateIdentity = 2,
    ServerShutdown = 3,
    ParticipantRemoved = 4,
    RoomDeleted = 5,
    StateMismatch = 6,
    JoinFailure = 7,
    UserUnavailable = 11,
    ConnectionTimeout = 14,
    AgentError = 16,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Ping {
    /// Milliseconds, the client's clock.
    #[prost(int64, tag = "1")]
    #[serde(with = "int64")]
    pub(crate) timestamp: i64,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Pong {
    #[prost(int64, tag = "1")]
    #[serde(with = "int64")]
    pub(crate) last_ping_timestamp: i64,
    #[prost(int64, tag = "2")]
    #[serde(with = "int64")]
    pub(crate) timestamp: i64,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateParticipantMetadata {
    #[prost(string, tag = "1")]
    pub(crate) metadata: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(map = "string, string", tag = "3")]
    pub(crate) attributes: HashMap<String, String>,
    #[prost(uint32, tag = "4")]
    pub(crate) request_id: u32,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RequestResponse {
    #[prost(uint32, tag = "1")]
    pub(crate) request_id: u32,
    #[prost(enumeration = "RequestReason", tag = "2")]
    #[serde(with = "Name::<RequestReason>")]
    pub(crate) reason: i32,
    #[prost(string, tag = "3")]
    pub(crate) message: String,
    #[prost(oneof = "Refused", tags = "5")]
    #[serde(flatten)]
    pub(crate) request: Option<Refused>,
}

/// The request that was refused.
#[derive(Clone, PartialEq, Oneof, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Refused {
    #[prost(message, tag = "5")]
    AddTrack(AddTrackRequest),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i32)]
pub(crate) enum RequestReason {
    Ok = 0,
    NotAllowed = 2,
    LimitExceeded = 3,
    UnsupportedType = 5,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MediaSectionsRequirement {
    #[prost(uint32, tag = "1")]
    pub(crate) num_audios: u32,
    #[prost(uint32, tag = "2")]
    pub(crate) num_videos: u32,
}
