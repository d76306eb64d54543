//! Speech by Kokoro-82M, the better and slower voice: for lines that are spoken ahead, and for the candidate of demos.
//!
//! [`Kokoro::start`]`(runtime, espeak, config)` starts a thread that speaks through [`speech::Voice`];
//! [`SpeechRequest::voice`] is one of [`Kokoro::voices`]. A long sentence is cut where a speaker draws breath, its first
//! phrase short, and every phrase is sent when it is ready, at 16 kHz, levelled and trimmed. Dropping the last handle
//! frees the model.

mod engine;
mod generator;
mod levels;
mod network;
mod phonemes;
mod phrases;
mod style;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use espeak::Espeak;
use onnx::Runtime;
use speech::worker::Worker;
use speech::{EngineError, EngineErrorKind, SpeechRequest, SpeechStream, Voice, VoiceInfo};
use tokio::sync::mpsc;

use engine::Engine;

pub(crate) const ENGINE: &str = "kokoro";
/// Lines that may wait.
const QUEUE: usize = 64;
/// Chunks that may wait for the listener: more than any line has, so that a slow listener never holds up the engine.
const CHUNKS: usize = 16_384;

/// Where the model is, who speaks, and how many threads one call may take.
#[derive(Clone, Debug)]
pub struct KokoroConfig {
    /// The asset's folder: `kokoro-v1.0.int8.onnx`, `vocab.json` and `voices/*.bin`.
    pub folder: PathBuf,
    /// The voice of requests that name none.
    pub voice: String,
    /// Threads within one call.
    pub threads: usize,
}

impl KokoroConfig {
    /// The voice `af_heart`, one thread.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), voice: "af_heart".into(), threads: 1 }
    }

    pub(crate) fn model(&self) -> PathBuf {
        self.folder.join("kokoro-v1.0.int8.onnx")
    }
}

/// Kokoro on a thread of its own.
#[derive(Clone)]
pub struct Kokoro {
    info: VoiceInfo,
    voices: Arc<[String]>,
    worker: Worker<Engine>,
}

impl Kokoro {
    /// Loads the model and speaks a word to itself.
    ///
    /// # Errors
    /// `Asset` when a file is missing or is another kind of file, `Input` when there is no such voice.
    pub fn start(runtime: Arc<Runtime>, espeak: Arc<Espeak>, config: KokoroConfig) -> Result<Self, EngineError> {
        let info = Self::describe(&config)?;
        let voices = names(&config.folder.join("voices")).into();
        let worker = Worker::start(ENGINE, QUEUE, move || Engine::load(&runtime, espeak, &config))?;
        Ok(Self { info, voices, worker })
    }

    /// What the voice of `config` will say of itself, without loading it.
    ///
    /// # Errors
    /// `Asset` when the model is missing.
    pub fn describe(config: &KokoroConfig) -> Result<VoiceInfo, EngineError> {
        onnx::require(ENGINE, "kokoro", &config.model())?;
        let fingerprint = format!("{}-{}", onnx::fingerprint(ENGINE, &config.model())?, engine::REVISION);
        Ok(VoiceInfo { engine: ENGINE.into(), name: config.voice.clone(), fingerprint })
    }

    /// The names of all English voices, sorted. The first letter is the accent (`a` American, `b` British), the second
    /// the gender.
    pub fn voices(&self) -> &[String] {
        &self.voices
    }
}

impl Voice for Kokoro {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        let (chunks, stream) = mpsc::channel(CHUNKS);
        let answer = chunks.clone();
        let job = move |engine: &mut Engine| {
            if let Err(error) = engine.speak(&request, &chunks) {
                let _ = chunks.blocking_send(Err(error));
            }
        };
        if let Err(error) = self.worker.submit(job) {
            let _ = answer.try_send(Err(error));
        }
        stream
    }
}

/// The English voices in `folder`.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let name = |file: PathBuf| Some(file.file_name()?.to_str()?.strip_suffix(".bin")?.to_owned());
    let mut names: Vec<String> = files.filter_map(name).filter(|name| phonemes::Accent::of(name).is_some()).collect();
    names.sort();
    names
}

/// The end of a line that nobody wants to hear more of.
pub(crate) fn unwanted() -> EngineError {
    error(EngineErrorKind::Cancelled, "the line is no longer wanted")
}

pub(crate) fn error(kind: EngineErrorKind, message: impl ToString) -> EngineError {
    EngineError::new(ENGINE, kind, message)
}
