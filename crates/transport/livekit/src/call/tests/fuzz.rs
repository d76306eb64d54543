//! Good inputs, broken: flipped, cut, doubled, spliced.

use std::sync::Arc;
use std::time::Duration;

use prost::Message as _;

use super::microphone;
use crate::call::{Frame, Output};
use crate::guard::Guard;
use crate::join::Style;
use crate::proto::{
    ContentHeader, Data, DataPacket, Request, RpcRequest, SessionDescription, SignalRequest, StreamChunk, StreamHeader,
    StreamTrailer, TextHeader, TrackType, TrickleRequest, UpdateParticipantMetadata,
};
use crate::rehearsal::client::{ADDRESS, Room, perfect};
use crate::way::Far;

/// xorshift64* (Vigna 2016): the same inputs each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// One of `seeds`, broken in one to four places.
fn broken(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = random.pick(seeds).clone();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(5) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => bytes[at] = random.next() as u8,
            2 => bytes.truncate(at),
            3 => {
                let piece: Vec<u8> = bytes[at..].iter().copied().take(random.below(40)).collect();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            _ => {
                let other = random.pick(seeds);
                let from = random.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend(&other[from..]);
            }
        }
    }
    bytes
}

fn frames(room: &Room) -> Vec<Vec<u8>> {
    let update = UpdateParticipantMetadata { name: "n".into(), request_id: 1, ..Default::default() };
    let trickle = r#"{"candidate":"candidate:1 1 udp 1 10.0.0.2 5000 typ host","sdpMid":"0"}"#;
    let trickle = TrickleRequest { candidate_init: trickle.into(), target: 1 };
    let requests =
        [microphone(TrackType::Audio), Request::Trickle(trickle), Request::UpdateMetadata(update), Request::Ping(1)];
    let encode = |request| SignalRequest { message: Some(request) }.encode_to_vec();
    requests.into_iter().map(encode).chain([encode(offer(room.offer.clone()))]).collect()
}

fn in_json(frame: &[u8]) -> Vec<u8> {
    serde_json::to_vec(&SignalRequest::decode(frame).unwrap().message.unwrap()).unwrap()
}

fn offer(sdp: String) -> Request {
    Request::Offer(SessionDescription { kind: "offer".into(), sdp, id: 1, ..Default::default() })
}

fn packets() -> Vec<Vec<u8>> {
    let content_header = Some(ContentHeader::Text(TextHeader::default()));
    let (stream_id, topic) = ("s".to_owned(), "lk.chat".to_owned());
    let all = [
        Data::StreamHeader(StreamHeader { stream_id: stream_id.clone(), topic, content_header, ..Default::default() }),
        Data::StreamChunk(StreamChunk { stream_id: stream_id.clone(), chunk_index: 0, content: b"yes".to_vec() }),
        Data::StreamTrailer(StreamTrailer { stream_id, ..Default::default() }),
        Data::RpcRequest(RpcRequest { id: "1".into(), method: "interviewer.skip".into(), ..Default::default() }),
    ];
    all.into_iter().map(|data| DataPacket { value: Some(data), ..Default::default() }.encode_to_vec()).collect()
}

/// A call that was well so far.
fn well(style: Style) -> Room {
    let mut room = Room::new(style, perfect);
    room.run(Duration::from_secs(1));
    assert!(room.begun);
    room
}

#[test]
fn a_million_broken_inputs_break_nothing() {
    let mut random = Random(42);
    let mut room = well(Style::Single);
    let texts: Vec<Vec<u8>> = frames(&room)[..4].iter().map(|frame| in_json(frame)).collect();
    let (frames, packets, datagrams) = (frames(&room), packets(), room.recorded.clone());
    assert!(datagrams.len() > 20);
    for round in 0..1_000_000u32 {
        room.now += Duration::from_millis(u64::from(round.is_multiple_of(4)));
        room.call.guard = Guard::new(room.now); // floods are another test's
        let result = match round % 4 {
            0 if round.is_multiple_of(200) => {
                let sdp = broken(&[room.offer.clone().into_bytes()], &mut random);
                let request = offer(String::from_utf8_lossy(&sdp).into_owned());
                room.call.on_frame(&Frame::Binary(SignalRequest { message: Some(request) }.encode_to_vec()), room.now)
            }
            0 if random.below(2) == 0 => {
                let text = String::from_utf8_lossy(&broken(&texts, &mut random)).into_owned();
                room.call.on_frame(&Frame::Text(text), room.now)
            }
            0 => room.call.on_frame(&Frame::Binary(broken(&frames[..4], &mut random)), room.now),
            1 => room.call.on_packet(Far::udp(ADDRESS), &broken(&datagrams, &mut random), room.now),
            2 => {
                room.call.on_data(&broken(&packets, &mut random), room.now);
                Ok(())
            }
            _ => {
                let payload: Arc<[u8]> = broken(&packets, &mut random).into();
                let sequence = 100 + u64::from(round / 4) + random.below(5) as u64;
                room.call.ear.take(1, sequence, payload, room.now).unwrap();
                Ok(())
            }
        };
        let over = std::iter::from_fn(|| room.call.poll()).any(|output| matches!(output, Output::Over));
        assert!(room.call.packets.len() <= 2000);
        if over || result.is_err() {
            room = well(if random.below(2) == 0 { Style::Single } else { Style::Dual });
        }
    }
    well(Style::Single);
}
