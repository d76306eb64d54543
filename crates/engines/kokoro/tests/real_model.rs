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
    for voice in [None, Some("am_michael"), Some("bf_emma"), Some("bm_george"), Some("af_heart+bm_george")] {
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
    let many = ["af_heart"; 5].join("+");
    let wrong = [("nobody", 1.0), ("../vocab", 1.0), ("jf_alpha", 1.0), ("af_heart", 5.0)];
    for (voice, speed) in wrong.into_iter().chain([("af_heart+nobody", 1.0), ("af_heart+", 1.0), (&many, 1.0)]) {
        let request = SpeechRequest { voice: Some(voice.into()), speed, ..SpeechRequest::new("Hello.") };
        assert_eq!(hear(&kokoro, request).unwrap_err().kind, EngineErrorKind::Input, "{voice}");
    }
    assert!(hear(&kokoro, SpeechRequest::new(" ... ")).unwrap().is_empty());
    let cancelled = SpeechRequest::new("Hello there.");
    cancelled.cancel.cancel();
    assert_eq!(hear(&kokoro, cancelled).unwrap_err().kind, EngineErrorKind::Cancelled);
}

/// Lengths in milliseconds of the silences between the first and the last sound.
fn silences(samples: &[f32]) -> Vec<usize> {
    let is_sound = |window: &[f32]| window.iter().any(|x| x.abs() > 0.01);
    let loud: Vec<bool> = samples.chunks(160).map(is_sound).collect();
    let (Some(first), Some(last)) = (loud.iter().position(|loud| *loud), loud.iter().rposition(|loud| *loud)) else {
        return Vec::new();
    };
    loud[first..=last].split(|loud| *loud).map(|gap| gap.len() * 10).filter(|ms| *ms >= 100).collect()
}

#[test]
fn a_long_line_comes_phrase_by_phrase_with_natural_pauses_and_stops_when_told() {
    let kokoro = start(&assets().join("kokoro"), "af_heart").unwrap();
    let line = "Could you tell me about a day when nothing went as planned? Please take your time.";
    let mut stream = kokoro.speak(SpeechRequest::new(line));
    let mut chunks = Vec::new();
    while let Some(chunk) = stream.blocking_recv() {
        chunks.push(chunk.unwrap().samples);
    }
    let lengths: Vec<usize> = chunks.iter().map(Vec::len).collect();
    assert!(chunks.len() == 3 && lengths[0] * 2 < lengths.iter().sum(), "{lengths:?}");
    for pair in chunks.windows(2) {
        let (before, after) = (&pair[0][pair[0].len() - 16..], &pair[1][..16]);
        assert!(before.iter().chain(after).all(|x| x.abs() < 0.02), "a click between {before:?} and {after:?}");
    }
    let gaps = silences(&chunks.concat());
    assert!(gaps.iter().all(|ms| *ms <= 700) && gaps.iter().any(|ms| *ms >= 250), "pauses of {gaps:?} ms");
    let request = SpeechRequest::new("This sentence is one of many that nobody will hear. ".repeat(150));
    let cancel = request.cancel.clone();
    let mut stream = kokoro.speak(request);
    assert!(stream.blocking_recv().unwrap().is_ok());
    cancel.cancel();
    let rest: Vec<_> = std::iter::from_fn(|| stream.blocking_recv()).collect();
    assert!(rest.len() <= 3, "{} more chunks", rest.len());
    assert_eq!(rest.into_iter().next_back().unwrap().unwrap_err().kind, EngineErrorKind::Cancelled);
    for nothing in ["", "🙂🙂", "\u{0}\u{1b}\u{7f}", "—"] {
        assert!(hear(&kokoro, SpeechRequest::new(nothing)).unwrap().is_empty(), "{nothing:?}");
    }
    let too_long = hear(&kokoro, SpeechRequest::new("x".repeat(100_000))).unwrap_err();
    assert_eq!(too_long.kind, EngineErrorKind::Input);
}

#[test]
fn bad_folders_and_voices_are_refused() {
    let missing = start(Path::new("/nowhere"), "af_heart").err().unwrap();
    assert_eq!(missing.kind, EngineErrorKind::Asset);
    assert!(missing.message.contains("interviewer assets pull kokoro"), "{missing}");
    let nobody = start(&assets().join("kokoro"), "nobody").err().unwrap();
    assert!(nobody.kind == EngineErrorKind::Input && nobody.message.contains("nobody"), "{nobody}");
    assert!(nobody.message.contains("af_heart, ") && nobody.message.contains("bm_george"), "{nobody}");
    assert!(!nobody.message.contains("jf_alpha"), "{nobody}");
}
