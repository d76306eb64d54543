//! A voice with another behind it.
//!
//! A line is asked for sentence by sentence, so that it is known what has been heard. When the first voice fails, the
//! second goes on, and speaks the rest of the line, so that the voices change once and not back and forth:
//!
//! - *between sentences*, or before the first sound of one: from that sentence on;
//! - *in mid-sentence*: what was heard ends in a short fade, and the second begins with the phrase in which the first
//!   broke off (see [`phrases`]), as a person does who lost a word. So the sentence is finished once and is never said
//!   twice; a few words before the break may come again, none are lost.
//!
//! What neither can speak ends the line with the second's error.

mod phrases;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use metrics::counter;
use tokio::sync::mpsc;

use crate::polish::pause_samples;
use crate::speakable::sentences;
use crate::{AudioChunk, EngineError, EngineErrorKind, SpeechRequest, SpeechStream, Voice, VoiceInfo};
use phrases::rest_after;

/// Chunks that may wait for the listener.
const CHUNKS: usize = 64;
/// Held back of what the first voice says, to fade out should it break off: 10 ms.
const FADE_SAMPLES: usize = 160;
/// The longest text of a request, in characters: about ten minutes.
const MOST_CHARACTERS: usize = 10_000;
const SAMPLES_PER_MS: usize = 16;

/// The first voice, and the second for what the first cannot speak.
#[derive(Clone)]
pub struct FallbackVoice {
    first: Arc<dyn Voice>,
    second: Arc<dyn Voice>,
}

type Listener = mpsc::Sender<Result<AudioChunk, EngineError>>;

impl FallbackVoice {
    /// `first`, and `second` behind it. Each should answer within a time that a listener can bear, if only with an
    /// error (see [`crate::GuardedVoice`]).
    pub fn new(first: Arc<dyn Voice>, second: Arc<dyn Voice>) -> Self {
        Self { first, second }
    }
}

impl Voice for FallbackVoice {
    fn info(&self) -> &VoiceInfo {
        self.first.info()
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        let (listener, stream) = mpsc::channel(CHUNKS);
        if request.text.chars().nth(MOST_CHARACTERS).is_some() {
            let message = format!("the text is longer than {MOST_CHARACTERS} characters");
            let _ = listener.try_send(Err(EngineError::new("voice", EngineErrorKind::Input, message)));
            return stream;
        }
        let line = Line { voices: self.clone(), sentences: sentences(&request.text), request };
        tokio::spawn(async move {
            if let Err(Broken { error, .. }) = line.speak(&listener).await {
                let _ = listener.send(Err(error)).await;
            }
        });
        stream
    }
}

/// A line to be spoken.
struct Line {
    voices: FallbackVoice,
    sentences: Vec<String>,
    request: SpeechRequest,
}

/// A sentence that was not spoken to its end.
struct Broken {
    error: EngineError,
    /// What was heard of it, in samples.
    heard: usize,
}

impl Line {
    async fn speak(&self, listener: &Listener) -> Result<(), Broken> {
        for (n, sentence) in self.sentences.iter().enumerate() {
            let request = SpeechRequest { text: sentence.clone(), ..self.request.clone() };
            match say(&*self.voices.first, request, n > 0, listener).await {
                Ok(()) => {}
                Err(broken) if self.is_for_the_second(&broken.error) => return self.go_on(n, &broken, listener).await,
                Err(broken) => return Err(broken),
            }
        }
        Ok(())
    }

    /// The second voice speaks the rest, from sentence `n` on, of which the first broke off.
    async fn go_on(&self, n: usize, broken: &Broken, listener: &Listener) -> Result<(), Broken> {
        let (first, second) = (self.voices.first.info(), self.voices.second.info());
        let at = if broken.heard > 0 {
            "phrase"
        } else if n > 0 {
            "sentence"
        } else {
            "start"
        };
        tracing::warn!(error = %broken.error, at, "{} failed, {} goes on", first.engine, second.engine);
        let (from, to) = (first.engine.clone(), second.engine.clone());
        counter!("interviewer_voice_fallbacks_total", "from" => from, "to" => to, "at" => at).increment(1);
        let heard_ms = (broken.heard / SAMPLES_PER_MS) as f32 * self.request.speed;
        let rest = rest_after(&self.sentences[n], heard_ms).to_owned();
        for (k, text) in std::iter::once(rest).chain(self.sentences[n + 1..].iter().cloned()).enumerate() {
            // a voice that was asked for by name is one of the first's
            let request = SpeechRequest { text, voice: None, ..self.request.clone() };
            say(&*self.voices.second, request, k > 0 || n > 0 || broken.heard > 0, listener).await?;
        }
        Ok(())
    }

    /// Nobody could serve what is cancelled. A voice that the first does not know is a mistake of who asks, which the
    /// second would hide; other bad input the second would refuse as well.
    fn is_for_the_second(&self, error: &EngineError) -> bool {
        !matches!(error.kind, EngineErrorKind::Cancelled | EngineErrorKind::Input)
            && !self.request.cancel.is_cancelled()
    }
}

/// Passes on one sentence, after a pause if it is not the first thing that is heard.
async fn say(voice: &dyn Voice, request: SpeechRequest, pause: bool, listener: &Listener) -> Result<(), Broken> {
    let mut stream = voice.speak(request);
    let mut passing = Passing { listener, pause, held: Vec::new(), heard: 0 };
    loop {
        let chunk = tokio::select! {
            chunk = stream.recv() => chunk,
            () = listener.closed() => return Err(passing.broken(gone())),
        };
        match chunk {
            Some(Ok(chunk)) => {
                if !passing.pass(chunk.samples).await {
                    return Err(passing.broken(gone()));
                }
            }
            Some(Err(error)) => {
                passing.fade_out().await;
                return Err(passing.broken(error));
            }
            None => return passing.end().await,
        }
    }
}

/// A sentence on its way to the listener.
struct Passing<'a> {
    listener: &'a Listener,
    pause: bool,
    /// The newest samples, which fade out if the next do not come.
    held: Vec<f32>,
    heard: usize,
}

impl Passing<'_> {
    /// Whether the listener is still there.
    async fn pass(&mut self, samples: Vec<f32>) -> bool {
        self.held.extend(samples);
        let certain = self.held.len().saturating_sub(FADE_SAMPLES);
        let ready = self.held.drain(..certain).collect();
        self.send(ready).await
    }

    async fn send(&mut self, mut samples: Vec<f32>) -> bool {
        if samples.is_empty() {
            return true;
        }
        self.heard += samples.len();
        if std::mem::take(&mut self.pause) {
            samples.splice(0..0, std::iter::repeat_n(0.0, pause_samples(Some('.'))));
        }
        self.listener.send(Ok(AudioChunk { samples })).await.is_ok()
    }

    async fn fade_out(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        let length = held.len() as f32;
        held.iter_mut().rev().enumerate().for_each(|(n, sample)| *sample *= n as f32 / length);
        self.send(held).await;
    }

    async fn end(mut self) -> Result<(), Broken> {
        let held = std::mem::take(&mut self.held);
        match self.send(held).await {
            true => Ok(()),
            false => Err(self.broken(gone())),
        }
    }

    fn broken(&self, error: EngineError) -> Broken {
        Broken { error, heard: self.heard }
    }
}

fn gone() -> EngineError {
    EngineError::new("voice", EngineErrorKind::Cancelled, "nobody listens any more")
}
