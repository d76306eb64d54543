//! The candidate's end of the WebSocket: a microphone that plays utterances at fixed times, and ears that note what
//! comes back and when.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::figures::{Heard, Sound};

/// Samples of a frame: 20 ms.
const FRAME: usize = 320;
const FRAME_TIME: Duration = Duration::from_millis(20);
/// A sample up to so far from zero counts as silence (1% of full scale).
const SILENT: u16 = 327;
/// The greeting takes no longer than this.
const GREETED_WITHIN: Duration = Duration::from_secs(120);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A connection, agreed and asked the first question.
pub(super) struct Caller {
    sink: SplitSink<Socket, Message>,
    stream: SplitStream<Socket>,
}

impl Caller {
    /// Connects to the interview at `url`, agrees by the button, and waits until it is the candidate's turn.
    pub(super) async fn connect(url: &str) -> Result<Self> {
        let (socket, _) = connect_async(url).await.with_context(|| format!("cannot connect to {url}"))?;
        let (sink, stream) = socket.split();
        let mut caller = Self { sink, stream };
        let audio = json!({"encoding": "pcm16", "sample_rate_hz": 16_000, "channels": 1});
        caller.tell(json!({"type": "hello", "version": 1, "audio": audio})).await?;
        caller.tell(json!({"type": "consent", "granted": true})).await?;
        timeout(GREETED_WITHIN, caller.until_asked()).await.context("the first question was never asked")??;
        Ok(caller)
    }

    /// Sends silence until the first question has been asked.
    async fn until_asked(&mut self) -> Result<()> {
        let mut ticks = tokio::time::interval(FRAME_TIME);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.sink.send(Message::binary(vec![0; 2 * FRAME])).await?,
                message = self.stream.next() => {
                    let message = text(message)?;
                    if message["type"] == "state" && message["phase"] == "questions" && message["activity"] == "listening" {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Plays `stream` (16 kHz) in real time; what was heard meanwhile, in seconds from its first sample. Frame by frame,
    /// each is sent when its last sample has been spoken.
    pub(super) async fn play(&mut self, stream: &[i16]) -> Result<Heard> {
        let began = Instant::now();
        let mut heard = Heard::default();
        let mut ticks = interval_at(began + FRAME_TIME, FRAME_TIME);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for frame in stream.chunks(FRAME) {
            loop {
                tokio::select! {
                    _ = ticks.tick() => break,
                    message = self.stream.next() => {
                        let at_s = began.elapsed().as_secs_f64();
                        note(&mut heard, at_s, message)?;
                    }
                }
            }
            let bytes: Vec<u8> = frame.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            self.sink.send(Message::binary(bytes)).await.context("the server is gone")?;
        }
        heard.seconds = began.elapsed().as_secs_f64();
        Ok(heard)
    }

    /// Ends the interview and waits until the server has noticed.
    pub(super) async fn leave(mut self) -> Result<()> {
        self.tell(json!({"type": "leave"})).await?;
        let ended = async { while self.stream.next().await.is_some_and(|message| message.is_ok()) {} };
        timeout(GREETED_WITHIN, ended).await.context("the interview did not end")
    }

    async fn tell(&mut self, message: Value) -> Result<()> {
        self.sink.send(Message::text(message.to_string())).await.context("the server is gone")
    }
}

type Incoming = Option<Result<Message, tokio_tungstenite::tungstenite::Error>>;

/// A message's JSON; nothing for sound.
fn text(message: Incoming) -> Result<Value> {
    match message.context("the server closed the connection")?? {
        Message::Text(text) => {
            let message: Value = serde_json::from_str(&text).context("the server sent no JSON")?;
            if message["type"] == "error" {
                bail!("the server complains: {}", message["message"].as_str().unwrap_or_default());
            }
            Ok(message)
        }
        _ => Ok(Value::Null),
    }
}

fn note(heard: &mut Heard, at_s: f64, message: Incoming) -> Result<()> {
    if let Some(Ok(Message::Binary(bytes))) = &message {
        heard.sounds.push(Sound { at_s, loud_after_s: first_loud_s(bytes) });
        return Ok(());
    }
    let message = text(message)?;
    if message["type"] == "caption" && message["speaker"] == "candidate" && message["final"] == true {
        heard.commits.push((at_s, message["text"].as_str().unwrap_or_default().to_owned()));
    }
    Ok(())
}

/// Where the first loud sample of a frame is, in seconds.
fn first_loud_s(bytes: &[u8]) -> Option<f64> {
    let samples = bytes.as_chunks::<2>().0;
    let loud = samples.iter().position(|sample| i16::from_le_bytes(*sample).unsigned_abs() > SILENT);
    loud.map(|place| place as f64 / 16_000.0)
}
