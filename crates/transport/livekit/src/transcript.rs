//! Captions as LiveKit's clients know them: text streams on the topic `lk.transcription`, and the older packets beside
//! them, as LiveKit's own agents send both.
//!
//! A line of ours is one stream, to which words are added as they are heard. Words of the candidate's change while they
//! speak: each caption is a stream of its own with the whole text, under the same segment.

use std::collections::HashMap;

use session::Speaker;

use crate::proto::{
    ContentHeader, Data, StreamChunk, StreamHeader, StreamTrailer, TextHeader, Transcription, TranscriptionSegment,
};

const TOPIC: &str = "lk.transcription";
/// Our words appear at this pace, in milliseconds a character: a little slower than they are spoken, so that a line that is
/// interrupted has not shown what was not heard.
const MS_PER_CHARACTER: usize = 75;
/// Bytes of text in a chunk; clients take messages up to 64 kB.
const MAX_CHUNK_BYTES: usize = 15_000;

/// Who a transcription is of: their identity and the track that was heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Of {
    pub(crate) identity: String,
    pub(crate) track: String,
}

/// A packet in the name of a participant.
#[derive(Debug, PartialEq)]
pub(crate) struct Signed {
    pub(crate) identity: String,
    pub(crate) data: Data,
}

/// A line of ours that is being spoken.
struct Line {
    segment: String,
    stream: String,
    text: String,
    /// Bytes of `text` that were sent.
    sent: usize,
    chunks: u64,
    heard_ms: usize,
}

/// Makes packets of captions.
#[derive(Default)]
pub(crate) struct Transcript {
    line: Option<Line>,
    streams: u64,
}

/// A caption of the session's.
pub(crate) struct Caption {
    pub(crate) speaker: Speaker,
    pub(crate) segment: String,
    pub(crate) text: String,
    pub(crate) is_final: bool,
}

impl Transcript {
    /// The packets that show `caption` at `unix_ms`.
    pub(crate) fn show(&mut self, caption: Caption, of: &Of, unix_ms: i64) -> Vec<Signed> {
        match caption.speaker {
            Speaker::Candidate => self.whole(&caption, of, unix_ms),
            Speaker::Interviewer if caption.is_final => self.end(caption, of, unix_ms),
            Speaker::Interviewer => self.begin(caption, of, unix_ms),
        }
    }

    /// So much more of our line was heard.
    pub(crate) fn heard(&mut self, ms: usize, of: &Of) -> Vec<Signed> {
        let Some(line) = &mut self.line else { return Vec::new() };
        line.heard_ms += ms;
        let until = line.words_until(line.heard_ms / MS_PER_CHARACTER);
        line.send_until(until, of)
    }

    fn begin(&mut self, caption: Caption, of: &Of, unix_ms: i64) -> Vec<Signed> {
        let mut packets = match self.line.take() {
            Some(line) => line.close(of), // a line that was never ended: the session began anew
            None => Vec::new(),
        };
        let stream = self.next_stream(&caption.segment);
        packets.push(of.sign(header(&stream, &caption.segment, of, false, unix_ms)));
        let Caption { segment, text, .. } = caption;
        self.line = Some(Line { segment, stream, text, sent: 0, chunks: 0, heard_ms: 0 });
        packets
    }

    /// The line ends with what was heard of it.
    fn end(&mut self, caption: Caption, of: &Of, unix_ms: i64) -> Vec<Signed> {
        match self.line.take() {
            Some(mut line) if line.segment == caption.segment => {
                let shown = line.text[..line.sent].to_owned();
                // words that were shown and not heard cannot be taken back; at the pace above there are none
                line.text = if caption.text.starts_with(shown.trim_end()) { caption.text } else { shown };
                line.sent = line.sent.min(line.text.len());
                let mut packets = line.send_until(line.text.len(), of);
                packets.extend(line.close(of));
                packets
            }
            other => {
                self.line = other;
                self.whole(&caption, of, unix_ms)
            }
        }
    }

