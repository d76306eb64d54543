//! One try at an engine.

use std::time::Duration;

use metrics::histogram;
use tokio::time::{Instant, timeout};

use super::expected::Expected;
use super::{GUARD, GuardSettings, Listener};
use crate::{AudioChunk, EngineError, EngineErrorKind, SpeechRequest, SpeechStream, Voice};

/// How a try came out.
pub(super) struct Attempt {
    pub(super) result: Result<(), EngineError>,
    /// Whether some sound has been passed on.
    pub(super) sounded: bool,
}

/// Asks `voice` and passes on what comes, as long as it comes in time and is speech.
pub(super) async fn attempt(
    voice: &dyn Voice,
    settings: GuardSettings,
    request: &SpeechRequest,
    listener: &Listener,
) -> Attempt {
    let mut sounded = false;
    let result = pass_on(voice, settings, request, listener, &mut sounded).await;
    Attempt { result, sounded }
}

async fn pass_on(
    voice: &dyn Voice,
    settings: GuardSettings,
    request: &SpeechRequest,
    listener: &Listener,
    sounded: &mut bool,
) -> Result<(), EngineError> {
    let began = Instant::now();
    let mut expected = Expected::new(request);
    let mut stream = voice.speak(request.clone());
    loop {
        let wait_ms = if *sounded { settings.between_ms } else { settings.first_ms };
        let Some(chunk) = next(&mut stream, wait_ms, listener).await? else { break };
        expected.check(&chunk.samples).map_err(rubbish)?;
        if !*sounded {
            let engine = voice.info().engine.clone();
            histogram!("interviewer_voice_first_audio_seconds", "engine" => engine).record(began.elapsed());
        }
        *sounded |= !chunk.samples.is_empty();
        if listener.send(Ok(chunk)).await.is_err() {
            return Err(called_off());
        }
    }
    match request.cancel.is_cancelled() {
        true => Err(called_off()),
        false => expected.check_end().map_err(rubbish),
    }
}

/// The next chunk, `None` at the end. To let go of the stream, which an error does, tells the engine to stop.
async fn next(stream: &mut SpeechStream, wait_ms: u64, listener: &Listener) -> Result<Option<AudioChunk>, EngineError> {
    let chunk = tokio::select! {
        chunk = timeout(Duration::from_millis(wait_ms), stream.recv()) => chunk,
        () = listener.closed() => return Err(called_off()),
    };
    match chunk {
        Ok(chunk) => chunk.transpose(),
        Err(_) => {
            let message = format!("no sound came within {wait_ms} ms");
            Err(EngineError::new(GUARD, EngineErrorKind::Late, message))
        }
    }
}

fn called_off() -> EngineError {
    EngineError::new(GUARD, EngineErrorKind::Cancelled, "the line is no longer wanted")
}

fn rubbish(what: String) -> EngineError {
    EngineError::new(GUARD, EngineErrorKind::Rubbish, what)
}
