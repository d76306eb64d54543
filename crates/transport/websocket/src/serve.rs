//! A socket, pumped both ways.

use std::sync::Arc;

use audio::resample::Resampler;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use session::{FromClient, Link, Lobby, Seat, ToClient};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant};

use crate::guard::{Guard, Verdict};
use crate::hello::hello;
use crate::proto::{self, About, Message};

/// A message larger than this closes the socket; the interview is kept. Far above [`crate::MAX_FRAME_BYTES`], so that a
/// client's mistake can be named and costs one message.
pub const MAX_MESSAGE_BYTES: usize = 16 << 20;
/// Messages that wait for a slow client before it counts as gone.
const OUTGOING: usize = 1024;
const INCOMING: usize = 256;
/// A write that takes longer means that the client is gone.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// Waits for the client's `hello` and says at which rate it sends, in Hz; `None` when it is gone.
pub async fn greet(socket: &mut WebSocket) -> Option<u32> {
    hello(socket).await
}

/// Tells the client why it cannot be served, and closes.
pub async fn refuse(mut socket: WebSocket, code: &str, message: &str) {
    let _ = socket.send(Frame::Text(proto::error(code, message).into())).await;
    let _ = socket.send(Frame::Close(None)).await;
}

/// Waits in the lobby's line, telling the client where it stands; `None` when it left.
pub async fn wait_in_line(socket: &mut WebSocket, lobby: &Lobby) -> Option<Seat> {
    let (positions, mut told) = mpsc::unbounded_channel();
    let entering = lobby.enter(move |position| {
        let _ = positions.send(position);
    });
    tokio::pin!(entering);
    loop {
        tokio::select! {
            seat = &mut entering => return Some(seat),
            Some(position) = told.recv() => socket.send(Frame::Text(proto::waiting(position).into())).await.ok()?,
            message = socket.recv() => gone(message)?,
        }
    }
}

fn gone(message: Option<Result<Frame, axum::Error>>) -> Option<()> {
    match message {
        Some(Ok(Frame::Close(_)) | Err(_)) | None => None,
        Some(Ok(_)) => Some(()),
    }
}

/// Pumps the socket until the session or the client is done. The [`Link`] for the session goes to `hold`, which runs
/// beside. The socket is closed when it is done, whether or not the client sends anything more.
pub async fn serve<F>(socket: WebSocket, sample_rate_hz: u32, about: About, hold: impl FnOnce(Link) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (sink, stream) = socket.split();
    let (to_session, incoming) = mpsc::channel(INCOMING);
    let (outgoing, from_session) = mpsc::channel(OUTGOING);
    let reader = Reader { outgoing: outgoing.clone(), to_session, guard: Guard::default(), started: Instant::now() };
    let (raw, replies) = mpsc::channel(64);
    let mut session = tokio::spawn(hold(Link { incoming, outgoing }));
    let writing = tokio::spawn(write(sink, from_session, replies, Arc::new(about)));
    tokio::select! {
        () = reader.read(stream, sample_rate_hz, raw) => {}
        _ = writing => {}
        _ = &mut session => return, // the writer sends what is left and closes
    }
    let _ = session.await;
}

/// Text that is sent as it is.
type Raw = mpsc::Sender<Frame>;

struct Reader {
    outgoing: mpsc::Sender<ToClient>,
    to_session: mpsc::Sender<FromClient>,
    guard: Guard,
    started: Instant,
}

impl Reader {
    async fn read(mut self, mut stream: SplitStream<WebSocket>, sample_rate_hz: u32, raw: Raw) {
        let mut resampler = Resampler::new(sample_rate_hz, audio::SAMPLE_RATE_HZ);
        while let Some(frame) = stream.next().await {
            let goes_on = match frame {
                Ok(Frame::Binary(bytes)) => self.on_sound(&bytes, sample_rate_hz, &mut resampler).await,
                Ok(Frame::Text(text)) => self.on_text(&text, &raw).await,
                Ok(Frame::Ping(_) | Frame::Pong(_)) => Some(()),
                Ok(Frame::Close(_)) => None,
                Err(error) => {
                    close_on(&error, &raw).await;
                    None
                }
            };
            if goes_on.is_none() {
                return;
            }
        }
    }

    async fn on_sound(&mut self, bytes: &Bytes, sample_rate_hz: u32, resampler: &mut Resampler) -> Option<()> {
        match self.guard.sound(bytes.len(), sample_rate_hz, self.started.elapsed()) {
            Verdict::Take => {
                let samples: Vec<f32> =
                    bytes.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect();
                self.pass_on(FromClient::Audio(resampler.push(&samples))).await
            }
            Verdict::Drop => Some(()),
            Verdict::Complain((code, message)) => self.complain(code, message).await,
        }
    }

    async fn on_text(&mut self, text: &str, raw: &Raw) -> Option<()> {
        match self.guard.message(text.len(), self.started.elapsed()) {
            Verdict::Take => {}
            Verdict::Drop => return Some(()),
            Verdict::Complain((code, message)) => return self.complain(code, message).await,
        }
        match proto::parse(text) {
            Ok(Message::Session(message)) => self.pass_on(message).await,
            Ok(Message::Ping(id)) => raw.send(Frame::Text(proto::pong(&id).into())).await.ok(),
            Ok(Message::Noted) => Some(()),
            Ok(Message::Hello { .. }) => self.complain("bad_field", "\"hello\" was said already.".into()).await,
            Err((code, message)) => self.complain(code, message).await,
        }
    }

    /// What comes while the session winds up is too late and of no consequence.
    async fn pass_on(&self, message: FromClient) -> Option<()> {
        let _ = self.to_session.send(message).await;
        Some(())
    }

    async fn complain(&self, code: &'static str, message: String) -> Option<()> {
        self.outgoing.send(ToClient::Error { code, message }).await.ok()
    }
}

/// A message over the limit is a protocol error of the socket: say so and close; the interview is kept.
async fn close_on(error: &axum::Error, raw: &Raw) {
    if error.to_string().contains("too long") || error.to_string().contains("too large") {
        let message = format!("A message over {MAX_MESSAGE_BYTES} bytes; connect again to go on where you were.");
        let _ = raw.send(Frame::Text(proto::error("message_too_large", &message).into())).await;
        let _ = raw.send(Frame::Close(Some(CloseFrame { code: 1009, reason: "message too large".into() }))).await;
        tokio::time::sleep(Duration::from_millis(200)).await; // the writer needs a moment before the socket is dropped
    }
}

/// Writes until the session has nothing more to say.
async fn write(
    mut sink: SplitSink<WebSocket, Frame>,
    mut from_session: mpsc::Receiver<ToClient>,
    mut replies: mpsc::Receiver<Frame>,
    about: Arc<About>,
) {
    loop {
        let frame = tokio::select! {
            message = from_session.recv() => match message {
                Some(message) => encode(&message, &about),
                None => break,
            },
            Some(frame) = replies.recv() => frame,
        };
        let last = matches!(frame, Frame::Close(_));
        let written = tokio::time::timeout(WRITE_WITHIN, sink.send(frame)).await;
        if last || !matches!(written, Ok(Ok(()))) {
            return;
        }
    }
    let _ = sink.send(Frame::Close(None)).await;
}

fn encode(message: &ToClient, about: &About) -> Frame {
    match (message, proto::write(message, about)) {
        (ToClient::Audio(samples), _) => {
            Frame::Binary(samples.iter().flat_map(|s| s.to_le_bytes()).collect::<Vec<u8>>().into())
        }
        (_, Some(text)) => Frame::Text(text.into()),
        (_, None) => Frame::Ping(Bytes::new()),
    }
}
