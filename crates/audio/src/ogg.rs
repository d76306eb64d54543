//! Opus in Ogg (RFC 7845), one stream of speech: packets as they came over the network, kept without being coded again.
//!
//! Pages are made here, and where they go is the caller's business. A stream lies on a clock of its own, in samples of
//! 48 kHz from its start; where nothing came there are packets of one byte, each a frame that is to be guessed (section
//! 4.1), so that what follows is heard when it was spoken.

mod page;
mod reading;

use page::{CONTINUES, ENDS, Header, LAST, page};
pub use reading::{Broken, Stream, read};

/// Samples a second of an Opus stream's clock, whatever the sound was before.
pub const CLOCK_HZ: u64 = 48_000;
/// A page holds a second at most, so that little is lost with one.
const PAGE_SAMPLES: u64 = CLOCK_HZ;
/// Packets that fit into a page's table of 255 lengths for sure: each takes eleven at most.
const PAGE_PACKETS: usize = 23;
/// Bytes of the longest packet that is taken (RFC 6716, section 3.4: 1275 for each of two frames here).
const MAX_PACKET_BYTES: usize = 2550;

/// Writes a stream.
#[derive(Clone, Debug)]
pub struct Writer {
    serial: u32,
    sequence: u32,
    /// Samples that are not heard at the beginning.
    skip: u16,
    /// Samples in all packets so far.
    samples: u64,
    /// Samples in the pages so far.
    paged: u64,
    waiting: Vec<Vec<u8>>,
}

impl Writer {
    /// A stream of this number, and the bytes that it begins with. `rate_hz` is what the sound was before, for whoever
    /// asks. The first `skip` samples are not heard: so a stream whose first packet does not lie on the grid of its frames
    /// lies where it was spoken.
    pub fn begin(serial: u32, rate_hz: u32, skip: u16) -> (Self, Vec<u8>) {
        let mut head = b"OpusHead\x01\x01".to_vec(); // version, one channel
        head.extend(skip.to_le_bytes());
        head.extend(rate_hz.to_le_bytes());
        head.extend([0, 0, 0]); // no gain, no mapping
        let mut tags = b"OpusTags".to_vec();
        let vendor = concat!("interviewer ", env!("CARGO_PKG_VERSION"));
        tags.extend((vendor.len() as u32).to_le_bytes());
        tags.extend(vendor.as_bytes());
        tags.extend(0u32.to_le_bytes());
        let first = page(Header { kind: page::BEGINS, samples: 0, serial, sequence: 0 }, &[head]);
        let second = page(Header { kind: CONTINUES, samples: 0, serial, sequence: 1 }, &[tags]);
        let writer = Self { serial, sequence: 2, skip, samples: 0, paged: 0, waiting: Vec::new() };
        (writer, [first, second].concat())
    }

    /// Goes on with a stream that was broken off or ended. `bytes` are made to end with its last whole page, and not to
    /// say that it is the last; `None` when they hold no stream.
    pub fn go_on(bytes: &mut Vec<u8>) -> Option<Self> {
        let (at, length, header) = page::last(bytes)?;
        bytes.truncate(at + length);
        page::mark(&mut bytes[at..], header.kind & !LAST);
        let skip = read(bytes).ok()?.skip;
        let Header { serial, sequence, samples, .. } = header;
        Some(Self { serial, sequence: sequence + 1, skip, samples, paged: samples, waiting: Vec::new() })
    }

    /// How long the stream is, in samples of [`CLOCK_HZ`].
    pub fn samples(&self) -> u64 {
        self.samples.saturating_sub(u64::from(self.skip))
    }

    /// Adds a packet that was spoken `at` (samples of [`CLOCK_HZ`]); the bytes that are complete by it. One that is no
    /// packet, or is longer than speech needs, is passed over.
    pub fn push(&mut self, packet: &[u8], at: u64) -> Vec<u8> {
        let (Some(frame), Some(length)) = (frame_samples(packet), packet_samples(packet)) else { return Vec::new() };
        if packet.len() > MAX_PACKET_BYTES {
            return Vec::new();
        }
        let (mut bytes, at) = (Vec::new(), at + u64::from(self.skip));
        for _ in 0..at.saturating_sub(self.samples) / frame {
            bytes.extend(self.add(vec![packet[0] & !3], frame));
        }
        bytes.extend(self.add(packet.to_vec(), length));
        bytes
    }

    /// The bytes that the stream ends with.
    pub fn finish(&mut self) -> Vec<u8> {
        self.flush(ENDS)
    }

    fn add(&mut self, packet: Vec<u8>, samples: u64) -> Vec<u8> {
        self.waiting.push(packet);
        self.samples += samples;
        let full = self.samples - self.paged >= PAGE_SAMPLES || self.waiting.len() >= PAGE_PACKETS;
        if full { self.flush(CONTINUES) } else { Vec::new() }
    }

    fn flush(&mut self, kind: u8) -> Vec<u8> {
        let header = Header { kind, samples: self.samples, serial: self.serial, sequence: self.sequence };
        (self.sequence, self.paged) = (self.sequence + 1, self.samples);
        page(header, &std::mem::take(&mut self.waiting))
    }
}

/// Samples of [`CLOCK_HZ`] in one frame of a packet (RFC 6716, section 3.1); `None` when there is no packet.
fn frame_samples(packet: &[u8]) -> Option<u64> {
    let config = packet.first()? >> 3;
    let (ms_times_2, step) = match config {
        0..12 => ([20, 40, 80, 120], config % 4),
        12..16 => ([20, 40, 20, 40], config % 4),
        _ => ([5, 10, 20, 40], config % 4),
    };
    Some(ms_times_2[usize::from(step)] * CLOCK_HZ / 2000)
}

/// Samples of [`CLOCK_HZ`] in a packet; `None` when it is none, or longer than 120 ms.
fn packet_samples(packet: &[u8]) -> Option<u64> {
    let frames = match packet.first()? & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(*packet.get(1)? & 63),
    };
    let samples = frames * frame_samples(packet)?;
    (1..=CLOCK_HZ * 120 / 1000).contains(&samples).then_some(samples)
}

#[cfg(test)]
mod tests;