    /// A stream with all of the text.
    fn whole(&mut self, caption: &Caption, of: &Of, unix_ms: i64) -> Vec<Signed> {
        let stream = self.next_stream(&caption.segment);
        let Caption { segment, text, is_final, .. } = caption;
        let mut packets = vec![of.sign(header(&stream, segment, of, *is_final, unix_ms))];
        let parts = pieces(text).enumerate();
        packets.extend(parts.map(|(index, part)| of.sign(chunk(&stream, index as u64, part))));
        packets.push(of.sign(trailer(&stream, *is_final)));
        packets.extend(of.older(segment, text, *is_final));
        packets
    }

    fn next_stream(&mut self, segment: &str) -> String {
        self.streams += 1;
        format!("ST_{segment}_{}", self.streams)
    }
}

impl Of {
    fn sign(&self, data: Data) -> Signed {
        Signed { identity: self.identity.clone(), data }
    }

    /// The older packet beside a stream. It must name a track: a client in Rust, or one built on it, ends where there is
    /// none. Who types, or has come back and not published again, has none.
    fn older(&self, segment: &str, text: &str, is_final: bool) -> Option<Signed> {
        let (id, text, language) = (segment.to_owned(), text.to_owned(), "en".to_owned());
        let packet = Transcription {
            transcribed_participant_identity: self.identity.clone(),
            track_id: self.track.clone(),
            segments: vec![TranscriptionSegment { id, text, is_final, language }],
        };
        (!self.track.is_empty()).then(|| self.sign(Data::Transcription(packet)))
    }
}

impl Line {
    /// Bytes of the text up to the end of the last whole word among the first `characters`.
    fn words_until(&self, characters: usize) -> usize {
        let end = self.text.char_indices().nth(characters).map_or(self.text.len(), |(at, _)| at);
        if end == self.text.len() {
            return end;
        }
        self.text[..end].rfind(char::is_whitespace).map_or(0, |at| at + 1)
    }

    fn send_until(&mut self, until: usize, of: &Of) -> Vec<Signed> {
        let Some(more) = self.text.get(self.sent..until).filter(|more| !more.is_empty()) else { return Vec::new() };
        let mut packets = Vec::new();
        for piece in pieces(more) {
            packets.push(of.sign(chunk(&self.stream, self.chunks, piece)));
            self.chunks += 1;
        }
        self.sent = until;
        packets.extend(of.older(&self.segment, &self.text[..until], false));
        packets
    }

    fn close(self, of: &Of) -> Vec<Signed> {
        let text = self.text[..self.sent].trim_end();
        let older = of.older(&self.segment, text, true);
        [of.sign(trailer(&self.stream, true))].into_iter().chain(older).collect()
    }
}

/// `text` in pieces that fit into a chunk, cut between characters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = (0..=MAX_CHUNK_BYTES.min(rest.len())).rev().find(|at| rest.is_char_boundary(*at))?;
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

fn header(stream: &str, segment: &str, of: &Of, is_final: bool, timestamp: i64) -> Data {
    let attributes = HashMap::from([
        ("lk.segment_id".to_owned(), segment.to_owned()),
        ("lk.transcribed_track_id".to_owned(), of.track.clone()),
        ("lk.transcription_final".to_owned(), is_final.to_string()),
    ]);
    let content_header = Some(ContentHeader::Text(TextHeader { generated: true }));
    let (stream_id, topic, mime_type) = (stream.to_owned(), TOPIC.to_owned(), "text/plain".to_owned());
    Data::StreamHeader(StreamHeader { stream_id, timestamp, topic, mime_type, attributes, content_header })
}

fn chunk(stream: &str, chunk_index: u64, content: &str) -> Data {
    Data::StreamChunk(StreamChunk { stream_id: stream.to_owned(), chunk_index, content: content.as_bytes().to_vec() })
}

