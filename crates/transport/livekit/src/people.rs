//! The two in the room, as clients know them.

use std::collections::{BTreeMap, HashMap};

use crate::proto::{
    AddTrackRequest, ParticipantInfo, ParticipantKind, ParticipantPermission, ParticipantState, TrackInfo, TrackSource,
    TrackType, UpdateParticipantMetadata,
};
use crate::token::{Claims, Grants};

/// Tracks that a candidate may publish; a microphone is one.
const MAX_TRACKS: usize = 8;
/// Bytes of metadata, and of all attributes together.
const MAX_METADATA_BYTES: usize = 16 * 1024;
/// By what the interviewer is called in each room.
const AGENT_IDENTITY: &str = "interviewer";
const AGENT_NAME: &str = "Interviewer";

/// A name that nobody else has, of the kind that `prefix` says.
pub(crate) fn sid(prefix: &str) -> String {
    format!("{prefix}{}", &uuid::Uuid::new_v4().simple().to_string()[..12])
}

/// The candidate.
pub(crate) struct Candidate {
    pub(crate) sid: String,
    pub(crate) identity: String,
    name: String,
    metadata: String,
    attributes: HashMap<String, String>,
    grants: Grants,
    /// By the client's own names for them.
    tracks: BTreeMap<String, TrackInfo>,
    version: u32,
    joined_at_s: i64,
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    NotGranted,
    NotAudio,
    TooMuch,
}

impl Candidate {
    pub(crate) fn new(claims: &Claims, attributes: &HashMap<String, String>, metadata: &str, joined_at_s: i64) -> Self {
        let mut candidate = Self {
            sid: sid("PA_"),
            identity: claims.sub.clone(),
            name: claims.name.clone(),
            metadata: claims.metadata.clone(),
            attributes: claims.attributes.clone(),
            grants: claims.video.clone(),
            tracks: BTreeMap::new(),
            version: 1,
            joined_at_s,
        };
        let (attributes, metadata, name) = (attributes.clone(), metadata.to_owned(), String::new());
        // what is not granted or too much is passed over here, as LiveKit does on joining
        let _ = candidate.change(UpdateParticipantMetadata { metadata, name, attributes, request_id: 0 });
        candidate
    }

    pub(crate) fn may_send_data(&self) -> bool {
        self.grants.can_publish_data.or(self.grants.can_publish).unwrap_or(true)
    }

    pub(crate) fn info(&self) -> ParticipantInfo {
        let permission = ParticipantPermission {
            can_subscribe: true,
            can_publish: self.grants.can_publish.unwrap_or(true),
            can_publish_data: self.may_send_data(),
            can_update_metadata: self.grants.can_update_own_metadata.unwrap_or(false),
            agent: false,
        };
        ParticipantInfo {
            sid: self.sid.clone(),
            identity: self.identity.clone(),
            state: ParticipantState::Active as i32,
            tracks: self.tracks.values().cloned().collect(),
            metadata: self.metadata.clone(),
            joined_at: self.joined_at_s,
            name: self.name.clone(),
            version: self.version,
            permission: Some(permission),
            is_publisher: !self.tracks.is_empty(),
            kind: ParticipantKind::Standard as i32,
            attributes: self.attributes.clone(),
        }
    }

    /// A track that the client is about to publish; one that it announced before keeps its name.
    pub(crate) fn publish(&mut self, asked: &AddTrackRequest) -> Result<TrackInfo, Denied> {
        if !self.grants.can_publish.unwrap_or(true) {
            return Err(Denied::NotGranted);
        }
        if asked.kind != TrackType::Audio as i32 || asked.source == TrackSource::ScreenShareAudio as i32 {
            return Err(Denied::NotAudio);
        }
        if let Some(track) = self.tracks.get(&asked.cid) {
            return Ok(track.clone());
        }
        if self.tracks.len() >= MAX_TRACKS {
            return Err(Denied::TooMuch);
        }
        let track = TrackInfo {
            sid: sid("TR_AM"),
            kind: asked.kind,
            name: asked.name.clone(),
            muted: asked.muted,
            disable_dtx: true,
            source: asked.source,
            mime_type: "audio/opus".into(),
            disable_red: true,
            stream: asked.stream.clone(),
        };
        self.tracks.insert(asked.cid.clone(), track.clone());
        self.version += 1;
        Ok(track)
    }

