//! From the encoder's picture to text tokens, and again when the first result looks wrong.

use std::time::{Duration, Instant};

use ct2rs::sys::{Whisper, WhisperOptions};
use metrics::counter;
use speech::{Cancel, EngineError, EngineErrorKind, Urgency};

use crate::align::Alignment;
use crate::encode::{Encoded, Encoder, Window};
use crate::greedy::{Attention, Greedy, Text};
use crate::judge::{self, Evidence, Look, Verdict};
use crate::tokens::Tokens;
use crate::{ENGINE, inference};

/// Tokens that even a short utterance may have, and how many more a second of sound may bring.
const TOKENS_AT_LEAST: f32 = 24.0;
const TOKENS_PER_SECOND: f32 = 10.0;
/// The most tokens that Whisper's context lets one window have.
const TOKENS_AT_MOST: usize = 224;
const CAREFUL_BEAM: usize = 5;

/// What one stretch says.
pub(crate) struct Decoded {
    /// Text tokens.
    pub(crate) tokens: Vec<usize>,
    /// Mean log-probability of the tokens and of the end after them.
    pub(crate) log_probability: f32,
    /// 0..1, the model's belief that nobody spoke.
    pub(crate) no_speech: f32,
    cut_off: bool,
    /// What tells where the tokens are in the sound; `None` when CTranslate2 decoded, which has to be asked for it.
    traces: Option<Traces>,
}

/// What greedy decoding knows about its tokens besides.
struct Traces {
    attention: Attention,
    probabilities: Vec<f32>,
    /// Tokens before the first one of the text, from where the transcript begins.
    before: usize,
}

impl Decoded {
    fn of(text: Text, limit: usize) -> Self {
        Self {
            log_probability: text.log_probability / (text.tokens.len() as f32 + 1.0),
            no_speech: text.no_speech,
            cut_off: text.tokens.len() >= limit,
            tokens: text.tokens,
            traces: Some(Traces { attention: text.attention, probabilities: text.probabilities, before: text.before }),
        }
    }

    /// Where its tokens are in the sound, as far as it is known from decoding.
    pub(crate) fn alignment(&self) -> Option<Alignment> {
        let traces = self.traces.as_ref().filter(|traces| !traces.attention.heads.is_empty());
        let Traces { attention, probabilities, before } = traces?;
        Some(Alignment::of(attention, *before, probabilities.get(..self.tokens.len())?.to_vec()))
    }

    fn look(&self) -> Look {
        Look { log_probability: self.log_probability, no_speech: self.no_speech }
    }
}

/// A decoded stretch with the picture it was decoded from.
pub(crate) struct Outcome {
    pub(crate) decoded: Decoded,
    pub(crate) encoded: Encoded,
    /// How the text looks.
    pub(crate) verdict: Verdict,
    /// Looks after the first.
    pub(crate) fallbacks: u32,
    /// The time that the first look took.
    pub(crate) took: Duration,
}

/// The parts of an engine that decoding needs.
pub(crate) struct Decoder<'a> {
    pub(crate) network: &'a Whisper,
    pub(crate) encoder: &'a Encoder,
    /// What follows one hypothesis on the processor.
    pub(crate) greedy: Option<&'a Greedy>,
    pub(crate) tokens: &'a Tokens,
    pub(crate) beam: usize,
    pub(crate) cancel: &'a Cancel,
    pub(crate) urgency: Urgency,
}

/// One way to decode.
#[derive(Clone, Copy)]
struct Attempt {
    window: Window,
    /// Hypotheses that are followed.
    beam: usize,
    /// It is made only when what there is is worse than this.
    unless: Verdict,
    /// What it costs, in first looks: an upper bound of what was measured.
    cost: u32,
}

