//! Pages of Ogg (RFC 3533).

/// Kinds of pages: the first of a stream, one in between, the last.
pub(super) const BEGINS: u8 = 2;
pub(super) const CONTINUES: u8 = 0;
pub(super) const ENDS: u8 = LAST;
/// The mark of the last page.
pub(super) const LAST: u8 = 4;
const CAPTURE: &[u8] = b"OggS";
const HEADER_BYTES: usize = 27;
const CRC_AT: usize = 22;
const KIND_AT: usize = 5;

/// What a page says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: u8,
    /// Samples up to the end of the page.
    pub(super) samples: u64,
    pub(super) serial: u32,
    pub(super) sequence: u32,
}

/// A page of whole packets.
pub(super) fn page(header: Header, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut lengths = Vec::new();
    for packet in packets {
        lengths.extend(std::iter::repeat_n(255, packet.len() / 255));
        lengths.push((packet.len() % 255) as u8);
    }
    let mut bytes = CAPTURE.to_vec();
    bytes.extend([0, header.kind]);
    bytes.extend(header.samples.to_le_bytes());
    bytes.extend(header.serial.to_le_bytes());
    bytes.extend(header.sequence.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.push(lengths.len() as u8);
    bytes.extend(lengths);
    packets.iter().for_each(|packet| bytes.extend(packet));
    seal(&mut bytes);
    bytes
}

/// Changes the kind of the page that is `bytes`.
pub(super) fn mark(bytes: &mut [u8], kind: u8) {
    bytes[KIND_AT] = kind;
    seal(bytes);
}

fn seal(page: &mut [u8]) {
    page[CRC_AT..CRC_AT + 4].fill(0);
    let crc = crc(page);
    page[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_le_bytes());
}

/// A page that was found.
pub(super) struct Found<'a> {
    /// Bytes of all of it.
    pub(super) length: usize,
    bytes: &'a [u8],
}

impl<'a> Found<'a> {
    /// The whole page at the front of `bytes`, unless it is damaged or not all there.
    pub(super) fn at_front(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(CAPTURE) {
            return None;
        }
        let segments = usize::from(*bytes.get(HEADER_BYTES - 1)?);
        let lengths = bytes.get(HEADER_BYTES..HEADER_BYTES + segments)?;
        let length = HEADER_BYTES + segments + lengths.iter().map(|length| usize::from(*length)).sum::<usize>();
        let bytes = bytes.get(..length)?;
        let mut sealed = bytes.to_vec();
        seal(&mut sealed);
        (sealed == bytes).then_some(Self { length, bytes })
    }

    pub(super) fn header(&self) -> Header {
        let four = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| self.bytes[at + i]));
        let samples = u64::from(four(6)) | u64::from(four(10)) << 32;
        Header { kind: self.bytes[KIND_AT], samples, serial: four(14), sequence: four(18) }
    }

    /// Its packets; ours never go over into the next page.
    pub(super) fn packets(&self) -> Vec<&'a [u8]> {
        let segments = usize::from(self.bytes[HEADER_BYTES - 1]);
        let (lengths, mut rest) = self.bytes[HEADER_BYTES..].split_at(segments);
        let (mut packets, mut length) = (Vec::new(), 0);
        for segment in lengths {
            length += usize::from(*segment);
            if *segment < 255 {
                let (packet, after) = rest.split_at(std::mem::take(&mut length));
                packets.push(packet);
                rest = after;
            }
        }
        packets
    }
}

/// The last whole page of those that follow each other from the front of `bytes`: where it is, its bytes, what it says.
pub(super) fn last(bytes: &[u8]) -> Option<(usize, usize, Header)> {
    let (mut at, mut last) = (0, None);
    while let Some(found) = Found::at_front(&bytes[at..]) {
        last = Some((at, found.length, found.header()));
        at += found.length;
    }
    last
}

/// The checksum of Ogg: polynomial 0x04c11db7, nothing inverted.
fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |crc, byte| {
        let shifted = |crc: u32, _| if crc >> 31 == 1 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 };
        (0..8).fold(crc ^ u32::from(*byte) << 24, shifted)
    })
}
