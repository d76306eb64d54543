//! One WebRTC connection: `str0m`, in the terms of the call. Time and datagrams are passed in.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::channel::ChannelId;
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::{RtpPacket, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig, RtcError};

use crate::route::Route;
use crate::sdp;
use crate::voice::Packet;
use crate::way::{Carrier, Far, Ways, is_sound};

/// Candidates of the client's that are looked at; it is reached where its packets come from in any case.
const MAX_CANDIDATES: usize = 64;

/// How often it is asked how the network is.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// Whose track our voice is: names of the participant and of the track.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) participant: String,
    pub(crate) track: String,
}

impl Label {
    fn stream(&self) -> String {
        format!("{}|{}", self.participant, self.track)
    }
}

/// How the network is, by the client's reports and our own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Report {
    pub(crate) round_trip: Option<Duration>,
    /// Of our packets, 0 to 1.
    pub(crate) sent_loss: Option<f32>,
    /// Of the client's, 0 to 1.
    pub(crate) received_loss: Option<f32>,
}

/// What the connection brings.
pub(crate) enum Heard {
    /// To be sent there.
    Packet { to: Far, bytes: Vec<u8> },
    /// A packet of sound.
    Sound { ssrc: u32, sequence: u64, payload: Arc<[u8]> },
    /// A message on a data channel of the client's.
    Data(Vec<u8>),
    /// How the network is.
    Report(Report),
    /// Nothing more before this time.
    Until(Instant),
}

pub(crate) struct Peer {
    rtc: Rtc,
    ways: Ways,
    route: Route,
    label: Label,
    voice: Option<Mid>,
    channels: HashMap<String, ChannelId>,
    candidates: usize,
    pending: Option<SdpPendingOffer>,
}

impl Peer {
    /// A connection for a client that finds us by any of `ways`.
    pub(crate) fn new(ways: &Ways, label: Label, now: Instant) -> Result<Self, RtcError> {
        // VP8 is only there so that sections for video are answered in a form that clients can read; nothing is sent there
        let config = RtcConfig::new()
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .clear_codecs()
            .set_stats_interval(Some(REPORT_EVERY));
        let mut rtc = config.enable_opus(true, false).enable_vp8(true).build(now);
        for address in &ways.udp {
            rtc.add_local_candidate(Candidate::host(*address, Protocol::Udp)?);
        }
        for address in &ways.tcp {
            rtc.add_local_candidate(Candidate::builder().tcp().host(*address).tcptype(TcpType::Passive).build()?);
        }
        let (channels, voice, pending) = (HashMap::new(), None, None);
        Ok(Self { rtc, ways: ways.clone(), route: Route::default(), label, voice, channels, candidates: 0, pending })
    }

    /// The answer to a client's offer.
    pub(crate) fn answer(&mut self, offer: &str) -> Result<String, RtcError> {
        let offer = SdpOffer::from_sdp_string(offer)?;
        let answer = self.rtc.sdp_api().accept_offer(offer)?.to_sdp_string();
        if self.voice.is_none() {
            self.voice = sdp::section_for_voice(&answer).map(Mid::from);
        }
        Ok(match self.voice {
            Some(mid) => sdp::name_voice(&answer, &mid.to_string(), &self.label.stream(), &self.label.track),
            None => answer,
        })
    }

    /// An offer of our voice, to a client that takes it on a connection of its own; the same connection again where there
    /// is one, with fresh credentials for a client that lost it.
    pub(crate) fn offer_voice(&mut self) -> Option<String> {
        let mut changes = self.rtc.sdp_api();
        match self.voice {
            None => {
                let (stream, track) = (self.label.stream(), self.label.track.clone());
                let sends = Direction::SendOnly;
                self.voice = Some(changes.add_media(MediaKind::Audio, sends, Some(stream), Some(track), None));
            }
            Some(_) => drop(changes.ice_restart(true)),
        }
        let (offer, pending) = changes.apply()?;
        self.pending = Some(pending);
        Some(offer.to_sdp_string())
    }

