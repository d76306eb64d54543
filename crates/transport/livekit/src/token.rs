//! Access tokens: JSON Web Tokens signed with HMAC-SHA-256 (RFC 7519, RFC 7515), with LiveKit's grants. Time is passed in.

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// A token longer than this is not looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// Clocks may differ by so much, in seconds.
const LEEWAY_S: u64 = 10;
/// Characters of an identity, a name or a room's name.
const MAX_NAME_CHARACTERS: usize = 256;

/// An API key and its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    id: String,
    secret: String,
}

/// What a token says; unknown fields are passed over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Claims {
    /// The API key.
    pub iss: String,
    /// Who it is.
    pub sub: String,
    /// Until when it is good, Unix seconds.
    pub exp: u64,
    /// From when on it is good, Unix seconds.
    pub nbf: u64,
    /// Display name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// For whoever wants it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// Likewise, by key.
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    pub attributes: HashMap<String, String>,
    /// What may be done.
    pub video: Grants,
    /// What is wanted of the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_config: Option<RoomConfig>,
}

/// What a token grants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Grants {
    /// The room.
    pub room: String,
    /// Whether it may be joined.
    pub room_join: bool,
    /// Whether to publish sound; yes when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_publish: Option<bool>,
    /// Whether to hear; yes when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_subscribe: Option<bool>,
    /// Whether to send data; as `can_publish` when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_publish_data: Option<bool>,
    /// Whether to change one's own metadata and attributes; no when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_update_own_metadata: Option<bool>,
}

/// What is wanted of a room.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoomConfig {
    /// Agents that are to come; ours come by the plan's id.
    pub agents: Vec<AgentDispatch>,
}

/// An agent that is to come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentDispatch {
    /// The plan's id.
    #[serde(rename = "agentName", alias = "agent_name")]
    pub agent_name: String,
    /// For whoever wants it.
    pub metadata: String,
}

/// Why a token is refused. Nothing of the token or the key is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is none.
    #[error("no access token was sent")]
    Missing,
    /// It is not a token, or not one of ours.
    #[error("the access token is not valid")]
    Invalid,
    /// It was good.
    #[error("the access token has expired")]
    Expired,
    /// It will be good.
    #[error("the access token is not valid yet")]
    Early,
    /// It is good for something else.
    #[error("the access token does not grant joining this room")]
    NotGranted,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    typ: Option<String>,
}

impl Key {
    /// A key with its secret.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: secret.into() }
    }

    /// The key's name, which is no secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A token with these claims, signed.
    ///
    /// # Errors
    /// [`Refused::Invalid`] when the claims cannot be written as JSON.
    pub fn sign(&self, claims: &Claims) -> Result<String, Refused> {
        let header = Header { alg: "HS256".into(), typ: Some("JWT".into()) };
        let claims = Claims { iss: self.id.clone(), ..claims.clone() };
        let body = format!("{}.{}", encode(&header)?, encode(&claims)?);
        let signature = self.mac(body.as_bytes()).finalize().into_bytes();
        Ok(format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of `token`, which has to be signed with this key and good for joining a room at `now_s`, Unix seconds.
    ///
    /// # Errors
    /// Why it is refused. Of a token that is not signed with this key nothing is said but that it is invalid.
    pub fn verify(&self, token: &str, now_s: u64) -> Result<Claims, Refused> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refused::Invalid);
        }
        let (body, signature) = token.rsplit_once('.').ok_or(Refused::Invalid)?;
        let (header, claims) = body.split_once('.').ok_or(Refused::Invalid)?;
        if decode::<Header>(header)?.alg != "HS256" {
            return Err(Refused::Invalid);
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refused::Invalid)?;
        self.mac(body.as_bytes()).verify_slice(&signature).map_err(|_| Refused::Invalid)?;
        let claims: Claims = decode(claims)?;
        if claims.iss != self.id {
            return Err(Refused::Invalid);
        }
        in_time(&claims, now_s)?;
        may_join(claims)
    }

    /// An id for `name` that nobody can guess who does not have the secret.
    pub fn id_for(&self, name: &str) -> [u8; 16] {
        let mut mac = self.mac(b"interviewer room ");
        mac.update(name.as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        id
    }

    fn mac(&self, bytes: &[u8]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("a key");
        mac.update(bytes);
        mac
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

fn in_time(claims: &Claims, now_s: u64) -> Result<(), Refused> {
    if claims.exp == 0 {
        return Err(Refused::Invalid); // a token without an end is not one of LiveKit's
    }
    if claims.exp.saturating_add(LEEWAY_S) <= now_s {
        return Err(Refused::Expired);
    }
    if claims.nbf > now_s + LEEWAY_S {
        return Err(Refused::Early);
    }
    Ok(())
}

fn may_join(claims: Claims) -> Result<Claims, Refused> {
    let fits = |name: &str| !name.trim().is_empty() && name.chars().count() <= MAX_NAME_CHARACTERS;
    if !claims.video.room_join || !fits(&claims.video.room) {
        return Err(Refused::NotGranted);
    }
    if !fits(&claims.sub) || claims.name.chars().count() > MAX_NAME_CHARACTERS {
        return Err(Refused::Invalid);
    }
    Ok(claims)
}

fn encode(part: &impl Serialize) -> Result<String, Refused> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).map_err(|_| Refused::Invalid)?))
}

