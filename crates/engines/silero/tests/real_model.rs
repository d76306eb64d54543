//! Silero on its real weights.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use silero::{Silero, SileroConfig};
use speech::{EngineErrorKind, VAD_FRAME_SAMPLES, VadFrame, VadMemory, VoiceActivity};

fn assets() -> PathBuf {
    let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
    cache.unwrap_or_else(home).join("assets")
}

fn start(model: &Path) -> Result<Silero, speech::EngineError> {
    Silero::start(SileroConfig { model: model.into() })
}

fn real() -> Silero {
    start(&assets().join("silero-vad/silero_vad_16k_op15.onnx")).unwrap()
}

/// The probability of each whole frame of `samples`.
async fn probabilities(silero: &Silero, samples: &[f32]) -> Vec<f32> {
    let mut memory = VadMemory::default();
    let mut probabilities = Vec::new();
    for frame in samples.chunks_exact(VAD_FRAME_SAMPLES) {
        let result = silero.detect(VadFrame { samples: frame.to_vec(), memory }).await.unwrap();
        memory = result.memory;
        probabilities.push(result.probability);
    }
    probabilities
}

fn part_over_half(probabilities: &[f32]) -> f32 {
    probabilities.iter().filter(|&&p| p > 0.5).count() as f32 / probabilities.len() as f32
}

#[tokio::test]
async fn speech_is_speech_and_silence_and_noise_are_not() {
    let silero = real();
    let sound = audio::decode::read(&assets().join("speech-samples/two_cities.wav")).unwrap();
    let speech = audio::resample::resample(&sound.mono(), sound.rate_hz, 16_000);
    let speech = probabilities(&silero, &speech[..16_000 * 10]).await;
    assert!(part_over_half(&speech) > 0.6, "only {} of the frames of speech are heard", part_over_half(&speech));

    let silence = probabilities(&silero, &[0.0; 16_000]).await;
    assert!(silence.iter().all(|&p| p < 0.1), "silence: {silence:?}");

    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / (1 << 24) as f32 * 0.1 - 0.05
    };
    let noise = probabilities(&silero, &(0..32_000).map(|_| noise()).collect::<Vec<_>>()).await;
    assert!(part_over_half(&noise) < 0.05, "noise: {noise:?}");
}

#[tokio::test]
async fn frames_and_memories_of_wrong_length_are_refused() {
    let silero = real();
    let short = VadFrame { samples: vec![0.0; 480], memory: VadMemory::default() };
    let error = silero.detect(short).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Input);
    assert!(error.message.contains("512 samples") && error.message.contains("480"), "{error}");

    let odd = VadFrame { samples: vec![0.0; VAD_FRAME_SAMPLES], memory: VadMemory(vec![0.0; 3]) };
    assert_eq!(silero.detect(odd).await.unwrap_err().kind, EngineErrorKind::Input);
}

#[test]
fn bad_models_are_asset_errors() {
    let missing = start(Path::new("/nowhere/silero.onnx")).err().unwrap();
    assert_eq!(missing.kind, EngineErrorKind::Asset);
    assert!(missing.message.contains("interviewer assets pull silero-vad"), "{missing}");

    let garbage = start(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))).err().unwrap();
    assert_eq!(garbage.kind, EngineErrorKind::Asset);

    let other = start(&assets().join("smart-turn/smart-turn-v3.2-cpu.onnx")).err().unwrap();
    assert_eq!(other.kind, EngineErrorKind::Asset);
    assert!(other.message.contains("no tensor"), "{other}");

    let whole = std::fs::read(assets().join("silero-vad/silero_vad_16k_op15.onnx")).unwrap();
    let short = std::env::temp_dir().join(format!("silero-cut-off-{}.onnx", std::process::id()));
    std::fs::write(&short, &whole[..whole.len() / 2]).unwrap();
    let error = start(&short).err().unwrap();
    std::fs::remove_file(&short).unwrap();
    assert_eq!(error.kind, EngineErrorKind::Asset);
    assert!(error.message.contains("cut off") && error.message.contains("assets pull silero-vad"), "{error}");
}

#[tokio::test]
async fn streams_heard_side_by_side_get_their_own_answers() {
    let silero = real();
    let sound = audio::decode::read_mono_16k(&assets().join("speech-samples/two_cities.wav")).unwrap();
    let part = |n: usize| sound[n * 1_000..][..VAD_FRAME_SAMPLES * 40].to_vec();
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let (silero, sound) = (silero.clone(), part(n));
            tokio::spawn(async move { probabilities(&silero, &sound).await })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        let (together, alone) = (task.await.unwrap(), probabilities(&silero, &part(n)).await);
        for (together, alone) in together.iter().zip(alone) {
            assert!((together - alone).abs() < 1e-5, "stream {n}: {together} and {alone}");
        }
    }
}

#[tokio::test]
async fn a_frame_takes_a_small_part_of_its_own_length() {
    let silero = real();
    let started = Instant::now();
    let frames = probabilities(&silero, &vec![0.01; VAD_FRAME_SAMPLES * 500]).await.len();
    let micros = started.elapsed().as_micros() as usize / frames;
    println!("{micros} µs a frame, the hop to the thread included");
    assert!(micros < 3_200, "{micros} µs a frame of 32,000 µs");
}
