//! What a client sends on its data channels: typed answers as text streams on `lk.chat`, and requests to the interviewer
//! as remote procedure calls. Everything is bounded, and what is not for us is passed over.

use std::collections::HashMap;

use interview::Action;
use session::FromClient;

use crate::proto::{ContentHeader, Data, RpcAck, RpcError, RpcRequest, RpcResponse, RpcResult, StreamHeader};

const CHAT: &str = "lk.chat";
/// Asks for the interview to begin, where the token says that it is asked for.
const BEGIN: &str = "interviewer.begin";
/// Streams that are open at once.
const MAX_STREAMS: usize = 8;
/// Bytes and characters of a typed answer.
const MAX_TEXT_BYTES: usize = 32_000;
const MAX_TEXT_CHARACTERS: usize = 8000;
/// LiveKit's codes of failed calls.
const UNSUPPORTED_METHOD: u32 = 1400;
const APPLICATION_ERROR: u32 = 1500;

/// Puts streams together.
#[derive(Default)]
pub(crate) struct Inbox {
    /// By stream: its bytes, or nothing when it has grown too long.
    streams: HashMap<String, Option<Vec<u8>>>,
}

/// What a packet means.
#[derive(Debug, PartialEq)]
pub(crate) enum Meaning {
    /// For the session.
    Tell(FromClient),
    /// To be sent back; what the session is told comes after it.
    Reply { packets: Vec<Data>, tell: Option<FromClient> },
    /// To be sent back; the interview is to begin.
    Begin { packets: Vec<Data> },
    /// For nobody here.
    Nothing,
}

impl Inbox {
    pub(crate) fn take(&mut self, data: Data) -> Meaning {
        match data {
            Data::StreamHeader(header) => self.open(header),
            Data::StreamChunk(chunk) => {
                if let Some(text) = self.streams.get_mut(&chunk.stream_id) {
                    *text = text.take().filter(|text| text.len() + chunk.content.len() <= MAX_TEXT_BYTES).map(
                        |mut text| {
                            text.extend(chunk.content);
                            text
                        },
                    );
                }
                Meaning::Nothing
            }
            Data::StreamTrailer(trailer) => match self.streams.remove(&trailer.stream_id).flatten() {
                Some(text) if trailer.reason.is_empty() => typed(&text),
                _ => Meaning::Nothing,
            },
            Data::RpcRequest(request) => called(request),
            _ => Meaning::Nothing,
        }
    }

    fn open(&mut self, header: StreamHeader) -> Meaning {
        let is_text = matches!(header.content_header, Some(ContentHeader::Text(_)));
        if header.topic == CHAT && is_text && self.streams.len() < MAX_STREAMS {
            self.streams.insert(header.stream_id, Some(Vec::new()));
        }
        Meaning::Nothing
    }
}

fn typed(text: &[u8]) -> Meaning {
    let Ok(text) = std::str::from_utf8(text) else { return Meaning::Nothing };
    let text = text.trim();
    match text.chars().count() {
        1..=MAX_TEXT_CHARACTERS => Meaning::Tell(FromClient::Text(text.to_owned())),
        _ => Meaning::Nothing,
    }
}

/// A call is acknowledged, then answered.
fn called(RpcRequest { id, method, payload, .. }: RpcRequest) -> Meaning {
    if method == BEGIN {
        return Meaning::Begin { packets: answer(id, RpcResult::Payload("ok".into())) };
    }
    let (result, tell) = match asked(&method, &payload) {
        Ok(message) => (RpcResult::Payload("ok".into()), Some(message)),
        Err((code, message)) => (RpcResult::Error(RpcError { code, message }), None),
    };
    Meaning::Reply { packets: answer(id, result), tell }
}

fn answer(id: String, result: RpcResult) -> Vec<Data> {
    let ack = Data::RpcAck(RpcAck { request_id: id.clone() });
    vec![ack, Data::RpcResponse(RpcResponse { request_id: id, value: Some(result) })]
}