fn decode<T: for<'a> Deserialize<'a>>(part: &str) -> Result<T, Refused> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::Invalid)?;
    serde_json::from_slice(&bytes).map_err(|_| Refused::Invalid)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW_S: u64 = 1_800_000_000;

    fn key() -> Key {
        Key::new("key", "a secret of ours")
    }

    fn claims() -> Claims {
        let video = Grants { room: "r1".into(), room_join: true, ..Grants::default() };
        Claims { iss: "key".into(), sub: "ada".into(), exp: NOW_S + 900, video, ..Claims::default() }
    }

    fn verified(claims: &Claims) -> Result<Claims, Refused> {
        key().verify(&key().sign(claims).unwrap(), NOW_S)
    }

    fn with_header(header: &str, signature: &str) -> String {
        let claims = serde_json::to_vec(&claims()).unwrap();
        format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_good_token_says_who_and_where() {
        let room_config =
            Some(RoomConfig { agents: vec![AgentDispatch { agent_name: "plan".into(), ..Default::default() }] });
        let said = Claims { name: "Ada".into(), room_config, ..claims() };
        assert_eq!(verified(&said), Ok(said));
    }

    /// RFC 7515, appendix A.1 signs with a binary key; this one is made with Python's `hmac`.
    #[test]
    fn a_token_made_elsewhere_is_understood() {
        let token = include_str!("token/elsewhere.jwt").trim();
        let claims = Key::new("devkey", "secret").verify(token, NOW_S).unwrap();
        assert_eq!(
            (claims.sub.as_str(), claims.video.room.as_str(), claims.video.can_publish),
            ("ada", "r1", Some(true))
        );
        assert_eq!(claims.room_config.unwrap().agents[0].agent_name, "software-engineer");
    }

    #[test]
    fn out_of_its_time_it_is_refused() {
        assert_eq!(verified(&Claims { exp: NOW_S - LEEWAY_S, ..claims() }), Err(Refused::Expired));
        assert_eq!(verified(&Claims { exp: 0, ..claims() }), Err(Refused::Invalid));
        assert_eq!(verified(&Claims { exp: u64::MAX, ..claims() }).map(|c| c.exp), Ok(u64::MAX));
        assert_eq!(verified(&Claims { nbf: NOW_S + LEEWAY_S + 1, ..claims() }), Err(Refused::Early));
    }

    #[test]
    fn what_it_does_not_grant_is_refused() {
        let join = |room: &str, room_join| Grants { room: room.into(), room_join, ..Grants::default() };
        assert_eq!(verified(&Claims { video: join("r1", false), ..claims() }), Err(Refused::NotGranted));
        assert_eq!(verified(&Claims { video: join("", true), ..claims() }), Err(Refused::NotGranted));
        assert_eq!(verified(&Claims { video: join(&"r".repeat(300), true), ..claims() }), Err(Refused::NotGranted));
        assert_eq!(verified(&Claims { sub: String::new(), ..claims() }), Err(Refused::Invalid));
    }

    #[test]
    fn a_wrong_secret_a_wrong_key_and_other_algorithms_are_refused() {
        let other = Key::new("key", "another secret").sign(&claims()).unwrap();
        assert_eq!(key().verify(&other, NOW_S), Err(Refused::Invalid));
        let other = Key::new("other", "a secret of ours").sign(&claims()).unwrap();
        assert_eq!(key().verify(&other, NOW_S), Err(Refused::Invalid));
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"None"}"#, r#"{"alg":"HS384"}"#, r#"{"alg":""}"#, "{}", "x"] {
            assert_eq!(key().verify(&with_header(header, ""), NOW_S), Err(Refused::Invalid), "{header}");
        }
        // signed well, and yet not with the one algorithm that is taken
        let body = with_header(r#"{"alg":"none"}"#, "").trim_end_matches('.').to_owned();
        let signature = URL_SAFE_NO_PAD.encode(key().mac(body.as_bytes()).finalize().into_bytes());
        assert_eq!(key().verify(&format!("{body}.{signature}"), NOW_S), Err(Refused::Invalid));
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert!(!format!("{:?}", key()).contains("secret of ours"));
    }

    proptest! {
        #[test]
        fn a_token_with_one_other_byte_is_refused(at in 0usize..1000, byte in b'0'..=b'z') {
            let token = key().sign(&claims()).unwrap();
            let mut bytes = token.clone().into_bytes();
            let at = at % bytes.len();
            prop_assume!(bytes[at] != byte);
            // the last character of the signature holds bits that mean nothing; they have to be nought
            bytes[at] = byte;
            prop_assert!(key().verify(&String::from_utf8_lossy(&bytes), NOW_S).is_err());
        }

        #[test]
        fn rubbish_is_refused(token in ".{0,200}") {
            prop_assert!(key().verify(&token, NOW_S).is_err());
        }
    }
}
