//! A call, with its sockets and its session: whatever comes first is put in, what comes out is done.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use audio::jitter::Fates;
use axum::body::Bytes;
use axum::extract::ws::{Message as Frame, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use metrics::{counter, histogram};
use session::{FromClient, Link, ToClient};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Interval;

use crate::call::{self, Call, CallError, Goodbye, House, Output, Start, join_anew};
use crate::gateway::{Back, Gateway, Packet, Place};
use crate::join::Join;
use crate::peer::Report;
use crate::token::Claims;

/// A frame of signalling that is longer closes the socket, in bytes; offers have 20 kB.
pub const MAX_FRAME_BYTES: usize = 256 * 1024;
/// Frames that wait for a slow client before it counts as gone.
const OUTGOING: usize = 256;
const INCOMING: usize = 256;
/// A write that takes longer means that the client is gone.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// How often the client's socket is asked whether it is there; what lies between us keeps it open meanwhile.
const PING_EVERY: Duration = Duration::from_secs(10);

/// Serves one client until it is gone for good: a new call, or the next socket of one that goes on. Each time that the
/// client can be spoken with, `hold` is given a [`Link`] for a session with it.
pub async fn serve<F>(
    gateway: &Gateway,
    house: House,
    claims: Claims,
    join: Join,
    socket: WebSocket,
    hold: impl Fn(Link) -> F + Send,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let (socket, join) = match join.resumes.clone() {
        None => (socket, join),
        Some(participant) => {
            let owner = (claims.sub.as_str(), claims.video.room.as_str());
            match gateway.come_back(&participant, owner, (socket, join)).await {
                Ok(()) => return, // its call goes on with it
                Err(socket) => return send_away(socket).await,
            }
        }
    };
    match Call::new(house, claims, join, start()) {
        Ok(call) => {
            let place = gateway.place(call.participant(), call.owner());
            let (wire, talk, pings) = (Some(Wire::new(socket)), None, tokio::time::interval(PING_EVERY));
            Serving { gateway, place, call, wire, talk, pings }.run(hold).await;
        }
        Err(error) => {
            tracing::warn!(%error, "a call could not be begun");
            send_away(socket).await;
        }
    }
}

fn start() -> Start {
    let unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    Start { now: Instant::now(), unix_ms }
}

/// A call that is gone cannot be gone on with; the client joins anew, and the interview goes on where it was.
async fn send_away(mut socket: WebSocket) {
    let _ = socket.send(Frame::Binary(join_anew().into())).await;
    let _ = socket.send(Frame::Close(None)).await;
}

/// The signalling socket, written by a task of its own, so that a slow client does not stop the sound.
struct Wire {
    stream: SplitStream<WebSocket>,
    frames: mpsc::Sender<Frame>,
    writing: JoinHandle<()>,
}

impl Wire {
    fn new(socket: WebSocket) -> Self {
        let (sink, stream) = socket.split();
        let (frames, waiting) = mpsc::channel(OUTGOING);
        Self { stream, frames, writing: tokio::spawn(write(sink, waiting)) }
    }
}

async fn write(mut sink: SplitSink<WebSocket, Frame>, mut frames: mpsc::Receiver<Frame>) {
    while let Some(frame) = frames.recv().await {
        let written = tokio::time::timeout(WRITE_WITHIN, sink.send(frame)).await;
        if !matches!(written, Ok(Ok(()))) {
            return;
        }
    }
    let _ = tokio::time::timeout(WRITE_WITHIN, sink.send(Frame::Close(None))).await;
}

/// A session with the client.
struct Talk {
    to_session: mpsc::Sender<FromClient>,
    from_session: mpsc::Receiver<ToClient>,
}

struct Serving<'a> {
    gateway: &'a Gateway,
    place: Place,
    call: Call,
    wire: Option<Wire>,
    talk: Option<Talk>,
    pings: Interval,
}

/// What came first.
enum Woken {
    Frame(Option<Result<Frame, axum::Error>>),
    Packet(Option<Packet>),
    Session(Option<ToClient>),
    Back(Box<Back>),
    Due,
    Ping,
}

