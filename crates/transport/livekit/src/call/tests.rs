//! Calls with a client of WebRTC's that is simulated, as is the network between, on a simulated clock.

mod fuzz;

use std::time::Duration;

use interview::Phase;
use proptest::prelude::*;
use session::{Activity, FromClient, Speaker, ToClient};

use super::{Frame, Goodbye, Output};
use crate::join::Style;
use crate::proto::{
    AddTrackRequest, Data, DisconnectReason, MuteTrackRequest, Ping, Request, RequestReason, Response,
    SessionDescription, TrackSource, TrackType, UpdateParticipantMetadata,
};
use crate::rehearsal::client::{ADDRESS, Room, perfect};
use crate::way::{Carrier, Far};

const MS: Duration = Duration::from_millis(1);

fn microphone(kind: TrackType) -> Request {
    let (kind, source) = (kind as i32, TrackSource::Microphone as i32);
    Request::AddTrack(AddTrackRequest { cid: "mic".into(), kind, source, ..Default::default() })
}

fn caption(text: &str, is_final: bool) -> ToClient {
    ToClient::Caption { speaker: Speaker::Interviewer, segment: "u1".into(), text: text.into(), is_final }
}

#[test]
fn a_client_of_either_style_is_spoken_with_over_either_carrier() {
    let all = [Carrier::Udp, Carrier::Tcp].into_iter().flat_map(|c| [(c, Style::Single), (c, Style::Dual)]);
    for (carrier, style) in all {
        let mut room = Room::over(carrier, style, perfect);
        room.run(2000 * MS);
        assert!(room.begun, "{style:?}: {:?}", room.said);
        let Some(Response::Join(join)) = room.said.first() else { panic!("{:?}", room.said) };
        assert!(join.fast_publish && join.ping_interval > 0 && join.other_participants[0].kind == 4);
        room.say(microphone(TrackType::Audio));
        for _ in 0..100 {
            room.speak();
            room.run(20 * MS);
        }
        let heard: usize = room.session.iter().filter_map(|m| Some(m.sound()?.len())).sum();
        assert!((31_000..=32_000).contains(&heard), "{style:?}: {heard} samples of two seconds");
        let subscribed = room.said.iter().filter(|r| matches!(r, Response::TrackSubscribed(_))).count();
        assert_eq!(subscribed, 1, "{style:?}");

        let before = room.packets;
        room.tell(caption("Hello there.", false));
        for _ in 0..50 {
            room.tell(ToClient::Audio(vec![3000; 320]));
            room.run(20 * MS);
        }
        room.tell(caption("Hello there.", true));
        room.run(100 * MS);
        assert!((53..=57).contains(&(room.packets - before)), "{style:?}: one packet each 20 ms");
        let text = room.data.iter().filter_map(|packet| match packet.value.as_ref() {
            Some(Data::StreamChunk(chunk)) => Some(String::from_utf8(chunk.content.clone()).unwrap()),
            _ => None,
        });
        let text: String = text.collect();
        assert_eq!(text, "Hello there.", "{style:?}");
        assert!(room.data.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    }
}

#[test]
fn loss_and_jitter_leave_no_hole() {
    // one packet in twenty is lost, and each takes 10 to 50 ms
    let mut seed = 1u64;
    let bad = move |_: Duration| {
        seed = seed * 48_271 % 2_147_483_647;
        (!seed.is_multiple_of(20)).then(|| Duration::from_micros(10_000 + seed % 40_000))
    };
    let mut room = Room::new(Style::Single, bad);
    room.run(5000 * MS);
    assert!(room.begun);
    room.say(microphone(TrackType::Audio));
    for _ in 0..500 {
        room.speak();
        room.run(20 * MS);
    }
    room.run(200 * MS);
    let heard: usize = room.session.iter().filter_map(|m| Some(m.sound()?.len())).sum();
    assert!((158_000..=160_000).contains(&heard), "{heard} samples of ten seconds");
    let fates = room.call.fates();
    assert!(fates.recovered + fates.concealed >= 10 && fates.recovered > fates.concealed, "{fates:?}");
}

#[test]
fn a_client_that_is_not_reached_is_waited_for_and_then_let_go() {
    let reached = |since: Duration| (since < 3000 * MS || since > 13_000 * MS).then_some(10 * MS);
    let mut room = Room::new(Style::Single, reached);
    room.run(2000 * MS);
    assert!(room.begun && room.pauses == 0);
    room.begun = false;
    room.run(8000 * MS);
    assert_eq!((room.pauses, room.begun), (1, false), "after five seconds without a packet");
    room.run(8000 * MS);
    assert!(room.begun && !room.over, "it is back");

    let mut room = Room::new(Style::Single, |since| (since < 3000 * MS).then_some(10 * MS));
    room.run(60_000 * MS);
    assert!(room.over && room.pauses == 1);
    assert_eq!(room.left(), Some(DisconnectReason::ConnectionTimeout));
}

#[test]
fn a_client_that_lost_its_socket_comes_back_to_the_same_call() {
    for style in [Style::Single, Style::Dual] {
        let mut room = Room::new(style, perfect);
        room.run(2000 * MS);
        room.lose_socket();
        room.run(10_000 * MS);
        assert!(!room.over && room.pauses == 0, "the sound goes on");
        room.said.clear();
        room.come_back();
        assert!(matches!(room.said.first(), Some(Response::Reconnect(_))), "{style:?}: {:?}", room.said);
        room.run(30_000 * MS);
        assert!(!room.over && room.pauses == 0, "{style:?}");
        room.lose_socket();
        room.run(31_000 * MS);
        assert!(room.over, "{style:?}");
    }
}

#[test]
fn it_ends_with_the_reason_that_it_has() {
    let error = |code| ToClient::Error { code, message: String::new() };
    for (message, reason) in [
        (ToClient::Ended(interview::EndReason::Completed), DisconnectReason::RoomDeleted),
        (error("taken_over"), DisconnectReason::DuplicateIdentity),
        (error("restarting"), DisconnectReason::ServerShutdown),
        (ToClient::Hearing(false), DisconnectReason::UserUnavailable),
    ] {
        let mut room = Room::new(Style::Single, perfect);
        room.run(60_000 * MS);
        room.tell(message.clone());
        room.call.on_session_over(room.now).unwrap();
        room.run(1000 * MS);
        assert_eq!((room.over, room.left()), (true, Some(reason)), "{message:?}");
    }
}

#[test]
fn requests_are_answered() {
    let mut room = Room::new(Style::Single, perfect);
    room.run(2000 * MS);
    room.said.clear();
    room.say(Request::PingReq(Ping { timestamp: 7 }));
    assert!(matches!(&room.said[..], [Response::PongResp(pong)] if pong.last_ping_timestamp == 7), "{:?}", room.said);
    let denied = |room: &Room| match room.said.last() {
        Some(Response::RequestResponse(response)) => response.reason,
        other => panic!("{other:?}"),
    };
    room.say(microphone(TrackType::Video));
    assert_eq!(denied(&room), RequestReason::UnsupportedType as i32);
    let attributes = [("mood".to_owned(), "calm".to_owned())].into();
    room.say(Request::UpdateMetadata(UpdateParticipantMetadata { attributes, request_id: 3, ..Default::default() }));
    assert_eq!(denied(&room), RequestReason::NotAllowed as i32, "the token does not say so");
    room.tell(ToClient::State { phase: Phase::Consent, activity: Activity::Listening });
    let Some(Response::Update(update)) = room.said.iter().rev().find(|r| matches!(r, Response::Update(_))) else {
        panic!("{:?}", room.said)
    };
    assert_eq!(update.participants[0].attributes["lk.agent.state"], "listening");
}

#[test]
fn who_would_rather_send_red_is_answered_with_opus_alone() {
    let mut room = Room::new(Style::Single, perfect);
    let opus = "a=rtpmap:111 opus/48000/2\r\n";
    let red = format!("a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n{opus}");
    let sdp = room.offer.replace("SAVPF 111", "SAVPF 63 111").replace(opus, &red);
    assert!(sdp.contains("SAVPF 63 111\r\n") && sdp.contains(&red), "{sdp}");
    room.say(Request::Offer(SessionDescription { kind: "offer".into(), sdp, id: 2, ..Default::default() }));
    let Some(Response::Answer(answer)) = room.said.last() else { panic!("{:?}", room.said) };
    assert!(answer.id == 2 && answer.sdp.contains("SAVPF 111\r\n") && !answer.sdp.contains("red/"), "{}", answer.sdp);
}

#[test]
fn who_speaks_json_is_answered_in_it() {
    let mut room = Room::new(Style::Single, perfect);
    room.run(2000 * MS);
    assert!(room.begun && room.texts == 0);
    room.json = true;
    room.say(microphone(TrackType::Audio));
    assert!(matches!(room.said.last(), Some(Response::TrackPublished(published)) if published.cid == "mic"));
    room.say(Request::PingReq(Ping { timestamp: 7 }));
    assert!(matches!(room.said.last(), Some(Response::PongResp(pong)) if pong.last_ping_timestamp == 7));
    assert_eq!(room.texts, 2);
    room.json = false;
    room.say(Request::PingReq(Ping { timestamp: 8 }));
    assert_eq!(room.texts, 2, "binary is answered in binary");
}

#[test]
fn a_client_in_line_is_told_its_place_until_it_is_its_turn() {
    let mut room = Room::new(Style::Single, perfect);
    room.run(2000 * MS);
    let mut shown = |message| {
        room.tell(message);
        let last = room.said.iter().rev().find_map(|r| if let Response::Update(u) = r { Some(u) } else { None });
        last.and_then(|update| update.participants[0].attributes.get("interviewer.waiting").cloned())
    };
    assert_eq!(shown(ToClient::Waiting { position: 2 }).as_deref(), Some("2"));
    assert_eq!(shown(ToClient::Waiting { position: 1 }).as_deref(), Some("1"));
    assert_eq!(shown(ToClient::Ready { resumed: false }), None);
}

#[test]
fn a_muted_microphone_is_not_heard() {
    let mut room = Room::new(Style::Single, perfect);
    room.run(2000 * MS);
    room.say(microphone(TrackType::Audio));
    let Some(Response::TrackPublished(published)) = room.said.last() else { panic!("{:?}", room.said) };
    let sid = published.track.clone().unwrap().sid;
    room.say(Request::Mute(MuteTrackRequest { sid, muted: true }));
    for _ in 0..50 {
        room.speak();
        room.run(20 * MS);
    }
    assert!(room.session.is_empty(), "{:?}", room.session.len());
}

#[test]
fn a_stream_that_stops_is_silence_for_a_while_and_then_gone() {
    let mut room = Room::new(Style::Single, perfect);
    room.run(2000 * MS);
    room.say(microphone(TrackType::Audio));
    for _ in 0..50 {
        room.speak();
        room.run(20 * MS);
    }
    let spoken = room.session.len();
    room.run(1320 * MS);
    let silent = &room.session[spoken..];
    assert!((49..=52).contains(&silent.len()), "{} frames of a second", silent.len());
    let is_silent = |m: &FromClient| m.sound().is_some_and(|s| s.iter().all(|s| s.abs() < 1e-3));
    assert!(silent.iter().skip(2).all(is_silent));
    room.run(60_000 * MS);
    assert_eq!(room.session.len() - spoken, 1000, "twenty seconds");
    room.speak();
    room.run(100 * MS);
    assert!(room.session.len() - spoken > 1000);
}

#[test]
fn a_network_that_breaks_off_is_not_a_candidate_who_is_silent() {
    let mut room = Room::new(Style::Single, |since| (since < 3100 * MS).then_some(10 * MS));
    room.run(2000 * MS);
    room.say(microphone(TrackType::Audio));
    for _ in 0..50 {
        room.speak();
        room.run(20 * MS);
    }
    let spoken = room.session.len();
    room.run(4000 * MS);
    let silent = room.session.len() - spoken;
    assert!((5..=20).contains(&silent), "{silent} frames of silence: a pause, and no end of an answer");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_frame_and_no_datagram_breaks_it(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..40),
        sdp in "(v=0|m=audio 9|a=mid:[0-9]|a=sendrecv|\\PC{0,20}|\r\n){0,20}",
    ) {
        let mut room = Room::new(Style::Dual, perfect);
        room.run(500 * MS);
        for frame in &frames {
            let _ = room.call.on_frame(&Frame::Binary(frame.clone()), room.now);
            let _ = room.call.on_frame(&Frame::Text(String::from_utf8_lossy(frame).into()), room.now);
            let _ = room.call.on_packet(Far::udp(ADDRESS), frame, room.now);
        }
        let offer = crate::proto::SessionDescription { kind: "offer".into(), sdp, id: 1, ..Default::default() };
        room.say(Request::Answer(offer.clone()));
        room.say(Request::Offer(offer));
        let ended = std::iter::from_fn(|| room.call.poll()).filter(|output| matches!(output, Output::Over)).count();
        prop_assert!(ended <= 1);
        room.call.hang_up(Goodbye::Failed);
    }
}
