//! A client of LiveKit's protocol: the other side of a call, as a state machine. It joins a room with one peer connection,
//! speaks, hears, and reads what the interviewer shows. The demo's candidate is one, and so is who is rehearsed with.
//!
//! Frames, datagrams, sound and the time go in; [`Output`]s come out. After each input, [`Client::poll`] is called until it
//! is empty, and [`Client::let_time_pass`] at [`Client::due`] at the latest. Nothing here reads a clock or a socket.

pub(crate) mod ends;
mod reading;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use audio::opus::OpusError;
use prost::Message as _;
use str0m::RtcError;

use crate::ear::{Ear, Sound};
use crate::join::{Style, pack};
use crate::proto::{
    AddTrackRequest, Data, DataPacket, DisconnectReason, JoinRequest, JoinResponse, ParticipantInfo, ParticipantKind,
    Ping, Request, Response, SessionDescription, SignalRequest, SignalResponse, TrackSource, TrackType,
};
use crate::way::Carrier;
use ends::{Came, Ends};
use reading::Reading;
pub use reading::Words;

/// By this name the client knows its own track.
const MICROPHONE: &str = "microphone";

/// What a client wants done, or was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A frame for the signalling socket, binary.
    Signal(Vec<u8>),
    /// A datagram to this address.
    Datagram {
        /// Where to.
        to: SocketAddr,
        /// What.
        bytes: Vec<u8>,
    },
    /// Something for who uses the client.
    Told(Told),
}

/// What a client was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// All attributes of the interviewer, one of which has changed; `docs/livekit.md` lists them.
    Attributes(HashMap<String, String>),
    /// Words of one side.
    Words(Words),
    /// A data packet.
    Message {
        /// Its topic.
        topic: String,
        /// Its bytes.
        payload: Vec<u8>,
    },
    /// The interviewer's sound: 16 kHz mono, -1..1; lost packets are made up for.
    Sound(Vec<f32>),
    /// The server hung up, for this reason as LiveKit's protocol names it.
    Left(String),
}