impl Decoder<'_> {
    /// Decodes one stretch of at most 30 s. Attempts grow dearer until one looks right or there is no time for the next;
    /// when none looks right, the best counts, without its circles. No tokens are left when nobody spoke. The first attempt is
    /// quicker where the text begins with `draft`.
    ///
    /// # Errors
    /// `Cancelled` when the caller gave up, `Inference` when the network fails.
    pub(crate) fn decode(&self, samples: &[f32], prompt: &[String], draft: &[usize]) -> Result<Outcome, EngineError> {
        let mut outcome = self.once(samples, prompt, draft)?;
        let mut looks = vec![outcome.decoded.look()];
        for attempt in self.other_looks(outcome.verdict) {
            let settled = outcome.verdict >= attempt.unless || (looks.len() > 1 && judge::nobody_spoke(&looks));
            if settled || !self.has_time(outcome.took * attempt.cost) {
                break;
            }
            let decoded = self.again(samples, prompt, attempt, &mut outcome)?;
            looks.push(decoded.look());
            let new = judge::judge(&self.evidence(&decoded, samples));
            if (new, decoded.log_probability) > (outcome.verdict, outcome.decoded.log_probability) {
                (outcome.verdict, outcome.decoded) = (new, decoded);
            }
        }
        let said = !judge::nobody_spoke(&looks);
        let keep = if said { judge::keep(&self.evidence(&outcome.decoded, samples)) } else { 0 };
        outcome.decoded.tokens.truncate(keep);
        Ok(outcome)
    }

    /// Decodes once, whatever comes out.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub(crate) fn once(&self, samples: &[f32], prompt: &[String], draft: &[usize]) -> Result<Outcome, EngineError> {
        self.first(
            samples,
            prompt,
            draft,
            Attempt { window: Window::Short, beam: self.beam, unless: Verdict::Bad, cost: 1 },
        )
    }

    /// What is doubtful gets a second look in a small window, and in the whole one when it still looks bad. What is fair is
    /// heard better in the whole window at once, where nobody waits.
    fn other_looks(&self, first: Verdict) -> Vec<Attempt> {
        let beam = self.beam.max(CAREFUL_BEAM);
        let whole = |unless| Attempt { window: Window::Full, beam, unless, cost: 10 };
        match (self.urgency, first) {
            (Urgency::Unhurried, Verdict::Fair) => vec![whole(Verdict::Good)],
            _ => {
                vec![Attempt { window: Window::Roomy, beam, unless: Verdict::Fair, cost: 2 }, whole(Verdict::Doubtful)]
            }
        }
    }

    /// Whether more work that is expected to take so long (measured on this machine, with its load) is done in time.
    pub(crate) fn has_time(&self, expected: Duration) -> bool {
        let has_time = match self.urgency {
            Urgency::Unhurried => true,
            Urgency::By(deadline) => Instant::now() + expected <= deadline,
            Urgency::Glimpse => false,
        };
        let outcome = if has_time { "taken" } else { "no_time" };
        counter!("interviewer_recognition_second_looks_total", "outcome" => outcome).increment(1);
        has_time
    }

    fn first(
        &self,
        samples: &[f32],
        prompt: &[String],
        draft: &[usize],
        attempt: Attempt,
    ) -> Result<Outcome, EngineError> {
        self.still_wanted()?;
        let started = Instant::now();
        let mut encoded = self.encoder.encode(self.network, samples, attempt.window)?;
        let decoded = self.generate(&mut encoded, prompt, draft, attempt, seconds(samples))?;
        let verdict = judge::judge(&self.evidence(&decoded, samples));
        Ok(Outcome { decoded, encoded, verdict, fallbacks: 0, took: started.elapsed() })
    }

    /// Decodes again; the picture is made anew only when the attempt needs another window.
    fn again(
        &self,
        samples: &[f32],
        prompt: &[String],
        attempt: Attempt,
        outcome: &mut Outcome,
    ) -> Result<Decoded, EngineError> {
        self.still_wanted()?;
        outcome.fallbacks += 1;
        if self.encoder.window(attempt.window) != outcome.encoded.window {
            outcome.encoded = self.encoder.encode(self.network, samples, attempt.window)?;
        }
        self.generate(&mut outcome.encoded, prompt, &[], attempt, seconds(samples))
    }

    fn generate(
        &self,
        encoded: &mut Encoded,
        prompt: &[String],
        draft: &[usize],
        attempt: Attempt,
        seconds: f32,
    ) -> Result<Decoded, EngineError> {
        self.still_wanted()?;
        let most = most_tokens(seconds);
        if let (0 | 1, Some(greedy), Some(picture)) = (attempt.beam, self.greedy, encoded.on_processor()) {
            let text = greedy.decode(picture, &self.tokens.ids(prompt), draft, most, || self.still_wanted())?;
            return Ok(Decoded::of(text, most));
        }
        let options = options(attempt.beam, prompt.len(), most);
        encoded.with(|view| {
            let results = self.network.generate(view, &[prompt.to_vec()], &options).map_err(inference)?;
            let result = results.into_iter().next().ok_or_else(|| inference("the decoder gave no result"))?;
            Ok(self.decoded(result, most))
        })
    }

    fn decoded(&self, result: ct2rs::sys::WhisperGenerationResult, limit: usize) -> Decoded {
        let ids = result.sequences_ids.into_iter().next().unwrap_or_default();
        let score = result.scores.first().copied().unwrap_or(f32::NEG_INFINITY);
        let length = ids.len() as f32;
        Decoded {
            tokens: self.tokens.text_only(&ids),
            log_probability: score * length.max(1.0) / (length + 1.0),
            no_speech: result.no_speech_prob,
            cut_off: ids.len() >= limit,
            traces: None,
        }
    }

    fn evidence<'b>(&self, decoded: &'b Decoded, samples: &[f32]) -> Evidence<'b> {
        Evidence {
            tokens: &decoded.tokens,
            words: self.tokens.text(&decoded.tokens).split_whitespace().count(),
            log_probability: decoded.log_probability,
            seconds: seconds(samples),
            cut_off: decoded.cut_off,
        }
    }

    /// # Errors
    /// `Cancelled` when the caller gave up.
    pub(crate) fn still_wanted(&self) -> Result<(), EngineError> {
        if self.cancel.is_cancelled() {
            return Err(EngineError::new(ENGINE, EngineErrorKind::Cancelled, "the caller no longer wants the words"));
        }
        Ok(())
    }
}

fn seconds(samples: &[f32]) -> f32 {
    samples.len() as f32 / audio::SAMPLE_RATE_HZ as f32
}

fn most_tokens(seconds: f32) -> usize {
    ((TOKENS_AT_LEAST + TOKENS_PER_SECOND * seconds) as usize).min(TOKENS_AT_MOST)
}

/// `beam`: hypotheses that are followed; `prompt`: tokens of the prompt; `most`: new tokens at most. CTranslate2 stops at
/// half of `max_length`, or when prompt and text together reach it.
fn options(beam: usize, prompt: usize, most: usize) -> WhisperOptions {
    WhisperOptions {
        beam_size: beam.max(1),
        max_length: (2 * most).max(prompt + most),
        return_scores: true,
        return_no_speech_prob: true,
        ..WhisperOptions::default()
    }
}
