//! Signalling as JSON, by protobuf's rules for it: names in camel case, enumerations by name, whole numbers of 64 bits as
//! strings. For clients that speak it; LiveKit's own do not.

use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Request, Response, SignalRequest};

/// The requests that are known, by their names.
const REQUESTS: [&str; 9] =
    ["offer", "answer", "trickle", "addTrack", "mute", "leave", "ping", "updateMetadata", "pingReq"];

/// Reads a request. One that is not known is none, as in binary.
///
/// # Errors
/// What is no JSON object, or a field that is not what it should be.
pub(crate) fn read(text: &str) -> Result<SignalRequest, serde_json::Error> {
    let all: Map<String, Value> = serde_json::from_str(text)?;
    let known = all.into_iter().find(|(name, _)| REQUESTS.contains(&name.as_str()));
    let message = known.map(|one| serde_json::from_value::<Request>(Map::from_iter([one]).into())).transpose()?;
    Ok(SignalRequest { message })
}

/// Writes a response.
pub(crate) fn write(response: &Response) -> Result<String, serde_json::Error> {
    serde_json::to_string(response)
}

/// A field that holds a value of the enumeration `E`, written by its name. A value without a name is written as its number;
/// a name without a value is read as the first, which is what an old program makes of it.
pub(super) struct Name<E>(PhantomData<E>);

impl<'de, E: TryFrom<i32> + Into<i32> + Serialize + Deserialize<'de>> Name<E> {
    pub(super) fn serialize<S: Serializer>(number: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        match E::try_from(*number) {
            Ok(value) => value.serialize(serializer),
            Err(_) => number.serialize(serializer),
        }
    }

    pub(super) fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(i32),
            Name(String),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Number(number) => number,
            Either::Name(name) => {
                let named = E::deserialize(StrDeserializer::<serde::de::value::Error>::new(&name));
                named.map_or(0, Into::into)
            }
        })
    }
}

/// A whole number of 64 bits, written as a string.
pub(super) mod int64 {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(in super::super) fn serialize<S: Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(i64),
            Text(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(number) => Ok(number),
            Either::Text(text) => text.parse().map_err(de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests;