/// A client that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Of WebRTC.
    #[error("webrtc: {0}")]
    Rtc(#[from] RtcError),
    /// Of the codec.
    #[error(transparent)]
    Opus(#[from] OpusError),
    /// The server sent what is no message of LiveKit's.
    #[error("the server's message cannot be read: {0}")]
    Message(#[from] prost::DecodeError),
}

/// A client in a room.
pub struct Client {
    ends: Ends,
    ear: Ear,
    reading: Reading,
    attributes: HashMap<String, String>,
    ping_every: Duration,
    ping_at: Instant,
    outputs: VecDeque<Output>,
}

impl Client {
    /// A client whose UDP socket has this address.
    ///
    /// # Errors
    /// When WebRTC or Opus cannot be set up.
    pub fn new(address: SocketAddr, now: Instant) -> Result<Self, ClientError> {
        Ok(Self {
            ends: Ends::new(Style::Single, Carrier::Udp, &[address], now)?,
            ear: Ear::new(now)?,
            reading: Reading::default(),
            attributes: HashMap::new(),
            ping_every: Duration::from_secs(5),
            ping_at: now + Duration::from_secs(5),
            outputs: VecDeque::new(),
        })
    }

    /// Path and query that the signalling socket is opened at, with a token for the room.
    pub fn path(&self, token: &str) -> String {
        let microphone = AddTrackRequest {
            cid: MICROPHONE.into(),
            name: MICROPHONE.into(),
            kind: TrackType::Audio as i32,
            source: TrackSource::Microphone as i32,
            ..Default::default()
        };
        let offer =
            SessionDescription { kind: "offer".into(), sdp: self.ends.offer().into(), id: 1, ..Default::default() };
        let request = JoinRequest {
            add_track_requests: vec![microphone],
            publisher_offer: Some(offer),
            ..JoinRequest::default()
        };
        format!("/rtc/v1?access_token={token}&join_request={}", pack(&request))
    }

    /// A frame of the signalling socket.
    ///
    /// # Errors
    /// When it cannot be read, or the answer in it cannot be taken.
    pub fn on_frame(&mut self, frame: &[u8], now: Instant) -> Result<(), ClientError> {
        match SignalResponse::decode(frame)?.message {
            Some(Response::Join(join)) => self.on_join(join, now),
            Some(Response::Answer(answer)) => self.ends.take_answer(&answer.sdp)?,
            Some(Response::Update(update)) => update.participants.into_iter().for_each(|who| self.on_update(who)),
            Some(Response::Leave(leave)) => {
                let reason = DisconnectReason::try_from(leave.reason).unwrap_or(DisconnectReason::Unknown);
                self.told(Told::Left(format!("{reason:?}")));
            }
            _ => {} // of no consequence to who speaks and listens
        }
        self.settle(now)
    }

    /// A datagram from `source`.
    ///
    /// # Errors
    /// When the connection cannot go on.
    pub fn on_datagram(&mut self, source: SocketAddr, bytes: &[u8], now: Instant) -> Result<(), ClientError> {
        let address = self.ends.address();
        self.ends.receive(source, address, bytes, now)?;
        self.settle(now)
    }

    /// Sends 20 ms of sound, 16 kHz mono. Before the connection stands, nobody hears it.
    ///
    /// # Errors
    /// When the frame has another length, or the connection cannot go on.
    pub fn speak(&mut self, frame: &[i16], now: Instant) -> Result<(), ClientError> {
        self.ends.speak(frame, now)?;
        self.settle(now)
    }

    /// Time has passed.
    ///
    /// # Errors
    /// When the connection cannot go on.
    pub fn let_time_pass(&mut self, now: Instant) -> Result<(), ClientError> {
        self.ends.let_time_pass(now)?;
        self.settle(now)
    }

    /// When to let time pass.
    pub fn due(&self) -> Instant {
        self.ear.due().into_iter().fold(self.ends.due().min(self.ping_at), Instant::min)
    }

    /// What is to be done, or was told, next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn on_join(&mut self, join: JoinResponse, now: Instant) {
        if let Ok(seconds @ 1..) = u64::try_from(join.ping_interval) {
            self.ping_every = Duration::from_secs(seconds);
            self.ping_at = now + self.ping_every;
        }
        join.other_participants.into_iter().for_each(|who| self.on_update(who));
    }

    fn on_update(&mut self, who: ParticipantInfo) {
        if who.kind == ParticipantKind::Agent as i32 && who.attributes != self.attributes {
            self.attributes.clone_from(&who.attributes);
            self.told(Told::Attributes(who.attributes));
        }
    }

    fn told(&mut self, told: Told) {
        self.outputs.push_back(Output::Told(told));
    }

    /// Sees to everything that has become due.
    fn settle(&mut self, now: Instant) -> Result<(), ClientError> {
        if now >= self.ping_at {
            self.ping_at = now + self.ping_every;
            let ping = SignalRequest { message: Some(Request::PingReq(Ping { timestamp: 0 })) };
            self.outputs.push_back(Output::Signal(ping.encode_to_vec()));
        }
        while let Some(came) = self.ends.poll()? {
            match came {
                Came::Datagram { to, bytes, .. } => self.outputs.push_back(Output::Datagram { to, bytes }),
                Came::Sound { ssrc, sequence, payload } => self.ear.take(ssrc, sequence, payload, now)?,
                Came::Data(bytes) => self.on_data(&bytes)?,
            }
        }
        while let Some(Sound { samples, .. }) = self.ear.hear(now) {
            self.told(Told::Sound(samples));
        }
        Ok(())
    }

    fn on_data(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        let DataPacket { participant_identity, value, .. } = DataPacket::decode(bytes)?;
        match value {
            Some(Data::User(packet)) => {
                self.told(Told::Message { topic: packet.topic.unwrap_or_default(), payload: packet.payload });
            }
            Some(data) => {
                if let Some(words) = self.reading.take(participant_identity, data) {
                    self.told(Told::Words(words));
                }
            }
            None => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