    pub(crate) fn mute(&mut self, track: &str, muted: bool) {
        self.tracks.values_mut().filter(|known| known.sid == track).for_each(|known| known.muted = muted);
        self.version += 1;
    }

    /// The track on which the candidate is heard: the one that was announced last.
    pub(crate) fn track(&self) -> Option<&TrackInfo> {
        self.tracks.values().last()
    }

    pub(crate) fn is_muted(&self) -> bool {
        !self.tracks.is_empty() && self.tracks.values().all(|track| track.muted)
    }

    /// Changes what the candidate says of themselves; an attribute without a value goes away.
    pub(crate) fn change(&mut self, update: UpdateParticipantMetadata) -> Result<(), Denied> {
        let UpdateParticipantMetadata { metadata, name, attributes, .. } = update;
        if metadata.is_empty() && name.is_empty() && attributes.is_empty() {
            return Ok(());
        }
        if !self.grants.can_update_own_metadata.unwrap_or(false) {
            return Err(Denied::NotGranted);
        }
        let mut all = self.attributes.clone();
        all.extend(attributes);
        all.retain(|_, value| !value.is_empty());
        let bytes: usize = all.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes.max(metadata.len()).max(name.len()) > MAX_METADATA_BYTES {
            return Err(Denied::TooMuch);
        }
        self.attributes = all;
        if !metadata.is_empty() {
            self.metadata = metadata;
        }
        if !name.is_empty() {
            self.name = name;
        }
        self.version += 1;
        Ok(())
    }
}

/// The interviewer.
pub(crate) struct Agent {
    pub(crate) sid: String,
    pub(crate) track: String,
    attributes: HashMap<String, String>,
    version: u32,
    joined_at_s: i64,
}

impl Agent {
    pub(crate) fn new(joined_at_s: i64) -> Self {
        let attributes = HashMap::from([("lk.agent.state".into(), "initializing".into())]);
        Self { sid: sid("PA_"), track: sid("TR_AM"), attributes, version: 1, joined_at_s }
    }

    pub(crate) fn identity(&self) -> String {
        AGENT_IDENTITY.to_owned()
    }

    /// Sets an attribute; one without a value goes away. Whether it was another before.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> bool {
        let changed = self.attributes.get(name).map_or("", String::as_str) != value;
        if changed {
            self.attributes.insert(name.to_owned(), value.to_owned());
            self.attributes.retain(|_, value| !value.is_empty());
            self.version += 1;
        }
        changed
    }

    pub(crate) fn info(&self) -> ParticipantInfo {
        let track = TrackInfo {
            sid: self.track.clone(),
            kind: TrackType::Audio as i32,
            name: "voice".into(),
            muted: false,
            disable_dtx: true,
            source: TrackSource::Microphone as i32,
            mime_type: "audio/opus".into(),
            disable_red: true,
            stream: "voice".into(),
        };
        let permission = ParticipantPermission {
            can_subscribe: true,
            can_publish: true,
            can_publish_data: true,
            can_update_metadata: true,
            agent: true,
        };
        ParticipantInfo {
            sid: self.sid.clone(),
            identity: self.identity(),
            state: ParticipantState::Active as i32,
            tracks: vec![track],
            metadata: String::new(),
            joined_at: self.joined_at_s,
            name: AGENT_NAME.into(),
            version: self.version,
            permission: Some(permission),
            is_publisher: true,
            kind: ParticipantKind::Agent as i32,
            attributes: self.attributes.clone(),
        }
    }
}
