//! From a line of text to chunks of sound.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use espeak::Espeak;
use onnx::Runtime;
use speech::polish::{Finish, gain_for};
use speech::speakable::{sentences, speakable};
use speech::{AudioChunk, EngineError, EngineErrorKind, SpeechRequest};
use tokio::sync::mpsc::Sender;

use crate::network::{Network, RATE_HZ};
use crate::phonemes::Accent;
use crate::style::Styles;
use crate::{KokoroConfig, error};

/// Raised when the same model and text come to sound different.
pub(crate) const REVISION: u32 = 1;
/// Between two sentences, beside the quiet edges that each keeps: 16 kHz.
const PAUSE_SAMPLES: usize = 16_000 * 140 / 1_000;
/// The longest text of a request, in characters: about ten minutes.
const MOST_CHARACTERS: usize = 10_000;
/// Phonemes that are spoken at once, about 12 s: the memory that a call takes grows with its sound (some 40 MB a
/// second), and the voice hurries through very long ones.
const MOST_PHONEMES: usize = 200;

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
    /// Its level, known from the first thing it said.
    finish: Option<Finish>,
}

impl Engine {
    pub(crate) fn load(runtime: &Runtime, espeak: Arc<Espeak>, config: &KokoroConfig) -> Result<Self, EngineError> {
        let network = Network::load(runtime, config)?;
        let (folder, voice) = (config.folder.clone(), config.voice.clone());
        let mut engine = Self { espeak, network, folder, voice, speakers: HashMap::new() };
        let voice = engine.voice.clone();
        engine.sentence("Thank you for that answer.", &voice, 1.0)?;
        Ok(engine)
    }

    /// Speaks `request` into `chunks`. A listener who has gone, or who cancels, ends it between two sentences.
    pub(crate) fn speak(&mut self, request: &SpeechRequest, chunks: &Chunks) -> Result<(), EngineError> {
        if !(0.5..=2.0).contains(&request.speed) {
            return Err(error(EngineErrorKind::Input, format!("speed {} is not within 0.5..2", request.speed)));
        }
        if request.text.chars().count() > MOST_CHARACTERS {
            return Err(error(EngineErrorKind::Input, format!("the text is longer than {MOST_CHARACTERS} characters")));
        }
        let voice = request.voice.clone().unwrap_or_else(|| self.voice.clone());
        self.speaker(&voice)?;
        let mut pause = 0;
        for sentence in sentences(&speakable(&request.text)) {
            check(request, chunks)?;
            for samples in self.sentence(&sentence, &voice, request.speed)? {
                let samples = [vec![0.0; pause], samples].concat();
                let _ = chunks.blocking_send(Ok(AudioChunk { samples }));
                pause = PAUSE_SAMPLES;
            }
        }
        check(request, chunks)
    }

    /// The sound of one sentence, in one piece or a few.
    fn sentence(&mut self, sentence: &str, voice: &str, speed: f32) -> Result<Vec<Vec<f32>>, EngineError> {
        let accent = self.speaker(voice)?.accent;
        let clauses = self.espeak.phonemes(sentence, accent.espeak_voice())?;
        let clauses: Vec<String> = clauses.iter().map(|clause| accent.convert(clause)).collect();
        let pieces = espeak::pieces(&clauses, MOST_PHONEMES);
        pieces.iter().map(|piece| self.piece(piece, voice, speed)).collect()
    }

    fn piece(&mut self, phonemes: &str, voice: &str, speed: f32) -> Result<Vec<f32>, EngineError> {
        let tokens = self.network.encode(phonemes);
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let Some(speaker) = self.speakers.get_mut(voice) else { return Ok(Vec::new()) };
        let raw = self.network.speak(&tokens, &speaker.styles, speed)?;
        let finish = speaker.finish.get_or_insert_with(|| Finish::new(RATE_HZ, gain_for(&raw, RATE_HZ)));
        let mut polish = finish.sentence();
        let mut samples = polish.push(&raw);
        samples.extend(polish.finish());
        Ok(samples)
    }

    /// The voice `name`, read when it is first asked for.
    fn speaker(&mut self, name: &str) -> Result<&Speaker, EngineError> {
        if !self.speakers.contains_key(name) {
            let styles = Styles::read(&self.folder, name)?;
            let accent = Accent::of(name)
                .ok_or_else(|| error(EngineErrorKind::Input, format!("the voice \"{name}\" does not speak English")))?;
            self.speakers.insert(name.to_owned(), Speaker { accent, styles, finish: None });
        }
        Ok(&self.speakers[name])
    }
}

/// `Cancelled` when nobody wants to hear more.
fn check(request: &SpeechRequest, chunks: &Chunks) -> Result<(), EngineError> {
    if request.cancel.is_cancelled() || chunks.is_closed() {
        return Err(error(EngineErrorKind::Cancelled, "the line is no longer wanted"));
    }
    Ok(())
}