impl Serving<'_> {
    async fn run<F>(mut self, hold: impl Fn(Link) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        while self.carry_out(&hold) {
            let woken = self.wait().await;
            if let Err(error) = self.put_in(woken) {
                tracing::warn!(%error, "a call broke off");
                self.call.hang_up(Goodbye::Failed);
            }
        }
        count(self.call.fates());
        if let Some(Wire { frames, writing, .. }) = self.wire.take() {
            drop(frames);
            let _ = writing.await; // the goodbye is on its way
        }
    }

    async fn wait(&mut self) -> Woken {
        let due = tokio::time::sleep_until(self.call.due().into());
        tokio::select! {
            frame = next_frame(&mut self.wire) => Woken::Frame(frame),
            packet = self.place.packets.recv() => Woken::Packet(packet),
            message = next_message(&mut self.talk) => Woken::Session(message),
            Some(back) = self.place.back.recv() => Woken::Back(Box::new(back)),
            () = due => Woken::Due,
            _ = self.pings.tick() => Woken::Ping,
        }
    }

    fn put_in(&mut self, woken: Woken) -> Result<(), CallError> {
        let now = Instant::now();
        match woken {
            Woken::Frame(Some(Ok(Frame::Binary(bytes)))) => self.call.on_frame(&call::Frame::Binary(bytes.into()), now),
            Woken::Frame(Some(Ok(Frame::Text(text)))) => {
                self.call.on_frame(&call::Frame::Text(text.as_str().to_owned()), now)
            }
            Woken::Frame(Some(Ok(Frame::Ping(_) | Frame::Pong(_)))) => Ok(()),
            Woken::Frame(None | Some(Err(_) | Ok(Frame::Close(_)))) => {
                self.lose_wire(now);
                Ok(())
            }
            Woken::Packet(Some((source, bytes))) => self.call.on_packet(source, &bytes, now),
            Woken::Session(Some(message)) => self.call.on_session(message, now),
            Woken::Session(None) => {
                self.talk = None;
                self.call.on_session_over(now)
            }
            Woken::Back(back) => {
                let (socket, join) = *back;
                self.wire = Some(Wire::new(socket));
                self.call.on_resumed(join, now)
            }
            Woken::Due | Woken::Packet(None) => self.call.let_time_pass(now),
            Woken::Ping => {
                self.send(Frame::Ping(Bytes::new()), now);
                Ok(())
            }
        }
    }

    fn lose_wire(&mut self, now: Instant) {
        self.wire = None;
        self.call.on_socket_lost(now);
    }

    fn send(&mut self, frame: Frame, now: Instant) {
        if self.wire.as_ref().is_some_and(|wire| wire.frames.try_send(frame).is_err()) {
            self.lose_wire(now);
        }
    }

    /// Does what the call wants done; whether it goes on.
    fn carry_out<F>(&mut self, hold: &impl Fn(Link) -> F) -> bool
    where
        F: Future<Output = ()> + Send + 'static,
    {
        while let Some(output) = self.call.poll() {
            match output {
                Output::Signal(call::Frame::Binary(frame)) => self.send(Frame::Binary(frame.into()), Instant::now()),
                Output::Signal(call::Frame::Text(frame)) => self.send(Frame::Text(frame.into()), Instant::now()),
                Output::Packet { to, bytes } => self.gateway.send(to, bytes),
                Output::Name(name) => self.place.go_by(name),
                Output::Begin => {
                    let (to_session, incoming) = mpsc::channel(INCOMING);
                    let (outgoing, from_session) = mpsc::channel(OUTGOING);
                    self.talk = Some(Talk { to_session, from_session });
                    tokio::spawn(hold(Link { incoming, outgoing }));
                }
                Output::Session(message) => {
                    if let Some(talk) = &self.talk {
                        let _ = talk.to_session.try_send(message); // a session that is behind loses sound, as its ears do
                    }
                }
                Output::Pause => self.talk = None,
                Output::Report(report) => publish(report),
                Output::Over => return false,
            }
        }
        true
    }
}

fn publish(report: Report) {
    if let Some(round_trip) = report.round_trip {
        histogram!("interviewer_livekit_round_trip_seconds").record(round_trip.as_secs_f64());
    }
    for (direction, loss) in [("sent", report.sent_loss), ("received", report.received_loss)] {
        if let Some(loss) = loss {
            histogram!("interviewer_livekit_loss_ratio", "direction" => direction).record(f64::from(loss));
        }
    }
}

/// The call's packets, by what became of them.
fn count(fates: Fates) {
    let Fates { received, recovered, concealed, skipped, late, repeated } = fates;
    let all = [received, recovered, concealed, skipped, late, repeated];
    for (fate, packets) in ["received", "recovered", "concealed", "skipped", "late", "repeated"].into_iter().zip(all) {
        counter!("interviewer_livekit_packets_total", "fate" => fate).increment(packets);
    }
}

async fn next_frame(wire: &mut Option<Wire>) -> Option<Result<Frame, axum::Error>> {
    match wire {
        Some(wire) => wire.stream.next().await,
        None => std::future::pending().await,
    }
}

async fn next_message(talk: &mut Option<Talk>) -> Option<ToClient> {
    match talk {
        Some(talk) => talk.from_session.recv().await,
        None => std::future::pending().await,
    }
}
