//! Our voice: synthesised, paced to the clock, sent, and put on the recording as it is heard.

use std::collections::VecDeque;
use std::sync::Arc;

use speech::{Cancel, EngineError, SpeechRequest, SpeechStream, Voice};
use tokio::sync::mpsc;
use tokio::time::sleep_until;

use crate::clock::Clock;
use crate::ears::to_pcm16;
use crate::link::ToClient;
use crate::recording::{Channel, Recording};

/// Samples in a frame: 20 ms.
const FRAME: usize = 320;
const SAMPLES_PER_MS: u64 = 16;
/// So much is sent ahead of its time, against a network that stutters, in milliseconds.
const AHEAD_MS: u64 = 120;
/// Silence after each line, in samples (220 ms).
const PAUSE_SAMPLES: usize = 3520;
/// How long a line is guessed to be while it is not synthesised to its end, in milliseconds a character.
const GUESSED_MS_PER_CHARACTER: u64 = 60;

/// What the mouth is told.
pub(crate) enum Order {
    Speak { line: u32, text: String },
    Hush { line: u32 },
}

/// What the mouth tells.
#[derive(Debug)]
pub(crate) enum Spoken {
    Started { line: u32 },
    Ended { line: u32 },
    Stopped { line: u32, heard_ms: u64, of_ms: u64 },
    Failed { error: EngineError },
}

/// Speaks one line after the other.
pub(crate) struct Mouth {
    pub(crate) clock: Clock,
    pub(crate) recording: Arc<Recording>,
    pub(crate) voice: Arc<dyn Voice>,
    pub(crate) outgoing: mpsc::Sender<ToClient>,
    pub(crate) spoken: mpsc::Sender<Spoken>,
}

/// A line being spoken.
struct Playing {
    line: u32,
    characters: u64,
    stream: SpeechStream,
    /// Synthesised, not sent.
    samples: VecDeque<i16>,
    /// Whether the stream has ended.
    complete: bool,
    /// Whether it ended with an error after some sound.
    broke_off: bool,
    /// When the first frame is heard, in milliseconds; `None` before it is sent.
    began_ms: Option<u64>,
    /// Samples sent.
    sent: u64,
}

/// Why a wait ended.
enum Woken {
    Due,
    Order(Option<Order>),
    Chunk(Option<Result<speech::AudioChunk, EngineError>>),
}

impl Mouth {
    /// Speaks until the orders end.
    pub(crate) async fn run(self, mut orders: mpsc::Receiver<Order>) {
        while let Some(order) = orders.recv().await {
            match order {
                Order::Speak { line, text } => {
                    if self.play(line, &text, &mut orders).await.is_none() {
                        return;
                    }
                }
                Order::Hush { .. } => {} // the line has ended already, and that has been told
            }
        }
    }

    /// `None` when the orders have ended.
    async fn play(&self, line: u32, text: &str, orders: &mut mpsc::Receiver<Order>) -> Option<()> {
        let cancel = Cancel::default();
        let stream = self.voice.speak(SpeechRequest { cancel: cancel.clone(), ..SpeechRequest::new(text) });
        let characters = text.chars().count() as u64;
        let mut playing = Playing {
            line,
            characters,
            stream,
            samples: VecDeque::new(),
            complete: false,
            broke_off: false,
            began_ms: None,
            sent: 0,
        };
        loop {
            if playing.is_over() && self.clock.now_ms() >= playing.heard_until_ms() {
                match playing.broke_off {
                    true => self.stop(&playing).await,
                    false => self.tell(Spoken::Ended { line }).await,
                }
                return Some(());
            }
            match self.wait(&mut playing, orders).await {
                Woken::Due => self.send_frame(&mut playing).await,
                Woken::Chunk(chunk) => self.take_chunk(&mut playing, chunk).await,
                Woken::Order(None) => return None,
                Woken::Order(Some(Order::Hush { line: hushed })) if hushed == line => {
                    cancel.cancel();
                    self.stop(&playing).await;
                    return Some(());
                }
                Woken::Order(Some(_)) => {} // the core speaks one line at a time
            }
        }
    }

