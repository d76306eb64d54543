use proptest::prelude::*;

use super::*;
use crate::opus::{Decoder, Encoder, FRAME_SAMPLES};

/// 20 ms at 48 kHz.
const FRAME: u64 = 960;

fn encoded(frames: usize) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new().unwrap();
    let sample = |i: usize| (9000.0 * (i as f32 * 0.07 + (i as f32 * 0.0003).sin() * 30.0).sin()) as i16;
    let frame = |n: usize| (0..FRAME_SAMPLES).map(|i| sample(n * FRAME_SAMPLES + i)).collect::<Vec<i16>>();
    (0..frames).map(|n| encoder.encode(&frame(n)).unwrap()).collect()
}

fn decoded<'a>(packets: impl IntoIterator<Item = &'a [u8]>) -> Vec<f32> {
    let mut decoder = Decoder::new().unwrap();
    packets.into_iter().flat_map(|packet| decoder.decode(packet).unwrap()).collect()
}

#[test]
fn what_was_written_is_read_and_sounds_the_same() {
    let sound = encoded(120);
    let (mut writer, mut bytes) = Writer::begin(7, 16_000, 0);
    for (n, packet) in sound.iter().enumerate() {
        bytes.extend(writer.push(packet, n as u64 * FRAME));
    }
    bytes.extend(writer.finish());
    let kept = read(&bytes).unwrap().packets;
    assert_eq!(kept, sound.iter().map(Vec::as_slice).collect::<Vec<_>>());
    assert_eq!(decoded(kept), decoded(sound.iter().map(Vec::as_slice)));
    assert_eq!(writer.samples(), 120 * FRAME);
}

#[test]
fn what_is_missing_leaves_a_gap_of_its_length() {
    let sound = encoded(20);
    let (mut writer, mut bytes) = Writer::begin(7, 16_000, 0);
    for (n, packet) in sound.iter().enumerate() {
        let at = 50 + n as u64 + if n >= 10 { 100 } else { 0 };
        bytes.extend(writer.push(packet, at * FRAME + 400)); // less than a frame is no gap
    }
    bytes.extend(writer.finish());
    let kept = read(&bytes).unwrap().packets;
    assert_eq!(kept.len(), 50 + 10 + 100 + 10);
    assert!(kept[..50].iter().chain(&kept[60..160]).all(|packet| packet.len() == 1));
    assert_eq!(decoded(kept).len(), 170 * FRAME_SAMPLES, "each of them is 20 ms of sound");
}

#[test]
fn a_stream_that_broke_off_is_gone_on_with() {
    let sound = encoded(100);
    let (mut writer, mut bytes) = Writer::begin(9, 48_000, 300);
    for (n, packet) in sound[..60].iter().enumerate() {
        bytes.extend(writer.push(packet, n as u64 * FRAME));
    }
    bytes.extend(writer.finish());
    let whole = bytes.len();
    bytes.extend(b"OggS\0\0torn");
    let mut writer = Writer::go_on(&mut bytes).unwrap();
    assert_eq!((bytes.len(), writer.samples()), (whole, 60 * FRAME - 300));
    for (n, packet) in sound[60..].iter().enumerate() {
        bytes.extend(writer.push(packet, (60 + n as u64) * FRAME));
    }
    bytes.extend(writer.finish());
    let kept = read(&bytes).unwrap();
    assert_eq!((kept.packets.len(), kept.skip), (100, 300));
    let ends = bytes.windows(6).filter(|six| six.starts_with(b"OggS") && six[5] == ENDS).count();
    assert_eq!(ends, 1, "it ends once");
    assert!(Writer::go_on(&mut b"RIFF".to_vec()).is_none());
}

proptest! {
    #[test]
    fn no_packet_and_no_byte_breaks_it(
        packet in prop::collection::vec(any::<u8>(), 0..3000),
        at in 0u64..500_000,
        flip in 0usize..10_000,
    ) {
        let (mut writer, mut bytes) = Writer::begin(1, 16_000, 0);
        bytes.extend(writer.push(&packet, at));
        bytes.extend(writer.finish());
        let kept = read(&bytes).unwrap().packets;
        prop_assert!(writer.samples() == 0 || kept.last() == Some(&packet.as_slice()));
        let at = flip % bytes.len();
        bytes[at] ^= 0x10;
        let damaged = read(&bytes).is_err();
        prop_assert!(damaged);
        let _ = Writer::go_on(&mut bytes);
    }
}
