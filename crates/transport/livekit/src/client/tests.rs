//! A client and a call, speaking with each other on a simulated clock, without a network between.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use interview::Phase;
use session::{Activity, Speaker, ToClient};

use super::{Client, Output, Told};
use crate::call::{Call, Frame, House, Output as CallOutput, Start};
use crate::join::{Join, Query, Style};
use crate::token::{Claims, Grants, Key};
use crate::way::{Far, Ways};

const HERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)), 5000);
const THERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 7882);
const STEP: Duration = Duration::from_millis(1);

struct Both {
    client: Client,
    call: Call,
    now: Instant,
    told: Vec<Told>,
    heard: usize,
    begun: bool,
}

impl Both {
    fn new() -> Self {
        let now = Instant::now();
        let client = Client::new(HERE, now).unwrap();
        let (_, request) =
            client.path("token").split_once("join_request=").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let join = Join::read(&Query { join_request: request, ..Query::default() }, Style::Single).unwrap();
        let video = Grants { room: "r".into(), room_join: true, ..Grants::default() };
        let claims = Claims { sub: "ada".into(), video, ..Claims::default() };
        let house = House {
            ways: Ways { udp: vec![THERE], tcp: Vec::new() },
            ice_servers: Vec::new(),
            key: Key::new("k", "s"),
        };
        let call = Call::new(house, claims, join, Start { now, unix_ms: 0 }).unwrap();
        Self { client, call, now, told: Vec::new(), heard: 0, begun: false }
    }

    /// Lets milliseconds pass, one after the other.
    fn run(&mut self, ms: u32) {
        for _ in 0..ms {
            self.call.let_time_pass(self.now).unwrap();
            self.client.let_time_pass(self.now).unwrap();
            self.exchange();
            self.now += STEP;
        }
    }

    fn exchange(&mut self) {
        loop {
            let (ours, theirs) = (self.client.poll(), self.call.poll());
            if ours.is_none() && theirs.is_none() {
                return;
            }
            match ours {
                Some(Output::Signal(frame)) => self.call.on_frame(&Frame::Binary(frame), self.now).unwrap(),
                Some(Output::Datagram { to, bytes }) if to == THERE => {
                    self.call.on_packet(Far::udp(HERE), &bytes, self.now).unwrap()
                }
                Some(Output::Told(told)) => self.told.push(told),
                Some(Output::Datagram { .. }) | None => {}
            }
            match theirs {
                Some(CallOutput::Signal(Frame::Binary(frame))) => self.client.on_frame(&frame, self.now).unwrap(),
                Some(CallOutput::Packet { to, bytes }) if to == Far::udp(HERE) => {
                    self.client.on_datagram(THERE, &bytes, self.now).unwrap()
                }
                Some(CallOutput::Begin) => self.begun = true,
                Some(CallOutput::Session(message)) => self.heard += message.sound().map_or(0, <[f32]>::len),
                _ => {}
            }
        }
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let all =
            self.told.iter().rev().find_map(|told| if let Told::Attributes(all) = told { Some(all) } else { None });
        all?.get(name).map(String::as_str)
    }
}

#[test]
fn a_client_hears_is_heard_and_reads_what_is_shown() {
    let mut both = Both::new();
    both.run(2000);
    assert!(both.begun, "{:?}", both.told);
    assert_eq!(both.attribute("lk.agent.state"), Some("initializing"));

    let caption = |is_final| ToClient::Caption {
        speaker: Speaker::Interviewer,
        segment: "u1".into(),
        text: "Why?".into(),
        is_final,
    };
    both.call.on_session(ToClient::State { phase: Phase::Questions, activity: Activity::Speaking }, both.now).unwrap();
    both.call.on_session(ToClient::Progress { question: 2, probe: true, text: "Why?".into() }, both.now).unwrap();
    both.call.on_session(caption(false), both.now).unwrap();
    for frame in 0..50 {
        let tone: Vec<i16> = (0..320).map(|i| (8000.0 * ((frame * 320 + i) as f32 * 0.05).sin()) as i16).collect();
        both.call.on_session(ToClient::Audio(tone.clone()), both.now).unwrap();
        both.client.speak(&tone, both.now).unwrap();
        both.run(20);
    }
    both.call.on_session(caption(true), both.now).unwrap();
    both.run(100);
    let shown = ["lk.agent.state", "interviewer.question_text", "interviewer.probe"].map(|name| both.attribute(name));
    assert_eq!(shown, [Some("speaking"), Some("Why?"), Some("true")]);
    assert!((15_000..=16_000).contains(&both.heard), "{} samples of a second", both.heard);
    let loud =
        both.told.iter().filter(|told| matches!(told, Told::Sound(s) if s.iter().any(|s| s.abs() > 0.1))).count();
    assert!((48..=52).contains(&loud), "{loud} frames of a second");
    assert!(
        both.told
            .iter()
            .any(|told| matches!(told, Told::Words(w) if w.text == "Why?" && w.is_final && w.of == "interviewer"))
    );

    both.call.on_session(ToClient::Ended(interview::EndReason::Completed), both.now).unwrap();
    both.call.on_session_over(both.now).unwrap();
    both.run(1000);
    assert_eq!(both.attribute("interviewer.ended"), Some("completed"));
    assert_eq!(both.told.last(), Some(&Told::Left("RoomDeleted".into())));
}
