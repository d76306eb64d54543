//! The other side of a call, and the network between, on a simulated clock.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use prost::Message as _;
use session::{FromClient, ToClient};

use crate::call::{Call, CallError, Frame, House, Output, Start};
use crate::client::ends::{Came, Ends};
use crate::join::{Join, Query, Style};
use crate::proto::{
    DataPacket, DisconnectReason, Request, Response, SessionDescription, SignalRequest, SignalResponse,
};
use crate::token::{Claims, Grants, Key};
use crate::way::{Carrier, Far, Ways};

pub(crate) const ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2)), 5000);
const SECOND_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2)), 5001);
pub(crate) const SERVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)), 7882);

/// How long a datagram takes that is sent at this time of the call; `None` when it is lost.
type Link = Box<dyn FnMut(Duration) -> Option<Duration>>;

pub(crate) fn perfect(_: Duration) -> Option<Duration> {
    Some(Duration::from_millis(10))
}

struct InFlight {
    at: Instant,
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

/// A call and its client, and what they said to each other.
pub(crate) struct Room {
    pub(crate) call: Call,
    pub(crate) now: Instant,
    start: Instant,
    style: Style,
    carrier: Carrier,
    ends: Ends,
    spoken: usize,
    link: Link,
    flying: Vec<InFlight>,
    /// The client's offer.
    pub(crate) offer: String,
    /// The client's first datagrams.
    pub(crate) recorded: Vec<Vec<u8>>,
    pub(crate) said: Vec<Response>,
    pub(crate) session: Vec<FromClient>,
    pub(crate) data: Vec<DataPacket>,
    /// Whether the client's frames are JSON.
    pub(crate) json: bool,
    /// Frames of JSON that came.
    pub(crate) texts: usize,
    /// Packets of the agent's voice that came.
    pub(crate) packets: usize,
    pub(crate) begun: bool,
    pub(crate) pauses: usize,
    pub(crate) over: bool,
    /// Tells how much time the thread has worked.
    clock: fn() -> Duration,
    /// How much of it went into the call, the client not counted.
    pub(crate) spent: Duration,
}

impl Room {
    pub(crate) fn new(style: Style, link: impl FnMut(Duration) -> Option<Duration> + 'static) -> Self {
        Self::over(Carrier::Udp, style, link)
    }

    /// A room whose client reaches us by `carrier` alone.
    pub(crate) fn over(
        carrier: Carrier,
        style: Style,
        link: impl FnMut(Duration) -> Option<Duration> + 'static,
    ) -> Self {
        let now = Instant::now();
        let video = Grants { room: "r".into(), room_join: true, ..Grants::default() };
        let claims = Claims { sub: "ada".into(), video, ..Claims::default() };
        let ways = Ways { udp: vec![SERVER], tcp: vec![SERVER] };
        let house = House { ways, ice_servers: Vec::new(), key: Key::new("k", "s") };
        let join = Join::read(&Query::default(), style).unwrap();
        let call = Call::new(house, claims, join, Start { now, unix_ms: 0 }).unwrap();
        let ends = Ends::new(style, carrier, &[ADDRESS, SECOND_ADDRESS], now).unwrap();
        let offer = ends.offer().to_owned();
        let mut room = Self {
            call,
            now,
            start: now,
            style,
            carrier,
            ends,
            spoken: 0,
            link: Box::new(link),
            flying: Vec::new(),
            offer,
            recorded: Vec::new(),
            said: Vec::new(),
            session: Vec::new(),
            data: Vec::new(),
            json: false,
            texts: 0,
            packets: 0,
            begun: false,
            pauses: 0,
            over: false,
            clock: || Duration::ZERO,
            spent: Duration::ZERO,
        };
        room.collect();
        let sdp = room.offer.clone();
        room.say(Request::Offer(SessionDescription {
            kind: "offer".into(),
            sdp,
            id: 1,
            mid_to_track_id: HashMap::new(),
        }));
        let answer =
            room.said.iter().find_map(|r| if let Response::Answer(a) = r { Some(a.sdp.clone()) } else { None });
        room.ends.take_answer(&answer.unwrap()).unwrap();
        room
    }

    /// Counts from now on how much the call works.
    pub(crate) fn count_by(&mut self, clock: fn() -> Duration) {
        self.clock = clock;
    }

    /// Puts something into the call.
    fn put_in(&mut self, input: impl FnOnce(&mut Call, Instant) -> Result<(), CallError>) {
        let before = (self.clock)();
        input(&mut self.call, self.now).unwrap();
        self.spent += (self.clock)() - before;
    }

    /// Sends a request on the signalling socket.
    pub(crate) fn say(&mut self, request: Request) {
        let frame = match self.json {
            true => Frame::Text(serde_json::to_string(&request).unwrap()),
            false => Frame::Binary(SignalRequest { message: Some(request) }.encode_to_vec()),
        };
        self.put_in(|call, now| call.on_frame(&frame, now));
        self.collect();
    }

