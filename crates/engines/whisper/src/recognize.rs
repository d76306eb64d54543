//! One request from samples to words, on the engine's own thread.

use std::time::Instant;

use audio::SAMPLE_RATE_HZ;
use audio::stretches::{is_silence, stretches};
use ct2rs::sys;
use speech::{Cancel, EngineError, Recognition, RecognitionRequest, Urgency, Word};

use crate::config::WhisperConfig;
use crate::decode::{Decoder, Outcome};
use crate::encode::{Encoder, Window};
use crate::tokens::Tokens;
use crate::{inference, input, load, words};

/// A loaded model.
pub(crate) struct Engine {
    network: sys::Whisper,
    encoder: Encoder,
    tokens: Tokens,
    beam: usize,
}

/// What the stretches of a request add up to.
#[derive(Default)]
struct Sum {
    texts: Vec<String>,
    words: Vec<Word>,
    log_probability: f32,
    tokens: usize,
    no_speech: f32,
    stretches: usize,
    fallbacks: u32,
}

impl Engine {
    /// Loads the model and runs it once.
    ///
    /// # Errors
    /// `Asset` when a file is missing or broken, `Inference` when the first run fails.
    pub(crate) fn load(config: &WhisperConfig) -> Result<Self, EngineError> {
        let started = Instant::now();
        let network = load::network(config)?;
        let tokens = Tokens::load(config)?;
        let encoder = Encoder::new(&network, load::on_gpu(config.device))?;
        let engine = Self { network, encoder, tokens, beam: config.beam };
        engine.warm_up()?;
        tracing::info!(model = config.name(), ms = started.elapsed().as_millis() as u64, "recogniser loaded");
        Ok(engine)
    }

    fn warm_up(&self) -> Result<(), EngineError> {
        let cancel = Cancel::default();
        let prompt = self.tokens.prompt("en", None)?;
        let outcome = self.decoder(&cancel, Urgency::Unhurried).once(&[0.0; SAMPLE_RATE_HZ as usize], &prompt)?;
        drop(outcome);
        Ok(())
    }

    /// Recognises one request.
    ///
    /// # Errors
    /// `Input` when samples are not finite or the language is unknown, `Cancelled`, or `Inference`.
    pub(crate) fn recognize(&self, request: &RecognitionRequest) -> Result<Recognition, EngineError> {
        let started = Instant::now();
        let decoder = self.decoder(&request.cancel, request.urgency);
        decoder.still_wanted()?;
        if let Some(at) = request.samples.iter().position(|sample| !sample.is_finite()) {
            return Err(input(format!("sample {at} is not a finite number")));
        }
        let heard: Vec<_> = stretches(&request.samples);
        let language = self.language(request, &heard)?;
        let mut sum = Sum::default();
        for range in heard {
            self.stretch(&decoder, request, range, &language, &mut sum)?;
        }
        Ok(sum.finish(language, started))
    }

    fn decoder<'a>(&'a self, cancel: &'a Cancel, urgency: Urgency) -> Decoder<'a> {
        let Self { network, encoder, tokens, beam } = self;
        Decoder { network, encoder, tokens, beam: *beam, cancel, urgency }
    }

    /// The language asked for, or the one that the first stretch with sound in it is in.
    fn language(&self, request: &RecognitionRequest, heard: &[std::ops::Range<usize>]) -> Result<String, EngineError> {
        if let Some(language) = &request.language {
            return self.tokens.task(language).map(|_| language.clone());
        }
        let audible = heard.iter().map(|range| &request.samples[range.clone()]).find(|s| !is_silence(s));
        match audible {
            Some(samples) if self.tokens.multilingual() => self.detect(samples),
            _ => Ok("en".into()),
        }
    }

    fn detect(&self, samples: &[f32]) -> Result<String, EngineError> {
        let mut encoded = self.encoder.encode(&self.network, samples, Window::Short)?;
        let found = encoded.with(|view| self.network.detect_language(view).map_err(inference))?;
        let best = found.first().and_then(|languages| languages.first());
        let best = best.ok_or_else(|| inference("no language was detected"))?;
        Ok(best.language.trim_matches(['<', '|', '>']).to_owned())
    }

    fn stretch(
        &self,
        decoder: &Decoder<'_>,
        request: &RecognitionRequest,
        range: std::ops::Range<usize>,
        language: &str,
        sum: &mut Sum,
    ) -> Result<(), EngineError> {
        let samples = &request.samples[range.clone()];
        if is_silence(samples) {
            sum.nothing();
            return Ok(());
        }
        let prompt = self.tokens.prompt(language, request.prompt.as_deref())?;
        let mut outcome = decoder.decode(samples, &prompt)?;
        let words = if request.word_times { self.words(&mut outcome, language, samples.len())? } else { Vec::new() };
        sum.add(&self.tokens.text(&outcome.decoded.tokens), &outcome, words, ms(range.start));
        Ok(())
    }

    fn words(&self, outcome: &mut Outcome, language: &str, samples: usize) -> Result<Vec<Word>, EngineError> {
        let start = self.tokens.ids(&self.tokens.task(language)?);
        let tokens = &outcome.decoded.tokens;
        let spelled = self.tokens.words(tokens, language);
        words::timed(&self.network, &mut outcome.encoded, &start, tokens, &spelled, ms(samples))
    }
}

impl Sum {
    fn nothing(&mut self) {
        self.no_speech += 1.0;
        self.stretches += 1;
    }

    fn add(&mut self, text: &str, outcome: &Outcome, words: Vec<Word>, offset_ms: u64) {
        let decoded = &outcome.decoded;
        self.texts.push(text.trim().to_owned());
        self.words.extend(words.into_iter().map(|word| Word {
            start_ms: word.start_ms + offset_ms,
            end_ms: word.end_ms + offset_ms,
            ..word
        }));
        self.log_probability += decoded.log_probability * decoded.tokens.len() as f32;
        self.tokens += decoded.tokens.len();
        self.no_speech += decoded.no_speech;
        self.stretches += 1;
        self.fallbacks += outcome.fallbacks;
    }

    fn finish(mut self, language: String, started: Instant) -> Recognition {
        self.texts.retain(|text| !text.is_empty());
        Recognition {
            text: self.texts.join(" "),
            language,
            words: self.words,
            average_log_probability: self.log_probability / self.tokens.max(1) as f32,
            no_speech_probability: self.no_speech / self.stretches.max(1) as f32,
            fallbacks: self.fallbacks,
            compute_ms: started.elapsed().as_secs_f32() * 1000.0,
        }
    }
}

fn ms(samples: usize) -> u64 {
    samples as u64 * 1000 / u64::from(SAMPLE_RATE_HZ)
}
