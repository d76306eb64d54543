//! Sound and data of a call: from the connections to the session, and back.

use std::time::{Duration, Instant};

use audio::SAMPLE_RATE_HZ;
use audio::opus::FRAME_SAMPLES;
use prost::Message as _;
use session::FromClient;

use super::{Call, CallError, Output};
use crate::ear::Sound;
use crate::inbox::Meaning;
use crate::peer::Heard;
use crate::proto::{Data, DataPacket, Response, TrackSubscribed};
use crate::transcript::{Of, Signed};

/// The client's channel for what must arrive.
const RELIABLE: &str = "_reliable";
/// Packets that wait for the channel; more than an interview's captions need.
const MAX_PACKETS: usize = 2000;
/// Bytes of a packet that is looked at.
const MAX_PACKET_BYTES: usize = 64 * 1024;
const FRAME_MS: usize = 20;
/// Silence is taken for the candidate's for so long after the last packet of theirs: enough for a pause, in which what was
/// said is recognised, and too little for the end of an answer.
const UNREACHED: Duration = Duration::from_millis(400);

/// Which connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Publisher,
    Subscriber,
}

impl Call {
    /// Whether we can be heard and read.
    pub(super) fn can_talk(&mut self) -> bool {
        let heard = self.subscriber.as_ref().unwrap_or(&self.publisher);
        heard.is_connected() && heard.voice_mid().is_some() && self.publisher.has_channel(RELIABLE)
    }

    /// Lets sound and data flow, as far as they do at `now`.
    pub(super) fn pump(&mut self, now: Instant) -> Result<(), CallError> {
        self.publisher.let_time_pass(now)?;
        if let Some(subscriber) = &mut self.subscriber {
            subscriber.let_time_pass(now)?;
        }
        self.drain(now)?;
        while let Some(packet) = self.voice.speak(now)? {
            if packet.spoken {
                let packets = self.transcript.heard(FRAME_MS, &self.of_agent());
                self.send_all(packets);
            }
            self.subscriber.as_mut().unwrap_or(&mut self.publisher).speak(packet, now);
            self.drain(now)?;
        }
        while let Some(sound) = self.ear.hear(now) {
            self.on_sound(sound, now);
        }
        for _ in 0..self.silence.frames(self.silent_until(now)) {
            self.pass_on(FromClient::Audio(vec![0.0; FRAME_SAMPLES]));
        }
        self.flush(now)
    }

    /// Up to when it is known that the candidate was silent. One who is not reached may be speaking: an answer must not end
    /// because the network breaks off.
    fn silent_until(&self, now: Instant) -> Instant {
        let muted = self.candidate.is_muted();
        if muted { now } else { now.min(self.life.last_reached() + UNREACHED) }
    }

    /// Takes everything out of the connections.
    fn drain(&mut self, now: Instant) -> Result<(), CallError> {
        let first = self.drain_side(Side::Publisher, now)?;
        self.wake = match self.subscriber {
            Some(_) => first.min(self.drain_side(Side::Subscriber, now)?),
            None => first,
        };
        Ok(())
    }

    fn drain_side(&mut self, side: Side, now: Instant) -> Result<Instant, CallError> {
        loop {
            let peer = match (side, &mut self.subscriber) {
                (Side::Subscriber, Some(subscriber)) => subscriber,
                _ => &mut self.publisher,
            };
            match peer.poll()? {
                Heard::Until(until) => return Ok(until),
                Heard::Packet { to, bytes } => self.outputs.push_back(Output::Packet { to, bytes }),
                Heard::Sound { ssrc, sequence, payload } if side == Side::Publisher => {
                    self.note_track();
                    self.ear.take(ssrc, sequence, payload, now)?;
                }
                Heard::Data(bytes) if side == Side::Publisher => self.on_data(&bytes, now),
                Heard::Report(report) => self.outputs.push_back(Output::Report(report)),
                Heard::Sound { .. } | Heard::Data(_) => {}
            }
        }
    }

    /// The client is told that its track is heard, when it is.
    fn note_track(&mut self) {
        let Some(track) = self.candidate.track() else { return };
        if self.noted_track != track.sid {
            self.noted_track = track.sid.clone();
            let track_sid = track.sid.clone();
            self.signal(Response::TrackSubscribed(TrackSubscribed { track_sid }));
        }
    }

    fn on_sound(&mut self, Sound { samples, packet }: Sound, now: Instant) {
        let lasts = Duration::from_micros(samples.len() as u64 * 1_000_000 / u64::from(SAMPLE_RATE_HZ));
        if !self.candidate.is_muted() && self.guard.sound(lasts, now) {
            self.silence.ends(now);
            self.pass_on(match packet {
                Some(packet) => FromClient::Opus { packet, samples },
                None => FromClient::Audio(samples),
            });
        }
    }

    pub(super) fn on_data(&mut self, bytes: &[u8], now: Instant) {
        if bytes.len() > MAX_PACKET_BYTES || !self.candidate.may_send_data() || !self.guard.data(now) {
            return;
        }
        let Ok(packet) = DataPacket::decode(bytes) else { return };
        let Some(data) = packet.value else { return };
        match self.inbox.take(data) {
            Meaning::Tell(message) => self.pass_on(message),
            Meaning::Reply { packets, tell } => {
                let identity = self.agent.identity();
                self.send_all(packets.into_iter().map(|data| Signed { identity: identity.clone(), data }));
                tell.into_iter().for_each(|message| self.pass_on(message));
            }
            Meaning::Begin { packets } => {
                let identity = self.agent.identity();
                self.send_all(packets.into_iter().map(|data| Signed { identity: identity.clone(), data }));
                self.life.may_begin();
            }
            Meaning::Nothing => {}
        }
    }

    fn pass_on(&mut self, message: FromClient) {
        if self.life.is_held() {
            self.outputs.push_back(Output::Session(message));
        }
    }

    pub(super) fn of_agent(&self) -> Of {
        Of { identity: self.agent.identity(), track: self.agent.track.clone() }
    }

    pub(super) fn of_candidate(&self) -> Of {
        let track = self.candidate.track().map(|track| track.sid.clone()).unwrap_or_default();
        Of { identity: self.candidate.identity.clone(), track }
    }

    pub(super) fn send_all(&mut self, packets: impl IntoIterator<Item = Signed>) {
        let room = MAX_PACKETS.saturating_sub(self.packets.len());
        self.packets.extend(packets.into_iter().take(room));
    }

    pub(super) fn send_data(&mut self, data: Data) {
        let identity = self.agent.identity();
        self.send_all([Signed { identity, data }]);
    }

    /// Sends what waits for the channel, as much as it takes.
    fn flush(&mut self, now: Instant) -> Result<(), CallError> {
        let mut sent = false;
        while let Some(Signed { identity, data }) = self.packets.front() {
            let packet = DataPacket {
                participant_identity: identity.clone(),
                destination_identities: Vec::new(),
                sequence: self.sequence + 1,
                participant_sid: self.agent.sid.clone(),
                value: Some(data.clone()),
            };
            if !self.publisher.send(RELIABLE, &packet.encode_to_vec()) {
                break;
            }
            (self.sequence, sent) = (self.sequence + 1, true);
            self.packets.pop_front();
        }
        if sent { self.drain(now) } else { Ok(()) }
    }
}
