//! The candidate's end of the WebSocket.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use super::candidate::{Candidate, FRAME};
use super::told::{Side, Told};

/// Holds the conversation of interview `id` with the server at `server`.
pub(crate) async fn converse(server: SocketAddr, id: &str, candidate: &mut Candidate<'_>) -> Result<()> {
    let url = format!("ws://{server}/api/interviews/{id}/ws");
    let (socket, _) = connect_async(&url).await.with_context(|| format!("cannot connect to {url}"))?;
    let (mut sink, mut stream) = socket.split();
    let audio = json!({"encoding": "pcm16", "sample_rate_hz": 16_000, "channels": 1});
    sink.send(Message::text(json!({"type": "hello", "version": 1, "audio": audio}).to_string())).await?;
    let mut ticks = interval(FRAME);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                candidate.check()?;
                let bytes: Vec<u8> = candidate.frame().iter().flat_map(|sample| sample.to_le_bytes()).collect();
                sink.send(Message::binary(bytes)).await.context("the server is gone")?;
            }
            message = stream.next() => {
                match message.context("the server closed the connection in mid-interview")?? {
                    Message::Binary(bytes) => candidate.hear(&samples(&bytes), true, Instant::now()),
                    Message::Text(text) => {
                        let message = serde_json::from_str(&text).context("the server sent no JSON")?;
                        if let Some(told) = read(&message) && candidate.told(told)? {
                            return Ok(());
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

fn samples(bytes: &[u8]) -> Vec<i16> {
    bytes.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect()
}

/// What a message means to a candidate; `None` when nothing.
fn read(message: &Value) -> Option<Told> {
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    Some(match message["type"].as_str()? {
        "progress" => Told::Question { number: message["question"].as_u64()? as usize, text: text("text") },
        "state" => Told::Floor { phase: text("phase"), activity: text("activity") },
        "caption" if message["final"] == true => {
            let of = if message["speaker"] == Side::Candidate.name() { Side::Candidate } else { Side::Interviewer };
            Told::Caption { of, segment: text("segment"), text: text("text") }
        }
        "speech" if message["event"] == "stop" => Told::Hush,
        "error" => Told::Trouble(text("message")),
        "ended" => Told::Ended { reason: text("reason") },
        _ => return None,
    })
}
