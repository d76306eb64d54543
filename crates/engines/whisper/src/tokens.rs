//! The model's vocabulary: prompts in, text and words out.

use std::ops::Range;

use ct2rs::Tokenizer as _;
use ct2rs::tokenizers::hf::Tokenizer;
use speech::EngineError;

use crate::config::WhisperConfig;
use crate::{input, load};

/// The longest hint: with the task's tokens and 224 of text it stays within Whisper's context of 448.
const PROMPT_TOKENS: usize = 200;
/// The id of `<|endoftext|>` in multilingual vocabularies; English-only ones have one token less before it.
const MULTILINGUAL_END: usize = 50257;
/// Punctuation that belongs to the word after it, as in Whisper's `merge_punctuations`.
const OPENING: &str = "\"'“¿([{-";
/// Punctuation that belongs to the word before it.
const CLOSING: &str = "\"'.。,，!！?？:：”)]}、";

/// A word as the tokens that spell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spelled {
    /// The word, with the space before it if there is one.
    pub(crate) text: String,
    /// Its tokens' places among the text tokens.
    pub(crate) tokens: Range<usize>,
}

/// Ids, spellings and special tokens of one model.
pub(crate) struct Tokens {
    tokenizer: Tokenizer,
    /// What each text token spells; the index is its id.
    spellings: Vec<Vec<u8>>,
    end: usize,
}

impl Tokens {
    /// Reads `tokenizer.json`.
    ///
    /// # Errors
    /// `Asset` when the file is missing or is no Whisper vocabulary.
    pub(crate) fn load(config: &WhisperConfig) -> Result<Self, EngineError> {
        let file = config.model_dir.join("tokenizer.json");
        let mut tokenizer = Tokenizer::from_file(&file).map_err(|e| load::broken(config, &file, &e.to_string()))?;
        tokenizer.disable_spacial_token();
        let end = tokenizer
            .token_to_id("<|endoftext|>")
            .ok_or_else(|| load::broken(config, &file, "it has no <|endoftext|> token"))?;
        let spelling = |id| tokenizer.id_to_token(id).map(|token| bytes_of(&token)).unwrap_or_default();
        let spellings = (0..end).map(spelling).collect();
        Ok(Self { tokenizer, spellings, end: end as usize })
    }

    /// The token that ends a text; those of text come before it.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// Whether the model knows languages other than English.
    pub(crate) fn multilingual(&self) -> bool {
        self.end == MULTILINGUAL_END
    }

    /// The whole prompt for the decoder.
    ///
    /// # Errors
    /// `Input` when the model does not know the language or the hint cannot be put into tokens.
    pub(crate) fn prompt(&self, language: &str, hint: Option<&str>) -> Result<Vec<String>, EngineError> {
        let mut tokens = self.hint(hint)?;
        tokens.extend(self.task(language)?);
        tokens.push("<|notimestamps|>".into());
        Ok(tokens)
    }

    /// `<|startoftranscript|>`, and for a multilingual model the language and the task.
    ///
    /// # Errors
    /// `Input` when the model does not know the language.
    pub(crate) fn task(&self, language: &str) -> Result<Vec<String>, EngineError> {
        let start = "<|startoftranscript|>".to_owned();
        if !self.multilingual() {
            return if language == "en" {
                Ok(vec![start])
            } else {
                Err(unknown(language, "this model knows English only"))
            };
        }
        let token = format!("<|{language}|>");
        let letters = language.chars().all(|c| c.is_ascii_lowercase()) && (2..=3).contains(&language.len());
        if !letters || self.tokenizer.token_to_id(&token).is_none() {
            return Err(unknown(language, "give a two-letter code such as \"en\""));
        }
        Ok(vec![start, token, "<|transcribe|>".into()])
    }

    /// The ids of `tokens`; those that the vocabulary lacks are left out.
    pub(crate) fn ids(&self, tokens: &[String]) -> Vec<usize> {
        tokens.iter().filter_map(|token| self.tokenizer.token_to_id(token)).map(|id| id as usize).collect()
    }

    fn hint(&self, hint: Option<&str>) -> Result<Vec<String>, EngineError> {
        let plain = self.plain(hint)?;
        if plain.is_empty() {
            return Ok(plain);
        }
        let tail = plain[plain.len().saturating_sub(PROMPT_TOKENS)..].iter().cloned();
        Ok(std::iter::once("<|startofprev|>".to_owned()).chain(tail).collect())
    }

    /// The tokens that spell `text`, as they stand at the beginning of a transcript.
    pub(crate) fn spelling(&self, text: Option<&str>) -> Vec<usize> {
        self.plain(text).map(|tokens| self.ids(&tokens)).unwrap_or_default()
    }

