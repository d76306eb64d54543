//! From a line of text to chunks of sound.

use std::collections::HashMap;
use std::sync::Arc;

use espeak::Espeak;
use onnx::Runtime;
use speech::polish::{Finish, gain_for, pause_samples};
use speech::speakable::sentences;
use speech::{AudioChunk, EngineError, EngineErrorKind, SpeechRequest};
use tokio::sync::mpsc::Sender;

use crate::config::{Scales, VoiceFile};
use crate::network::{Network, Piece};
use crate::symbols::Symbols;
use crate::{PiperConfig, error};

/// Raised when the same model and text come to sound different.
pub(crate) const REVISION: u32 = 4;
/// The longest text of a request, in characters: about ten minutes.
const MOST_CHARACTERS: usize = 10_000;
/// Phonemes that are spoken at once: about 20 s.
const MOST_PHONEMES: usize = 300;
/// Spoken once at the start, and by each further speaker: warms up, and shows how loud the voice is.
const SAMPLE_LINE: &str =
    "Thank you for that answer. Could you tell me about a time when you had to resolve a disagreement?";

pub(crate) struct Engine {
    espeak: Arc<Espeak>,
    network: Network,
    voice: VoiceFile,
    symbols: Symbols,
    /// Who speaks when nobody is named.
    speaker: Option<i64>,
    /// The level of each speaker who was heard.
    finishes: HashMap<Option<i64>, Finish>,
}

/// Where chunks go; every chunk after the first sentence begins with a pause.
struct Listener<'a> {
    request: &'a SpeechRequest,
    chunks: &'a Sender<Result<AudioChunk, EngineError>>,
    pause: bool,
}

impl Engine {
    pub(crate) fn load(runtime: &Runtime, espeak: Arc<Espeak>, config: &PiperConfig) -> Result<Self, EngineError> {
        let voice = VoiceFile::beside(&config.model)?;
        let network = Network::load(runtime, &config.model, &voice, config.threads)?;
        let symbols = Symbols::new(&voice.phoneme_id_map);
        let speaker = voice.speaker(config.speaker.as_deref())?;
        let mut engine = Self { espeak, network, voice, symbols, speaker, finishes: HashMap::new() };
        engine.learn(speaker)?;
        Ok(engine)
    }

    /// Speaks `request` into `chunks`. A listener who has gone, or who cancels, ends it between two parts.
    pub(crate) fn speak(
        &mut self,
        name: &str,
        request: &SpeechRequest,
        chunks: &Sender<Result<AudioChunk, EngineError>>,
    ) -> Result<(), EngineError> {
        let speaker = match request.voice.as_deref() {
            Some(wanted) if wanted != name => self.voice.speaker(Some(wanted))?,
            _ => self.speaker,
        };
        let scales = self.scales(request.speed)?;
        if request.text.chars().count() > MOST_CHARACTERS {
            return Err(error(EngineErrorKind::Input, format!("the text is longer than {MOST_CHARACTERS} characters")));
        }
        self.learn(speaker)?;
        let mut listener = Listener { request, chunks, pause: false };
        for sentence in self.sentences(request) {
            self.sentence(&sentence, speaker, scales, &mut listener)?;
        }
        listener.check()
    }

    /// The text as it is said; numbers and the like are put into English words for English voices only.
    fn sentences(&self, request: &SpeechRequest) -> Vec<String> {
        if self.voice.espeak.voice.starts_with("en") { request.sentences() } else { sentences(&request.text) }
    }

    fn sentence(
        &mut self,
        sentence: &str,
        speaker: Option<i64>,
        scales: Scales,
        listener: &mut Listener<'_>,
    ) -> Result<(), EngineError> {
        let Some(finish) = self.finishes.get(&speaker) else { return Ok(()) };
        let clauses = self.espeak.phonemes(sentence, &self.voice.espeak.voice)?;
        for phonemes in espeak::pieces(&clauses, MOST_PHONEMES) {
            listener.check()?;
            let mut polish = finish.sentence();
            let piece = Piece { ids: self.symbols.encode(&phonemes), speaker, scales };
            self.network.speak(piece, |samples| {
                listener.send(polish.push(samples));
                listener.check().is_ok()
            })?;
            listener.check()?;
            listener.send(polish.finish());
            listener.pause = true;
        }
        Ok(())
    }

    /// Hears how loud `speaker` is, the first time: the sample line, without chance in it.
    fn learn(&mut self, speaker: Option<i64>) -> Result<(), EngineError> {
        if self.finishes.contains_key(&speaker) {
            return Ok(());
        }
        let mut heard = Vec::new();
        let scales = Scales { noise_scale: 0.0, noise_w: 0.0, ..self.voice.inference };
        for phonemes in self.espeak.phonemes(SAMPLE_LINE, &self.voice.espeak.voice)? {
            let piece = Piece { ids: self.symbols.encode(&phonemes), speaker, scales };
            self.network.speak(piece, |samples| {
                heard.extend_from_slice(samples);
                true
            })?;
        }
        let rate_hz = self.voice.audio.sample_rate;
        self.finishes.insert(speaker, Finish::new(rate_hz, gain_for(&heard, rate_hz)));
        Ok(())
    }

    fn scales(&self, speed: f32) -> Result<Scales, EngineError> {
        if !(0.5..=2.0).contains(&speed) {
            return Err(error(EngineErrorKind::Input, format!("speed {speed} is not within 0.5..2")));
        }
        Ok(Scales { length_scale: self.voice.inference.length_scale / speed, ..self.voice.inference })
    }
}

impl Listener<'_> {
    /// `Cancelled` when nobody wants to hear more.
    fn check(&self) -> Result<(), EngineError> {
        if self.request.cancel.is_cancelled() || self.chunks.is_closed() {
            return Err(error(EngineErrorKind::Cancelled, "the line is no longer wanted"));
        }
        Ok(())
    }

    fn send(&mut self, samples: Vec<f32>) {
        if samples.is_empty() {
            return;
        }
        let pause = if std::mem::take(&mut self.pause) { pause_samples(Some('.')) } else { 0 };
        let samples = [vec![0.0; pause], samples].concat();
        let _ = self.chunks.blocking_send(Ok(AudioChunk { samples }));
    }
}
