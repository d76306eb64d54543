//! Our voice: synthesised, paced to the clock, sent, and put on the recording as it is heard.

mod playing;
mod words;

use std::sync::Arc;

use speech::{Cancel, EngineError, Lexicon, SpeechRequest, Voice};
use tokio::sync::mpsc;
use tokio::time::sleep_until;

use crate::clock::Clock;
use crate::event::Rest;
use crate::link::ToClient;
use crate::recording::{Channel, Recording};
use crate::reference::Reference;
use playing::Playing;

/// Samples in a frame: 20 ms.
const FRAME: usize = 320;
const SAMPLES_PER_MS: u64 = 16;
/// So much is sent ahead of its time, against a network that stutters, in milliseconds.
const AHEAD_MS: u64 = 120;

/// What the mouth is told.
pub(crate) enum Order {
    Speak {
        line: u32,
        text: String,
        rest: Option<Rest>,
    },
    /// Softly, or as usual.
    Duck {
        line: u32,
        soft: bool,
    },
    Hush {
        line: u32,
    },
}

/// What the mouth tells.
#[derive(Debug)]
pub(crate) enum Spoken {
    Started { line: u32 },
    Ended { line: u32 },
    Stopped { line: u32, heard_ms: u64, of_ms: u64, resume_ms: u64 },
    Failed { error: EngineError },
}

/// Speaks one line after the other.
pub(crate) struct Mouth {
    pub(crate) clock: Clock,
    pub(crate) recording: Arc<Recording>,
    /// Our sound as it is heard, for the ears.
    pub(crate) reference: Reference,
    pub(crate) voice: Arc<dyn Voice>,
    /// How the plan's names are said.
    pub(crate) lexicon: Arc<Lexicon>,
    pub(crate) outgoing: mpsc::Sender<ToClient>,
    pub(crate) spoken: mpsc::Sender<Spoken>,
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
                Order::Speak { line, text, rest } => {
                    if self.play(line, text, rest, &mut orders).await.is_none() {
                        return;
                    }
                }
                Order::Hush { .. } | Order::Duck { .. } => {} // the line has ended already, and that has been told
            }
        }
    }

    /// `None` when the orders have ended.
    async fn play(
        &self,
        line: u32,
        text: String,
        rest: Option<Rest>,
        orders: &mut mpsc::Receiver<Order>,
    ) -> Option<()> {
        let (whole, from_ms) = rest.map_or((text.clone(), 0), |rest| (rest.whole, rest.from_ms));
        let cancel = Cancel::default();
        let (lexicon, called_off) = (self.lexicon.clone(), cancel.clone());
        let stream = self.voice.speak(SpeechRequest { lexicon, cancel: called_off, ..SpeechRequest::new(whole) });
        let mut playing = Playing::new(line, &text, stream, from_ms);
        loop {
            if playing.is_over() && self.clock.now_ms() >= playing.heard_until_ms() {
                match playing.broke_off() {
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
                Woken::Order(Some(Order::Duck { line: ducked, soft })) if ducked == line => playing.duck(soft),
                Woken::Order(Some(_)) => {} // the core speaks one line at a time
            }
        }
    }

    /// Waits for whatever comes first: time to send, an order, more sound.
    async fn wait(&self, playing: &mut Playing, orders: &mut mpsc::Receiver<Order>) -> Woken {
        let due = playing.due_ms().map(|due_ms| self.clock.instant(due_ms));
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
            chunk = playing.next_chunk(), if !playing.is_complete() => Woken::Chunk(chunk),
        }
    }

    async fn take_chunk(&self, playing: &mut Playing, chunk: Option<Result<speech::AudioChunk, EngineError>>) {
        match chunk {
            Some(Ok(chunk)) => playing.extend(&chunk.samples),
            Some(Err(error)) => {
                playing.break_off();
                self.tell(Spoken::Failed { error }).await;
            }
            None => playing.complete(),
        }
    }

    async fn send_frame(&self, playing: &mut Playing) {
        let now_ms = self.clock.now_ms();
        let Some(first) = playing.begin(now_ms) else { return }; // the end of the line has been waited for
        if first {
            self.tell(Spoken::Started { line: playing.line() }).await;
        }
        playing.catch_up(now_ms);
        let at = playing.heard_until_ms() * SAMPLES_PER_MS;
        let frame = playing.next_frame();
        self.recording.put(Channel::Interviewer, at, frame.iter().copied());
        self.reference.put(at, &frame);
        let _ = self.outgoing.send(ToClient::Audio(frame)).await;
    }

    async fn stop(&self, playing: &Playing) {
        let now_ms = self.clock.now_ms();
        self.recording.erase(Channel::Interviewer, now_ms * SAMPLES_PER_MS);
        self.reference.erase(now_ms * SAMPLES_PER_MS);
        let (heard_ms, of_ms, resume_ms) = playing.stopped_at(now_ms);
        self.tell(Spoken::Stopped { line: playing.line(), heard_ms, of_ms, resume_ms }).await;
    }

    async fn tell(&self, spoken: Spoken) {
        let _ = self.spoken.send(spoken).await;
    }
}
