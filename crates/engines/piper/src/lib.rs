//! Speech by Piper (VITS voices, espeak phonemes).
//!
//! [`Piper::start`]`(runtime, espeak, config)` starts a thread that speaks for all sessions through [`speech::Voice`];
//! in a voice of several speakers [`SpeechRequest::voice`] is one of them, by name or number.
//! Text is put into words ([`speech::speakable`]), cut into sentences, and each sentence is sent when it is ready, at
//! 16 kHz, levelled and trimmed ([`speech::polish`]), with a short pause before the next.

mod config;
mod decoder;
mod engine;
mod flow;
mod network;
mod symbols;
mod tail;
mod text;

use std::path::PathBuf;
use std::sync::Arc;

use espeak::Espeak;
use onnx::Runtime;
use speech::worker::Worker;
use speech::{EngineError, EngineErrorKind, SpeechRequest, SpeechStream, Voice, VoiceInfo};
use tokio::sync::mpsc;

use engine::Engine;

pub(crate) const ENGINE: &str = "piper";
/// Lines that may wait.
const QUEUE: usize = 64;
/// Chunks that may wait for the listener: more than any line has, so that a slow listener never holds up the engine.
const CHUNKS: usize = 16_384;

/// Which voice, and how many threads one call may take.
#[derive(Clone, Debug)]
pub struct PiperConfig {
    /// The voice, `….onnx`; its `….onnx.json` lies beside it.
    pub model: PathBuf,
    /// Of a voice with several speakers the one of requests that name none, by name or number; its first if `None`.
    pub speaker: Option<String>,
    /// Threads within one call.
    pub threads: usize,
}

/// A Piper voice on a thread of its own.
#[derive(Clone)]
pub struct Piper {
    info: VoiceInfo,
    worker: Worker<Engine>,
}

impl Piper {
    /// Loads the voice and speaks a line to itself, which warms it up and measures its level.
    ///
    /// # Errors
    /// `Asset` when the voice is missing or is another kind of model, `Input` when it has no such speaker.
    pub fn start(runtime: Arc<Runtime>, espeak: Arc<Espeak>, config: PiperConfig) -> Result<Self, EngineError> {
        let info = Self::describe(&config)?;
        let worker = Worker::start(ENGINE, QUEUE, move || Engine::load(&runtime, espeak, &config))?;
        Ok(Self { info, worker })
    }

    /// What the voice of `config` will say of itself, without loading it.
    ///
    /// # Errors
    /// `Asset` when the voice is missing.
    pub fn describe(config: &PiperConfig) -> Result<VoiceInfo, EngineError> {
        onnx::require(ENGINE, "piper-en_US-joe-medium", &config.model)?;
        let name = config.model.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let mut fingerprint = format!("{}-{}", onnx::fingerprint(ENGINE, &config.model)?, engine::REVISION);
        if let Some(speaker) = &config.speaker {
            fingerprint = format!("{fingerprint}-{speaker}");
        }
        Ok(VoiceInfo { engine: ENGINE.into(), name, fingerprint })
    }
}

impl Voice for Piper {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        let (chunks, stream) = mpsc::channel(CHUNKS);
        let name = self.info.name.clone();
        let answer = chunks.clone();
        let job = move |engine: &mut Engine| {
            if let Err(error) = engine.speak(&name, &request, &chunks) {
                let _ = chunks.blocking_send(Err(error));
            }
        };
        if let Err(error) = self.worker.submit(job) {
            let _ = answer.try_send(Err(error));
        }
        stream
    }
}

pub(crate) fn error(kind: EngineErrorKind, message: impl ToString) -> EngineError {
    EngineError::new(ENGINE, kind, message)
}
