//! Opening the ports, and where clients find them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, UdpSocket};

use crate::way::Ways;

/// Connections that wait to be taken.
const BACKLOG: i32 = 1024;
/// How often any free port is looked for that is free in both families.
const TRIES: usize = 20;

/// Which ports to open.
#[derive(Clone, Debug)]
pub struct Ports {
    /// The address to listen at; `::` is all addresses of both families, `0.0.0.0` all of IPv4.
    pub listen: IpAddr,
    /// For datagrams; 0 takes any free one.
    pub udp_port: u16,
    /// For connections; `None` takes none, 0 any free port.
    pub tcp_port: Option<u16>,
    /// Where clients find the ports from outside (behind NAT); empty for where they are.
    pub public: Vec<IpAddr>,
}

/// A port that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the {kind} port {at}: {source}")]
pub struct CannotOpen {
    /// `UDP` or `TCP`.
    pub kind: &'static str,
    /// The address, and the port.
    pub at: SocketAddr,
    source: io::Error,
}

/// Ports that are open.
pub(super) struct Opened {
    pub(super) sockets: Vec<UdpSocket>,
    pub(super) listeners: Vec<TcpListener>,
    pub(super) ways: Ways,
}

impl Ports {
    /// The addresses that are listened at, one of each family.
    fn addresses(&self) -> Vec<IpAddr> {
        match self.listen {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
            one => vec![one],
        }
    }

    pub(super) async fn open(&self) -> Result<Opened, CannotOpen> {
        let addresses = self.addresses();
        let (sockets, udp_port) = open_all("UDP", &addresses, self.udp_port, udp)?;
        let (listeners, tcp_port) = match self.tcp_port {
            Some(port) => open_all("TCP", &addresses, port, tcp)?,
            None => (Vec::new(), 0),
        };
        let cannot_tell = |source| CannotOpen { kind: "UDP", at: (self.listen, udp_port).into(), source };
        let public = self.public(&addresses).await.map_err(cannot_tell)?;
        let at = |port| public.iter().map(|ip| SocketAddr::new(*ip, port)).collect::<Vec<_>>();
        let tcp = if listeners.is_empty() { Vec::new() } else { at(tcp_port) };
        Ok(Opened { sockets, listeners, ways: Ways { udp: at(udp_port), tcp } })
    }

    /// Where clients find us: as it was said, or the addresses that are listened at, or that this machine has on its ways
    /// out where all are.
    async fn public(&self, addresses: &[IpAddr]) -> io::Result<Vec<IpAddr>> {
        if !self.public.is_empty() {
            return Ok(self.public.clone());
        }
        let (mut found, mut trouble) = (Vec::new(), None);
        for ip in addresses {
            match if ip.is_unspecified() { way_out(*ip).await } else { Ok(*ip) } {
                Ok(ip) => found.push(ip),
                Err(error) => trouble = Some(error), // a machine need not have both families
            }
        }
        match trouble {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }
}

/// Opens the same port at all `addresses`; the ports, and their number.
fn open_all<S>(
    kind: &'static str,
    addresses: &[IpAddr],
    port: u16,
    open: impl Fn(SocketAddr) -> io::Result<(S, u16)>,
) -> Result<(Vec<S>, u16), CannotOpen> {
    let mut tries = if port == 0 { TRIES } else { 1 };
    loop {
        tries -= 1;
        let (mut opened, mut number) = (Vec::new(), port);
        let all = addresses.iter().try_for_each(|ip| {
            let at = SocketAddr::new(*ip, number);
            let (one, its) = open(at).map_err(|source| CannotOpen { kind, at, source })?;
            (number, _) = (its, opened.push(one));
            Ok(())
        });
        match all {
            Ok(()) => return Ok((opened, number)),
            Err(_) if tries > 0 => {}
            Err(error) => return Err(error),
        }
    }
}

fn udp(at: SocketAddr) -> io::Result<(UdpSocket, u16)> {
    let socket = socket(at, Type::DGRAM, Protocol::UDP)?;
    socket.bind(&at.into())?;
    let socket = UdpSocket::from_std(socket.into())?;
    let port = socket.local_addr()?.port();
    Ok((socket, port))
}

fn tcp(at: SocketAddr) -> io::Result<(TcpListener, u16)> {
    let socket = socket(at, Type::STREAM, Protocol::TCP)?;
    socket.set_reuse_address(true)?; // those who were connected before a restart do not keep the port
    socket.bind(&at.into())?;
    socket.listen(BACKLOG)?;
    let listener = TcpListener::from_std(socket.into())?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// A socket of one family, so that both may have the same port.
fn socket(at: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(at), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    if at.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// The address that this machine has on its way out; nothing is sent.
async fn way_out(any: IpAddr) -> io::Result<IpAddr> {
    let far = if any.is_ipv4() { "192.0.2.1:9" } else { "[2001:db8::1]:9" };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(far).await?;
    Ok(socket.local_addr()?.ip())
}
