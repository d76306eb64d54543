//! The engines, chosen and started: the only place that knows which they are.

mod voice;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use espeak::Espeak;
use kokoro::{Kokoro, KokoroConfig};
use onnx::Runtime;
use piper::{Piper, PiperConfig};
use server::Settings;
use session::Engines;
use silero::{Silero, SileroConfig};
use smart_turn::{SmartTurn, SmartTurnConfig};
use speech::{Recognizer, Voice};
use tokio::runtime::Handle;
use whisper::{Claims, Compute, Device, Whisper, WhisperConfig};

use crate::far::Far;

/// One hypothesis: what a live interview has time for.
pub(crate) const GREEDY: usize = 1;
/// The file names inside the assets.
const SILERO_FILE: &str = "silero_vad_16k_op15.onnx";
const SMART_TURN_FILE: &str = "smart-turn-v3.2-cpu.onnx";

/// The model whose encoder claims to the floor are judged by, whichever recognises.
const CLAIMS_MODEL: &str = "whisper-base";

/// Starts everything that a session needs, side by side; what workers do is not loaded.
pub(crate) fn start(settings: &Settings, far: &Far) -> Result<Engines> {
    let runtime = runtime()?;
    let asynchronous = Handle::current();
    std::thread::scope(|scope| {
        let recognizer = scope.spawn(|| far.recognizer(|| local_recognizer(settings)));
        let voice = scope.spawn(|| match far.has_voice() {
            true => voice::remembered(settings, asynchronous.block_on(far.voice(|| voice::start(settings, &runtime)))?),
            false => voice::start(settings, &runtime),
        });
        let silero = silero()?;
        let (smart_turn, claims) = (smart_turn(runtime.clone())?, claims()?);
        let recognizer =
            recognizer.join().map_err(|_| anyhow::anyhow!("the recogniser panicked while it was loaded"))??;
        let voice = voice.join().map_err(|_| anyhow::anyhow!("the voice panicked while it was loaded"))??;
        let (activity, end_of_turn) = (Arc::new(silero), Arc::new(smart_turn));
        Ok(Engines { recognizer, voice, activity, end_of_turn, floor_claim: Arc::new(claims) })
    })
}

/// The recogniser of the settings, in this process.
pub(crate) fn local_recognizer(settings: &Settings) -> Result<Arc<dyn Recognizer>> {
    Ok(Arc::new(whisper(settings, GREEDY)?))
}

/// Likewise the voice.
pub(crate) fn local_voice(settings: &Settings, runtime: Arc<Runtime>) -> Result<Arc<dyn Voice>> {
    voice::start(settings, &runtime)
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
    let compute = match recognition.compute.as_str() {
        "float16" => Compute::Float16,
        "float32" => Compute::Float32,
        _ => Compute::Int8,
    };
    let threads = threads(recognition.threads, 4);
    let model = asset_or_path(&recognition.model)?;
    Ok(Whisper::load(WhisperConfig { threads, device, compute, beam, ..WhisperConfig::new(model) })?)
}

/// Piper with the voice of the settings.
pub(crate) fn piper(settings: &Settings, runtime: Arc<Runtime>) -> Result<Piper> {
    Ok(Piper::start(runtime, espeak()?, piper_config(settings)?)?)
}

fn piper_config(settings: &Settings) -> Result<PiperConfig> {
    let (model, speaker) = piper_model(&settings.voice.model)?;
    Ok(PiperConfig { model, speaker, threads: threads(settings.voice.threads, 2) })
}

/// The file of a Piper voice (an asset's name or a path), and the speaker that stands behind a colon, if one does.
pub(crate) fn piper_model(name: &str) -> Result<(PathBuf, Option<String>)> {
    let (name, speaker) = match name.rsplit_once(':') {
        Some((voice, speaker)) if !Path::new(name).exists() => (voice, Some(speaker.to_owned())),
        _ => (name, None),
    };
    let model = asset_or_path(name)?;
    let inside = format!("{}.onnx", name.trim_start_matches("piper-"));
    Ok((if model.is_dir() { model.join(inside) } else { model }, speaker))
}

/// The voice `name`: one of Kokoro's, or else a Piper voice as in the settings; theirs if none is named.
pub(crate) fn voice(name: Option<&str>) -> Result<Arc<dyn Voice>> {
    let mut settings = Settings::load(None)?;
    let is_piper = |name: &str| name.starts_with("piper-") || name.contains(".onnx");
    match name {
        Some(name) if !is_piper(name) => Ok(Arc::new(kokoro(name)?)),
        piper_voice => {
            if let Some(name) = piper_voice {
                settings.voice.model = name.to_owned();
            }
            Ok(Arc::new(piper(&settings, runtime()?)?))
        }
    }
}

/// Kokoro with one of its voices.
pub(crate) fn kokoro(voice: &str) -> Result<Kokoro> {
    Ok(Kokoro::start(runtime()?, espeak()?, kokoro_config(voice)?)?)
}

/// Kokoro, loaded when it is first asked to speak.
pub(crate) fn lazy_kokoro() -> Result<Arc<dyn Voice>> {
    voice::lazy_kokoro()
}

fn kokoro_config(voice: &str) -> Result<KokoroConfig> {
    Ok(KokoroConfig { voice: voice.to_owned(), ..KokoroConfig::new(assets::folder("kokoro")?) })
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

/// Claims to the floor.
pub(crate) fn claims() -> Result<Claims> {
    Ok(Claims::load(WhisperConfig { threads: 1, ..WhisperConfig::new(assets::folder(CLAIMS_MODEL)?) })?)
}

fn espeak() -> Result<Arc<Espeak>> {
    Ok(Espeak::load(&assets::folder("espeak-ng")?)?)
}

/// The asset or file of this name.
pub(crate) fn asset_or_path(name: &str) -> Result<PathBuf> {
    let path = Path::new(name);
    if path.exists() { Ok(path.to_owned()) } else { Ok(assets::folder(name)?) }
}

fn threads(set: usize, most: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if set == 0 { cores.min(most) } else { set }
}
