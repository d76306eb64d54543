//! Connections: for clients behind a firewall that lets no datagrams through (ICE over TCP, RFC 6544; we are passive). Each
//! packet comes after its length (RFC 4571).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::door::Door;
use super::outbox::Outbox;
use super::{Gateway, MAX_PACKET_BYTES};
use crate::way::Far;

/// Connections that have not yet said which call they are for, from one place and from all.
const STRANGERS_FROM_ONE: usize = 32;
const STRANGERS: usize = 512;
/// They have so long to say it.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);
/// Connections from one place (an office, say) and from all.
const GUESTS_FROM_ONE: usize = 512;
const GUESTS: usize = 8192;
/// One on which nothing comes for so long is closed; clients ask whether we are there every few seconds.
const IDLE: Duration = Duration::from_secs(60);
/// One that takes nothing for so long is closed.
const WRITE_WITHIN: Duration = Duration::from_secs(30);
/// Bytes that the system holds and has not sent: four tenths of a second of sound. More would be late when it comes.
const UNSENT_BYTES: u32 = 2048;
/// After a connection could not be taken (there are too many files open, say).
const BREATH: Duration = Duration::from_millis(100);

/// Who may come in.
#[derive(Clone)]
pub(super) struct Doors {
    strangers: Door,
    guests: Door,
}

impl Default for Doors {
    fn default() -> Self {
        Self { strangers: Door::new(STRANGERS_FROM_ONE, STRANGERS), guests: Door::new(GUESTS_FROM_ONE, GUESTS) }
    }
}

pub(super) async fn accept(gateway: Gateway, listener: TcpListener, doors: Doors) {
    loop {
        match listener.accept().await {
            Ok((stream, source)) => drop(tokio::spawn(serve(gateway.clone(), stream, source, doors.clone()))),
            Err(error) => {
                tracing::warn!(%error, "a TCP connection of a LiveKit client could not be taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn serve(gateway: Gateway, stream: TcpStream, source: SocketAddr, doors: Doors) {
    let Some(_guest) = doors.guests.enter(source.ip()) else { return };
    if let Err(error) = prepare(&stream) {
        tracing::debug!(%error, "a TCP connection could not be set up");
    }
    let outbox = Arc::new(Outbox::default());
    gateway.outboxes().insert(source, outbox.clone());
    let (reader, writer) = stream.into_split();
    let ended = tokio::select! {
        ended = read(&gateway, source, BufReader::new(reader), &doors) => ended,
        ended = write(&outbox, writer) => ended,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %source, "a TCP connection broke off");
    }
    let mut outboxes = gateway.outboxes();
    if outboxes.get(&source).is_some_and(|ours| Arc::ptr_eq(ours, &outbox)) {
        outboxes.remove(&source);
    }
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_notsent_lowat(UNSENT_BYTES)
}

/// Hands over what comes. A connection whose first packet is for no call is closed.
pub(super) async fn read(
    gateway: &Gateway,
    source: SocketAddr,
    mut from: impl AsyncRead + Unpin,
    doors: &Doors,
) -> io::Result<()> {
    let Some(stranger) = doors.strangers.enter(source.ip()) else { return Ok(()) };
    let mut buffer = vec![0; MAX_PACKET_BYTES];
    let first = tokio::time::timeout(KNOWN_WITHIN, packet(&mut from, &mut buffer)).await??;
    if !gateway.hand_over(Far::tcp(source), first) {
        return Ok(());
    }
    drop(stranger);
    loop {
        let next = tokio::time::timeout(IDLE, packet(&mut from, &mut buffer)).await??;
        gateway.hand_over(Far::tcp(source), next);
    }
}

/// The next packet. One that is longer than any of WebRTC's breaks the connection: what follows it cannot be trusted.
pub(super) async fn packet<'b>(from: &mut (impl AsyncRead + Unpin), buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
    let length = usize::from(from.read_u16().await?);
    let Some(packet) = buffer.get_mut(..length) else {
        let what = format!("a packet of {length} bytes; none of WebRTC's has more than {MAX_PACKET_BYTES}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    };
    from.read_exact(packet).await?;
    Ok(packet)
}

/// Writes what waits, until it is closed.
async fn write(outbox: &Outbox, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    while let Some(packet) = outbox.take().await {
        let Ok(length) = u16::try_from(packet.len()) else { continue };
        let framed = [&length.to_be_bytes(), packet.as_slice()].concat();
        tokio::time::timeout(WRITE_WITHIN, to.write_all(&framed)).await??;
    }
    Ok(())
}
