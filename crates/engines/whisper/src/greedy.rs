//! Whisper's decoder on the processor, one likeliest token after the other.
//!
//! CTranslate2 multiplies with kernels that first rearrange the weights for the product at hand. For many rows that is
//! well spent; a decoder that follows one hypothesis has a single row at each step, and rearranging costs it more than the
//! product. Here weights are read as they lie, 8 bits each, once a step. CTranslate2 goes on to do what has many rows at a
//! time: the encoder, beams, alignment, and all of it on a GPU.

mod attention;
mod kernel;
mod keys_values;
mod layer;
mod linear;
mod network;
mod norm;
mod rules;
mod tensors;

use std::ops::ControlFlow;

use speech::EngineError;

use crate::config::WhisperConfig;
use crate::encode::Picture;
use crate::storage::Matrix;
use crate::tokens::Tokens;
use crate::{inference, load};
pub(crate) use attention::Attention;
use network::Network;
use rules::{Rules, Said};

/// A loaded decoder.
pub(crate) struct Greedy {
    network: Network,
    rules: Rules,
}

/// What was decoded.
pub(crate) struct Text {
    /// Tokens, without the end.
    pub(crate) tokens: Vec<usize>,
    /// Sum of the log-probabilities of the tokens, and of the end where there is one.
    pub(crate) log_probability: f32,
    /// 0..1, the belief that nobody spoke.
    pub(crate) no_speech: f32,
    /// The probability of each token among those of text.
    pub(crate) probabilities: Vec<f32>,
    /// From where the transcript begins; a row more than there are tokens.
    pub(crate) attention: Attention,
    /// Tokens between there and the first one of the text.
    pub(crate) before: usize,
}

impl Greedy {
    /// Reads the decoder of a model whose encoder makes this of silence.
    ///
    /// # Errors
    /// `Asset` when a file of the model is broken.
    pub(crate) fn load(config: &WhisperConfig, tokens: &Tokens, silence: &Matrix) -> Result<Self, EngineError> {
        let file = config.model_dir.join("model.bin");
        let rules = Rules::load(config, tokens)?;
        let network = Network::read(&file, silence, &rules.watched);
        Ok(Self { network: network.map_err(|e| load::broken(config, &file, &e.to_string()))?, rules })
    }

    /// Continues `prompt` with at most `most` tokens; before each `go_on` may end it. As far as they are those of `draft`
    /// they are found at once: the same as without it, and sooner (speculative decoding: Leviathan, Kalman, Matias 2023).
    ///
    /// # Errors
    /// That of `go_on`; `Inference` when the prompt has no start of a transcript or is too long for the model.
    pub(crate) fn decode(
        &self,
        sound: Picture<'_>,
        prompt: &[usize],
        draft: &[usize],
        most: usize,
        mut go_on: impl FnMut() -> Result<(), EngineError>,
    ) -> Result<Text, EngineError> {
        let start = prompt.iter().position(|token| *token == self.rules.start);
        let start = start.filter(|_| prompt.len() + most <= self.network.longest());
        let start = start.ok_or_else(|| inference(format!("a prompt of {} tokens does not fit", prompt.len())))?;
        let mut draft = &draft[..draft.len().min(most)];
        let width = sound.all.width;
        let mut state = self.network.begin(&sound.all.data[..sound.encoded * width], sound.spoken, sound.all.rows());
        let rows = self.network.go_on(&mut state, &[prompt, draft].concat());
        let mut said = Said::new(self.no_speech(&rows[start * width..(start + 1) * width]));
        let mut known = self.network.next(&rows[(prompt.len() - 1) * width..], self.rules.text_tokens());
        while said.tokens.len() < most {
            go_on()?;
            let Some(logits) = known.pop_front() else { break };
            let ControlFlow::Continue(token) = self.rules.choose(logits, &mut said) else { break };
            if draft.get(said.tokens.len() - 1) != Some(&token) {
                draft = &[]; // from here on there is nothing ahead
                self.network.take_back(&mut state, prompt.len() + said.tokens.len() - 1);
                known = self.network.next(&self.network.go_on(&mut state, &[token]), self.rules.text_tokens());
            }
        }
        state.attention.skip(start);
        Ok(said.text(state.attention, prompt.len() - start))
    }

