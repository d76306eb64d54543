//! Who speaks, and who speaks when they cannot.
//!
//! Each engine stands behind a guard (deadlines, retries, a circuit breaker), before which lies the cache: what has been
//! said once is there even while the engine is not. The other engine stands behind both.

use std::sync::Arc;

use anyhow::{Context, Result};
use kokoro::{Kokoro, KokoroConfig};
use onnx::Runtime;
use piper::Piper;
use server::Settings;
use speech::{CacheSettings, CachedVoice, FallbackVoice, GuardSettings, GuardedVoice, LazyVoice, Voice};

use super::{espeak, kokoro_config, piper_config};

/// A voice that is only needed when another fails may take so much longer to its first sound: it may have to be loaded.
const FALLBACK_PATIENCE: u64 = 5;

/// Kokoro, loaded when it is first asked to speak.
pub(super) fn lazy_kokoro() -> Result<Arc<dyn Voice>> {
    let (runtime, espeak) = (super::runtime()?, espeak()?);
    let config = kokoro_config("af_heart")?;
    let info = Kokoro::describe(&config)?;
    let load = move || Ok(Arc::new(Kokoro::start(runtime.clone(), espeak.clone(), config.clone())?) as Arc<dyn Voice>);
    Ok(Arc::new(LazyVoice::new(info, load)))
}

/// The voice of the settings, with its cache and its fallback.
pub(super) fn start(settings: &Settings, runtime: &Arc<Runtime>) -> Result<Arc<dyn Voice>> {
    let wanted = &settings.voice;
    let first_ms = wanted.first_sound_ms;
    let first = kept(settings, loaded(settings, &wanted.engine, runtime)?, first_ms)?;
    if wanted.fallback == "none" {
        return Ok(first);
    }
    let second = match wanted.fallback_load.as_str() {
        "start" => loaded(settings, &wanted.fallback, runtime)?,
        _ => lazy(settings, runtime)?,
    };
    let second = kept(settings, second, FALLBACK_PATIENCE * first_ms)?;
    Ok(Arc::new(FallbackVoice::new(first, second)))
}

/// `engine` behind a guard and a cache.
fn kept(settings: &Settings, engine: Arc<dyn Voice>, first_ms: u64) -> Result<Arc<dyn Voice>> {
    let guard = GuardSettings { first_ms, between_ms: first_ms, ..GuardSettings::default() };
    remembered(settings, Arc::new(GuardedVoice::new(engine, guard)))
}

/// `voice` behind a cache.
pub(super) fn remembered(settings: &Settings, voice: Arc<dyn Voice>) -> Result<Arc<dyn Voice>> {
    let folder = assets::cache_dir()?.join("speech");
    let cache = CacheSettings {
        folder,
        disk_bytes: settings.voice.cache_mb << 20,
        memory_bytes: settings.voice.cache_memory_mb << 20,
    };
    let cached = CachedVoice::new(voice, &cache);
    Ok(Arc::new(cached.with_context(|| format!("{} cannot be used as a cache", cache.folder.display()))?))
}

fn loaded(settings: &Settings, engine: &str, runtime: &Arc<Runtime>) -> Result<Arc<dyn Voice>> {
    Ok(match engine {
        "kokoro" => Arc::new(Kokoro::start(runtime.clone(), espeak()?, kokoro_of(settings)?)?),
        _ => Arc::new(Piper::start(runtime.clone(), espeak()?, piper_config(settings)?)?),
    })
}

/// The fallback, to be loaded when it is needed; that its files are there is seen now.
fn lazy(settings: &Settings, runtime: &Arc<Runtime>) -> Result<Arc<dyn Voice>> {
    let (runtime, espeak) = (runtime.clone(), espeak()?);
    if settings.voice.fallback == "kokoro" {
        let config = kokoro_of(settings)?;
        let info = Kokoro::describe(&config)?;
        let load =
            move || Ok(Arc::new(Kokoro::start(runtime.clone(), espeak.clone(), config.clone())?) as Arc<dyn Voice>);
        return Ok(Arc::new(LazyVoice::new(info, load)));
    }
    let config = piper_config(settings)?;
    let info = Piper::describe(&config)?;
    let load = move || Ok(Arc::new(Piper::start(runtime.clone(), espeak.clone(), config.clone())?) as Arc<dyn Voice>);
    Ok(Arc::new(LazyVoice::new(info, load)))
}

fn kokoro_of(settings: &Settings) -> Result<KokoroConfig> {
    let threads = super::threads(settings.voice.threads, 2);
    Ok(KokoroConfig { threads, ..kokoro_config(&settings.voice.kokoro)? })
}