    /// Waits for whatever comes first: time to send, an order, more sound.
    async fn wait(&self, playing: &mut Playing, orders: &mut mpsc::Receiver<Order>) -> Woken {
        let due_ms = playing.due_ms();
        let due = due_ms.map(|due_ms| self.clock.instant(due_ms));
        let sleep = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            order = orders.recv() => Woken::Order(order),
            () = sleep => Woken::Due,
            chunk = playing.stream.recv(), if !playing.complete => Woken::Chunk(chunk),
        }
    }

    async fn take_chunk(&self, playing: &mut Playing, chunk: Option<Result<speech::AudioChunk, EngineError>>) {
        match chunk {
            Some(Ok(chunk)) => playing.samples.extend(chunk.samples.into_iter().map(to_pcm16)),
            Some(Err(error)) => {
                playing.complete = true;
                // of a line without any sound the caption is what remains
                playing.broke_off = playing.sent > 0 || !playing.samples.is_empty();
                self.tell(Spoken::Failed { error }).await;
            }
            None => {
                playing.complete = true;
                playing.samples.extend(std::iter::repeat_n(0, PAUSE_SAMPLES));
            }
        }
    }

    async fn send_frame(&self, playing: &mut Playing) {
        if playing.samples.is_empty() {
            return; // the end of the line has been waited for
        }
        let now_ms = self.clock.now_ms();
        if playing.began_ms.is_none() {
            playing.began_ms = Some(now_ms);
            self.tell(Spoken::Started { line: playing.line }).await;
        }
        playing.catch_up(now_ms);
        let count = FRAME.min(playing.samples.len());
        let mut frame: Vec<i16> = playing.samples.drain(..count).collect();
        frame.resize(FRAME, 0);
        self.recording.put(Channel::Interviewer, playing.heard_until_ms() * SAMPLES_PER_MS, frame.iter().copied());
        playing.sent += FRAME as u64;
        let _ = self.outgoing.send(ToClient::Audio(frame)).await;
    }

    async fn stop(&self, playing: &Playing) {
        let now_ms = self.clock.now_ms();
        let heard_ms = playing.began_ms.map_or(0, |began| now_ms.min(playing.heard_until_ms()).saturating_sub(began));
        self.recording.erase(Channel::Interviewer, now_ms * SAMPLES_PER_MS);
        self.tell(Spoken::Stopped { line: playing.line, heard_ms, of_ms: playing.length_ms() }).await;
    }

    async fn tell(&self, spoken: Spoken) {
        let _ = self.spoken.send(spoken).await;
    }
}

impl Playing {
    fn is_over(&self) -> bool {
        self.complete && self.samples.is_empty()
    }

    /// Until when the sound that was sent lasts, in milliseconds.
    fn heard_until_ms(&self) -> u64 {
        self.began_ms.unwrap_or(0) + self.sent / SAMPLES_PER_MS
    }

    /// When the next frame is to be sent, or the end of the line has come; `None` while there is nothing to send.
    fn due_ms(&self) -> Option<u64> {
        if self.is_over() {
            return Some(self.heard_until_ms());
        }
        let ready = self.samples.len() >= FRAME || (self.complete && !self.samples.is_empty());
        ready.then(|| self.began_ms.map_or(0, |_| self.heard_until_ms().saturating_sub(AHEAD_MS)))
    }

    /// Synthesis was too slow and the listener heard a gap: what follows is heard later by as much.
    fn catch_up(&mut self, now_ms: u64) {
        let gap_ms = now_ms.saturating_sub(self.heard_until_ms());
        if self.sent > 0 && gap_ms > 0 {
            self.began_ms = self.began_ms.map(|began| began + gap_ms);
        }
    }

    fn length_ms(&self) -> u64 {
        let known_ms = (self.sent + self.samples.len() as u64) / SAMPLES_PER_MS;
        if self.complete && !self.broke_off {
            known_ms
        } else {
            known_ms.max(self.characters * GUESSED_MS_PER_CHARACTER)
        }
    }
}