    /// The belief that nobody spoke, by what the network makes of the start of the transcript.
    fn no_speech(&self, start: &[f32]) -> f32 {
        let all = self.network.next(start, self.network.vocabulary()).pop_front().unwrap_or_default();
        self.rules.no_speech.and_then(|token| all.get(token)).map_or(0.0, |logit| (logit - rules::log_sum(&all)).exp())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests may fail as tests do
mod tests {
    use std::path::PathBuf;
    use std::time::Instant;

    use ct2rs::sys::WhisperOptions;

    use super::*;
    use crate::encode::{Encoder, Window};

    fn asset(name: &str) -> PathBuf {
        let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
        cache.unwrap_or_else(home).join("assets").join(name)
    }

    /// How many of `theirs` we would have chosen in their places, and how likely all are to us.
    fn agreement(greedy: &Greedy, sound: Picture<'_>, prompt: &[usize], theirs: &[usize]) -> (usize, f32) {
        let width = sound.all.width;
        let mut state = greedy.network.begin(&sound.all.data[..sound.encoded * width], 0, sound.all.rows());
        let rows = greedy.network.go_on(&mut state, &[prompt, theirs].concat());
        let mut said = Said::new(0.0);
        let (mut agreed, mut log_probability) = (0, 0.0);
        for (row, token) in rows.chunks_exact(width).skip(prompt.len() - 1).zip(theirs) {
            let logits = greedy.network.next(row, greedy.rules.text_tokens()).pop_front().unwrap();
            log_probability += logits[*token] - rules::log_sum(&logits);
            agreed += usize::from(greedy.rules.choose(logits, &mut said) == ControlFlow::Continue(*token));
        }
        (agreed, log_probability)
    }

    /// Both hear the same picture; weights in 8 bits are rounded differently, so what is nearly as likely may differ.
    #[test]
    fn says_what_ctranslate2_says_with_and_without_a_draft() {
        let config = WhisperConfig::new(asset("whisper-base"));
        let (network, tokens) = (load::network(&config).unwrap(), Tokens::load(&config).unwrap());
        let encoder = Encoder::new(&network, false).unwrap();
        let greedy = Greedy::load(&config, &tokens, encoder.silence().unwrap()).unwrap();
        let samples = audio::decode::read_mono_16k(&asset("speech-samples").join("two_cities.wav")).unwrap();
        let prompt = tokens.prompt("en", Some("Charles Dickens, a tale.")).unwrap();
        let (mut same, mut all) = (0, 0);
        for part in samples.chunks(7 * 16_000).take(4) {
            let mut encoded = encoder.encode(&network, part, Window::Short).unwrap();
            let options = WhisperOptions {
                beam_size: 1,
                max_length: 200,
                return_scores: true,
                return_no_speech_prob: true,
                ..WhisperOptions::default()
            };
            let started = Instant::now();
            let theirs = encoded
                .with(|view| Ok(network.generate(view, std::slice::from_ref(&prompt), &options).unwrap()))
                .unwrap();
            let (theirs, took) = (&theirs[0], started.elapsed());
            let sound = encoded.on_processor().unwrap();
            let started = Instant::now();
            let ours = greedy.decode(sound, &tokens.ids(&prompt), &[], 100, || Ok(())).unwrap();
            println!("{} tokens: CTranslate2 {took:?}, ours {:?}", ours.tokens.len(), started.elapsed());
            for wrong in [ours.tokens.len() / 2, ours.tokens.len() - 1, usize::MAX] {
                let draft: Vec<usize> =
                    ours.tokens.iter().enumerate().map(|(at, id)| id + usize::from(at == wrong)).collect();
                let again = greedy.decode(sound, &tokens.ids(&prompt), &draft, 100, || Ok(())).unwrap();
                assert_eq!((&again.tokens, again.log_probability), (&ours.tokens, ours.log_probability), "{wrong}");
                assert_eq!(
                    again.attention.heads[0][..again.tokens.len()],
                    ours.attention.heads[0][..again.tokens.len()]
                );
            }
            let ids = tokens.text_only(&theirs.sequences_ids[0]);
            let (agreed, log_probability) = agreement(&greedy, sound, &tokens.ids(&prompt), &ids);
            println!("{agreed} of {}: {}, {log_probability}", ids.len(), theirs.scores[0] * ids.len() as f32);
            println!("{}\n{}", tokens.text(&ids), tokens.text(&ours.tokens));
            assert!((theirs.no_speech_prob - ours.no_speech).abs() < 0.05);
            assert!((theirs.scores[0] - log_probability / ids.len() as f32).abs() < 0.15);
            (same, all) = (same + agreed, all + ids.len());
        }
        assert!(same * 100 >= all * 93, "{same} of {all} tokens are the same");
    }
}