    fn plain(&self, text: Option<&str>) -> Result<Vec<String>, EngineError> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(Vec::new()) };
        let tokens: Vec<String> = self
            .tokenizer
            .encode(&format!(" {text}"))
            .map_err(|e| input(format!("{text:?} cannot be put into tokens: {e}")))?;
        Ok(tokens.into_iter().filter(|token| !token.starts_with("<|")).collect())
    }

    /// Keeps the tokens that spell text.
    pub(crate) fn text_only(&self, ids: &[usize]) -> Vec<usize> {
        ids.iter().copied().filter(|&id| id < self.end).collect()
    }

    /// What `ids` spell; bytes that are no text become U+FFFD.
    pub(crate) fn text(&self, ids: &[usize]) -> String {
        let bytes: Vec<u8> = ids.iter().filter_map(|&id| self.spellings.get(id)).flatten().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Splits text tokens into words with their punctuation, after Whisper's `split_to_word_tokens` and
    /// `merge_punctuations`; but "3.5%" stays one word, as the text has it. Spaces alone
    /// are no word.
    pub(crate) fn words(&self, ids: &[usize], language: &str) -> Vec<Spelled> {
        let pieces = self.characters(ids);
        let spaced = !matches!(language, "zh" | "ja" | "th" | "lo" | "my" | "yue");
        let words = merge_punctuation(if spaced { join_by_spaces(pieces) } else { pieces });
        words.into_iter().filter(|word| !word.text.trim().is_empty()).collect()
    }

    /// The shortest runs of tokens that spell whole characters.
    fn characters(&self, ids: &[usize]) -> Vec<Spelled> {
        let mut pieces = Vec::new();
        let mut start = 0;
        for end in 1..=ids.len() {
            let text = self.text(&ids[start..end]);
            if !text.contains('\u{fffd}') || end == ids.len() {
                pieces.push(Spelled { text, tokens: start..end });
                start = end;
            }
        }
        pieces
    }
}

fn unknown(language: &str, advice: &str) -> EngineError {
    input(format!("language {language:?} cannot be recognised: {advice}"))
}

fn join_by_spaces(pieces: Vec<Spelled>) -> Vec<Spelled> {
    let mut words: Vec<Spelled> = Vec::new();
    for piece in pieces {
        match words.last_mut() {
            Some(word) if !piece.text.starts_with(' ') => extend(word, piece),
            _ => words.push(piece),
        }
    }
    words
}

fn extend(word: &mut Spelled, piece: Spelled) {
    word.text.push_str(&piece.text);
    word.tokens.end = piece.tokens.end;
}

fn merge_punctuation(pieces: Vec<Spelled>) -> Vec<Spelled> {
    let mut words: Vec<Spelled> = Vec::new();
    let mut opened = false;
    for piece in pieces {
        let mark = piece.text.trim();
        let closes = !mark.is_empty() && CLOSING.contains(mark) && !piece.text.starts_with(' ');
        let opens = !mark.is_empty() && OPENING.contains(mark) && piece.text.starts_with(' ');
        match words.last_mut() {
            Some(word) if opened || closes => extend(word, piece),
            _ => words.push(piece),
        }
        opened = opens;
    }
    words
}

/// The bytes behind a token of GPT-2's byte-level vocabulary, where every byte is shown as a visible character.
fn bytes_of(token: &str) -> Vec<u8> {
    token.chars().filter_map(byte_of).collect()
}

fn byte_of(shown: char) -> Option<u8> {
    let code = u32::from(shown);
    match code {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => u8::try_from(code).ok(),
        // The 68 bytes that are not visible follow from 256 on: 0..=32, 127..=160, 173.
        256..=288 => u8::try_from(code - 256).ok(),
        289..=322 => u8::try_from(code - 289 + 127).ok(),
        323 => Some(173),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(texts: &[&str]) -> Vec<Spelled> {
        texts.iter().enumerate().map(|(i, text)| Spelled { text: (*text).into(), tokens: i..i + 1 }).collect()
    }

    fn merged(texts: &[&str]) -> Vec<String> {
        merge_punctuation(join_by_spaces(spelled(texts))).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn punctuation_goes_with_its_word() {
        assert_eq!(merged(&[" It", "'s", " so", ",", " \"", "ok", "\"", "."]), [" It's", " so,", " \"ok\"."]);
        assert_eq!(merged(&[" un", "believ", "able", "!"]), [" unbelievable!"]);
        assert!(merged(&[]).is_empty());
    }

    #[test]
    fn every_byte_has_its_character() {
        let space_and_umlaut = bytes_of("ĠÃ¼");
        assert_eq!(space_and_umlaut, " ü".as_bytes());
        let known: std::collections::HashSet<u8> = (0..0x200).filter_map(char::from_u32).filter_map(byte_of).collect();
        assert_eq!(known.len(), 256);
    }
}
