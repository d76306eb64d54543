//! JSON on the wire, and only here.

use interview::Action;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use session::{FromClient, Speaker, SpeechMark, ToClient};

/// The protocol's version.
pub(crate) const VERSION: u64 = 1;
/// Rates at which a client may send.
pub(crate) const SAMPLE_RATES_HZ: [u32; 5] = [8000, 16_000, 24_000, 44_100, 48_000];
/// Characters of a typed answer.
const MAX_TEXT_CHARACTERS: usize = 8000;

/// What `ready` says of the interview.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    /// The interview's id.
    pub id: String,
    /// The plan's title.
    pub title: String,
    /// The role or topic.
    pub role: String,
    /// How many questions.
    pub questions: usize,
    /// About how long it takes, minutes.
    pub minutes: u32,
}

/// A text frame, understood.
#[derive(Debug, PartialEq)]
pub(crate) enum Message {
    Hello {
        sample_rate_hz: u32,
    },
    Session(FromClient),
    /// Taken and of no consequence.
    Noted,
    Ping(Value),
}

/// What was wrong with a message: code and explanation.
pub(crate) type Fault = (&'static str, String);

#[derive(Deserialize)]
struct Hello {
    version: u64,
    audio: Audio,
}

#[derive(Deserialize)]
struct Audio {
    encoding: String,
    sample_rate_hz: u32,
    channels: u32,
}

#[derive(Deserialize)]
struct Consent {
    granted: bool,
}

#[derive(Deserialize)]
struct Asked {
    action: Action,
}

#[derive(Deserialize)]
struct Typed {
    text: String,
}

/// Reads a text frame.
pub(crate) fn parse(text: &str) -> Result<Message, Fault> {
    let value: Value = serde_json::from_str(text).map_err(|e| ("bad_json", format!("This is not JSON: {e}.")))?;
    let Some(kind) = value.get("type").and_then(Value::as_str).map(str::to_owned) else {
        return Err(("bad_field", "A message is a JSON object with a field \"type\".".into()));
    };
    match kind.as_str() {
        "hello" => hello(fields(&kind, value)?),
        "consent" => Ok(Message::Session(FromClient::Consent(fields::<Consent>(&kind, value)?.granted))),
        "action" => Ok(Message::Session(FromClient::Action(fields::<Asked>(&kind, value)?.action))),
        "text" => typed(fields(&kind, value)?),
        "typing" => Ok(Message::Session(FromClient::Typing)),
        "leave" => Ok(Message::Session(FromClient::Leave)),
        "playout" => Ok(Message::Noted),
        "ping" => Ok(Message::Ping(value.get("id").cloned().unwrap_or(Value::Null))),
        _ => Err(("unknown_type", format!("There is no message of type \"{}\".", shorten(&kind)))),
    }
}

fn fields<T: for<'a> Deserialize<'a>>(kind: &str, value: Value) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(|e| ("bad_field", format!("In \"{kind}\": {e}.")))
}

fn hello(hello: Hello) -> Result<Message, Fault> {
    if hello.version != VERSION {
        return Err((
            "unsupported_version",
            format!("Version {} is not spoken here; version {VERSION} is.", hello.version),
        ));
    }
    let Audio { encoding, sample_rate_hz, channels } = hello.audio;
    if encoding != "pcm16" || channels != 1 || !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
        let said = format!("{} of {sample_rate_hz} Hz with {channels} channels", shorten(&encoding));
        let can = "pcm16 with 1 channel at 8000, 16000, 24000, 44100 or 48000 Hz";
        return Err(("unsupported_audio", format!("The audio must be {can}; this is {said}.")));
    }
    Ok(Message::Hello { sample_rate_hz })
}

