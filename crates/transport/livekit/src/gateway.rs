//! The ports that all calls share: one for datagrams and one for connections, each of IPv4, of IPv6 or of both. What comes
//! in is handed to the call that it is for, by the name that a client's first packets ask for (the ICE user fragment in
//! STUN, RFC 8445), and by where they come from after that.

mod door;
mod outbox;
mod ports;
mod routes;
mod tcp;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::WebSocket;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use crate::join::Join;
use crate::way::{Carrier, Far, Ways};
use outbox::Outbox;
pub use ports::{CannotOpen, Ports};
pub(crate) use routes::Place;
use routes::{Entry, Routes};

/// The longest packet that WebRTC sends over any usual network.
const MAX_PACKET_BYTES: usize = 2048;
/// Packets that wait for a call; more are lost, as on a network.
const WAITING: usize = 256;

/// A packet and where it came from.
pub(crate) type Packet = (Far, Vec<u8>);
/// A client that is back, on another socket.
pub(crate) type Back = (WebSocket, Join);

/// The ports, shared by all calls.
#[derive(Clone)]
pub struct Gateway {
    sockets: Arc<[UdpSocket]>,
    ways: Ways,
    routes: Arc<Mutex<Routes>>,
    /// What waits to be sent to those who are connected by TCP.
    outboxes: Arc<Mutex<HashMap<SocketAddr, Arc<Outbox>>>>,
}

impl Gateway {
    /// Opens the ports.
    ///
    /// # Errors
    /// When one of them cannot be opened.
    pub async fn open(ports: &Ports) -> Result<Self, CannotOpen> {
        let opened = ports.open().await?;
        let (routes, outboxes) = Default::default();
        let gateway = Self { sockets: opened.sockets.into(), ways: opened.ways, routes, outboxes };
        for index in 0..gateway.sockets.len() {
            tokio::spawn(gateway.clone().receive(index));
        }
        let doors = tcp::Doors::default();
        for listener in opened.listeners {
            tokio::spawn(tcp::accept(gateway.clone(), listener, doors.clone()));
        }
        Ok(gateway)
    }

    /// Where clients find us.
    pub fn ways(&self) -> &Ways {
        &self.ways
    }

    async fn receive(self, index: usize) {
        let mut buffer = vec![0; MAX_PACKET_BYTES];
        loop {
            match self.sockets[index].recv_from(&mut buffer).await {
                Ok((count, source)) => drop(self.hand_over(Far::udp(source), &buffer[..count])),
                // of a datagram that we sent and nobody took; the port itself is well
                Err(error) => tracing::debug!(%error, "a datagram could not be received"),
            }
        }
    }

    /// Hands a packet to its call; whether there is one.
    fn hand_over(&self, source: Far, bytes: &[u8]) -> bool {
        let mut routes = self.lock();
        let Some(entry) = routes.find(source, bytes) else { return false };
        let _ = entry.packets.try_send((source, bytes.to_vec()));
        true
    }

    /// Sends, or loses what the network does not take at once.
    pub(crate) fn send(&self, to: Far, bytes: Vec<u8>) {
        match to.carrier {
            Carrier::Udp => {
                let same_family =
                    |socket: &&UdpSocket| socket.local_addr().is_ok_and(|near| near.is_ipv4() == to.address.is_ipv4());
                if let Some(socket) = self.sockets.iter().find(same_family) {
                    let _ = socket.try_send_to(&bytes, to.address);
                }
            }
            Carrier::Tcp => {
                if let Some(outbox) = self.outboxes().get(&to.address) {
                    outbox.put(bytes);
                }
            }
        }
    }

    /// A place for the call of `participant`, which `owner` (identity and room) may come back to.
    pub(crate) fn place(&self, participant: &str, owner: (&str, &str)) -> Place {
        let (packets_in, packets) = mpsc::channel(WAITING);
        let (back_in, back) = mpsc::channel(1);
        let number = self.lock().enter(Entry::new(packets_in, back_in, participant, owner));
        Place { gateway: self.clone(), number, packets, back }
    }

    /// Hands a client that is back to its call; the socket comes back where there is none that is its own.
    pub(crate) async fn come_back(&self, participant: &str, owner: (&str, &str), back: Back) -> Result<(), WebSocket> {
        let call = self.lock().way_back(participant, owner);
        match call {
            Some(call) => call.send(back).await.map_err(|mpsc::error::SendError((socket, _))| socket),
            None => Err(back.0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Routes> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outboxes(&self) -> MutexGuard<'_, HashMap<SocketAddr, Arc<Outbox>>> {
        self.outboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the connections among `sources`, whose call is over.
    fn let_go(&self, sources: &[Far]) {
        let outboxes = self.outboxes();
        let connected = sources.iter().filter(|source| source.carrier == Carrier::Tcp);
        connected.filter_map(|source| outboxes.get(&source.address)).for_each(|outbox| outbox.close());
    }
}

#[cfg(test)]
mod tests;
