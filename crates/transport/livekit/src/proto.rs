//! LiveKit's messages on the wire, protocol buffers, as far as they are spoken here: `livekit_rtc.proto` and
//! `livekit_models.proto` of livekit/protocol 1.x. Fields and messages that are not needed are left out; a decoder passes
//! over them.

use std::collections::HashMap;

use prost::{Enumeration, Message, Oneof};

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

#[derive(Clone, PartialEq, Oneof)]
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

#[derive(Clone, PartialEq, Oneof)]
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

#[derive(Clone, PartialEq, Message)]
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

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReconnectResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) ice_servers: Vec<IceServer>,
    #[prost(message, optional, tag = "3")]
    pub(crate) server_info: Option<ServerInfo>,
    #[prost(uint32, tag = "4")]
    pub(crate) last_message_seq: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SessionDescription {
    /// `offer` or `answer`.
    #[prost(string, tag = "1")]
    pub(crate) kind: String,
    #[prost(string, tag = "2")]
    pub(crate) sdp: String,
    #[prost(uint32, tag = "3")]
    pub(crate) id: u32,
    #[prost(map = "string, string", tag = "4")]
    pub(crate) mid_to_track_id: HashMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TrickleRequest {
    /// JSON, an `RTCIceCandidateInit`.
    #[prost(string, tag = "1")]
    pub(crate) candidate_init: String,
    #[prost(enumeration = "SignalTarget", tag = "2")]
    pub(crate) target: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum SignalTarget {
    Publisher = 0,
    Subscriber = 1,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct AddTrackRequest {
    /// The client's own name for the track.
    #[prost(string, tag = "1")]
    pub(crate) cid: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(enumeration = "TrackType", tag = "3")]
    pub(crate) kind: i32,
    #[prost(bool, tag = "6")]
    pub(crate) muted: bool,
    #[prost(enumeration = "TrackSource", tag = "8")]
    pub(crate) source: i32,
    #[prost(string, tag = "15")]
    pub(crate) stream: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum TrackType {
    Audio = 0,
    Video = 1,
    Data = 2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum TrackSource {
    Unknown = 0,
    Camera = 1,
    Microphone = 2,
    ScreenShare = 3,
    ScreenShareAudio = 4,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TrackPublishedResponse {
    #[prost(string, tag = "1")]
    pub(crate) cid: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) track: Option<TrackInfo>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TrackSubscribed {
    #[prost(string, tag = "1")]
    pub(crate) track_sid: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct MuteTrackRequest {
    #[prost(string, tag = "1")]
    pub(crate) sid: String,
    #[prost(bool, tag = "2")]
    pub(crate) muted: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct LeaveRequest {
    #[prost(bool, tag = "1")]
    pub(crate) can_reconnect: bool,
    #[prost(enumeration = "DisconnectReason", tag = "2")]
    pub(crate) reason: i32,
    #[prost(enumeration = "LeaveAction", tag = "3")]
    pub(crate) action: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum LeaveAction {
    Disconnect = 0,
    Resume = 1,
    Reconnect = 2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum DisconnectReason {
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

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ParticipantUpdate {
    #[prost(message, repeated, tag = "1")]
    pub(crate) participants: Vec<ParticipantInfo>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ParticipantInfo {
    #[prost(string, tag = "1")]
    pub(crate) sid: String,
    #[prost(string, tag = "2")]
    pub(crate) identity: String,
    #[prost(enumeration = "ParticipantState", tag = "3")]
    pub(crate) state: i32,
    #[prost(message, repeated, tag = "4")]
    pub(crate) tracks: Vec<TrackInfo>,
    #[prost(string, tag = "5")]
    pub(crate) metadata: String,
    /// Seconds, Unix time.
    #[prost(int64, tag = "6")]
    pub(crate) joined_at: i64,
    #[prost(string, tag = "9")]
    pub(crate) name: String,
    #[prost(uint32, tag = "10")]
    pub(crate) version: u32,
    #[prost(message, optional, tag = "11")]
    pub(crate) permission: Option<ParticipantPermission>,
    #[prost(bool, tag = "13")]
    pub(crate) is_publisher: bool,
    #[prost(enumeration = "ParticipantKind", tag = "14")]
    pub(crate) kind: i32,
    #[prost(map = "string, string", tag = "15")]
    pub(crate) attributes: HashMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum ParticipantState {
    Joining = 0,
    Joined = 1,
    Active = 2,
    Disconnected = 3,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum ParticipantKind {
    Standard = 0,
    Agent = 4,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ParticipantPermission {
    #[prost(bool, tag = "1")]
    pub(crate) can_subscribe: bool,
    #[prost(bool, tag = "2")]
    pub(crate) can_publish: bool,
    #[prost(bool, tag = "3")]
    pub(crate) can_publish_data: bool,
    #[prost(bool, tag = "10")]
    pub(crate) can_update_metadata: bool,
    #[prost(bool, tag = "11")]
    pub(crate) agent: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TrackInfo {
    #[prost(string, tag = "1")]
    pub(crate) sid: String,
    #[prost(enumeration = "TrackType", tag = "2")]
    pub(crate) kind: i32,
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    #[prost(bool, tag = "4")]
    pub(crate) muted: bool,
    #[prost(bool, tag = "8")]
    pub(crate) disable_dtx: bool,
    #[prost(enumeration = "TrackSource", tag = "9")]
    pub(crate) source: i32,
    #[prost(string, tag = "11")]
    pub(crate) mime_type: String,
    #[prost(bool, tag = "15")]
    pub(crate) disable_red: bool,
    #[prost(string, tag = "17")]
    pub(crate) stream: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Room {
    #[prost(string, tag = "1")]
    pub(crate) sid: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    /// Seconds, Unix time.
    #[prost(int64, tag = "5")]
    pub(crate) creation_time: i64,
    #[prost(uint32, tag = "9")]
    pub(crate) num_participants: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ServerInfo {
    #[prost(string, tag = "2")]
    pub(crate) version: String,
    #[prost(int32, tag = "3")]
    pub(crate) protocol: i32,
}

/// A STUN or TURN server.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct IceServer {
    #[prost(string, repeated, tag = "1")]
    pub(crate) urls: Vec<String>,
    #[prost(string, tag = "2")]
    pub(crate) username: String,
    #[prost(string, tag = "3")]
    pub(crate) credential: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SpeakersChanged {
    #[prost(message, repeated, tag = "1")]
    pub(crate) speakers: Vec<SpeakerInfo>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SpeakerInfo {
    #[prost(string, tag = "1")]
    pub(crate) sid: String,
    /// 0 to 1.
    #[prost(float, tag = "2")]
    pub(crate) level: f32,
    #[prost(bool, tag = "3")]
    pub(crate) active: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Ping {
    /// Milliseconds, the client's clock.
    #[prost(int64, tag = "1")]
    pub(crate) timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Pong {
    #[prost(int64, tag = "1")]
    pub(crate) last_ping_timestamp: i64,
    #[prost(int64, tag = "2")]
    pub(crate) timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
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

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RequestResponse {
    #[prost(uint32, tag = "1")]
    pub(crate) request_id: u32,
    #[prost(enumeration = "RequestReason", tag = "2")]
    pub(crate) reason: i32,
    #[prost(string, tag = "3")]
    pub(crate) message: String,
    #[prost(oneof = "Refused", tags = "5")]
    pub(crate) request: Option<Refused>,
}

/// The request that was refused.
#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Refused {
    #[prost(message, tag = "5")]
    AddTrack(AddTrackRequest),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum RequestReason {
    Ok = 0,
    NotAllowed = 2,
    LimitExceeded = 3,
    UnsupportedType = 5,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct MediaSectionsRequirement {
    #[prost(uint32, tag = "1")]
    pub(crate) num_audios: u32,
    #[prost(uint32, tag = "2")]
    pub(crate) num_videos: u32,
}

/// On a data channel, both ways.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct DataPacket {
    #[prost(string, tag = "4")]
    pub(crate) participant_identity: String,
    #[prost(string, repeated, tag = "5")]
    pub(crate) destination_identities: Vec<String>,
    /// Rises with each packet of a participant.
    #[prost(uint32, tag = "16")]
    pub(crate) sequence: u32,
    #[prost(string, tag = "17")]
    pub(crate) participant_sid: String,
    #[prost(oneof = "Data", tags = "2, 7, 10, 11, 12, 13, 14, 15")]
    pub(crate) value: Option<Data>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Data {
    #[prost(message, tag = "2")]
    User(UserPacket),
    #[prost(message, tag = "7")]
    Transcription(Transcription),
    #[prost(message, tag = "10")]
    RpcRequest(RpcRequest),
    #[prost(message, tag = "11")]
    RpcAck(RpcAck),
    #[prost(message, tag = "12")]
    RpcResponse(RpcResponse),
    #[prost(message, tag = "13")]
    StreamHeader(StreamHeader),
    #[prost(message, tag = "14")]
    StreamChunk(StreamChunk),
    #[prost(message, tag = "15")]
    StreamTrailer(StreamTrailer),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct UserPacket {
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) payload: Vec<u8>,
    #[prost(string, optional, tag = "4")]
    pub(crate) topic: Option<String>,
    #[prost(string, tag = "5")]
    pub(crate) participant_identity: String,
}

/// The older form of a transcription.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Transcription {
    #[prost(string, tag = "2")]
    pub(crate) transcribed_participant_identity: String,
    #[prost(string, tag = "3")]
    pub(crate) track_id: String,
    #[prost(message, repeated, tag = "4")]
    pub(crate) segments: Vec<TranscriptionSegment>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TranscriptionSegment {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(string, tag = "2")]
    pub(crate) text: String,
    #[prost(bool, tag = "5")]
    pub(crate) is_final: bool,
    #[prost(string, tag = "6")]
    pub(crate) language: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcRequest {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(string, tag = "2")]
    pub(crate) method: String,
    #[prost(string, tag = "3")]
    pub(crate) payload: String,
    #[prost(uint32, tag = "5")]
    pub(crate) version: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcAck {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcResponse {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
    #[prost(oneof = "RpcResult", tags = "2, 3")]
    pub(crate) value: Option<RpcResult>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum RpcResult {
    #[prost(string, tag = "2")]
    Payload(String),
    #[prost(message, tag = "3")]
    Error(RpcError),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcError {
    #[prost(uint32, tag = "1")]
    pub(crate) code: u32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamHeader {
    #[prost(string, tag = "1")]
    pub(crate) stream_id: String,
    /// Milliseconds, Unix time.
    #[prost(int64, tag = "2")]
    pub(crate) timestamp: i64,
    #[prost(string, tag = "3")]
    pub(crate) topic: String,
    #[prost(string, tag = "4")]
    pub(crate) mime_type: String,
    #[prost(map = "string, string", tag = "8")]
    pub(crate) attributes: HashMap<String, String>,
    #[prost(oneof = "ContentHeader", tags = "9, 10")]
    pub(crate) content_header: Option<ContentHeader>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum ContentHeader {
    #[prost(message, tag = "9")]
    Text(TextHeader),
    #[prost(message, tag = "10")]
    Bytes(ByteHeader),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TextHeader {
    #[prost(bool, tag = "5")]
    pub(crate) generated: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ByteHeader {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamChunk {
    #[prost(string, tag = "1")]
    pub(crate) stream_id: String,
    #[prost(uint64, tag = "2")]
    pub(crate) chunk_index: u64,
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) content: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamTrailer {
    #[prost(string, tag = "1")]
    pub(crate) stream_id: String,
    /// Empty where the stream ended as it should.
    #[prost(string, tag = "2")]
    pub(crate) reason: String,
    #[prost(map = "string, string", tag = "3")]
    pub(crate) attributes: HashMap<String, String>,
}
