//! JSON and binary mean the same.

use std::collections::HashMap;

use proptest::prelude::*;
use prost::Message as _;

use super::*;
use crate::proto::*;

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,12}"
}

fn map() -> impl Strategy<Value = HashMap<String, String>> {
    prop::collection::hash_map(text(), text(), 0..3)
}

fn description() -> impl Strategy<Value = SessionDescription> {
    (text(), text(), any::<u32>(), map()).prop_map(|(kind, sdp, id, mid_to_track_id)| SessionDescription {
        kind,
        sdp,
        id,
        mid_to_track_id,
    })
}

fn add_track() -> impl Strategy<Value = AddTrackRequest> {
    (text(), text(), 0..3i32, any::<bool>(), 0..6i32).prop_map(|(cid, name, kind, muted, source)| AddTrackRequest {
        cid,
        name,
        kind,
        muted,
        source,
        ..Default::default()
    })
}

fn leave() -> impl Strategy<Value = LeaveRequest> {
    let reasons = prop::sample::select(vec![0, 1, 2, 5, 14, 16, 999]);
    (any::<bool>(), reasons, 0..3i32).prop_map(|(can_reconnect, reason, action)| LeaveRequest {
        can_reconnect,
        reason,
        action,
    })
}

fn request() -> impl Strategy<Value = Request> {
    let trickle = (text(), 0..2i32).prop_map(|(candidate_init, target)| TrickleRequest { candidate_init, target });
    let update = (text(), text(), map(), any::<u32>());
    let update = update.prop_map(|(metadata, name, attributes, request_id)| UpdateParticipantMetadata {
        metadata,
        name,
        attributes,
        request_id,
    });
    prop_oneof![
        description().prop_map(Request::Offer),
        description().prop_map(Request::Answer),
        trickle.prop_map(Request::Trickle),
        add_track().prop_map(Request::AddTrack),
        (text(), any::<bool>()).prop_map(|(sid, muted)| Request::Mute(MuteTrackRequest { sid, muted })),
        leave().prop_map(Request::Leave),
        any::<i64>().prop_map(Request::Ping),
        update.prop_map(Request::UpdateMetadata),
        any::<i64>().prop_map(|timestamp| Request::PingReq(Ping { timestamp })),
    ]
}

fn track() -> impl Strategy<Value = TrackInfo> {
    (text(), 0..3i32, text(), any::<bool>(), 0..6i32).prop_map(|(sid, kind, name, muted, source)| TrackInfo {
        sid,
        kind,
        name,
        muted,
        source,
        ..Default::default()
    })
}

fn participant() -> impl Strategy<Value = ParticipantInfo> {
    let permission =
        prop::option::of(any::<bool>().prop_map(|agent| ParticipantPermission { agent, ..Default::default() }));
    let tracks = prop::collection::vec(track(), 0..3);
    (text(), 0..5i32, tracks, any::<i64>(), permission, 0..6i32, map()).prop_map(
        |(sid, state, tracks, joined_at, permission, kind, attributes)| ParticipantInfo {
            sid,
            state,
            tracks,
            joined_at,
            permission,
            kind,
            attributes,
            ..Default::default()
        },
    )
}

fn join() -> impl Strategy<Value = JoinResponse> {
    let room =
        (text(), any::<i64>()).prop_map(|(name, creation_time)| Room { name, creation_time, ..Default::default() });
    let helpers = prop::collection::vec(text(), 0..3);
    let others = prop::collection::vec(participant(), 0..2);
    (prop::option::of(room), prop::option::of(participant()), others, helpers, any::<i32>()).prop_map(
        |(room, participant, other_participants, urls, ping_interval)| JoinResponse {
            room,
            participant,
            other_participants,
            ice_servers: vec![IceServer { urls, ..Default::default() }],
            ping_interval,
            fast_publish: true,
            ..Default::default()
        },
    )
}

