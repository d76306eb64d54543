//! The network against ONNX Runtime, and its two kernels and batch sizes against each other.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use onnx::{Input, Runtime, Session, SessionOptions};
use silero::{BATCH, Kernel, Network};
use speech::{VAD_FRAME_SAMPLES, VadFrame, VadMemory};

/// How far a probability may be from ONNX Runtime's.
const TOLERANCE: f32 = 1e-3;

fn assets() -> PathBuf {
    let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
    cache.unwrap_or_else(home).join("assets")
}

fn model() -> PathBuf {
    assets().join("silero-vad/silero_vad_16k_op15.onnx")
}

fn network(kernel: Kernel) -> Network {
    Network::load(&model(), kernel).unwrap()
}

fn samples() -> Vec<(PathBuf, Vec<f32>)> {
    ["beckett", "two_cities", "endgame_nagg_nell"]
        .map(|name| sound(&assets().join(format!("speech-samples/{name}.wav"))))
        .into()
}

fn sound(path: &Path) -> (PathBuf, Vec<f32>) {
    (path.to_owned(), audio::decode::read_mono_16k(path).unwrap())
}

fn fresh(samples: &[f32]) -> VadFrame {
    VadFrame { samples: samples.to_vec(), memory: VadMemory::default() }
}

fn ours(network: &mut Network, sound: &[f32]) -> Vec<f32> {
    let mut frame = fresh(&[]);
    let mut probability = [0.0];
    let frames = sound.as_chunks::<VAD_FRAME_SAMPLES>().0.iter();
    frames
        .map(|samples| {
            frame.samples = samples.to_vec();
            network.detect(std::slice::from_mut(&mut frame), &mut probability).unwrap();
            probability[0]
        })
        .collect()
}

fn theirs(session: &mut Session, sound: &[f32]) -> Vec<f32> {
    let (mut state, mut context) = (vec![0.0; 256], vec![0.0; 64]);
    let frames = sound.as_chunks::<VAD_FRAME_SAMPLES>().0.iter();
    frames
        .map(|samples| {
            let outputs = session
                .run(vec![
                    ("input", Input::F32(vec![1, 576], [&context, &samples[..]].concat())),
                    ("state", Input::F32(vec![2, 1, 128], std::mem::take(&mut state))),
                    ("sr", Input::I64(vec![], vec![16_000])),
                ])
                .unwrap();
            context = samples[VAD_FRAME_SAMPLES - 64..].to_vec();
            state.clone_from(&outputs[1].values);
            outputs[0].values[0]
        })
        .collect()
}

fn farthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Silence, noise from faint to far too loud, tones, clicks, a sound cut off hard.
fn made() -> Vec<(PathBuf, Vec<f32>)> {
    let mut seed = 1_u32;
    let mut noise = |size: f32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((seed >> 8) as f32 / (1 << 23) as f32 - 1.0) * size
    };
    let mut sounds = vec![("silence".into(), vec![0.0; 32_000])];
    for size in [1e-6, 1e-3, 0.05, 0.7, 100.0] {
        sounds.push((format!("noise of {size}").into(), (0..64_000).map(|_| noise(size)).collect()));
    }
    for hertz in [50.0, 220.0, 1_000.0, 7_900.0] {
        let wave = |n| (n as f32 / 16_000.0 * hertz * std::f32::consts::TAU).sin() * 0.5;
        sounds.push((format!("tone of {hertz} Hz").into(), (0..64_000).map(wave).collect()));
    }
    let click = |n: usize| if n % 3_001 < 3 { 0.9 } else { 0.0 };
    sounds.push(("clicks".into(), (0..64_000).map(click).collect()));
    sounds
}

/// The recordings of `SPEECH_DATA`, or of `../shared/speech` beside the repository, where they are.
fn recordings() -> Vec<(PathBuf, Vec<f32>)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/speech");
    let folder = std::env::var_os("SPEECH_DATA").map_or_else(beside, PathBuf::from);
    let Ok(manifest) = std::fs::read_to_string(folder.join("manifest.tsv")) else {
        println!("skipped: no manifest.tsv in {} (set SPEECH_DATA)", folder.display());
        return Vec::new();
    };
    let paths = manifest.lines().skip(1).filter_map(|line| line.split('\t').next());
    paths.map(|path| sound(&folder.join(path))).collect()
}

#[test]
fn probabilities_are_those_of_onnx_runtime() {
    let runtime: Arc<Runtime> = Runtime::load(&assets().join("onnxruntime")).unwrap();
    let mut session = runtime.session("silero", &model(), SessionOptions::default()).unwrap();
    let mut network = network(Kernel::best());
    let (mut frames, mut worst) = (0, 0.0_f32);
    for (path, sound) in samples().into_iter().chain(made()).chain(recordings()) {
        let ours = ours(&mut network, &sound);
        let far = farthest(&ours, &theirs(&mut session, &sound));
        assert!(far <= TOLERANCE, "{}: {far} apart", path.display());
        frames += ours.len();
        worst = worst.max(far);
    }
    println!("at most {worst:e} apart over {frames} frames ({:.0} s)", frames as f32 * 0.032);
}

#[test]
fn the_portable_kernel_agrees_with_the_fastest() {
    let (mut portable, mut best) = (network(Kernel::portable()), network(Kernel::best()));
    println!("portable against {}", Kernel::best().name());
    for (path, sound) in samples().into_iter().chain(made()) {
        let far = farthest(&ours(&mut portable, &sound), &ours(&mut best, &sound));
        assert!(far <= 1e-4, "{}: {far} apart", path.display());
    }
}

#[test]
fn a_frame_is_heard_alike_in_every_company() {
    let (_, sound) = samples().remove(0);
    let frames: Vec<VadFrame> =
        sound.as_chunks::<VAD_FRAME_SAMPLES>().0[..2 * BATCH + 7].iter().map(|f| fresh(f)).collect();
    for kernel in [Kernel::portable(), Kernel::best()] {
        let mut network = network(kernel);
        let mut alone = frames.clone();
        for frame in &mut alone {
            network.detect(std::slice::from_mut(frame), &mut [0.0]).unwrap();
        }
        for count in 1..=frames.len() {
            let (mut together, mut probabilities) = (frames[..count].to_vec(), vec![0.0; count]);
            network.detect(&mut together, &mut probabilities).unwrap();
            for (together, alone) in together.iter().zip(&alone) {
                let far = farthest(&together.memory.0, &alone.memory.0);
                assert!(far < 1e-4, "{far} apart among {count}");
            }
        }
    }
}

#[test]
fn frames_without_room_for_their_answers_are_refused() {
    let mut frames = [fresh(&[0.0; VAD_FRAME_SAMPLES])];
    assert!(network(Kernel::best()).detect(&mut frames, &mut []).is_err());
    assert_eq!(frames[0].memory, VadMemory::default());
}
