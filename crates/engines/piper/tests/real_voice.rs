//! Piper on a real voice.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use espeak::Espeak;
use onnx::Runtime;
use piper::{Piper, PiperConfig};
use speech::polish::{PEAK, TARGET_LUFS, loudness};
use speech::{EngineError, EngineErrorKind, SpeechRequest, Voice};

fn assets() -> PathBuf {
    let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
    cache.unwrap_or_else(home).join("assets")
}

fn start(model: &Path) -> Result<Piper, EngineError> {
    let runtime = Runtime::load(&assets().join("onnxruntime")).unwrap();
    let espeak = Espeak::load(&assets().join("espeak-ng")).unwrap();
    Piper::start(runtime, espeak, PiperConfig { model: model.into(), speaker: None, threads: 1 })
}

fn real() -> Piper {
    start(&assets().join("piper-en_US-joe-medium/en_US-joe-medium.onnx")).unwrap()
}

/// All chunks, or the error that ended the stream.
fn hear(piper: &Piper, request: SpeechRequest) -> Result<Vec<Vec<f32>>, EngineError> {
    let mut stream = piper.speak(request);
    let mut chunks = Vec::new();
    while let Some(chunk) = stream.blocking_recv() {
        chunks.push(chunk?.samples);
    }
    Ok(chunks)
}

fn seconds(piper: &Piper, request: SpeechRequest) -> f32 {
    hear(piper, request).unwrap().concat().len() as f32 / 16_000.0
}

const PAIR: &str = "Thank you for that answer. Could you tell me about a time when you had to resolve a disagreement inside your team?";

#[test]
fn a_line_has_the_right_length_and_level_and_does_not_clip() {
    let piper = real();
    assert_eq!((piper.info().engine.as_str(), piper.info().name.as_str()), ("piper", "en_US-joe-medium"));
    let samples = hear(&piper, SpeechRequest::new(PAIR)).unwrap().concat();
    let seconds = samples.len() as f32 / 16_000.0;
    assert!((4.0..7.0).contains(&seconds), "{seconds} s");
    assert!(samples.iter().all(|x| x.is_finite() && x.abs() <= PEAK));
    // Short lines differ, as a speaker's do: the level is the voice's, not the line's.
    for (line, most) in [
        (PAIR, 1.5),
        ("Which tools did you use, and why?", 3.0),
        ("Take all the time that you need, there is no hurry.", 3.0),
    ] {
        let lufs = loudness(&hear(&piper, SpeechRequest::new(line)).unwrap().concat(), 16_000).unwrap();
        println!("{lufs:.1} LUFS: {line}");
        assert!((lufs - TARGET_LUFS).abs() < most, "{lufs} LUFS: {line}");
    }
    let step = samples.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
    assert!(step < 0.7, "a click of {step}");
}

#[test]
fn the_first_sound_does_not_wait_for_the_rest() {
    let piper = real();
    let started = Instant::now();
    let mut stream = piper.speak(SpeechRequest::new(PAIR));
    let mut samples = stream.blocking_recv().unwrap().unwrap().samples;
    let first = started.elapsed();
    while let Some(chunk) = stream.blocking_recv() {
        samples.extend(chunk.unwrap().samples);
    }
    let (all, audio) = (started.elapsed(), samples.len() as f32 / 16_000.0);
    println!("first audio {first:?}, all {all:?}, real-time factor {:.3}", all.as_secs_f32() / audio);
    assert!(first * 2 < all, "first {first:?}, all {all:?}");
}

#[test]
fn speed_shortens_and_out_of_range_is_refused() {
    let piper = real();
    let line = || SpeechRequest::new("Could you tell me about your last project?");
    let (normal, fast) = (seconds(&piper, line()), seconds(&piper, SpeechRequest { speed: 1.6, ..line() }));
    assert!(fast < normal * 0.8, "{fast} s against {normal} s");
    for speed in [0.0, 9.0, f32::NAN] {
        let error = hear(&piper, SpeechRequest { speed, ..line() }).unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::Input);
    }
}