fn typed(Typed { text }: Typed) -> Result<Message, Fault> {
    let text = text.trim().to_owned();
    match text.chars().count() {
        0 => Err(("bad_field", "In \"text\": the field \"text\" is empty.".into())),
        n if n > MAX_TEXT_CHARACTERS => {
            Err(("bad_field", format!("In \"text\": {n} characters; at most {MAX_TEXT_CHARACTERS} are taken.")))
        }
        _ => Ok(Message::Session(FromClient::Text(text))),
    }
}

/// As much of a stranger's text as an error may repeat.
fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

/// An error message.
pub(crate) fn error(code: &str, message: &str) -> String {
    json!({"type": "error", "code": code, "message": message}).to_string()
}

pub(crate) fn waiting(position: usize) -> String {
    json!({"type": "waiting", "position": position}).to_string()
}

pub(crate) fn pong(id: &Value) -> String {
    json!({"type": "pong", "id": id}).to_string()
}

/// A message of the session's as text; `None` for sound, which is binary.
pub(crate) fn write(message: &ToClient, about: &About) -> Option<String> {
    let value = match message {
        ToClient::Audio(_) => return None,
        ToClient::Waiting { position } => return Some(waiting(*position)),
        ToClient::Ready { resumed } => json!({
            "type": "ready", "version": VERSION, "resumed": resumed, "interview": about,
            "audio": {"encoding": "pcm16", "sample_rate_hz": 16_000, "channels": 1, "frame_ms": 20},
        }),
        ToClient::State { phase, activity } => {
            json!({"type": "state", "phase": phase.name(), "activity": activity.name()})
        }
        ToClient::Caption { speaker, segment, text, is_final } => {
            json!({"type": "caption", "speaker": speaker_name(*speaker), "segment": segment, "text": text, "final": is_final})
        }
        ToClient::Progress { question, probe, text } => {
            json!({"type": "progress", "question": question, "of": about.questions, "probe": probe, "text": text})
        }
        ToClient::Speech { mark, utterance } => {
            json!({"type": "speech", "event": mark_name(*mark), "utterance": utterance})
        }
        ToClient::Hearing(voice) => json!({"type": "hearing", "voice": voice}),
        ToClient::Error { code, message } => json!({"type": "error", "code": code, "message": message}),
        ToClient::Ended(reason) => json!({"type": "ended", "reason": reason.name()}),
    };
    Some(value.to_string())
}

fn speaker_name(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::Interviewer => "interviewer",
        Speaker::Candidate => "candidate",
    }
}

fn mark_name(mark: SpeechMark) -> &'static str {
    match mark {
        SpeechMark::Start => "start",
        SpeechMark::End => "end",
        SpeechMark::Stop => "stop",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> &'static str {
        parse(text).map(|m| panic!("{m:?}")).unwrap_err().0
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(code("hello"), "bad_json");
        assert_eq!(code("[1]"), "bad_field");
        assert_eq!(code(r#"{"type":"dance"}"#), "unknown_type");
        assert_eq!(code(r#"{"type":"consent"}"#), "bad_field");
        assert_eq!(code(r#"{"type":"action","action":"jump"}"#), "bad_field");
        assert_eq!(code(r#"{"type":"text","text":"  "}"#), "bad_field");
        let hello = |version: u64, rate: u32, channels: u32| {
            let audio = json!({"encoding": "pcm16", "sample_rate_hz": rate, "channels": channels});
            json!({"type": "hello", "version": version, "audio": audio}).to_string()
        };
        assert_eq!(code(&hello(2, 16_000, 1)), "unsupported_version");
        assert_eq!(code(&hello(1, 11_025, 1)), "unsupported_audio");
        assert_eq!(code(&hello(1, 16_000, 2)), "unsupported_audio");
        assert_eq!(parse(&hello(1, 48_000, 1)), Ok(Message::Hello { sample_rate_hz: 48_000 }));
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_breaks_it(text in ".{0,300}") {
            let _ = parse(&text);
            let _ = parse(&format!(r#"{{"type":"hello","version":1,"audio":{text}}}"#));
            let _ = parse(&format!(r#"{{"type":"text","text":{text:?}}}"#));
        }
    }
}