    /// The client's answer to our offer.
    pub(crate) fn take_answer(&mut self, answer: &str) -> Result<(), RtcError> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let answer = SdpAnswer::from_sdp_string(answer)?;
        self.rtc.sdp_api().accept_answer(pending, answer)
    }

    /// A way to the client, by name. One that cannot be read is passed over: it is found by its packets as well.
    pub(crate) fn take_candidate(&mut self, candidate: &str) {
        self.candidates += 1;
        if self.candidates <= MAX_CANDIDATES
            && let Ok(candidate) = Candidate::from_sdp_string(candidate)
        {
            self.rtc.add_remote_candidate(candidate);
        }
    }

    /// By this name the client's first packets ask for us.
    pub(crate) fn ufrag(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// The section of our voice, for clients that look it up.
    pub(crate) fn voice_mid(&self) -> Option<String> {
        self.voice.map(|mid| mid.to_string())
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.rtc.is_connected()
    }

    pub(crate) fn let_time_pass(&mut self, now: Instant) -> Result<(), RtcError> {
        self.rtc.handle_input(Input::Timeout(now))
    }

    /// A packet from the client. One that is none of WebRTC's is passed over.
    pub(crate) fn receive(&mut self, source: Far, bytes: &[u8], now: Instant) -> Result<(), RtcError> {
        if let Some(input) = self.input(source, bytes, now).filter(|input| self.rtc.accepts(input)) {
            self.route.heard(source, bytes, now);
            return self.rtc.handle_input(input);
        }
        // of a client whose address changed in mid-word, and which will ask for us from there; SRTP tells whether it is
        match self.route.last().filter(|_| is_sound(bytes)).and_then(|last| self.input(last, bytes, now)) {
            Some(input) => self.rtc.handle_input(input),
            None => Ok(()),
        }
    }

    /// Whether a packet from `source` is meant for this connection and no other.
    pub(crate) fn accepts(&self, source: Far, bytes: &[u8], now: Instant) -> bool {
        self.input(source, bytes, now).is_some_and(|input| self.rtc.accepts(&input))
    }

    fn input<'b>(&self, source: Far, bytes: &'b [u8], now: Instant) -> Option<Input<'b>> {
        let (destination, contents) = (self.ways.near(source)?, bytes.try_into().ok()?);
        let proto = match source.carrier {
            Carrier::Udp => Protocol::Udp,
            Carrier::Tcp => Protocol::Tcp,
        };
        Some(Input::Receive(now, Receive { proto, source: source.address, destination, contents }))
    }

    /// Sends a packet of our voice. Before a section for it is agreed on, nobody hears it.
    pub(crate) fn speak(&mut self, packet: Packet, now: Instant) {
        let (Some(mid), Some(pt)) = (self.voice, self.opus()) else { return };
        let mut api = self.rtc.direct_api();
        if let Some(stream) = api.stream_tx_by_mid(mid, None) {
            stream.write_rtp(RtpWrite::new(pt, packet.sequence.into(), packet.ticks, now, packet.payload));
        }
    }

    pub(crate) fn has_channel(&self, name: &str) -> bool {
        self.channels.contains_key(name)
    }

    fn opus(&self) -> Option<Pt> {
        Some(self.rtc.codec_config().find(|params| params.spec().codec == Codec::Opus)?.pt())
    }

    /// Sends `message` on the client's data channel `name`; whether it was taken.
    pub(crate) fn send(&mut self, name: &str, message: &[u8]) -> bool {
        let Some(mut channel) = self.channels.get(name).and_then(|id| self.rtc.channel(*id)) else { return false };
        channel.write(true, message).unwrap_or(false)
    }

    /// What comes next.
    pub(crate) fn poll(&mut self) -> Result<Heard, RtcError> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(until) => return Ok(Heard::Until(until)),
                Output::Transmit(out) => {
                    let to = match out.proto {
                        Protocol::Udp => Far::udp(out.destination),
                        _ => Far::tcp(out.destination),
                    };
                    let bytes = out.contents.to_vec();
                    return Ok(Heard::Packet { to: self.route.way(to, &bytes), bytes });
                }
                Output::Event(event) => {
                    if let Some(heard) = self.on_event(event) {
                        return Ok(heard);
                    }
                }
            }
        }
    }

    fn on_event(&mut self, event: Event) -> Option<Heard> {
        match event {
            Event::RtpPacket(packet) => self.sound(packet),
            Event::ChannelOpen(id, name) => {
                self.channels.insert(name, id);
                None
            }
            Event::ChannelClose(id) => {
                self.channels.retain(|_, known| *known != id);
                None
            }
            Event::ChannelData(data) => Some(Heard::Data(data.data)),
            Event::PeerStats(stats) => Some(Heard::Report(Report {
                round_trip: stats.rtt,
                sent_loss: stats.egress_loss_fraction,
                received_loss: stats.ingress_loss_fraction,
            })),
            _ => None,
        }
    }

    fn sound(&mut self, packet: RtpPacket) -> Option<Heard> {
        let is_opus = Some(packet.header.payload_type) == self.opus();
        let (ssrc, sequence) = (*packet.header.ssrc, *packet.seq_no);
        (is_opus && !packet.payload.is_empty()).then_some(Heard::Sound { ssrc, sequence, payload: packet.payload })
    }
}
