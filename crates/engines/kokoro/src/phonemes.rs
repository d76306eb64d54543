//! espeak's IPA in the alphabet that Kokoro was trained on.
//!
//! After misaki's `espeak.py` (Apache-2.0): diphthongs and affricates are one letter each, American vowels carry no
//! length, a tap is `T`.

/// Which English a voice speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accent {
    American,
    British,
}

/// In this order, the longer before the shorter.
const BOTH: [(&str, &str); 18] = [
    ("kəkˈoːɹoʊ", "kˈOkəɹO"),
    ("kəkˈɔːɹəʊ", "kˈQkəɹQ"),
    ("aɪ", "I"),
    ("aʊ", "W"),
    ("dʒ", "ʤ"),
    ("eɪ", "A"),
    ("tʃ", "ʧ"),
    ("ɔɪ", "Y"),
    ("ʔn", "tn"),
    ("ʔ", "t"),
    ("ʲ", ""),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɬ", "l"),
    ("\u{303}", ""),
    ("\u{329}", ""),
];
const AMERICAN: [(&str, &str); 7] =
    [("oʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ɾ", "T"), ("o", "ɔ"), ("ː", "")];
const BRITISH: [(&str, &str); 3] = [("eə", "ɛː"), ("iə", "ɪə"), ("əʊ", "Q")];

impl Accent {
    /// The accent of the voice `name`, `None` for voices of other languages.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name.as_bytes() {
            [b'a', b'f' | b'm', b'_', ..] => Some(Self::American),
            [b'b', b'f' | b'm', b'_', ..] => Some(Self::British),
            _ => None,
        }
    }

    /// espeak's name for it.
    pub(crate) fn espeak_voice(self) -> &'static str {
        match self {
            Self::American => "en-us",
            Self::British => "en",
        }
    }

    /// `ipa` as espeak writes it, in Kokoro's alphabet.
    pub(crate) fn convert(self, ipa: &str) -> String {
        let own: &[(&str, &str)] = match self {
            Self::American => &AMERICAN,
            Self::British => &BRITISH,
        };
        let converted = BOTH.iter().chain(own).fold(ipa.to_owned(), |text, (from, to)| text.replace(from, to));
        converted.split(' ').map(pronoun).collect::<Vec<_>>().join(" ")
    }
}

/// Without any stress the pronoun `I` gets lost.
fn pronoun(word: &str) -> String {
    if word.trim_end_matches([',', '.', '?', '!', ';', ':']) == "I" { format!("ˌ{word}") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn espeak_becomes_misaki() {
        for (ipa, expected) in
            [("həlˈoʊ,", "həlˈO,"), ("tʃˈeɪndʒ", "ʧˈAnʤ"), ("bˈɜːd pˈɑːɹɾi", "bˈɜɹd pˈɑɹTi"), ("pˈeɪpɚ", "pˈApəɹ")]
        {
            assert_eq!(Accent::American.convert(ipa), expected);
        }
        assert_eq!(Accent::British.convert("həlˈəʊ"), "həlˈQ");
    }

    #[test]
    fn only_english_voices_have_an_accent() {
        assert_eq!(Accent::of("af_heart"), Some(Accent::American));
        assert_eq!(Accent::of("bm_george"), Some(Accent::British));
        assert_eq!(Accent::of("jf_alpha"), None);
        assert_eq!(Accent::of(""), None);
    }
}