fn asked(method: &str, payload: &str) -> Result<FromClient, (u32, String)> {
    Ok(match method {
        "interviewer.repeat" => FromClient::Action(Action::Repeat),
        "interviewer.rephrase" => FromClient::Action(Action::Rephrase),
        "interviewer.moment" => FromClient::Action(Action::Moment),
        "interviewer.skip" => FromClient::Action(Action::Skip),
        "interviewer.done" => FromClient::Action(Action::Done),
        "interviewer.typing" => FromClient::Typing,
        "interviewer.leave" => FromClient::Leave,
        "interviewer.consent" => match payload {
            "true" => FromClient::Consent(true),
            "false" => FromClient::Consent(false),
            _ => return Err((APPLICATION_ERROR, "The payload must be \"true\" or \"false\".".into())),
        },
        _ => {
            let methods =
                "repeat, rephrase, moment, skip, done, typing, leave, consent and begin, each after \"interviewer.\"";
            return Err((UNSUPPORTED_METHOD, format!("There is no such method; there are: {methods}.")));
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proto::{StreamChunk, StreamTrailer, TextHeader};

    fn header(stream: &str, topic: &str) -> Data {
        let content_header = Some(ContentHeader::Text(TextHeader::default()));
        Data::StreamHeader(StreamHeader {
            stream_id: stream.into(),
            topic: topic.into(),
            content_header,
            ..Default::default()
        })
    }

    fn chunk(stream: &str, text: &[u8]) -> Data {
        Data::StreamChunk(StreamChunk { stream_id: stream.into(), content: text.to_vec(), ..Default::default() })
    }

    fn trailer(stream: &str) -> Data {
        Data::StreamTrailer(StreamTrailer { stream_id: stream.into(), ..Default::default() })
    }

    #[test]
    fn a_typed_answer_is_put_together() {
        let mut inbox = Inbox::default();
        for data in
            [header("a", CHAT), header("b", "other"), chunk("a", b" I bu"), chunk("b", b"x"), chunk("a", b"ilt it ")]
        {
            assert_eq!(inbox.take(data), Meaning::Nothing);
        }
        assert_eq!(inbox.take(trailer("b")), Meaning::Nothing);
        assert_eq!(inbox.take(trailer("a")), Meaning::Tell(FromClient::Text("I built it".into())));
        assert_eq!(inbox.take(trailer("a")), Meaning::Nothing);
    }

    #[test]
    fn what_is_too_long_or_too_many_is_dropped_and_not_kept() {
        let mut inbox = Inbox::default();
        (0..1000).for_each(|i| drop(inbox.take(header(&i.to_string(), CHAT))));
        assert_eq!(inbox.streams.len(), MAX_STREAMS);
        (0..1000).for_each(|_| drop(inbox.take(chunk("0", &[b'a'; 1000]))));
        assert_eq!(inbox.streams["0"], None);
        assert_eq!(inbox.take(trailer("0")), Meaning::Nothing);
    }

    #[test]
    fn a_call_is_answered_and_an_unknown_one_is_refused() {
        let call = |method: &str, payload: &str| {
            let (id, method, payload) = ("7".into(), method.into(), payload.into());
            Inbox::default().take(Data::RpcRequest(RpcRequest { id, method, payload, version: 1 }))
        };
        let code = |meaning: &Meaning| match meaning {
            Meaning::Reply { packets, tell: None } => match &packets[1] {
                Data::RpcResponse(RpcResponse { value: Some(RpcResult::Error(error)), .. }) => error.code,
                other => panic!("{other:?}"),
            },
            _ => 0,
        };
        let skip = call("interviewer.skip", "");
        assert!(matches!(skip, Meaning::Reply { tell: Some(FromClient::Action(Action::Skip)), .. }), "{skip:?}");
        assert_eq!(code(&call("interviewer.consent", "perhaps")), APPLICATION_ERROR);
        assert_eq!(code(&call("interviewer.dance", "")), UNSUPPORTED_METHOD);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in prop::collection::vec(any::<u8>(), 0..100)) {
            let mut inbox = Inbox::default();
            inbox.take(header("a", CHAT));
            inbox.take(chunk("a", &text));
            inbox.take(trailer("a"));
        }
    }
}
