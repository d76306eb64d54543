//! Streams of ours, read again.

use super::page::Found;

/// The bytes are no stream of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a stream of Opus in Ogg: the page at byte {at} is damaged, or is none")]
pub struct Broken {
    /// Where.
    pub at: usize,
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream<'a> {
    /// Samples (of [`CLOCK_HZ`](super::CLOCK_HZ)) at the beginning that are not to be heard.
    pub skip: u16,
    /// The packets of sound, in order; those of one byte are frames that are to be guessed.
    pub packets: Vec<&'a [u8]>,
}

/// Reads a stream.
///
/// # Errors
/// When a page is damaged or broken off, or the stream is of something else.
pub fn read(bytes: &[u8]) -> Result<Stream<'_>, Broken> {
    let (mut at, mut all) = (0, Vec::new());
    while at < bytes.len() {
        let page = Found::at_front(&bytes[at..]).ok_or(Broken { at })?;
        all.extend(page.packets());
        at += page.length;
    }
    match all.first().and_then(|head| head.strip_prefix(b"OpusHead\x01\x01")) {
        Some(&[low, high, ..]) if all.len() > 1 => {
            Ok(Stream { skip: u16::from_le_bytes([low, high]), packets: all.split_off(2) })
        }
        _ => Err(Broken { at: 0 }),
    }
}
