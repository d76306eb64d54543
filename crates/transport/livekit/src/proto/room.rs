//! A room, who is in it, and their tracks.

use std::collections::HashMap;

use prost::{Enumeration, Message};
use serde::{Deserialize, Serialize};

use super::json::{Name, int64};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i32)]
pub(crate) enum TrackType {
    Audio = 0,
    Video = 1,
    Data = 2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i32)]
pub(crate) enum TrackSource {
    Unknown = 0,
    Camera = 1,
    Microphone = 2,
    ScreenShare = 3,
    ScreenShareAudio = 4,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ParticipantUpdate {
    #[prost(message, repeated, tag = "1")]
    pub(crate) participants: Vec<ParticipantInfo>,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ParticipantInfo {
    #[prost(string, tag = "1")]
    pub(crate) sid: String,
    #[prost(string, tag = "2")]
    pub(crate) identity: String,
    #[prost(enumeration = "ParticipantState", tag = "3")]
    #[serde(with = "Name::<ParticipantState>")]
    pub(crate) state: i32,
    #[prost(message, repeated, tag = "4")]
    pub(crate) tracks: Vec<TrackInfo>,
    #[prost(string, tag = "5")]
    pub(crate) metadata: String,
    /// Seconds, Unix time.
    #[prost(int64, tag = "6")]
    #[serde(with = "int64")]
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
    #[serde(with = "Name::<ParticipantKind>")]
    pub(crate) kind: i32,
    #[prost(map = "string, string", tag = "15")]
    pub(crate) attributes: HashMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i32)]
pub(crate) enum ParticipantState {
    Joining = 0,
    Joined = 1,
    Active = 2,
    Disconnected = 3,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i32)]
pub(crate) enum ParticipantKind {
    Standard = 0,
    Agent = 4,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
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

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TrackInfo {
    #[prost(string, tag = "1")]
    pub(crate) sid: String,
    #[prost(enumeration = "TrackType", tag = "2")]
    #[serde(with = "Name::<TrackType>")]
    #[serde(rename = "type")]
    pub(crate) kind: i32,
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    #[prost(bool, tag = "4")]
    pub(crate) muted: bool,
    #[prost(bool, tag = "8")]
    pub(crate) disable_dtx: bool,
    #[prost(enumeration = "TrackSource", tag = "9")]
    #[serde(with = "Name::<TrackSource>")]
    pub(crate) source: i32,
    #[prost(string, tag = "11")]
    pub(crate) mime_type: String,
    #[prost(bool, tag = "15")]
    pub(crate) disable_red: bool,
    #[prost(string, tag = "17")]
    pub(crate) stream: String,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Room {
    #[prost(string, tag = "1")]
    pub(crate) sid: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    /// Seconds, Unix time.
    #[prost(int64, tag = "5")]
    #[serde(with = "int64")]
    pub(crate) creation_time: i64,
    #[prost(uint32, tag = "9")]
    pub(crate) num_participants: u32,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ServerInfo {
    #[prost(string, tag = "2")]
    pub(crate) version: String,
    #[prost(int32, tag = "3")]
    pub(crate) protocol: i32,
}

/// A STUN or TURN server.
#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct IceServer {
    #[prost(string, repeated, tag = "1")]
    pub(crate) urls: Vec<String>,
    #[prost(string, tag = "2")]
    pub(crate) username: String,
    #[prost(string, tag = "3")]
    pub(crate) credential: String,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SpeakersChanged {
    #[prost(message, repeated, tag = "1")]
    pub(crate) speakers: Vec<SpeakerInfo>,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SpeakerInfo {
    #[prost(string, tag = "1")]
    pub(crate) sid: String,
    /// 0 to 1.
    #[prost(float, tag = "2")]
    pub(crate) level: f32,
    #[prost(bool, tag = "3")]
    pub(crate) active: bool,
}
