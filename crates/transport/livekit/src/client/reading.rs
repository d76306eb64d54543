//! Text streams that the server sends, put together.

use std::collections::HashMap;

use crate::proto::{Data, StreamHeader};

const TRANSCRIPTION: &str = "lk.transcription";
const SEGMENT: &str = "lk.segment_id";
const FINAL: &str = "lk.transcription_final";
/// Streams that are open at once.
const MAX_STREAMS: usize = 64;

/// Words of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Whose: the identity in the room.
    pub of: String,
    /// Name of the segment; later words of the same name replace these.
    pub segment: String,
    /// The whole text of the segment.
    pub text: String,
    /// Whether it no longer changes.
    pub is_final: bool,
}

/// A stream that has begun.
struct Open {
    words: Words,
    bytes: Vec<u8>,
}

/// The streams that have begun and are not over.
#[derive(Default)]
pub(crate) struct Reading(HashMap<String, Open>);

impl Reading {
    /// Takes a packet in the name of a participant; the words of the stream that it ends.
    pub(crate) fn take(&mut self, of: String, data: Data) -> Option<Words> {
        match data {
            Data::StreamHeader(header) => self.open(of, header),
            Data::StreamChunk(chunk) => {
                if let Some(open) = self.0.get_mut(&chunk.stream_id) {
                    open.bytes.extend(chunk.content);
                }
            }
            Data::StreamTrailer(trailer) => {
                let Open { words, bytes } = self.0.remove(&trailer.stream_id)?;
                let is_final = trailer.attributes.get(FINAL).map_or(words.is_final, |value| value == "true");
                return Some(Words { text: String::from_utf8_lossy(&bytes).into_owned(), is_final, ..words });
            }
            _ => {}
        }
        None
    }

    fn open(&mut self, of: String, header: StreamHeader) {
        if header.topic != TRANSCRIPTION || self.0.len() >= MAX_STREAMS {
            return;
        }
        let segment = header.attributes.get(SEGMENT).cloned().unwrap_or_default();
        let is_final = header.attributes.get(FINAL).is_some_and(|value| value == "true");
        let words = Words { of, segment, text: String::new(), is_final };
        self.0.insert(header.stream_id, Open { words, bytes: Vec::new() });
    }
}

#[cfg(test)]
mod tests {
    use session::Speaker;

    use super::*;
    use crate::transcript::{Caption, Of, Transcript};

    #[test]
    fn what_is_shown_is_read() {
        let of = Of { identity: "interviewer".into(), track: "TR".into() };
        let caption =
            |speaker, text: &str, is_final| Caption { speaker, segment: "u1".into(), text: text.into(), is_final };
        let (mut transcript, mut reading) = (Transcript::default(), Reading::default());
        let mut packets = transcript.show(caption(Speaker::Interviewer, "What did you build there?", false), &of, 0);
        (0..60).for_each(|_| packets.extend(transcript.heard(20, &of)));
        packets.extend(transcript.show(caption(Speaker::Interviewer, "What did you build", true), &of, 0));
        packets.extend(transcript.show(caption(Speaker::Candidate, "A bridge", false), &of, 0));
        let read: Vec<Words> = packets.into_iter().filter_map(|p| reading.take(p.identity, p.data)).collect();
        let told: Vec<_> = read.iter().map(|words| (words.text.as_str(), words.is_final)).collect();
        assert_eq!(told, [("What did you build", true), ("A bridge", false)]);
        assert!(read.iter().all(|words| words.of == "interviewer" && words.segment == "u1"));
    }
}
