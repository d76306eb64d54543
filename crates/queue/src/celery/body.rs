//! A message's body: base64, then zlib, then JSON or msgpack.
//!
//! What JSON cannot say travels as kombu says it, `{"__type__": …, "__value__": …}`; bytes in msgpack are put so too.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use serde_json::{Map, Number, Value, json};

use crate::QueueError;

/// No body is larger, unpacked; sound goes beside the message.
pub(crate) const MAX_BODY_BYTES: usize = 8 << 20;
/// No body is nested deeper.
const MAX_DEPTH: usize = 100;

/// A body's three parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// Arguments by place.
    pub args: Vec<Value>,
    /// Arguments by name.
    pub kwargs: Map<String, Value>,
    /// What follows: `callbacks`, `errbacks`, `chain`, `chord`.
    pub embed: Map<String, Value>,
}

impl Body {
    /// As JSON in base64.
    pub(crate) fn encode(&self) -> String {
        STANDARD.encode(json!([self.args, self.kwargs, self.embed]).to_string())
    }

    fn of(value: Value) -> Result<Self, QueueError> {
        let Value::Array(parts) = value else { return Err(wrong("not a list of arguments, names and embeds")) };
        let mut parts = parts.into_iter();
        match (parts.next(), parts.next(), parts.next()) {
            (Some(Value::Array(args)), Some(Value::Object(kwargs)), Some(Value::Object(embed))) => {
                Ok(Self { args, kwargs, embed })
            }
            _ => Err(wrong("not [arguments, {names}, {embeds}]")),
        }
    }
}

/// The body of a message with these properties; names are those of kombu's message.
///
/// # Errors
/// `Malformed` with what is wrong.
pub fn decode_body(
    text: &str,
    encoding: Option<&str>,
    compression: Option<&str>,
    content_type: &str,
) -> Result<Body, QueueError> {
    let bytes = match encoding {
        Some("base64") => STANDARD.decode(text).map_err(|e| wrong(format!("not base64: {e}")))?,
        None | Some("") => text.as_bytes().to_vec(),
        Some(other) => return Err(wrong(format!("its encoding \"{other}\" is not known"))),
    };
    let bytes = match compression {
        None => bytes,
        Some("application/x-gzip" | "gzip" | "zlib") => inflate(&bytes)?,
        Some(other) => return Err(wrong(format!("its compression \"{other}\" is not known; use zlib"))),
    };
    if bytes.len() > MAX_BODY_BYTES {
        return Err(too_large());
    }
    Body::of(decode(&bytes, content_type)?)
}

fn decode(bytes: &[u8], content_type: &str) -> Result<Value, QueueError> {
    match content_type {
        "application/json" => serde_json::from_slice(bytes).map_err(|e| wrong(format!("not JSON: {e}"))),
        "application/x-msgpack" => {
            let value = rmpv::decode::read_value_with_max_depth(&mut &*bytes, MAX_DEPTH)
                .map_err(|e| wrong(format!("not msgpack: {e}")))?;
            Ok(json_of(value))
        }
        other => Err(wrong(format!("its type \"{other}\" is not known; use json or msgpack"))),
    }
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, QueueError> {
    let mut out = Vec::new();
    let mut limited = ZlibDecoder::new(bytes).take(MAX_BODY_BYTES as u64 + 1);
    limited.read_to_end(&mut out).map_err(|e| wrong(format!("not zlib: {e}")))?;
    if out.len() > MAX_BODY_BYTES { Err(too_large()) } else { Ok(out) }
}

fn json_of(value: rmpv::Value) -> Value {
    match value {
        rmpv::Value::Nil => Value::Null,
        rmpv::Value::Boolean(b) => Value::Bool(b),
        rmpv::Value::Integer(i) => match (i.as_u64(), i.as_i64()) {
            (Some(u), _) => u.into(),
            (None, Some(i)) => i.into(),
            (None, None) => Value::Null,
        },
        rmpv::Value::F32(f) => float(f64::from(f)),
        rmpv::Value::F64(f) => float(f),
        rmpv::Value::String(text) => match String::from_utf8(text.into_bytes()) {
            Ok(text) => Value::String(text),
            Err(bytes) => tagged(bytes.as_bytes()),
        },
        rmpv::Value::Binary(bytes) | rmpv::Value::Ext(_, bytes) => tagged(&bytes),
        rmpv::Value::Array(values) => values.into_iter().map(json_of).collect(),
        rmpv::Value::Map(pairs) => {
            pairs.into_iter().map(|(key, value)| (name_of(key), json_of(value))).collect::<Map<_, _>>().into()
        }
    }
}

fn float(f: f64) -> Value {
    Number::from_f64(f).map_or(Value::Null, Value::Number)
}

fn tagged(bytes: &[u8]) -> Value {
    json!({"__type__": "base64", "__value__": STANDARD.encode(bytes)})
}

fn name_of(key: rmpv::Value) -> String {
    match json_of(key) {
        Value::String(name) => name,
        other => other.to_string(),
    }
}

fn wrong(reason: impl Into<String>) -> QueueError {
    QueueError::Malformed { place: "the message's body".into(), reason: reason.into() }
}

fn too_large() -> QueueError {
    wrong(format!("larger than {MAX_BODY_BYTES} bytes; put large things beside the message"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn zlib(bytes: &[u8]) -> String {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    }

    #[test]
    fn a_packed_msgpack_body_of_celery_is_read() {
        // app.send_task('t.add', args=[1, b'\xff'], serializer='msgpack', compression='zlib')
        let body = "eJybPInxCOP/hpaVyYk5OUmJydnFB1akFhVBWEuTMxIz80BUflHKAQC+7xSK";
        let body = decode_body(body, Some("base64"), Some("application/x-gzip"), "application/x-msgpack").unwrap();
        assert_eq!(body.args, [json!(1), json!({"__type__": "base64", "__value__": "/w=="})]);
        assert!(body.kwargs.is_empty() && body.embed.len() == 4);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let body =
            Body { args: vec![json!("é")], kwargs: Map::from_iter([("a".into(), json!(1))]), ..Body::default() };
        assert_eq!(decode_body(&body.encode(), Some("base64"), None, "application/json").unwrap(), body);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let bomb = zlib(&vec![b'['; MAX_BODY_BYTES + 1]);
        for (text, encoding, compression, kind, said) in [
            ("%", Some("base64"), None, "application/json", "not base64"),
            ("W10=", Some("base64"), None, "application/json", "not [arguments"),
            ("e30=", Some("base64"), None, "application/json", "not a list"),
            ("W10", None, None, "application/json", "not JSON"),
            ("W10=", Some("base64"), Some("application/x-gzip"), "application/json", "not zlib"),
            ("W10=", Some("base64"), Some("application/x-bz2"), "application/json", "compression"),
            ("W10=", Some("base64"), None, "application/x-python-serialize", "type"),
            (bomb.as_str(), Some("base64"), Some("zlib"), "application/json", "larger than"),
        ] {
            let error = decode_body(text, encoding, compression, kind).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        let deep = STANDARD.encode(vec![0x91; 10_000]);
        assert!(decode_body(&deep, Some("base64"), None, "application/x-msgpack").is_err());
    }
}