fn trailer(stream: &str, is_final: bool) -> Data {
    let attributes = HashMap::from([("lk.transcription_final".to_owned(), is_final.to_string())]);
    Data::StreamTrailer(StreamTrailer { stream_id: stream.to_owned(), reason: String::new(), attributes })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of() -> Of {
        Of { identity: "agent".into(), track: "TR_a".into() }
    }

    fn caption(speaker: Speaker, text: &str, is_final: bool) -> Caption {
        Caption { speaker, segment: "u1".into(), text: text.into(), is_final }
    }

    /// The text of the chunks, and whether the last stream was closed as final.
    fn read(packets: &[Signed]) -> (String, bool) {
        let mut text = String::new();
        let mut is_final = false;
        for packet in packets {
            match &packet.data {
                Data::StreamChunk(chunk) => text.push_str(std::str::from_utf8(&chunk.content).unwrap()),
                Data::StreamTrailer(trailer) => is_final = trailer.attributes["lk.transcription_final"] == "true",
                _ => {}
            }
        }
        (text, is_final)
    }

    #[test]
    fn our_words_come_as_they_are_heard_and_end_where_they_were_cut() {
        let mut transcript = Transcript::default();
        let line = "Tell me about a time when you disagreed.";
        let mut packets = transcript.show(caption(Speaker::Interviewer, line, false), &of(), 0);
        assert_eq!(read(&packets), (String::new(), false));
        for _ in 0..60 {
            packets.extend(transcript.heard(20, &of()));
        }
        assert_eq!(read(&packets).0, "Tell me about a ");
        packets.extend(transcript.show(caption(Speaker::Interviewer, "Tell me about a time", true), &of(), 0));
        assert_eq!(read(&packets), ("Tell me about a time".into(), true));
        assert!(transcript.heard(20, &of()).is_empty());
    }

    #[test]
    fn where_no_track_was_heard_there_are_no_older_packets() {
        let is_older = |signed: &Signed| matches!(signed.data, Data::Transcription(_));
        let typed = Of { track: String::new(), ..of() };
        let mut transcript = Transcript::default();
        let packets = transcript.show(caption(Speaker::Candidate, "I typed it.", true), &typed, 0);
        assert_eq!((read(&packets), packets.iter().any(is_older)), (("I typed it.".into(), true), false));
        let packets = transcript.show(caption(Speaker::Candidate, "I said it.", true), &of(), 0);
        assert!(packets.iter().any(is_older));
    }

    #[test]
    fn the_candidates_words_come_whole_each_time() {
        let mut transcript = Transcript::default();
        let first = transcript.show(caption(Speaker::Candidate, "I bill", false), &of(), 0);
        let second = transcript.show(caption(Speaker::Candidate, "I built it.", true), &of(), 0);
        assert_eq!((read(&first), read(&second)), (("I bill".into(), false), ("I built it.".into(), true)));
        let stream = |packets: &[Signed]| match &packets[0].data {
            Data::StreamHeader(header) => (header.stream_id.clone(), header.attributes["lk.segment_id"].clone()),
            _ => panic!("a header comes first"),
        };
        assert!(stream(&first).0 != stream(&second).0 && stream(&first).1 == stream(&second).1);
    }

    proptest! {
        #[test]
        fn a_line_that_is_heard_out_is_shown_whole(line in "(\\PC{0,12} ?){0,20}", steps in 0usize..400) {
            let mut transcript = Transcript::default();
            let mut packets = transcript.show(caption(Speaker::Interviewer, &line, false), &of(), 0);
            for _ in 0..steps {
                packets.extend(transcript.heard(20, &of()));
            }
            prop_assert!(line.starts_with(&read(&packets).0));
            packets.extend(transcript.show(caption(Speaker::Interviewer, &line, true), &of(), 0));
            prop_assert_eq!(read(&packets), (line, true));
        }

        #[test]
        fn a_long_text_is_cut_between_characters(text in "\\PC{0,400}") {
            let long = text.repeat(60);
            prop_assert!(pieces(&long).all(|piece| piece.len() <= MAX_CHUNK_BYTES));
            prop_assert_eq!(pieces(&long).collect::<String>(), long);
        }
    }
}
