//! A client's WebRTC: one connection for both ways, or one for each.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use audio::opus::Encoder;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::channel::ChannelConfig;
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig, RtcError};

use super::ClientError;
use crate::join::Style;
use crate::way::Carrier;

/// The first packet's number.
const FIRST_SEQUENCE: u64 = 1000;
/// Ticks of the 48 kHz clock of Opus in RTP (RFC 7587) in a frame.
const FRAME_TICKS: u32 = 960;

/// What the connections bring.
pub(crate) enum Came {
    /// To be sent from one address to another.
    Datagram { from: SocketAddr, to: SocketAddr, bytes: Vec<u8> },
    /// A packet of the interviewer's voice.
    Sound { ssrc: u32, sequence: u64, payload: Arc<[u8]> },
    /// A message on a data channel.
    Data(Vec<u8>),
}

/// One connection.
struct End {
    rtc: Rtc,
    carrier: Carrier,
    address: SocketAddr,
    wake: Instant,
}

/// All connections of a client.
pub(crate) struct Ends {
    publisher: End,
    /// The interviewer's own, with [`Style::Dual`].
    subscriber: Option<End>,
    microphone: Mid,
    offer: String,
    pending: Option<SdpPendingOffer>,
    encoder: Encoder,
    spoken: u64,
}

impl Ends {
    /// The connections of a client of this style, which sends by `carrier`, at one address each, with an offer.
    pub(crate) fn new(
        style: Style,
        carrier: Carrier,
        addresses: &[SocketAddr],
        now: Instant,
    ) -> Result<Self, ClientError> {
        let address = |n: usize| addresses.get(n).or(addresses.first()).copied();
        let at = address(0).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 9)));
        let (publisher, microphone, offer, pending) = offering(style, carrier, at, now)?;
        let subscriber = match style {
            Style::Single => None,
            Style::Dual => Some(End::new(carrier, address(1).unwrap_or(at), now)?),
        };
        let (pending, encoder) = (Some(pending), Encoder::new()?);
        Ok(Self { publisher, subscriber, microphone, offer, pending, encoder, spoken: 0 })
    }

    /// What is offered to the server.
    pub(crate) fn offer(&self) -> &str {
        &self.offer
    }

    /// Where sound is sent from.
    pub(crate) fn address(&self) -> SocketAddr {
        self.publisher.address
    }

    /// The server's answer to the offer.
    pub(crate) fn take_answer(&mut self, answer: &str) -> Result<(), RtcError> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let answer = SdpAnswer::from_sdp_string(answer)?;
        self.publisher.rtc.sdp_api().accept_answer(pending, answer)
    }

    /// The answer to an offer of the server's; a client with one connection has none.
    pub(crate) fn answer(&mut self, offer: &str) -> Result<Option<String>, RtcError> {
        let Some(subscriber) = &mut self.subscriber else { return Ok(None) };
        let offer = SdpOffer::from_sdp_string(offer)?;
        Ok(Some(subscriber.rtc.sdp_api().accept_offer(offer)?.to_sdp_string()))
    }

    /// A datagram that was sent to this address of ours. One that is none of WebRTC's is passed over.
    pub(crate) fn receive(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        bytes: &[u8],
        now: Instant,
    ) -> Result<(), RtcError> {
        let Ok(contents) = bytes.try_into() else { return Ok(()) };
        let Some(end) = self.all().find(|end| end.address == to) else { return Ok(()) };
        let proto = match end.carrier {
            Carrier::Udp => Protocol::Udp,
            Carrier::Tcp => Protocol::Tcp,
        };
        let received = Receive { proto, source: from, destination: to, contents };
        end.rtc.handle_input(Input::Receive(now, received))
    }

    pub(crate) fn let_time_pass(&mut self, now: Instant) -> Result<(), RtcError> {
        self.all().try_for_each(|end| end.rtc.handle_input(Input::Timeout(now)))
    }

    /// When they want to be woken.
    pub(crate) fn due(&self) -> Instant {
        self.subscriber.iter().fold(self.publisher.wake, |wake, end| wake.min(end.wake))
    }

    /// Sends 20 ms of sound, 16 kHz mono, once the connection stands.
    pub(crate) fn speak(&mut self, frame: &[i16], now: Instant) -> Result<(), ClientError> {
        if !self.publisher.rtc.is_connected() {
            return Ok(());
        }
        let payload = self.encoder.encode(frame)?;
        let (sequence, ticks) = (FIRST_SEQUENCE + self.spoken, (self.spoken as u32).wrapping_mul(FRAME_TICKS));
        self.spoken += 1;
        let rtc = &mut self.publisher.rtc;
        rtc.handle_input(Input::Timeout(now))?;
        let opus = rtc.codec_config().find(|params| params.spec().codec == Codec::Opus).map(|params| params.pt());
        let mut api = rtc.direct_api();
        if let (Some(stream), Some(pt)) = (api.stream_tx_by_mid(self.microphone, None), opus) {
            stream.write_rtp(RtpWrite::new(pt, sequence.into(), ticks, now, payload));
        }
        Ok(())
    }

    /// What comes next; `None` when there is nothing before [`Ends::due`].
    pub(crate) fn poll(&mut self) -> Result<Option<Came>, RtcError> {
        for end in self.all() {
            if let Some(came) = end.poll()? {
                return Ok(Some(came));
            }
        }
        Ok(None)
    }

    fn all(&mut self) -> impl Iterator<Item = &mut End> {
        self.subscriber.iter_mut().chain([&mut self.publisher])
    }
}

