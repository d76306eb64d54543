//! The engines as they are installed.

use std::path::PathBuf;
use std::sync::Arc;

use espeak::Espeak;
use kokoro::{Kokoro, KokoroConfig};
use onnx::Runtime;
use piper::{Piper, PiperConfig};
use speech::{EngineError, SpeechRequest, Voice};

pub(crate) fn asset(name: &str) -> PathBuf {
    let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
    cache.unwrap_or_else(home).join("assets").join(name)
}

pub(crate) fn piper() -> Piper {
    let model = asset("piper-en_US-joe-medium/en_US-joe-medium.onnx");
    Piper::start(runtime(), espeak(), PiperConfig { model, speaker: None, threads: 1 }).unwrap()
}

pub(crate) fn kokoro() -> Kokoro {
    Kokoro::start(runtime(), espeak(), KokoroConfig::new(asset("kokoro"))).unwrap()
}

fn runtime() -> Arc<Runtime> {
    Runtime::load(&asset("onnxruntime")).unwrap()
}

fn espeak() -> Arc<Espeak> {
    Espeak::load(&asset("espeak-ng")).unwrap()
}

/// All samples, or the error that ended the stream.
pub(crate) async fn hear(voice: &dyn Voice, request: SpeechRequest) -> Result<Vec<f32>, EngineError> {
    let mut stream = voice.speak(request);
    let mut samples = Vec::new();
    while let Some(chunk) = stream.recv().await {
        samples.extend(chunk?.samples);
    }
    Ok(samples)
}
