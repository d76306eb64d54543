//! Kokoro on its real weights.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use espeak::Espeak;
use kokoro::{Kokoro, KokoroConfig};
use onnx::Runtime;
use speech::polish::{PEAK, TARGET_LUFS, loudness};
use speech::{EngineError, EngineErrorKind, SpeechRequest, Voice};

fn assets() -> PathBuf {
    let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
    cache.unwrap_or_else(home).join("assets")
}

fn start(folder: &Path, voice: &str) -> Result<Kokoro, EngineError> {
    let runtime = Runtime::load(&assets().join("onnxruntime")).unwrap();
    let espeak = Espeak::load(&assets().join("espeak-ng")).unwrap();
    Kokoro::start(runtime, espeak, KokoroConfig { voice: voice.into(), ..KokoroConfig::new(folder) })
}

/// All samples, or the error that ended the stream.
fn hear(kokoro: &Kokoro, request: SpeechRequest) -> Result<Vec<f32>, EngineError> {
    let mut stream = kokoro.speak(request);
    let mut samples = Vec::new();
    while let Some(chunk) = stream.blocking_recv() {
        samples.extend(chunk?.samples);
    }
    Ok(samples)
}

#[test]
fn voices_speak_at_one_level_and_wrong_requests_cost_nothing() {
    let kokoro = start(&assets().join("kokoro"), "af_heart").unwrap();
    assert_eq!((kokoro.info().engine.as_str(), kokoro.info().name.as_str()), ("kokoro", "af_heart"));
    assert!(kokoro.voices().len() > 20 && kokoro.voices().iter().any(|name| name == "am_michael"));
    for voice in [None, Some("am_michael"), Some("bf_emma"), Some("bm_george")] {
        let request = SpeechRequest {
            voice: voice.map(str::to_owned),
            ..SpeechRequest::new("I have led a team of four for three years.")
        };
        let started = Instant::now();
        let samples = hear(&kokoro, request).unwrap();
        let seconds = samples.len() as f32 / 16_000.0;
        println!("{voice:?}: {seconds:.2} s in {:?}", started.elapsed());
        assert!((1.5..4.5).contains(&seconds), "{voice:?}: {seconds} s");
        assert!(samples.iter().all(|x| x.is_finite() && x.abs() <= PEAK));
        let lufs = loudness(&samples, 16_000).unwrap();
        println!("{voice:?}: {lufs:.1} LUFS");
        assert!((lufs - TARGET_LUFS).abs() < 2.0, "{voice:?}: {lufs} LUFS");
    }
    for (voice, speed) in [("nobody", 1.0), ("../vocab", 1.0), ("jf_alpha", 1.0), ("af_heart", 5.0)] {
        let request = SpeechRequest { voice: Some(voice.into()), speed, ..SpeechRequest::new("Hello.") };
        assert_eq!(hear(&kokoro, request).unwrap_err().kind, EngineErrorKind::Input, "{voice}");
    }
    assert!(hear(&kokoro, SpeechRequest::new(" ... ")).unwrap().is_empty());
    let cancelled = SpeechRequest::new("Hello there.");
    cancelled.cancel.cancel();
    assert_eq!(hear(&kokoro, cancelled).unwrap_err().kind, EngineErrorKind::Cancelled);
}

#[test]
fn bad_folders_and_voices_are_refused() {
    let missing = start(Path::new("/nowhere"), "af_heart").err().unwrap();
    assert_eq!(missing.kind, EngineErrorKind::Asset);
    assert!(missing.message.contains("interviewer assets pull kokoro"), "{missing}");
    let nobody = start(&assets().join("kokoro"), "nobody").err().unwrap();
    assert!(nobody.kind == EngineErrorKind::Input && nobody.message.contains("nobody"), "{nobody}");
}
