//! Settings of the LiveKit transport.

use std::net::IpAddr;

use anyhow::{Result, bail};
use livekit::Helper;
use serde::{Deserialize, Serialize};

/// The key of a server that only this machine reaches and that has none set; LiveKit's own development server has the same.
pub(crate) const DEVELOPMENT_KEY: &str = "devkey";
pub(crate) const DEVELOPMENT_SECRET: &str = "secret";

/// LiveKit's clients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveKitSettings {
    /// The API key that tokens are signed with.
    pub key: String,
    /// Its secret.
    pub secret: String,
    /// The UDP port of all calls; 0 for any.
    pub udp_port: u16,
    /// Where clients find us behind NAT; empty for the address that we listen at.
    pub public_addresses: Vec<IpAddr>,
    /// The server's address in tokens' company, `wss://…`; empty for the one that was asked.
    pub url: String,
    /// The plan of rooms whose token names none; empty for the first.
    pub plan: String,
    /// Whether tokens are given to whoever asks.
    pub open: bool,
    /// STUN and TURN servers, handed to clients.
    pub ice_servers: Vec<IceServer>,
}

/// A STUN or TURN server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IceServer {
    /// `stun:…`, `turn:…` or `turns:…`.
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(default)]
    pub username: String,
    /// For TURN.
    #[serde(default)]
    pub credential: String,
}

impl LiveKitSettings {
    pub(crate) fn check(&self) -> Result<()> {
        if self.key.is_empty() != self.secret.is_empty() {
            bail!("livekit.key and livekit.secret belong together; one of them is empty");
        }
        if !self.key.is_empty() && self.secret.len() < 32 {
            bail!("livekit.secret has {} characters; it must have 32 at least", self.secret.len());
        }
        if !self.url.is_empty() && !self.url.starts_with("ws://") && !self.url.starts_with("wss://") {
            bail!("livekit.url is \"{}\"; it must begin with ws:// or wss://", self.url);
        }
        let schemes = ["stun:", "turn:", "turns:"];
        for url in self.ice_servers.iter().flat_map(|server| &server.urls) {
            if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
                bail!("livekit.ice_servers has \"{url}\"; it must begin with stun:, turn: or turns:");
            }
        }
        Ok(())
    }
}

impl IceServer {
    pub(crate) fn helper(&self) -> Helper {
        let Self { urls, username, credential } = self.clone();
        Helper { urls, username, credential }
    }
}