fn response() -> impl Strategy<Value = Response> {
    let participants = prop::collection::vec(participant(), 0..3);
    let speakers = prop::collection::vec((text(), 0.0..1.0f32, any::<bool>()), 0..3);
    let speakers = speakers.prop_map(|all| SpeakersChanged {
        speakers: all.into_iter().map(|(sid, level, active)| SpeakerInfo { sid, level, active }).collect(),
    });
    let published = (text(), prop::option::of(track()));
    let refused = (0..6i32, prop::option::of(add_track().prop_map(Refused::AddTrack)));
    let pong = any::<(i64, i64)>();
    let pong = pong.prop_map(|(last_ping_timestamp, timestamp)| Pong { last_ping_timestamp, timestamp });
    prop_oneof![
        join().prop_map(Response::Join),
        description().prop_map(Response::Answer),
        description().prop_map(Response::Offer),
        participants.prop_map(|participants| Response::Update(ParticipantUpdate { participants })),
        published.prop_map(|(cid, track)| Response::TrackPublished(TrackPublishedResponse { cid, track })),
        leave().prop_map(Response::Leave),
        speakers.prop_map(Response::SpeakersChanged),
        text().prop_map(Response::RefreshToken),
        any::<i64>().prop_map(Response::Pong),
        any::<u32>().prop_map(|last_message_seq| {
            Response::Reconnect(ReconnectResponse { last_message_seq, ..Default::default() })
        }),
        pong.prop_map(Response::PongResp),
        refused.prop_map(|(reason, request)| {
            Response::RequestResponse(RequestResponse { reason, request, ..Default::default() })
        }),
        text().prop_map(|track_sid| Response::TrackSubscribed(TrackSubscribed { track_sid })),
        (any::<u32>(), any::<u32>()).prop_map(|(num_audios, num_videos)| {
            Response::MediaSectionsRequirement(MediaSectionsRequirement { num_audios, num_videos })
        }),
    ]
}

proptest! {
    #[test]
    fn a_request_is_the_same_in_json_and_in_binary(request in request()) {
        let message = Some(request);
        let text = serde_json::to_string(message.as_ref().unwrap()).unwrap();
        let binary = SignalRequest { message: message.clone() }.encode_to_vec();
        prop_assert_eq!(&read(&text).unwrap(), &SignalRequest::decode(&*binary).unwrap(), "{}", text);
        prop_assert_eq!(read(&text).unwrap().message, message);
    }

    #[test]
    fn a_response_is_the_same_in_json_and_in_binary(response in response()) {
        let text = write(&response).unwrap();
        let binary = SignalResponse { message: Some(response.clone()) }.encode_to_vec();
        let back: Response = serde_json::from_str(&text).unwrap();
        let decoded = SignalResponse::decode(&*binary).unwrap();
        prop_assert_eq!(Some(&back), decoded.message.as_ref(), "{}", text);
        prop_assert_eq!(back, response);
    }

    #[test]
    fn no_text_breaks_it(text in "\\PC{0,40}|[{}\\[\\]\"a-z:,0-9]{0,60}|\\{\"(offer|ping|addTrack)\":\\PC{0,20}\\}") {
        let _ = read(&text);
    }
}

/// As `protojson` of Go writes them, LiveKit's server with it.
#[test]
fn what_others_write_is_read() {
    let added =
        r#"{"addTrack":{"cid":"mic","type":"AUDIO","source":"MICROPHONE","audioFeatures":["TF_ECHO_CANCELLATION"]}}"#;
    let Some(Request::AddTrack(track)) = read(added).unwrap().message else { panic!("{added}") };
    assert_eq!(
        (track.kind, track.source, track.muted),
        (TrackType::Audio as i32, TrackSource::Microphone as i32, false)
    );
    let ping = read(r#"{"pingReq":{"timestamp":"1700000000123","rtt":"7"}}"#).unwrap();
    assert_eq!(ping.message, Some(Request::PingReq(Ping { timestamp: 1_700_000_000_123 })));
    assert_eq!(read(r#"{"ping":5}"#).unwrap().message, Some(Request::Ping(5)));
    assert_eq!(read(r#"{"subscription":{"trackSids":["TR_1"]}}"#).unwrap().message, None);
    let left = read(r#"{"leave":{"reason":"CLIENT_INITIATED","action":"DISCONNECT"}}"#).unwrap();
    assert!(matches!(left.message, Some(Request::Leave(LeaveRequest { reason: 1, .. }))), "{left:?}");
    assert!(read(r#"{"offer":{"sdp":5}}"#).is_err() && read("[]").is_err() && read("").is_err());
}
