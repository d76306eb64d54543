//! The candidate as a client of LiveKit's: a real signalling socket, a real UDP port, Opus both ways.

mod reading;

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use livekit::client::{Client, Output, Told as FromRoom};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::candidate::{Candidate, FRAME};
use reading::Reading;

/// The longest datagram that WebRTC sends over any usual network.
const MAX_DATAGRAM_BYTES: usize = 2048;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Holds the conversation of interview `id` with the server at `server`.
pub(crate) async fn converse(server: SocketAddr, id: &str, candidate: &mut Candidate<'_>) -> Result<()> {
    let port = UdpSocket::bind((server.ip(), 0)).await.context("no free UDP port")?;
    let client = Client::new(port.local_addr()?, Instant::now())?;
    let (url, token) = invitation(server, id).await?;
    let (socket, _) = connect_async(url.clone() + &client.path(&token))
        .await
        .with_context(|| format!("cannot join a room at {url}"))?;
    let (sink, stream) = socket.split();
    let mut ticks = interval(FRAME);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    Conversation { client, port, sink, stream, ticks, reading: Reading::default() }.hold(candidate).await
}

/// Where the room of an interview is, and a token for it.
async fn invitation(server: SocketAddr, id: &str) -> Result<(String, String)> {
    let mut stream = TcpStream::connect(server).await?;
    let head = format!("POST /api/interviews/{id}/livekit HTTP/1.1\r\nHost: {server}\r\n");
    stream.write_all(format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").context("the server sent no HTTP")?;
    let body: Value = serde_json::from_str(body).with_context(|| format!("the server gave no token: {body}"))?;
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let (Some(url), Some(token)) = (text("serverUrl"), text("participantToken")) else {
        bail!("the server gave no token: {body}")
    };
    Ok((url, token))
}

struct Conversation {
    client: Client,
    port: UdpSocket,
    sink: SplitSink<Socket, Message>,
    stream: SplitStream<Socket>,
    ticks: Interval,
    reading: Reading,
}

impl Conversation {
    async fn hold(mut self, candidate: &mut Candidate<'_>) -> Result<()> {
        while !self.carry_out(candidate).await? {
            let mut datagram = [0; MAX_DATAGRAM_BYTES];
            tokio::select! {
                _ = self.ticks.tick() => {
                    candidate.check()?;
                    self.client.speak(&candidate.frame(), Instant::now())?;
                }
                received = self.port.recv_from(&mut datagram) => {
                    let (count, source) = received.context("the UDP port failed")?;
                    self.client.on_datagram(source, &datagram[..count], Instant::now())?;
                }
                frame = self.stream.next() => match frame.context("the server closed the room in mid-interview")?? {
                    Message::Binary(frame) => self.client.on_frame(&frame, Instant::now())?,
                    Message::Close(why) => bail!("the server closed the room in mid-interview: {why:?}"),
                    _ => {}
                },
                () = tokio::time::sleep_until(self.client.due().into()) => self.client.let_time_pass(Instant::now())?,
            }
        }
        Ok(())
    }

    /// Does what the client wants done; whether the interview is over.
    async fn carry_out(&mut self, candidate: &mut Candidate<'_>) -> Result<bool> {
        while let Some(output) = self.client.poll() {
            match output {
                Output::Signal(frame) => self.sink.send(Message::binary(frame)).await.context("the server is gone")?,
                Output::Datagram { to, bytes } => drop(self.port.send_to(&bytes, to).await?),
                Output::Told(FromRoom::Sound(samples)) => {
                    let samples: Vec<i16> = samples.into_iter().map(audio::wav::pcm16).collect();
                    candidate.hear(&samples, false, Instant::now());
                }
                Output::Told(FromRoom::Left(reason)) => {
                    ensure!(reason == "RoomDeleted", "the server ended the call: {reason}");
                    let reason = self.reading.ended().context("the room is gone and no end was told")?;
                    return candidate.told(reason);
                }
                Output::Told(told) => {
                    for told in self.reading.read(told) {
                        candidate.told(told)?;
                    }
                }
            }
        }
        Ok(false)
    }
}
