//! One UDP port for all calls: datagrams are handed to the call that they are for, by the name that a client's first
//! packets ask for (the ICE user fragment in STUN, RFC 8445), and by where they come from after that.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::WebSocket;
use str0m::ice::StunMessage;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use crate::join::Join;

/// The longest datagram that WebRTC sends over any usual network.
const MAX_DATAGRAM_BYTES: usize = 2048;
/// Datagrams that wait for a call; more are lost, as on a network.
const WAITING: usize = 256;
/// Addresses and names of one call: more than a client that moves about needs.
const MAX_ADDRESSES: usize = 64;
const MAX_NAMES: usize = 64;

/// A datagram and where it came from.
pub(crate) type Datagram = (SocketAddr, Vec<u8>);
/// A client that is back, on another socket.
pub(crate) type Back = (WebSocket, Join);

/// The port, shared by all calls.
#[derive(Clone)]
pub struct Gateway {
    socket: Arc<UdpSocket>,
    addresses: Arc<[SocketAddr]>,
    routes: Arc<Mutex<Routes>>,
}

#[derive(Default)]
struct Routes {
    number: u64,
    calls: HashMap<u64, Entry>,
    names: HashMap<String, u64>,
    sources: HashMap<SocketAddr, u64>,
    participants: HashMap<String, u64>,
}

struct Entry {
    datagrams: mpsc::Sender<Datagram>,
    back: mpsc::Sender<Back>,
    owner: (String, String),
    names: Vec<String>,
    sources: Vec<SocketAddr>,
    participant: String,
}

/// A call's place at the port; given back when dropped.
pub(crate) struct Place {
    gateway: Gateway,
    number: u64,
    pub(crate) datagrams: mpsc::Receiver<Datagram>,
    pub(crate) back: mpsc::Receiver<Back>,
}

impl Gateway {
    /// Opens the port at `bind`. Clients are told `public` where that is given (behind NAT), otherwise the address that is
    /// bound, or that of this machine's way out where all are.
    ///
    /// # Errors
    /// When the port cannot be opened.
    pub async fn open(bind: SocketAddr, public: &[IpAddr]) -> io::Result<Self> {
        let socket = UdpSocket::bind(bind).await?;
        let port = socket.local_addr()?.port();
        let ips = match public {
            [] if bind.ip().is_unspecified() => vec![way_out(bind).await?],
            [] => vec![bind.ip()],
            public => public.to_vec(),
        };
        let addresses = ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
        let gateway = Self { socket: Arc::new(socket), addresses, routes: Arc::default() };
        tokio::spawn(gateway.clone().receive());
        Ok(gateway)
    }

    /// Where clients find us.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    async fn receive(self) {
        let mut buffer = vec![0; MAX_DATAGRAM_BYTES];
        loop {
            match self.socket.recv_from(&mut buffer).await {
                Ok((count, source)) => self.hand_over(plain(source), &buffer[..count]),
                // of a datagram that we sent and nobody took; the port itself is well
                Err(error) => tracing::debug!(%error, "a datagram could not be received"),
            }
        }
    }

    fn hand_over(&self, source: SocketAddr, bytes: &[u8]) {
        let mut routes = self.lock();
        let Some(entry) = routes.find(source, bytes) else { return };
        let _ = entry.datagrams.try_send((source, bytes.to_vec()));
    }

    /// Sends, or loses what the network does not take at once.
    pub(crate) fn send(&self, to: SocketAddr, bytes: &[u8]) {
        let _ = self.socket.try_send_to(bytes, to);
    }

    /// A place for the call of `participant`, which `owner` (identity and room) may come back to.
    pub(crate) fn place(&self, participant: &str, owner: (&str, &str)) -> Place {
        let (datagrams_in, datagrams) = mpsc::channel(WAITING);
        let (back_in, back) = mpsc::channel(1);
        let mut routes = self.lock();
        routes.number += 1;
        let number = routes.number;
        routes.participants.insert(participant.to_owned(), number);
        let entry = Entry {
            datagrams: datagrams_in,
            back: back_in,
            owner: (owner.0.to_owned(), owner.1.to_owned()),
            names: Vec::new(),
            sources: Vec::new(),
            participant: participant.to_owned(),
        };
        routes.calls.insert(number, entry);
        Place { gateway: self.clone(), number, datagrams, back }
    }

    /// Hands a client that is back to its call; the socket comes back where there is none that is its own.
    pub(crate) async fn come_back(&self, participant: &str, owner: (&str, &str), back: Back) -> Result<(), WebSocket> {
        let call = {
            let routes = self.lock();
            let entry = routes.participants.get(participant).and_then(|number| routes.calls.get(number));
            entry.filter(|entry| (entry.owner.0.as_str(), entry.owner.1.as_str()) == owner).map(|e| e.back.clone())
        };
        match call {
            Some(call) => call.send(back).await.map_err(|mpsc::error::SendError((socket, _))| socket),
            None => Err(back.0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Routes> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Routes {
    /// The call that a datagram is for. A client's question by name also says where it is now.
    fn find(&mut self, source: SocketAddr, bytes: &[u8]) -> Option<&Entry> {
        let known = self.sources.get(&source).copied();
        let number = match named(bytes).and_then(|name| self.names.get(&name)).copied() {
            Some(number) if known != Some(number) => {
                self.learn(source, number);
                number
            }
            Some(number) => number,
            None => known?,
        };
        self.calls.get(&number)
    }

    fn learn(&mut self, source: SocketAddr, number: u64) {
        let Some(entry) = self.calls.get_mut(&number) else { return };
        if entry.sources.len() >= MAX_ADDRESSES {
            let oldest = entry.sources.remove(0);
            self.sources.remove(&oldest);
        }
        entry.sources.push(source);
        if let Some(other) = self.sources.insert(source, number).and_then(|other| self.calls.get_mut(&other)) {
            other.sources.retain(|known| *known != source);
        }
    }
}

/// The name that a client's question (a STUN binding request) asks for.
fn named(bytes: &[u8]) -> Option<String> {
    if bytes.first().is_none_or(|first| *first > 1) {
        return None;
    }
    let message = StunMessage::parse(bytes).ok()?;
    message.split_username().map(|(ours, _)| ours.to_owned())
}

impl Place {
    /// From now on questions for `name` are this call's.
    pub(crate) fn go_by(&self, name: String) {
        let mut routes = self.gateway.lock();
        let Some(entry) = routes.calls.get_mut(&self.number) else { return };
        if entry.names.contains(&name) {
            return;
        }
        entry.names.push(name.clone());
        let oldest = (entry.names.len() > MAX_NAMES).then(|| entry.names.remove(0));
        if let Some(oldest) = oldest {
            routes.names.remove(&oldest);
        }
        routes.names.insert(name, self.number);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut routes = self.gateway.lock();
        let Some(entry) = routes.calls.remove(&self.number) else { return };
        for name in &entry.names {
            routes.names.remove(name);
        }
        for source in &entry.sources {
            routes.sources.remove(source);
        }
        routes.participants.remove(&entry.participant);
    }
}

/// An IPv4 address that came through an IPv6 socket, as itself.
fn plain(source: SocketAddr) -> SocketAddr {
    SocketAddr::new(source.ip().to_canonical(), source.port())
}

/// The address that this machine has on its way out; nothing is sent.
async fn way_out(bind: SocketAddr) -> io::Result<IpAddr> {
    let (any, far) = if bind.is_ipv4() { ("0.0.0.0:0", "192.0.2.1:9") } else { ("[::]:0", "[2001:db8::1]:9") };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(far).await?;
    Ok(socket.local_addr()?.ip())
}
