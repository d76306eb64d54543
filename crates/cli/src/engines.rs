//! The engines, chosen and started: the only place that knows which they are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use espeak::Espeak;
use kokoro::{Kokoro, KokoroConfig};
use onnx::Runtime;
use piper::{Piper, PiperConfig};
use server::Settings;
use session::Engines;
use silero::{Silero, SileroConfig};
use smart_turn::{SmartTurn, SmartTurnConfig};
use speech::CachedVoice;
use whisper::{Device, Whisper, WhisperConfig};

/// One hypothesis: what a live interview has time for.
pub(crate) const GREEDY: usize = 1;
/// The file names inside the assets.
const SILERO_FILE: &str = "silero_vad_16k_op15.onnx";
const SMART_TURN_FILE: &str = "smart-turn-v3.2-cpu.onnx";

/// The engines of a server, and its voice's cache, so that lines can be spoken ahead.
pub(crate) struct Started {
    pub(crate) engines: Engines,
    pub(crate) voice: Arc<CachedVoice>,
}

/// Starts everything that a session needs, side by side.
pub(crate) fn start(settings: &Settings) -> Result<Started> {
    let runtime = runtime()?;
    std::thread::scope(|scope| {
        let whisper = scope.spawn(|| whisper(settings, GREEDY));
        let voice = scope.spawn(|| piper(settings, runtime.clone()));
        let silero = silero()?;
        let smart_turn = smart_turn(runtime.clone())?;
        let whisper = whisper.join().map_err(|_| anyhow::anyhow!("the recogniser panicked while it was loaded"))??;
        let piper = voice.join().map_err(|_| anyhow::anyhow!("the voice panicked while it was loaded"))??;
        let folder = assets::cache_dir()?.join("speech");
        let voice = CachedVoice::new(Arc::new(piper), &folder, settings.voice.cache_mb << 20);
        let voice = Arc::new(voice.with_context(|| format!("{} cannot be used as a cache", folder.display()))?);
        let engines = Engines {
            recognizer: Arc::new(whisper),
            voice: voice.clone(),
            activity: Arc::new(silero),
            end_of_turn: Arc::new(smart_turn),
        };
        Ok(Started { engines, voice })
    })
}

/// ONNX Runtime.
pub(crate) fn runtime() -> Result<Arc<Runtime>> {
    Ok(Runtime::load(&assets::folder("onnxruntime")?)?)
}

/// The recogniser of the settings, following `beam` hypotheses.
pub(crate) fn whisper(settings: &Settings, beam: usize) -> Result<Whisper> {
    let recognition = &settings.recognition;
    let device = match recognition.device.as_str() {
        "cuda" => Device::Cuda,
        "auto" => Device::Auto,
        _ => Device::Cpu,
    };
    let threads = threads(recognition.threads, 4);
    let model = asset_or_path(&recognition.model)?;
    Ok(Whisper::load(WhisperConfig { threads, device, beam, ..WhisperConfig::new(model) })?)
}

/// The voice of the settings.
pub(crate) fn piper(settings: &Settings, runtime: Arc<Runtime>) -> Result<Piper> {
    let mut model = asset_or_path(&settings.voice.model)?;
    if model.is_dir() {
        model = model.join(format!("{}.onnx", settings.voice.model.trim_start_matches("piper-")));
    }
    Ok(Piper::start(runtime, espeak()?, PiperConfig { model, threads: threads(settings.voice.threads, 2) })?)
}

/// Kokoro with one of its voices.
pub(crate) fn kokoro(voice: &str) -> Result<Kokoro> {
    let config = KokoroConfig { voice: voice.to_owned(), ..KokoroConfig::new(assets::folder("kokoro")?) };
    Ok(Kokoro::start(runtime()?, espeak()?, config)?)
}

/// Voice activity.
pub(crate) fn silero() -> Result<Silero> {
    Ok(Silero::start(SileroConfig { model: silero_model()? })?)
}

/// The weights of voice activity.
pub(crate) fn silero_model() -> Result<PathBuf> {
    Ok(assets::folder("silero-vad")?.join(SILERO_FILE))
}

/// End of turn.
pub(crate) fn smart_turn(runtime: Arc<Runtime>) -> Result<SmartTurn> {
    let model = assets::folder("smart-turn")?.join(SMART_TURN_FILE);
    Ok(SmartTurn::start(runtime, SmartTurnConfig { model, threads: 1 })?)
}

fn espeak() -> Result<Arc<Espeak>> {
    Ok(Espeak::load(&assets::folder("espeak-ng")?)?)
}

fn asset_or_path(name: &str) -> Result<PathBuf> {
    let path = Path::new(name);
    if path.exists() { Ok(path.to_owned()) } else { Ok(assets::folder(name)?) }
}

fn threads(set: usize, most: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if set == 0 { cores.min(most) } else { set }
}
