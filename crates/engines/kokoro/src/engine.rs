//! From a line of text to chunks of sound.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use espeak::Espeak;
use onnx::Runtime;
use speech::polish::{Finish, gain_for, gain_from, pause_samples};
use speech::{AudioChunk, EngineError, EngineErrorKind, SpeechRequest};
use tokio::sync::mpsc::Sender;

use crate::levels::level;
use crate::network::{Network, RATE_HZ};
use crate::phonemes::Accent;
use crate::phrases::phrases;
use crate::style::Styles;
use crate::{KokoroConfig, error, unwanted};

/// Raised when the same model and text come to sound different.
pub(crate) const REVISION: u32 = 4;
/// The longest text of a request, in characters: about ten minutes.
const MOST_CHARACTERS: usize = 10_000;
/// Phonemes that are spoken at once, about 14 s. The network takes 510, but it hurries through so many.
const MOST_PHONEMES: usize = 250;
/// Spoken once at the start, and by a voice whose level is not known.
const SAMPLE_LINE: &str = "Thank you for that answer. Could you tell me about a time when you disagreed?";

type Chunks = Sender<Result<AudioChunk, EngineError>>;

pub(crate) struct Engine {
    espeak: Arc<Espeak>,
    network: Network,
    folder: PathBuf,
    voice: String,
    speakers: HashMap<String, Speaker>,
}

/// A voice that has been asked for.
struct Speaker {
    accent: Accent,
    styles: Styles,
    finish: Finish,
}

/// Who listens, and what pause is due before they hear more.
struct Listener<'a> {
    request: &'a SpeechRequest,
    chunks: &'a Chunks,
    pause: usize,
}

impl Engine {
    /// Loads the model, and speaks a line to itself to warm up.
    pub(crate) fn load(runtime: &Runtime, espeak: Arc<Espeak>, config: &KokoroConfig) -> Result<Self, EngineError> {
        let network = Network::load(runtime, config)?;
        let (folder, voice) = (config.folder.clone(), config.voice.clone());
        let mut engine = Self { espeak, network, folder, voice: voice.clone(), speakers: HashMap::new() };
        engine.learn(&voice)?;
        engine.raw(SAMPLE_LINE, &voice)?;
        Ok(engine)
    }

    /// Speaks `request` into `chunks`. A listener who has gone, or who cancels, ends it between two phrases.
    pub(crate) fn speak(&mut self, request: &SpeechRequest, chunks: &Chunks) -> Result<(), EngineError> {
        if !(0.5..=2.0).contains(&request.speed) {
            return Err(error(EngineErrorKind::Input, format!("speed {} is not within 0.5..2", request.speed)));
        }
        if request.text.chars().count() > MOST_CHARACTERS {
            return Err(error(EngineErrorKind::Input, format!("the text is longer than {MOST_CHARACTERS} characters")));
        }
        let voice = request.voice.clone().unwrap_or_else(|| self.voice.clone());
        self.learn(&voice)?;
        let mut listener = Listener { request, chunks, pause: 0 };
        for (n, sentence) in request.sentences().iter().enumerate() {
            for phrase in phrases(sentence, n == 0) {
                let pause = pause_samples(phrase.mark);
                self.phrase(&phrase.text, &voice, pause, &mut listener)?;
            }
        }
        listener.check()
    }

    /// Speaks one phrase, in one piece or a few.
    fn phrase(
        &mut self,
        text: &str,
        voice: &str,
        pause: usize,
        listener: &mut Listener<'_>,
    ) -> Result<(), EngineError> {
        let Some(speaker) = self.speakers.get(voice) else { return Ok(()) };
        let clauses = self.espeak.phonemes(text, speaker.accent.espeak_voice())?;
        let clauses: Vec<String> = clauses.iter().map(|clause| speaker.accent.convert(clause)).collect();
        for piece in espeak::pieces(&clauses, MOST_PHONEMES) {
            listener.check()?;
            let tokens = self.network.encode(&piece);
            if tokens.is_empty() {
                continue;
            }
            let wanted = || listener.check().is_ok();
            let raw = self.network.speak(&tokens, &speaker.styles, listener.request.speed, &wanted)?;
            let mut polish = speaker.finish.sentence();
            let mut samples = polish.push(&raw);
            samples.extend(polish.finish());
            listener.send(samples, pause);
        }
        Ok(())
    }