impl End {
    fn new(carrier: Carrier, address: SocketAddr, now: Instant) -> Result<Self, RtcError> {
        let config = RtcConfig::new().set_rtp_mode(true).clear_codecs().enable_opus(true, false);
        let mut rtc = config.build(now);
        rtc.add_local_candidate(match carrier {
            Carrier::Udp => Candidate::builder().udp().host(address).build()?,
            Carrier::Tcp => Candidate::builder().tcp().host(address).tcptype(TcpType::Active).build()?,
        });
        Ok(Self { rtc, carrier, address, wake: now })
    }

    fn poll(&mut self) -> Result<Option<Came>, RtcError> {
        loop {
            let came = match self.rtc.poll_output()? {
                Output::Timeout(until) => {
                    self.wake = until;
                    return Ok(None);
                }
                Output::Transmit(out) => {
                    let (from, to) = (self.address, out.destination);
                    Came::Datagram { from, to, bytes: out.contents.to_vec() }
                }
                Output::Event(Event::RtpPacket(packet)) => {
                    let (ssrc, sequence) = (*packet.header.ssrc, *packet.seq_no);
                    Came::Sound { ssrc, sequence, payload: packet.payload }
                }
                Output::Event(Event::ChannelData(data)) => Came::Data(data.data),
                Output::Event(_) => continue,
            };
            return Ok(Some(came));
        }
    }
}

/// A connection with its offer. The names of an offer's sections (mids) are drawn by lot without a look at each other, so
/// that one offer in tens of thousands names two alike and means nothing; it is drawn again.
fn offering(
    style: Style,
    carrier: Carrier,
    address: SocketAddr,
    now: Instant,
) -> Result<(End, Mid, String, SdpPendingOffer), ClientError> {
    loop {
        let mut publisher = End::new(carrier, address, now)?;
        let mut changes = publisher.rtc.sdp_api();
        if style == Style::Single {
            changes.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
        }
        let microphone = changes.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        changes.add_channel_with_config(ChannelConfig { label: "_reliable".into(), ..Default::default() });
        let Some((offer, pending)) = changes.apply() else { continue };
        let offer = offer.to_sdp_string();
        let mids: Vec<_> = offer.lines().filter(|line| line.starts_with("a=mid:")).collect();
        if mids.iter().collect::<HashSet<_>>().len() == mids.len() {
            return Ok((publisher, microphone, offer, pending));
        }
    }
}
