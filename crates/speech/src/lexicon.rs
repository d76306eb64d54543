//! How names are said, where their letters do not tell.
//!
//! An entry maps a written word, or a few of them, to a respelling (`Niamh`: `neev`) or, between strokes, to phonemes
//! in IPA (`/nˈiːv/`), which reach the voice as they are. [`crate::speakable`] puts the entry in the word's place;
//! phonemes stand there between two marks that [`parts`] finds again.

use std::collections::BTreeMap;

/// Marks around phonemes in a text; both are characters for private use, which [`crate::speakable`] takes out of what
/// it is given.
const BEGIN: char = '\u{e000}';
const END: char = '\u{e001}';

/// Written words and how they are said. The default says none in its own way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexicon {
    entries: BTreeMap<String, String>,
    most_words: usize,
}

impl Lexicon {
    /// From written words to how they are said: a respelling, or IPA between strokes.
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let entries: BTreeMap<String, String> =
            entries.into_iter().map(|(written, said)| (spaced(&written), spaced(&said))).collect();
        let most_words = entries.keys().map(|written| written.split(' ').count()).max().unwrap_or(0);
        Self { entries, most_words }
    }

    /// All entries, by their written words.
    pub fn entries(&self) -> &BTreeMap<String, String> {
        &self.entries
    }

    /// How many words the longest entry has.
    pub(crate) fn most_words(&self) -> usize {
        self.most_words
    }

    /// How `written` is said, if it stands here: as it is, with a possessive `'s`, or in capitals where the entry has
    /// none.
    pub(crate) fn said(&self, written: &str) -> Option<String> {
        if self.entries.is_empty() {
            return None;
        }
        if let Some(said) = self.entry(written) {
            return Some(marked(said));
        }
        let owner = written.strip_suffix("'s").or_else(|| written.strip_suffix("’s"))?;
        Some(match phonemes(self.entry(owner)?) {
            Some(ipa) => marked(&format!("/{ipa}{}/", possessive(ipa))),
            None => format!("{}'s", self.entry(owner)?),
        })
    }

    fn entry(&self, written: &str) -> Option<&str> {
        let said = self.entries.get(written).or_else(|| self.entries.get(&written.to_lowercase()));
        said.map(String::as_str)
    }
}

/// The phonemes of an entry that holds some.
fn phonemes(said: &str) -> Option<&str> {
    said.strip_prefix('/')?.strip_suffix('/').filter(|ipa| !ipa.is_empty())
}

fn marked(said: &str) -> String {
    phonemes(said).map_or_else(|| said.to_owned(), |ipa| format!("{BEGIN}{ipa}{END}"))
}

/// The sound of `'s` after `ipa`.
fn possessive(ipa: &str) -> &'static str {
    match ipa.chars().last() {
        Some('s' | 'z' | 'ʃ' | 'ʒ') => "ɪz",
        Some('p' | 't' | 'k' | 'f' | 'θ') => "s",
        _ => "z",
    }
}

/// A stretch of a text that is made ready for a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Words.
    Text(&'a str),
    /// Phonemes in IPA.
    Ipa(&'a str),
}

/// The stretches of `text`, in order, without their marks; empty ones are left out.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once(BEGIN) {
        let (ipa, after) = marked.split_once(END).unwrap_or((marked, ""));
        parts.extend([Part::Text(before), Part::Ipa(ipa)]);
        rest = after;
    }
    parts.push(Part::Text(rest));
    parts.retain(|part| !matches!(part, Part::Text(text) | Part::Ipa(text) if text.trim().is_empty()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speakable::{sentences, speakable_with};

    fn lexicon() -> Lexicon {
        let entries = [
            ("Niamh", "neev"),
            ("Xiaoming Li", "/ʃjˈaʊmɪŋ lˈiː/"),
            ("Joyce", "/dʒˈɔɪs/"),
            ("kafka", "KAHF-kah"),
            ("C++", "see double plus"),
        ];
        Lexicon::new(entries.map(|(written, said)| (written.to_owned(), said.to_owned())))
    }

    #[test]
    fn names_are_said_as_the_lexicon_has_them() {
        let ipa = |ipa: &str| format!("{BEGIN}{ipa}{END}");
        for (written, said) in [
            ("Hello Niamh, hello.", "Hello neev, hello.".to_owned()),
            ("Niamh's plan", "neev's plan".to_owned()),
            ("Niamh-led, not niamh", "neev led, not niamh".to_owned()),
            ("Kafka and kafka (KAFKA)", "KAHF-kah and KAHF-kah (KAHF-kah)".to_owned()),
            ("Ask Xiaoming Li.", format!("Ask {}.", ipa("ʃjˈaʊmɪŋ lˈiː"))),
            ("Xiaoming Li's 3 cats", format!("{} three cats", ipa("ʃjˈaʊmɪŋ lˈiːz"))),
            ("Xiaoming, Li", "Xiaoming, Li".to_owned()),
            ("Joyce’s C++", format!("{} see double plus", ipa("dʒˈɔɪsɪz"))),
        ] {
            assert_eq!(speakable_with(written, &lexicon()), said, "{written}");
        }
    }

    #[test]
    fn phonemes_are_found_again_and_written_marks_are_not_taken_for_them() {
        let said = speakable_with("I met Xiaoming Li. Then Joyce", &lexicon());
        let found: Vec<Vec<Part>> = sentences(&said).leak().iter().map(|sentence| parts(sentence)).collect();
        assert_eq!(found[0], [Part::Text("I met "), Part::Ipa("ʃjˈaʊmɪŋ lˈiː"), Part::Text(".")]);
        assert_eq!(found[1], [Part::Text("Then "), Part::Ipa("dʒˈɔɪs")]);
        let foreign = speakable_with(&format!("a {BEGIN}b{END} c"), &lexicon());
        assert_eq!(parts(&foreign), [Part::Text("a b c")]);
        assert_eq!(parts(&format!("a{BEGIN}b")), [Part::Text("a"), Part::Ipa("b")]);
    }
}
