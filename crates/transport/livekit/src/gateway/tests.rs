//! Ports of this machine, with clients written by hand.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::join::Style;
use crate::rehearsal::client::{Room, perfect};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// What RTP begins with.
const SOUND: &[u8] = &[128, 1, 2, 3];

async fn open(listen: IpAddr, public: &[IpAddr]) -> Gateway {
    let ports = Ports { listen, udp_port: 0, tcp_port: Some(0), public: public.to_vec() };
    Gateway::open(&ports).await.unwrap()
}

/// A client's first question, and the name that it asks for.
fn question() -> (Vec<u8>, String) {
    let mut room = Room::new(Style::Single, perfect);
    room.run(Duration::from_secs(1));
    let asked = room.recorded.iter().find_map(|bytes| Some((bytes.clone(), routes::named(bytes)?)));
    asked.unwrap()
}

fn framed(packet: &[u8]) -> Vec<u8> {
    [&u16::try_from(packet.len()).unwrap().to_be_bytes(), packet].concat()
}

/// A call that is asked for by name, over a connection.
async fn connected(gateway: &Gateway) -> (Place, TcpStream, Far) {
    let (question, name) = question();
    let mut place = gateway.place("PA_1", ("ada", "room"));
    place.go_by(name);
    let mut stream = TcpStream::connect(gateway.ways().tcp[0]).await.unwrap();
    stream.write_all(&framed(&question)).await.unwrap();
    let (from, packet) = place.packets.recv().await.unwrap();
    assert_eq!((from, packet), (Far::tcp(stream.local_addr().unwrap()), question));
    (place, stream, from)
}

#[tokio::test]
async fn a_connection_carries_packets_both_ways_and_ends_with_its_call() {
    let gateway = open(LOCALHOST, &[]).await;
    let (mut place, mut stream, far) = connected(&gateway).await;
    let two = [framed(SOUND), framed(&[128; 100])].concat();
    for piece in two.chunks(5) {
        stream.write_all(piece).await.unwrap();
    }
    assert_eq!(place.packets.recv().await.unwrap(), (far, SOUND.to_vec()));
    assert_eq!(place.packets.recv().await.unwrap(), (far, vec![128; 100]));
    gateway.send(far, SOUND.to_vec());
    gateway.send(far, vec![20; 1200]);
    let mut came = vec![0; 2 + SOUND.len() + 2 + 1200];
    stream.read_exact(&mut came).await.unwrap();
    assert_eq!(came, [framed(SOUND), framed(&[20; 1200])].concat());
    drop(place);
    assert_eq!(stream.read(&mut came).await.unwrap(), 0, "closed");
    while !gateway.outboxes().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_connection_that_takes_nothing_gets_the_newest_sound_when_it_does_again() {
    const SENT: u32 = 20_000;
    let gateway = open(LOCALHOST, &[]).await;
    let (_place, mut stream, far) = connected(&gateway).await;
    for number in 0..SENT {
        gateway.send(far, [&[128], number.to_be_bytes().as_slice(), &[0; 1000]].concat());
        tokio::task::yield_now().await;
    }
    let (mut came, mut last) = (0, 0);
    let mut buffer = vec![0; MAX_PACKET_BYTES];
    while last < SENT - 1 {
        let length = usize::from(stream.read_u16().await.unwrap());
        stream.read_exact(&mut buffer[..length]).await.unwrap();
        let number = u32::from_be_bytes(buffer[1..5].try_into().unwrap());
        assert!(came == 0 || number > last, "in order");
        (came, last) = (came + 1, number);
    }
    assert!(came < SENT, "{came} of {SENT}");
}

#[tokio::test]
async fn who_asks_for_nobody_or_speaks_something_else_is_shown_out() {
    let gateway = open(LOCALHOST, &[]).await;
    let (_place, good, _) = connected(&gateway).await;
    let (stranger, _) = question();
    for first in [framed(&stranger), framed(SOUND), framed(&[]), b"GET / HTTP/1.1\r\n\r\n".to_vec(), vec![255; 70_000]]
    {
        let mut stream = TcpStream::connect(gateway.ways().tcp[0]).await.unwrap();
        let _ = stream.write_all(&first).await;
        let _ = stream.read_to_end(&mut Vec::new()).await; // ends: it is closed, or reset
    }
    // those who say nothing have their places, and no more than those
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(gateway.ways().tcp[0]).await.unwrap());
    }
    let mut shown_out = 0;
    while shown_out < 100 - 32 {
        let closed = |stream: &TcpStream| matches!(stream.try_read(&mut [0; 1]), Ok(0));
        shown_out = silent.iter().filter(|stream| closed(stream)).count();
        tokio::task::yield_now().await;
    }
    assert_eq!(shown_out, 68);
    assert!(good.try_read(&mut [0; 1]).is_err(), "who is known stays");
}

