//! By what a client and we reach each other.

use std::net::SocketAddr;

/// What carries packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Carrier {
    /// One datagram each.
    Udp,
    /// A stream with each after its length (RFC 4571).
    Tcp,
}

/// A client's end of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Far {
    pub(crate) carrier: Carrier,
    pub(crate) address: SocketAddr,
}

impl Far {
    pub(crate) fn udp(address: SocketAddr) -> Self {
        Self { carrier: Carrier::Udp, address }
    }

    pub(crate) fn tcp(address: SocketAddr) -> Self {
        Self { carrier: Carrier::Tcp, address }
    }
}

/// Our ends of all ways, as clients are told of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// Where datagrams are taken.
    pub udp: Vec<SocketAddr>,
    /// Where connections are taken; empty where none are.
    pub tcp: Vec<SocketAddr>,
}

impl Ways {
    /// Our end of the way from `far`: the first one of its kind and family, since what is behind NAT is not known apart.
    pub(crate) fn near(&self, far: Far) -> Option<SocketAddr> {
        let ours = match far.carrier {
            Carrier::Udp => &self.udp,
            Carrier::Tcp => &self.tcp,
        };
        ours.iter().find(|near| near.is_ipv4() == far.address.is_ipv4()).or(ours.first()).copied()
    }
}

/// Whether a packet is STUN, by its first byte (RFC 7983).
pub(crate) fn is_stun(packet: &[u8]) -> bool {
    packet.first().is_some_and(|first| *first < 4)
}

/// Whether a packet is RTP or RTCP, likewise.
pub(crate) fn is_sound(packet: &[u8]) -> bool {
    packet.first().is_some_and(|first| (128..192).contains(first))
}
