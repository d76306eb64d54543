//! Settings of the LiveKit transport.

use std::net::IpAddr;

use anyhow::{Context, Result, bail};
use livekit::{Helper, Ports};
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
    /// Where the calls' ports are; empty for the address that the server listens at, `::` for all of both families.
    pub listen: String,
    /// The UDP port of all calls; 0 for any.
    pub udp_port: u16,
    /// The TCP port of all calls whose clients cannot send datagrams; 0 for none.
    pub tcp_port: u16,
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
    /// For TURN, instead of both: the secret of which credentials are made that are good for some hours.
    #[serde(default)]
    pub secret: String,
}

impl LiveKitSettings {
    /// The ports to open, for a server that listens at `server`.
    ///
    /// # Errors
    /// When `listen` is no address, or none of its family can be found where clients are told to look.
    pub fn ports(&self, server: IpAddr) -> Result<Ports> {
        let listen = match self.listen.as_str() {
            "" => server,
            address => address.parse().with_context(|| {
                format!("livekit.listen is \"{address}\"; it must be an address without a port, such as 0.0.0.0 or ::")
            })?,
        };
        let both = listen == IpAddr::from(std::net::Ipv6Addr::UNSPECIFIED);
        if let Some(lost) = self.public_addresses.iter().find(|ip| !both && ip.is_ipv4() != listen.is_ipv4()) {
            bail!(
                "livekit.public_addresses has {lost}, but calls are listened for at {listen} only, where nothing sent to \
                 it arrives; set livekit.listen = \"::\" for both IPv4 and IPv6"
            );
        }
        let tcp_port = (self.tcp_port != 0).then_some(self.tcp_port);
        Ok(Ports { listen, udp_port: self.udp_port, tcp_port, public: self.public_addresses.clone() })
    }

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
        self.ice_servers.iter().try_for_each(IceServer::check)
    }
}

impl IceServer {
    fn check(&self) -> Result<()> {
        let has_account = !self.username.is_empty() && !self.credential.is_empty();
        let has_secret = !self.secret.is_empty();
        let is_half = self.username.is_empty() != self.credential.is_empty();
        for url in &self.urls {
            if !["stun:", "turn:", "turns:"].iter().any(|scheme| url.starts_with(scheme)) {
                bail!("livekit.ice_servers has \"{url}\"; it must begin with stun:, turn: or turns:");
            }
            if is_half || (url.starts_with("turn") && has_account == has_secret) {
                bail!(
                    "livekit.ice_servers: {url} needs either a username with a credential, or the secret of a TURN server \
                     that takes credentials made of it (coturn's use-auth-secret)"
                );
            }
        }
        Ok(())
    }

    pub(crate) fn helper(&self) -> Helper {
        let Self { urls, username, credential, secret } = self.clone();
        Helper { urls, username, credential, secret }
    }
}