#[tokio::test(start_paused = true)]
async fn half_a_question_is_not_waited_for() {
    let gateway = open(LOCALHOST, &[]).await;
    let (question, name) = question();
    gateway.place("PA_1", ("ada", "room")).go_by(name);
    let (mut client, server) = tokio::io::duplex(4096);
    client.write_all(&framed(&question)[..10]).await.unwrap();
    let source = SocketAddr::from(([10, 0, 0, 1], 9));
    let ended = tcp::read(&gateway, source, server, &tcp::Doors::default()).await;
    assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn both_families_have_the_same_ports() {
    let (public, any) = ([LOCALHOST, Ipv6Addr::LOCALHOST.into()], Ipv6Addr::UNSPECIFIED.into());
    let gateway = open(any, &public).await;
    let Ways { udp, tcp } = gateway.ways().clone();
    assert!(udp[0].port() == udp[1].port() && tcp[0].port() == tcp[1].port(), "{udp:?} {tcp:?}");
    let (question, name) = question();
    let mut place = gateway.place("PA_1", ("ada", "room"));
    place.go_by(name);
    for (at, mine) in udp.iter().zip(["127.0.0.1:0", "[::1]:0"]) {
        let socket = UdpSocket::bind(mine).await.unwrap();
        socket.send_to(&question, at).await.unwrap();
        let (far, _) = place.packets.recv().await.unwrap();
        assert_eq!((far, gateway.ways().near(far)), (Far::udp(socket.local_addr().unwrap()), Some(*at)));
        gateway.send(far, SOUND.to_vec());
        let mut buffer = [0; 100];
        let (count, from) = socket.recv_from(&mut buffer).await.unwrap();
        assert_eq!((&buffer[..count], from), (SOUND, *at));
    }
    for at in &tcp {
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(&framed(&question)).await.unwrap();
        let (far, _) = place.packets.recv().await.unwrap();
        assert_eq!((far, gateway.ways().near(far)), (Far::tcp(stream.local_addr().unwrap()), Some(*at)));
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let gateway = open(LOCALHOST, &[]).await;
    let Ways { udp, tcp } = gateway.ways().clone();
    let ports = Ports { listen: LOCALHOST, udp_port: 0, tcp_port: Some(tcp[0].port()), public: Vec::new() };
    let error = Gateway::open(&ports).await.err().unwrap();
    assert_eq!((error.kind, error.at), ("TCP", tcp[0]), "{error}");
    let error = Gateway::open(&Ports { udp_port: udp[0].port(), tcp_port: None, ..ports }).await.err().unwrap();
    assert_eq!((error.kind, error.at), ("UDP", udp[0]), "{error}");
}

proptest! {
    #[test]
    fn packets_come_out_of_a_stream_as_they_were_put_in_and_rubbish_ends_it(
        packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..MAX_PACKET_BYTES), 0..8),
        rubbish in prop::collection::vec(any::<u8>(), 0..10_000),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let stream: Vec<u8> = packets.iter().flat_map(|packet| framed(packet)).collect();
        let mut buffer = vec![0; MAX_PACKET_BYTES];
        runtime.block_on(async {
            let mut from = stream.as_slice();
            for packet in &packets {
                assert_eq!(tcp::packet(&mut from, &mut buffer).await.unwrap(), packet.as_slice());
            }
            let mut from = rubbish.as_slice();
            while tcp::packet(&mut from, &mut buffer).await.is_ok() {}
        });
    }
}
