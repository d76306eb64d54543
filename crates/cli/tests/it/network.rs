//! A network between clients and a server of this machine, which can be cut, and behind which clients get other addresses,
//! as behind a router. Clients find the server at [`FRONT`] under its own port numbers.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Where clients find the server; the server itself is at 127.0.0.1.
pub(crate) const FRONT: &str = "127.0.0.2";

/// What the network does with what it is given.
#[derive(Clone, Copy, Default)]
struct State {
    /// Nothing gets through. What is in a connection waits; a datagram is lost.
    is_cut: bool,
    /// No datagram gets through.
    no_udp: bool,
    /// Changes when the router gives clients other addresses.
    epoch: u32,
    /// Changes when all connections are torn.
    torn: u32,
}

#[derive(Default)]
struct Seen {
    clients: HashSet<SocketAddr>,
    barred: HashSet<SocketAddr>,
    datagrams: usize,
}

/// The network.
pub(crate) struct Network {
    runtime: Runtime,
    state: watch::Sender<State>,
    seen: Arc<Mutex<Seen>>,
}

/// A port that is free at the front and, most likely, behind it.
pub(crate) fn free_port() -> u16 {
    let both = |_| {
        let tcp = std::net::TcpListener::bind((FRONT, 0)).unwrap();
        let port = tcp.local_addr().unwrap().port();
        let is_free = |at: &str| {
            std::net::UdpSocket::bind((at, port)).is_ok()
                && (at == FRONT || std::net::TcpListener::bind((at, port)).is_ok())
        };
        (is_free("127.0.0.1") && is_free(FRONT)).then_some(port)
    };
    (0..100).find_map(both).expect("a free port")
}

impl Network {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { runtime, state: watch::Sender::new(State::default()), seen: Arc::default() }
    }

    /// Carries datagrams to this port of the server's.
    pub(crate) fn udp(&self, port: u16) {
        let front = self.runtime.block_on(UdpSocket::bind((FRONT, port))).unwrap();
        let (state, seen) = (self.state.subscribe(), self.seen.clone());
        self.runtime.spawn(carry_datagrams(Arc::new(front), port, state, seen));
    }

    /// Carries connections to this port of the server's.
    pub(crate) fn tcp(&self, port: u16) {
        let front = self.runtime.block_on(TcpListener::bind((FRONT, port))).unwrap();
        let state = self.state.subscribe();
        self.runtime.spawn(async move {
            loop {
                let (client, _) = front.accept().await.unwrap();
                tokio::spawn(carry_connection(client, port, state.clone()));
            }
        });
    }

    /// Nothing gets through for `time`.
    pub(crate) fn cut_for(&self, time: Duration) {
        self.state.send_modify(|state| state.is_cut = true);
        std::thread::sleep(time);
        self.state.send_modify(|state| state.is_cut = false);
    }

    /// No datagram gets through from now on.
    pub(crate) fn block_udp(&self) {
        self.state.send_modify(|state| state.no_udp = true);
    }

    /// From now on the server sees every client at another address; what it sends to the old one is lost.
    pub(crate) fn renumber(&self) {
        self.state.send_modify(|state| state.epoch += 1);
    }

    /// The clients leave for another network: connections are torn, and nothing reaches or leaves the sockets that they had.
    pub(crate) fn move_clients(&self) {
        let mut seen = self.seen.lock().unwrap();
        let clients = std::mem::take(&mut seen.clients);
        seen.barred.extend(clients);
        drop(seen);
        self.state.send_modify(|state| (state.torn, state.epoch) = (state.torn + 1, state.epoch + 1));
    }

    /// Datagrams of clients that got through so far.
    pub(crate) fn datagrams(&self) -> usize {
        self.seen.lock().unwrap().datagrams
    }
}

async fn carry_datagrams(front: Arc<UdpSocket>, port: u16, state: watch::Receiver<State>, seen: Arc<Mutex<Seen>>) {
    let mut behind: HashMap<(SocketAddr, u32), Arc<UdpSocket>> = HashMap::new();
    let mut buffer = [0; 2048];
    loop {
        let Ok((count, client)) = front.recv_from(&mut buffer).await else { continue };
        let now = *state.borrow();
        if now.is_cut || now.no_udp || seen.lock().unwrap().barred.contains(&client) {
            continue;
        }
        {
            let mut seen = seen.lock().unwrap();
            seen.clients.insert(client);
            seen.datagrams += 1;
        }
        let key = (client, now.epoch);
        if let Entry::Vacant(place) = behind.entry(key) {
            let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
            socket.connect(("127.0.0.1", port)).await.unwrap();
            tokio::spawn(carry_back(front.clone(), socket.clone(), client, now.epoch, state.clone()));
            place.insert(socket);
        }
        let _ = behind[&key].send(&buffer[..count]).await;
    }
}

/// What the server sends to an address of a client's; to one that it has no more, in vain.
async fn carry_back(
    front: Arc<UdpSocket>,
    socket: Arc<UdpSocket>,
    client: SocketAddr,
    epoch: u32,
    state: watch::Receiver<State>,
) {
    let mut buffer = [0; 2048];
    loop {
        let Ok(count) = socket.recv(&mut buffer).await else { continue };
        let now = *state.borrow();
        if !now.is_cut && !now.no_udp && now.epoch == epoch {
            let _ = front.send_to(&buffer[..count], client).await;
        }
    }
}

async fn carry_connection(client: TcpStream, port: u16, mut state: watch::Receiver<State>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let torn = state.borrow().torn;
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        () = carry(from_client, to_server, state.clone()) => {}
        () = carry(from_server, to_client, state.clone()) => {}
        _ = state.wait_for(|now| now.torn != torn) => {}
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut buffer = [0; 4096];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else { return };
        if state.wait_for(|now| !now.is_cut).await.is_err() || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
