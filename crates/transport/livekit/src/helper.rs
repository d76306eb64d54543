//! STUN and TURN servers, which help clients to reach us, and what a client needs to be helped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::proto::IceServer;

/// How long a credential made of a secret is good, in seconds: longer than an interview. A client that comes back gets
/// another one.
const GOOD_FOR_S: u64 = 4 * 3600;

/// A STUN or TURN server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Helper {
    /// `stun:host:port`, `turn:host:port` or `turns:host:port`.
    pub urls: Vec<String>,
    /// For TURN: who has an account there, the same for all clients ...
    pub username: String,
    /// ... and its password; or else
    pub credential: String,
    /// a secret that is shared with the server, of which each client gets a credential of its own for some hours (coturn's
    /// `use-auth-secret`).
    pub secret: String,
}

impl Helper {
    /// As the client `participant` is told of it at `now_s`, in seconds of Unix time.
    pub(crate) fn for_client(&self, participant: &str, now_s: u64) -> IceServer {
        let (username, credential) = match self.secret.as_str() {
            "" => (self.username.clone(), self.credential.clone()),
            secret => lent(secret, &format!("{}:{participant}", now_s + GOOD_FOR_S)),
        };
        IceServer { urls: self.urls.clone(), username, credential }
    }
}

/// `username` (which says until when, in seconds of Unix time) with the password that goes with it.
fn lent(secret: &str, username: &str) -> (String, String) {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(username.as_bytes());
    (username.to_owned(), BASE64.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_lent_for_some_hours() {
        let urls = vec!["turn:turn.example.com".to_owned()];
        let helper = Helper { urls, secret: "north".into(), ..Helper::default() };
        let told = helper.for_client("PA_1", 1_700_000_000);
        assert_eq!(told.username, "1700014400:PA_1");
        // printf 1700014400:PA_1 | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(told.credential, "BvhG/+ubcVHlKfIXsES1d0E5fMI=");
        let fixed = Helper { username: "u".into(), credential: "c".into(), secret: String::new(), ..helper };
        let told = fixed.for_client("PA_1", 1_700_000_000);
        assert_eq!((told.username.as_str(), told.credential.as_str()), ("u", "c"));
    }
}