    /// The session speaks.
    pub(crate) fn tell(&mut self, message: ToClient) {
        self.put_in(|call, now| call.on_session(message, now));
        self.collect();
    }

    pub(crate) fn lose_socket(&mut self) {
        self.call.on_socket_lost(self.now);
    }

    pub(crate) fn come_back(&mut self) {
        let query = Query { reconnect: "1".into(), sid: self.call.participant().into(), ..Query::default() };
        self.call.on_resumed(Join::read(&query, self.style).unwrap(), self.now).unwrap();
        self.collect();
    }

    /// Why the call said goodbye.
    pub(crate) fn left(&self) -> Option<DisconnectReason> {
        let leave =
            self.said.iter().find_map(|r| if let Response::Leave(leave) = r { Some(leave.reason) } else { None });
        leave.and_then(|reason| DisconnectReason::try_from(reason).ok())
    }

    /// Sends 20 ms of a tone.
    pub(crate) fn speak(&mut self) {
        let at = self.spoken * 320;
        let tone = |i: usize| (8000.0 * ((at + i) as f32 * 0.05).sin()) as i16;
        self.send(&(0..320).map(tone).collect::<Vec<i16>>());
    }

    /// Sends 20 ms of sound, 16 kHz mono.
    pub(crate) fn send(&mut self, frame: &[i16]) {
        self.spoken += 1;
        self.ends.speak(frame, self.now).unwrap();
        self.drain_client();
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let until = self.now + time;
        self.drain_client();
        while !self.over {
            let flying = self.flying.iter().map(|packet| packet.at).min();
            let due = [Some(self.call.due()), Some(self.ends.due()), flying];
            let next = due.into_iter().flatten().min().unwrap_or(until).max(self.now);
            if next > until {
                break;
            }
            self.now = next;
            self.step();
        }
        self.now = self.now.max(until);
    }

    fn step(&mut self) {
        let (arrived, flying) = std::mem::take(&mut self.flying).into_iter().partition(|p: &InFlight| p.at <= self.now);
        self.flying = flying;
        for packet in arrived {
            self.deliver(packet);
        }
        self.put_in(Call::let_time_pass);
        self.collect();
        self.ends.let_time_pass(self.now).unwrap();
        self.drain_client();
    }

    fn deliver(&mut self, packet: InFlight) {
        if packet.to == SERVER {
            if self.recorded.len() < 200 {
                self.recorded.push(packet.bytes.clone());
            }
            let from = Far { carrier: self.carrier, address: packet.from };
            self.put_in(|call, now| call.on_packet(from, &packet.bytes, now));
            return self.collect();
        }
        self.ends.receive(SERVER, packet.to, &packet.bytes, self.now).unwrap();
        self.drain_client();
    }

    fn fly(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        if let Some(takes) = (self.link)(self.now - self.start) {
            self.flying.push(InFlight { at: self.now + takes, from, to, bytes });
        }
    }

    fn drain_client(&mut self) {
        while let Some(came) = self.ends.poll().unwrap() {
            match came {
                Came::Datagram { from, bytes, .. } => self.fly(from, SERVER, bytes),
                Came::Sound { .. } => self.packets += 1,
                Came::Data(bytes) => self.data.push(DataPacket::decode(&*bytes).unwrap()),
            }
        }
    }

    fn collect(&mut self) {
        while let Some(output) = self.call.poll() {
            match output {
                Output::Signal(Frame::Binary(frame)) => {
                    self.hear(SignalResponse::decode(&*frame).unwrap().message.unwrap());
                }
                Output::Signal(Frame::Text(text)) => {
                    self.texts += 1;
                    self.hear(serde_json::from_str(&text).unwrap());
                }
                Output::Packet { to, bytes } => {
                    assert_eq!(to.carrier, self.carrier, "it is answered by the way that it took");
                    self.fly(SERVER, to.address, bytes);
                }
                Output::Session(message) => self.session.push(message),
                Output::Begin => self.begun = true,
                Output::Pause => self.pauses += 1,
                Output::Over => self.over = true,
                Output::Name(_) | Output::Report(_) => {}
            }
        }
    }

    /// Offers of the call's are answered.
    fn hear(&mut self, response: Response) {
        let offer = if let Response::Offer(offer) = &response { Some(offer.sdp.clone()) } else { None };
        self.said.push(response);
        if let Some(sdp) = offer.and_then(|offer| self.ends.answer(&offer).unwrap()) {
            let kind = "answer".into();
            let answer = SessionDescription { kind, sdp, id: 1, mid_to_track_id: HashMap::new() };
            let frame = Frame::Binary(SignalRequest { message: Some(Request::Answer(answer)) }.encode_to_vec());
            self.put_in(|call, now| call.on_frame(&frame, now));
        }
    }
}
