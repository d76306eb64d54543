//! espeak-ng as it is installed.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use espeak::Espeak;
use speech::speakable::speakable_with;
use speech::{EngineErrorKind, Lexicon};

fn espeak() -> Arc<Espeak> {
    let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
    Espeak::load(&cache.unwrap_or_else(home).join("assets/espeak-ng")).unwrap()
}

#[test]
fn phonemes_keep_the_punctuation_of_their_clauses() {
    let phonemes = espeak().phonemes("Hello, how are you? Fine.", "en-us").unwrap();
    assert_eq!(phonemes, ["həlˈoʊ,", "hˈaʊ ɑːɹ juː?", "fˈaɪn."]);
    assert!(espeak().phonemes(" ... ", "en-us").unwrap().is_empty());
    assert!(!espeak().phonemes("zero\0byte (in brackets), 日本", "en-us").unwrap().is_empty());
}

#[test]
fn phonemes_of_a_lexicon_stand_among_those_of_the_text() {
    let lexicon = Lexicon::new([("Niamh".to_owned(), "/nˈiːv/".to_owned()), ("Ng".to_owned(), "ing".to_owned())]);
    let said = speakable_with("Hello Niamh, did Niamh's team meet Ng?", &lexicon);
    let phonemes = espeak().phonemes(&said, "en-us").unwrap();
    assert_eq!(phonemes[0], "həlˈoʊ nˈiːv,");
    assert!(phonemes[1].contains(" nˈiːvz tˈiːm mˈiːt ˈɪŋ") && phonemes[1].ends_with('?'), "{phonemes:?}");
    let plain = espeak().phonemes("Niamh", "en-us").unwrap();
    assert_ne!(plain, ["nˈiːv"]);
}

#[test]
fn many_threads_at_once_get_the_same_answers() {
    let expected = espeak().phonemes("Tell me about your last project.", "en-us").unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let expected = expected.clone();
            std::thread::spawn(move || {
                for _ in 0..50 {
                    let voice = espeak().phonemes("Noch ein Satz.", "de").unwrap();
                    assert!(!voice.is_empty());
                    assert_eq!(espeak().phonemes("Tell me about your last project.", "en-us").unwrap(), expected);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn an_unknown_voice_is_an_input_error_and_costs_nothing() {
    let error = espeak().phonemes("hello", "xx-klingon").unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Input);
    assert!(error.message.contains("xx-klingon"));
    assert!(espeak().phonemes("hello", "en-us").is_ok());
    // Another folder is not looked at once the library is loaded.
    assert!(Espeak::load(Path::new("/nowhere")).is_ok());
}
