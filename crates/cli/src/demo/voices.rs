//! The candidate's voice: every stretch of the script, synthesised before the interview, so that it costs nothing then.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Result;
use speech::{CacheSettings, CachedVoice, SpeechRequest, Voice};

use super::script::Script;
use crate::{engines, progress};

/// Bound of the cache of the candidate's speech, bytes.
const CACHE_BYTES: u64 = 256 << 20;

/// Speech by its text: 16 kHz mono, 16 bit.
pub(crate) type Voices = HashMap<String, Vec<i16>>;

/// Speaks every stretch of `script`. The voice's model is dropped afterwards.
pub(crate) async fn synthesise(script: &Script) -> Result<Voices> {
    let kokoro = tokio::task::block_in_place(|| engines::kokoro(&script.voice))?;
    let folder = assets::cache_dir()?.join("speech");
    let cache = CacheSettings { folder, disk_bytes: CACHE_BYTES, memory_bytes: 0 };
    let voice = CachedVoice::new(Arc::new(kokoro), &cache)?;
    let texts = script.all_speech();
    let bar = progress::bar(texts.len(), "giving the candidate a voice");
    let mut voices = Voices::new();
    for text in texts {
        let samples = speak(&voice, &text).await?;
        voices.insert(text, samples);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(voices)
}

async fn speak(voice: &dyn Voice, text: &str) -> Result<Vec<i16>> {
    let mut stream = voice.speak(SpeechRequest::new(text));
    let mut samples = Vec::new();
    while let Some(chunk) = stream.recv().await {
        samples.extend(chunk?.samples.into_iter().map(audio::wav::pcm16));
    }
    Ok(samples)
}
