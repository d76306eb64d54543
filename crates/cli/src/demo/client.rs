//! The candidate's end of the WebSocket: a microphone that never stops, and ears for what the server says.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use super::mind::{Intention, Mind};
use super::voices::Voices;
use crate::terminal::say;

const FRAME_SAMPLES: usize = 320;
const FRAME: Duration = Duration::from_millis(20);
const SAMPLES_PER_MS: usize = 16;
/// An interview that takes longer has gone wrong.
const LONGEST: Duration = Duration::from_secs(45 * 60);
/// Without any message for so long the server is gone.
const QUIET: Duration = Duration::from_secs(120);

/// Something that the candidate said.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Spoken {
    /// The question it belongs to.
    pub(crate) question: Option<String>,
    /// The words.
    pub(crate) text: String,
    /// Whether it was the reply to the request for consent, which is not kept.
    pub(crate) before_consent: bool,
    /// Whether it was spoken over the interviewer.
    pub(crate) interrupts: bool,
}

/// The microphone: what is queued, then room tone.
struct Microphone {
    queue: VecDeque<i16>,
    noise: u32,
}

impl Microphone {
    fn frame(&mut self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 * FRAME_SAMPLES);
        for _ in 0..FRAME_SAMPLES {
            let sample = self.queue.pop_front().unwrap_or(0).saturating_add(self.room_tone());
            bytes.extend(sample.to_le_bytes());
        }
        bytes
    }

    /// Faint noise (about -75 dBFS), since no room is silent.
    fn room_tone(&mut self) -> i16 {
        self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.noise >> 29) as i16 - 4
    }

    /// Whether something is still being said, or about to be.
    fn is_in_use(&self) -> bool {
        !self.queue.is_empty()
    }

    fn say(&mut self, intention: &Intention, voices: &Voices) {
        self.silence(intention.answer.think_ms);
        for (i, stretch) in intention.answer.say.iter().enumerate() {
            if i > 0 {
                self.silence(intention.answer.pause_ms);
            }
            self.queue.extend(voices.get(stretch).into_iter().flatten());
        }
    }

    fn silence(&mut self, ms: u64) {
        self.queue.extend(std::iter::repeat_n(0, ms as usize * SAMPLES_PER_MS));
    }
}

/// Holds the conversation; everything that the candidate said.
pub(crate) async fn converse(url: &str, mut mind: Mind, voices: &Voices) -> Result<Vec<Spoken>> {
    let (socket, _) = connect_async(url).await.with_context(|| format!("cannot connect to {url}"))?;
    let (mut sink, mut stream) = socket.split();
    let audio = json!({"encoding": "pcm16", "sample_rate_hz": 16_000, "channels": 1});
    sink.send(Message::text(json!({"type": "hello", "version": 1, "audio": audio}).to_string())).await?;
    let mut ticks = interval(FRAME);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut microphone = Microphone { queue: VecDeque::new(), noise: 1 };
    let (mut spoken, began, mut heard_at) = (Vec::new(), Instant::now(), Instant::now());
    loop {
        tokio::select! {
            _ = ticks.tick() => sink.send(Message::binary(microphone.frame())).await.context("the server is gone")?,
            message = stream.next() => {
                heard_at = Instant::now();
                let message = message.context("the server closed the connection in mid-interview")??;
                let Message::Text(text) = message else { continue };
                let message: Value = serde_json::from_str(&text).context("the server sent no JSON")?;
                if on_message(&message)? {
                    return Ok(spoken);
                }
                if let Some(intention) = mind.told(&message, microphone.is_in_use()) {
                    spoken.push(said(&intention, &message));
                    microphone.say(&intention, voices);
                }
            }
        }
        if began.elapsed() > LONGEST || heard_at.elapsed() > QUIET {
            bail!("the interview hangs: {} s without a word from the server", heard_at.elapsed().as_secs());
        }
    }
}

/// Prints what is to be seen; whether the interview has ended.
fn on_message(message: &Value) -> Result<bool> {
    match message["type"].as_str() {
        Some("caption") if message["final"] == true => {
            let text = message["text"].as_str().unwrap_or_default();
            say(&format!("{:>12}: {text}", message["speaker"].as_str().unwrap_or_default()));
        }
        Some("error") => bail!("the server complains: {}", message["message"].as_str().unwrap_or_default()),
        Some("ended") if message["reason"] == "completed" => return Ok(true),
        Some("ended") => bail!("the interview ended as {}", message["reason"]),
        _ => {}
    }
    Ok(false)
}

fn said(intention: &Intention, message: &Value) -> Spoken {
    Spoken {
        question: intention.question.clone(),
        text: intention.answer.say.join(" "),
        before_consent: message["phase"] == "consent",
        interrupts: intention.over_you,
    }
}
