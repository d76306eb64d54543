//! Smart Turn on its real weights, against the reference in Python (pipecat 1.14.0's features, ONNX Runtime 1.31).

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use onnx::Runtime;
use smart_turn::{SmartTurn, SmartTurnConfig};
use speech::{EndOfTurn, EngineError, EngineErrorKind};

/// File, samples from its start, the reference's probability.
const REFERENCE: [(&str, usize, f32); 11] = [
    ("crowd/crowd-001.flac", 71_808, 0.0643),
    ("crowd/crowd-004.flac", 99_456, 0.9730),
    ("crowd/crowd-005.flac", 60_192, 0.2419),
    ("crowd/crowd-009.flac", 91_392, 0.9843),
    ("crowd/crowd-011.flac", 35_059, 0.3475),
    ("crowd/crowd-020.flac", 91_008, 0.1452),
    ("crowd/crowd-028.flac", 21_753, 0.0260),
    ("crowd/crowd-029.flac", 81_792, 0.4607),
    ("disfluent/disfluent-001.flac", 167_252, 0.0717),
    ("disfluent/disfluent-029.flac", 203_216, 0.9719),
    ("command/command-002.flac", 101_200, 0.0170),
];

/// The model is quantised: its answers lie on steps of about this size, and the reference itself moves by a step or
/// two when 1e-6 is added to its input. Near 0 and 1 a step is next to nothing.
const LOGIT_STEP: f32 = 0.2;
const MOST_STEPS: f32 = 2.5;
const NEXT_TO_NOTHING: f32 = 0.02;
const MEAN_STEPS: f32 = 1.5;

fn logit(probability: f32) -> f32 {
    (probability / (1.0 - probability)).ln()
}

fn assets() -> PathBuf {
    let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
    cache.unwrap_or_else(home).join("assets")
}

fn start(model: &Path) -> Result<SmartTurn, EngineError> {
    let runtime = Runtime::load(&assets().join("onnxruntime")).unwrap();
    SmartTurn::start(runtime, SmartTurnConfig { model: model.into(), threads: 1 })
}

fn real() -> SmartTurn {
    start(&assets().join("smart-turn/smart-turn-v3.2-cpu.onnx")).unwrap()
}

/// The speech for tests, or `None` (and a word about it) where it is not.
fn speech_data() -> Option<PathBuf> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/speech"));
    let folder = std::env::var_os("SPEECH_DATA").map_or_else(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not there; SPEECH_DATA names the folder of test speech", folder.display());
    None
}

#[tokio::test]
async fn probabilities_are_those_of_the_reference() {
    let Some(folder) = speech_data() else { return };
    let turn = real();
    let mut all_steps = 0.0;
    for (file, samples, expected) in REFERENCE {
        let audio = audio::decode::read(&folder.join(file)).unwrap().mono();
        let probability = turn.probability(audio[..samples].into()).await.unwrap();
        println!("{file}[..{samples}]: {probability:.4}, the reference {expected:.4}");
        let steps = (logit(probability) - logit(expected)).abs() / LOGIT_STEP;
        let is_near = steps < MOST_STEPS || (probability - expected).abs() < NEXT_TO_NOTHING;
        assert!(is_near, "{file}[..{samples}]: {probability}, not {expected}");
        all_steps += steps;
    }
    let mean = all_steps / REFERENCE.len() as f32;
    assert!(mean < MEAN_STEPS, "{mean} steps from the reference on average");
}

#[tokio::test]
async fn a_whole_sentence_is_more_finished_than_half_of_it() {
    let Some(folder) = speech_data() else { return };
    let turn = real();
    let audio = audio::decode::read(&folder.join("crowd/crowd-004.flac")).unwrap().mono();
    let whole = turn.probability(audio.clone().into()).await.unwrap();
    let half = turn.probability(audio[..audio.len() * 55 / 100].into()).await.unwrap();
    assert!(whole > 0.9 && half < 0.1, "whole {whole}, half {half}");
}

#[tokio::test]
async fn nothing_and_very_much_are_answered() {
    let turn = real();
    for samples in [0, 1, 160, 16_000 * 60] {
        let probability = turn.probability(Arc::from(vec![0.0; samples])).await.unwrap();
        assert!((0.0..=1.0).contains(&probability), "{samples} samples: {probability}");
    }
    let started = Instant::now();
    for _ in 0..5 {
        turn.probability(Arc::from(vec![0.1; 128_000])).await.unwrap();
    }
    println!("{} ms a call", started.elapsed().as_millis() / 5);
}

#[test]
fn bad_models_are_asset_errors() {
    let missing = start(Path::new("/nowhere/smart-turn.onnx")).err().unwrap();
    assert_eq!(missing.kind, EngineErrorKind::Asset);
    assert!(missing.message.contains("interviewer assets pull smart-turn"), "{missing}");

    let garbage = start(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))).err().unwrap();
    assert_eq!(garbage.kind, EngineErrorKind::Asset);

    let other = start(&assets().join("silero-vad/silero_vad.onnx")).err().unwrap();
    assert_eq!(other.kind, EngineErrorKind::Asset);
}