    /// Reads the voice `name` when it is first asked for. How loud it is stands in a table; a voice that is not there
    /// speaks a line to itself.
    fn learn(&mut self, name: &str) -> Result<(), EngineError> {
        if self.speakers.contains_key(name) {
            return Ok(());
        }
        let styles = Styles::read(&self.folder, name)?;
        let accent = Accent::of(name).ok_or_else(|| {
            let known = crate::names(&self.folder.join("voices")).join(", ");
            let message = format!("the voice \"{name}\" does not speak English; those that do are {known}");
            error(EngineErrorKind::Input, message)
        })?;
        let finish = Finish::new(RATE_HZ, 1.0);
        self.speakers.insert(name.to_owned(), Speaker { accent, styles, finish });
        let gain = match level(name) {
            Some(lufs) => gain_from(lufs),
            None => gain_for(&self.raw(SAMPLE_LINE, name)?, RATE_HZ),
        };
        if let Some(speaker) = self.speakers.get_mut(name) {
            speaker.finish = Finish::new(RATE_HZ, gain);
        }
        Ok(())
    }

    /// What a voice that has been read makes of `text`, as it comes from the network.
    fn raw(&mut self, text: &str, voice: &str) -> Result<Vec<f32>, EngineError> {
        let Some(speaker) = self.speakers.get(voice) else { return Ok(Vec::new()) };
        let clauses = self.espeak.phonemes(text, speaker.accent.espeak_voice())?;
        let phonemes = clauses.iter().map(|clause| speaker.accent.convert(clause)).collect::<Vec<_>>().join(" ");
        self.network.speak(&self.network.encode(&phonemes), &speaker.styles, 1.0, &|| true)
    }
}

impl Listener<'_> {
    /// `Cancelled` when nobody wants to hear more.
    fn check(&self) -> Result<(), EngineError> {
        if self.request.cancel.is_cancelled() || self.chunks.is_closed() {
            return Err(unwanted());
        }
        Ok(())
    }

    /// Sends `samples` after the pause that is due; `pause` is due after them.
    fn send(&mut self, samples: Vec<f32>, pause: usize) {
        if samples.is_empty() {
            return;
        }
        let samples = [vec![0.0; self.pause], samples].concat();
        let _ = self.chunks.blocking_send(Ok(AudioChunk { samples }));
        self.pause = pause;
    }
}

#[cfg(test)]
mod tests {
    use speech::polish::loudness;

    use super::*;

    /// Prints the table of `levels.rs`: `cargo test --release -p kokoro --lib -- --ignored --nocapture levels`.
    #[test]
    #[ignore = "takes a minute; writes nothing, but says what the table should hold"]
    fn levels_of_all_voices() {
        let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
        let assets = cache.unwrap_or_else(home).join("assets");
        let runtime = Runtime::load(&assets.join("onnxruntime")).unwrap();
        let espeak = Espeak::load(&assets.join("espeak-ng")).unwrap();
        let config = KokoroConfig::new(assets.join("kokoro"));
        let mut engine = Engine::load(&runtime, espeak, &config).unwrap();
        for name in crate::names(&config.folder.join("voices")) {
            engine.learn(&name).unwrap();
            let lufs = loudness(&engine.raw(SAMPLE_LINE, &name).unwrap(), RATE_HZ).unwrap();
            println!("    (\"{name}\", {lufs:.1}),");
        }
    }
}
