//! A candidate at the other end of the WebSocket; a clumsy or a hostile one where a test wants that.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::ProtocolError;

use crate::program::Server;

/// Long enough for the slowest machine; only a hang takes it.
const LONGEST: Duration = Duration::from_secs(60);
const FRAME_SAMPLES: usize = 320;

/// A connection. What the server says is read from it in order.
pub(crate) struct Candidate {
    out: mpsc::UnboundedSender<Message>,
    speech: mpsc::UnboundedSender<Vec<i16>>,
    inbox: mpsc::UnboundedReceiver<Value>,
    pumps: [tokio::task::JoinHandle<()>; 2],
    /// Everything that the server has said and that was looked at.
    pub(crate) seen: Vec<Value>,
}

impl Drop for Candidate {
    fn drop(&mut self) {
        self.pumps.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Candidate {
    /// Connects, and says and sends nothing.
    pub(crate) async fn silent(server: &Server, id: &str) -> Self {
        Self::connect(server, id, false).await
    }

    /// Connects and says hello, with a microphone that is not on.
    pub(crate) async fn muted(server: &Server, id: &str) -> Self {
        let candidate = Self::silent(server, id).await;
        candidate.tell(hello(1, 16_000, 1));
        candidate
    }

    /// Connects and says hello, with a microphone that never stops.
    pub(crate) async fn ready(server: &Server, id: &str) -> Self {
        let candidate = Self::connect(server, id, true).await;
        candidate.tell(hello(1, 16_000, 1));
        candidate
    }

    async fn connect(server: &Server, id: &str, microphone: bool) -> Self {
        let url = format!("ws://{}/api/interviews/{id}/ws", server.address);
        let (socket, _) = connect_async(url).await.unwrap();
        let (mut sink, mut stream) = socket.split();
        let (out, mut outgoing) = mpsc::unbounded_channel::<Message>();
        let (speech, mut said) = mpsc::unbounded_channel::<Vec<i16>>();
        let (told, inbox) = mpsc::unbounded_channel();
        let writing = tokio::spawn(async move {
            let mut queue = VecDeque::new();
            let mut ticks = tokio::time::interval(Duration::from_millis(20));
            let mut greeted = false;
            loop {
                let message = tokio::select! {
                    Some(message) = outgoing.recv() => { greeted = true; message }
                    Some(more) = said.recv() => { queue.extend(more); continue }
                    _ = ticks.tick(), if microphone && greeted => frame(&mut queue),
                };
                if sink.send(message).await.is_err() {
                    return;
                }
            }
        });
        let reading = tokio::spawn(async move {
            while let Some(message) = stream.next().await {
                let value = match message {
                    Ok(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
                    Ok(Message::Close(why)) => json!({"type": "closed", "code": why.map(|why| u16::from(why.code))}),
                    Ok(_) => continue,
                    Err(error) => json!({"type": "closed", "error": error.to_string()}),
                };
                let last = value["type"] == "closed";
                let _ = told.send(value);
                if last {
                    return;
                }
            }
            let _ =
                told.send(json!({"type": "closed", "error": ProtocolError::ResetWithoutClosingHandshake.to_string()}));
        });
        Self { out, speech, inbox, pumps: [writing, reading], seen: Vec::new() }
    }

    pub(crate) fn tell(&self, message: Value) {
        self.send(Message::text(message.to_string()));
    }

    pub(crate) fn send(&self, message: Message) {
        let _ = self.out.send(message);
    }

    /// Speaks into the microphone, after what is being said.
    pub(crate) fn say(&self, samples: &[i16]) {
        let _ = self.speech.send(samples.to_vec());
    }

    pub(crate) fn act(&self, action: &str) {
        self.tell(json!({"type": "action", "action": action}));
    }

    pub(crate) fn consent(&self, granted: bool) {
        self.tell(json!({"type": "consent", "granted": granted}));
    }

    /// Reads on until a message is as wanted.
    #[track_caller]
    pub(crate) fn until<'a>(
        &'a mut self,
        what: &'a str,
        wanted: impl Fn(&Value) -> bool + 'a,
    ) -> impl Future<Output = Value> + 'a {
        let place = std::panic::Location::caller();
        async move {
            loop {
                let next = tokio::time::timeout(LONGEST, self.inbox.recv()).await;
                let Ok(Some(message)) = next else { panic!("{place}: waited for {what}, got {:#?}", self.latest()) };
                self.seen.push(message.clone());
                if wanted(&message) {
                    return message;
                }
            }
        }
    }

    fn latest(&self) -> Vec<String> {
        self.seen.iter().rev().take(12).rev().map(Value::to_string).collect()
    }

    /// Reads on until an error comes, other than that of a microphone that is off; its code.
    #[track_caller]
    pub(crate) fn error(&mut self) -> impl Future<Output = String> + '_ {
        let until = self.until("an error", |m| m["type"] == "error" && m["code"] != "no_audio");
        async move {
            let error = until.await;
            assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{error}");
            error["code"].as_str().unwrap().to_owned()
        }
    }

    #[track_caller]
    pub(crate) fn kind<'a>(&'a mut self, kind: &'a str) -> impl Future<Output = Value> + 'a {
        self.until(kind, move |m| m["type"] == kind)
    }

    /// Reads on until this has been said to the end.
    #[track_caller]
    pub(crate) fn hears<'a>(&'a mut self, text: &'a str) -> impl Future<Output = Value> + 'a {
        self.until(text, move |m| m["speaker"] == "interviewer" && m["final"] == true && has(m, text))
    }

    /// Reads on until the interviewer listens.
    #[track_caller]
    pub(crate) fn floor(&mut self) -> impl Future<Output = Value> + '_ {
        self.until("the floor", |m| m["activity"] == "listening")
    }
}

pub(crate) fn has(caption: &Value, text: &str) -> bool {
    caption["text"].as_str().is_some_and(|all| all.contains(text))
}

pub(crate) fn hello(version: u64, rate_hz: u32, channels: u32) -> Value {
    let audio = json!({"encoding": "pcm16", "sample_rate_hz": rate_hz, "channels": channels});
    json!({"type": "hello", "version": version, "audio": audio})
}

fn frame(queue: &mut VecDeque<i16>) -> Message {
    let samples = (0..FRAME_SAMPLES).flat_map(|_| queue.pop_front().unwrap_or(0).to_le_bytes());
    Message::binary(samples.collect::<Vec<u8>>())
}
