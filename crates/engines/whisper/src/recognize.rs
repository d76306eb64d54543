//! One request from samples to words, on the engine's own thread.

use std::ops::Range;
use std::time::Instant;

use audio::SAMPLE_RATE_HZ;
use audio::stretches::{is_silence, stretches};
use ct2rs::sys;
use speech::{Cancel, EngineError, Recognition, RecognitionRequest, Urgency, Word};

use crate::config::{Compute, WhisperConfig};
use crate::decode::{Decoder, Outcome};
use crate::encode::{Encoder, Window};
use crate::greedy::Greedy;
use crate::judge::Verdict;
use crate::sum::Sum;
use crate::tokens::{Spelled, Tokens};
use crate::{holes, inference, input, load, words};

type Answer<T> = Result<T, EngineError>;

/// A loaded model.
pub(crate) struct Engine {
    network: sys::Whisper,
    encoder: Encoder,
    greedy: Option<Greedy>,
    tokens: Tokens,
    beam: usize,
}

/// What holds for all stretches of a request.
struct Task<'a> {
    decoder: Decoder<'a>,
    request: &'a RecognitionRequest,
    language: &'a str,
    prompt: Vec<String>,
    /// Tokens that the first stretch may begin with.
    draft: Vec<usize>,
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
        let greedy = greedy(config, &tokens, &encoder);
        let engine = Self { network, encoder, greedy, tokens, beam: config.beam };
        engine.warm_up()?;
        tracing::info!(model = config.name(), ms = started.elapsed().as_millis() as u64, "recogniser loaded");
        Ok(engine)
    }

    fn warm_up(&self) -> Result<(), EngineError> {
        let cancel = Cancel::default();
        let prompt = self.tokens.prompt("en", None)?;
        let outcome = self.decoder(&cancel, Urgency::Unhurried).once(&[0.0; SAMPLE_RATE_HZ as usize], &prompt, &[])?;
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
        let prompt = self.tokens.prompt(&language, request.prompt.as_deref())?;
        let draft = self.tokens.spelling(request.draft.as_deref());
        let mut task = Task { decoder, request, language: &language, prompt, draft };
        let mut sum = Sum::default();
        for range in heard {
            self.stretch(&task, range, &mut sum)?;
            task.draft.clear(); // it is of the first one
        }
        Ok(sum.finish(language, request.word_times, started))
    }

    fn decoder<'a>(&'a self, cancel: &'a Cancel, urgency: Urgency) -> Decoder<'a> {
        let Self { network, encoder, greedy, tokens, beam } = self;
        Decoder { network, encoder, greedy: greedy.as_ref(), tokens, beam: *beam, cancel, urgency }
    }

    /// The language asked for, or the one that the first stretch with sound in it is in.
    fn language(&self, request: &RecognitionRequest, heard: &[Range<usize>]) -> Answer<String> {
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

    fn stretch(&self, task: &Task<'_>, range: Range<usize>, sum: &mut Sum) -> Answer<()> {
        let samples = &task.request.samples[range.clone()];
        if is_silence(samples) {
            sum.silent();
            return Ok(());
        }
        let outcome = task.decoder.decode(samples, &task.prompt, &task.draft)?;
        sum.scored(&outcome);
        self.said(task, outcome, range, sum)
    }

    /// Adds what a stretch says. Where words are missing, its sound is decoded by itself, if there is time.
    fn said(&self, task: &Task<'_>, mut outcome: Outcome, range: Range<usize>, sum: &mut Sum) -> Answer<()> {
        let (samples, offset_ms) = (&task.request.samples[range.clone()], ms(range.start));
        let text = self.tokens.text(&outcome.decoded.tokens);
        let holes_suspected = holes::suspected(text.split_whitespace().count(), samples);
        if !task.request.word_times && !holes_suspected {
            sum.said(&text, &[], offset_ms);
            return Ok(());
        }
        let spelled = self.tokens.words(&outcome.decoded.tokens, task.language);
        let words = self.timed(task, &mut outcome, &spelled, samples.len())?;
        let mut from = 0;
        for hole in holes::find(&words, samples) {
            if !task.decoder.has_time(outcome.took) {
                break;
            }
            self.part(&spelled, &words, from..hole.after_words, offset_ms, sum);
            self.hole(task, range.start + hole.samples.start..range.start + hole.samples.end, sum)?;
            from = hole.after_words;
        }
        self.part(&spelled, &words, from..words.len(), offset_ms, sum);
        Ok(())
    }

    /// Adds words of a stretch.
    fn part(&self, spelled: &[Spelled], words: &[Word], part: Range<usize>, offset_ms: u64, sum: &mut Sum) {
        let text: String = spelled[part.clone()].iter().map(|word| word.text.as_str()).collect();
        sum.said(&text, &words[part], offset_ms);
    }

    /// Decodes what was passed over. What looks bad here, too, was no speech, or is better left out.
    fn hole(&self, task: &Task<'_>, range: Range<usize>, sum: &mut Sum) -> Answer<()> {
        sum.again();
        let outcome = task.decoder.decode(&task.request.samples[range.clone()], &task.prompt, &[])?;
        if outcome.verdict == Verdict::Bad { Ok(()) } else { self.said(task, outcome, range, sum) }
    }

    fn timed(&self, task: &Task<'_>, outcome: &mut Outcome, spelled: &[Spelled], samples: usize) -> Answer<Vec<Word>> {
        let tokens = &outcome.decoded.tokens;
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let start = self.tokens.ids(&self.tokens.task(task.language)?);
        let alignment = match outcome.decoded.alignment() {
            Some(alignment) => alignment,
            None => words::aligned(&self.network, &mut outcome.encoded, &start, tokens)?,
        };
        Ok(words::timed(&alignment, spelled, ms(samples)))
    }
}

/// Models with wider positions than those of Whisper small are left to CTranslate2: what ours keeps of silence takes 110 MB
/// with it, and would take 0.3 to 0.5 GB.
const WIDEST: usize = 768;

/// The decoder for one hypothesis with weights of 8 bits; `None` where CTranslate2 does it all, as with a model that it could
/// load and that has numbers or a version of the file that are not known here.
fn greedy(config: &WhisperConfig, tokens: &Tokens, encoder: &Encoder) -> Option<Greedy> {
    match (encoder.silence(), config.compute, config.beam) {
        (Some(silence), Compute::Int8, 0 | 1) if silence.width <= WIDEST => {
            let unread = |error| tracing::warn!(%error, "CTranslate2 decodes alone, which takes longer");
            Greedy::load(config, tokens, silence).map_err(unread).ok()
        }
        _ => None,
    }
}

fn ms(samples: usize) -> u64 {
    samples as u64 * 1000 / u64::from(SAMPLE_RATE_HZ)
}