#[test]
fn cancelling_stops_a_long_line() {
    let piper = real();
    let request = SpeechRequest::new("This is one more sentence to be spoken. ".repeat(100));
    let cancel = request.cancel.clone();
    let mut stream = piper.speak(request);
    assert!(stream.blocking_recv().unwrap().is_ok());
    cancel.cancel();
    let mut rest = Vec::new();
    while let Some(chunk) = stream.blocking_recv() {
        rest.push(chunk);
    }
    assert!(rest.len() < 20, "{} more chunks", rest.len());
    assert_eq!(rest.pop().unwrap().unwrap_err().kind, EngineErrorKind::Cancelled);
    // A listener who goes away stops it as well.
    drop(piper.speak(SpeechRequest::new("This is one more sentence to be spoken. ".repeat(100))));
    let started = Instant::now();
    assert!(seconds(&piper, SpeechRequest::new("Yes.")) > 0.1);
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn long_short_and_odd_texts_are_spoken_or_refused() {
    let piper = real();
    let without_a_stop = "and then we went on to the next one ".repeat(16);
    assert!(seconds(&piper, SpeechRequest::new(without_a_stop)) > 15.0);
    for nothing in ["", " \n ", "...", "—", "🙂🙂", "\u{0}\u{1b}\u{7f}", &"\u{200b}".repeat(9_000)] {
        assert!(hear(&piper, SpeechRequest::new(nothing)).unwrap().is_empty(), "{nothing:?}");
    }
    assert!(seconds(&piper, SpeechRequest::new("Hi!")) > 0.1);
    hear(&piper, SpeechRequest::new("日本 🙂 \u{0} <b>¿Qué?</b> [[kˈ]]")).unwrap();
    for too_long in ["a ".repeat(6_000), "x".repeat(100_000)] {
        let error = hear(&piper, SpeechRequest::new(too_long)).unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::Input);
    }
    let stranger = SpeechRequest { voice: Some("bob".into()), ..SpeechRequest::new("Hello.") };
    assert!(hear(&piper, stranger).unwrap_err().message.contains("bob"));
}

#[test]
fn bad_voices_are_asset_errors() {
    let missing = start(Path::new("/nowhere/voice.onnx")).err().unwrap();
    assert_eq!(missing.kind, EngineErrorKind::Asset);
    assert!(missing.message.contains("interviewer assets pull piper-en_US-joe-medium"), "{missing}");
    let without_json = start(&assets().join("silero-vad/silero_vad.onnx")).err().unwrap();
    assert_eq!(without_json.kind, EngineErrorKind::Asset);
    assert!(without_json.message.contains("silero_vad.onnx.json"), "{without_json}");
}

#[test]
fn damaged_voices_are_named_with_the_command_that_mends_them() {
    let above = std::env::temp_dir().join(format!("interviewer-piper-{}", std::process::id()));
    let folder = above.join("assets/some-voice");
    std::fs::create_dir_all(&folder).unwrap();
    let (model, json) = (folder.join("voice.onnx"), folder.join("voice.onnx.json"));
    std::fs::write(&model, [0xff; 100]).unwrap();
    std::fs::write(&json, "{").unwrap();
    let bad_json = start(&model).err().unwrap();
    std::fs::copy(assets().join("piper-en_US-joe-medium/en_US-joe-medium.onnx.json"), &json).unwrap();
    let bad_model = start(&model).err().unwrap();
    std::fs::remove_dir_all(&above).unwrap();
    for (error, about) in [(bad_json, "voice.onnx.json: "), (bad_model, "voice.onnx cannot be used: ")] {
        assert_eq!(error.kind, EngineErrorKind::Asset);
        assert!(error.message.contains(about), "{error}");
        assert!(error.message.ends_with("; run \"interviewer assets pull some-voice\""), "{error}");
    }
}

#[test]
fn a_voice_of_several_speaks_as_whom_it_is_asked_to() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/speakers.onnx");
    let choir = start(&model).unwrap();
    let as_speaker = |speaker: Option<&str>| {
        let request = SpeechRequest { voice: speaker.map(str::to_owned), ..SpeechRequest::new("Who is this?") };
        hear(&choir, request).map(|chunks| chunks.concat())
    };
    let first = as_speaker(None).unwrap();
    assert!(!first.is_empty());
    assert_eq!(as_speaker(Some("anna")).unwrap(), first);
    assert_eq!(as_speaker(Some("speakers")).unwrap(), first);
    let bob = as_speaker(Some("bob")).unwrap();
    assert_ne!(bob, first);
    assert_eq!(as_speaker(Some("1")).unwrap(), bob);
    let nobody = as_speaker(Some("eve")).unwrap_err();
    assert_eq!(nobody.kind, EngineErrorKind::Input);
    assert!(nobody.message.contains("anna, bob, carla"), "{nobody}");
}
