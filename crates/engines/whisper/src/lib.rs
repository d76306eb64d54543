//! Speech to text by Whisper models in CTranslate2's format.
//!
//! Whisper always looks at 30 s, however short the utterance. Here only the speech is encoded, and what follows is
//! filled with the encoder's picture of silence, made once per model: the decoder sees the quiet it expects after the
//! last word, at a fraction of the cost ([`encode`]). Results that look wrong (loops, more words than the time could
//! hold, low scores) are decoded again with more care, as far as there is time, and a decoder that ran in circles counts
//! for one round ([`decode`]). Word times come from the model's attention; sound that no word was found for is decoded by
//! itself ([`holes`]).
//!
//! CTranslate2 encodes, follows beams, and does everything on a GPU. On a processor one hypothesis in 8 bits, which is what a
//! session asks for, is decoded by [`greedy`] from the same file: for one token at a time CTranslate2 spends most of its time on
//! rearranging weights. What an earlier look at the same sound heard is confirmed at once there
//! ([`speech::RecognitionRequest::draft`]), and the attention that word times come from falls off on the way ([`align`]).
//!
//! [`Claims`] judges by the same encoder whether a voice wants the floor.
//!
//! Requests are taken one by one. A batch of four would do more in the same time (the decoder's weights pass
//! through the processor once for all; the encoder gains nothing), but each would wait for the slowest, and words would be
//! there later for everyone.

mod align;
mod claims;
mod config;
mod decode;
mod encode;
mod greedy;
mod holes;
mod judge;
mod line;
mod load;
mod loops;
mod recognize;
mod storage;
mod sum;
mod tokens;
mod words;

use async_trait::async_trait;
use speech::worker::Worker;
use speech::{EngineError, EngineErrorKind, Recognition, RecognitionRequest, Recognizer, Urgency};

use line::Line;

pub use claims::Claims;
pub use config::{Compute, Device, WhisperConfig};

/// The engine's name in errors and logs.
const ENGINE: &str = "whisper";

/// A loaded model on a thread of its own; shared by all sessions, cheap to clone.
#[derive(Clone)]
pub struct Whisper {
    name: String,
    worker: Worker<recognize::Engine>,
    line: Line,
}

impl Whisper {
    /// Loads the model and runs it once, so that the first request is as fast as the others.
    ///
    /// # Errors
    /// `Asset` when a file of the model is missing or broken; the message names the file and the command that
    /// fetches it.
    pub fn load(config: WhisperConfig) -> Result<Self, EngineError> {
        let name = config.name();
        let worker = Worker::start(ENGINE, config.queue, move || recognize::Engine::load(&config))?;
        Ok(Self { name, worker, line: Line::default() })
    }
}

#[async_trait]
impl Recognizer for Whisper {
    fn name(&self) -> &str {
        &self.name
    }

    async fn recognize(&self, request: RecognitionRequest) -> Result<Recognition, EngineError> {
        let place = self.line.join();
        let job = move |engine: &mut recognize::Engine| {
            let others = place.leave(request.urgency);
            if others > 0 && request.urgency == Urgency::Glimpse {
                return Err(EngineError::new(
                    ENGINE,
                    EngineErrorKind::Busy,
                    "a glimpse makes room for what is waiting",
                ));
            }
            engine.recognize(&request)
        };
        self.worker.call(job).await
    }
}

fn asset(message: impl ToString) -> EngineError {
    EngineError::new(ENGINE, EngineErrorKind::Asset, message)
}

fn input(message: impl ToString) -> EngineError {
    EngineError::new(ENGINE, EngineErrorKind::Input, message)
}

fn inference(message: impl ToString) -> EngineError {
    EngineError::new(ENGINE, EngineErrorKind::Inference, message)
}
