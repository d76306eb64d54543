//! Phonemes from text by espeak-ng, which is loaded at run time as a separate file and never linked (it is GPL-3).
//!
//! [`Espeak::load`]`(folder)` opens `libespeak-ng.so` and `espeak-ng-data` in the asset's folder, once a process;
//! [`Espeak::phonemes`]`(text, voice)` answers one IPA string a clause, its punctuation kept, which is what Piper and
//! Kokoro were trained on.

mod clauses;
mod library;
mod pieces;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use speech::lexicon::{Part, parts};
use speech::{EngineError, EngineErrorKind};

pub use clauses::{Clause, clauses};
use library::Library;
pub use pieces::pieces;

pub(crate) const ENGINE: &str = "espeak";

/// espeak-ng keeps its state in globals: one handle a process, one call at a time.
static LOADED: Mutex<Option<Arc<Espeak>>> = Mutex::new(None);

/// espeak-ng; calls wait for each other.
pub struct Espeak {
    library: Mutex<Library>,
}

impl Espeak {
    /// Loads the library from `folder`, or answers the one that this process has loaded already, wherever from.
    ///
    /// # Errors
    /// `Asset` when the library or its data is missing or unusable, with the command that fetches it.
    pub fn load(folder: &Path) -> Result<Arc<Self>, EngineError> {
        let mut loaded = lock(&LOADED);
        if let Some(espeak) = loaded.as_ref() {
            return Ok(espeak.clone());
        }
        let espeak = Arc::new(Self { library: Mutex::new(Library::open(folder)?) });
        *loaded = Some(espeak.clone());
        Ok(espeak)
    }

    /// The phonemes of `text` clause by clause, in IPA, each clause followed by its punctuation (`həlˈoʊ,`). `voice` is
    /// one of espeak's, for instance `en-us`. Phonemes that stand in the text ([`speech::lexicon`]) are taken as they are.
    /// Clauses without a word are left out.
    ///
    /// # Errors
    /// `Input` when espeak has no such voice.
    pub fn phonemes(&self, text: &str, voice: &str) -> Result<Vec<String>, EngineError> {
        let mut library = lock(&self.library);
        library.set_voice(voice)?;
        let spoken = clauses(text).into_iter().map(|clause| {
            let parts = parts(&clause.text).into_iter().map(|part| match part {
                Part::Text(text) => without_language_marks(&library.clause_phonemes(text)),
                Part::Ipa(ipa) => ipa.to_owned(),
            });
            let mut phonemes = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
            if !phonemes.is_empty() {
                phonemes.extend(clause.end);
            }
            phonemes
        });
        Ok(spoken.filter(|phonemes| !phonemes.is_empty()).collect())
    }
}

/// Without `(en)` and the like, by which espeak marks that a word was read in another language.
fn without_language_marks(phonemes: &str) -> String {
    let mut plain = String::with_capacity(phonemes.len());
    let mut inside = false;
    for c in phonemes.chars() {
        match c {
            '(' => inside = true,
            ')' => inside = false,
            _ if !inside => plain.push(c),
            _ => {}
        }
    }
    plain.trim().to_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn asset_error(message: impl std::fmt::Display) -> EngineError {
    let message = format!("{message}; run \"interviewer assets pull espeak-ng\"");
    EngineError::new(ENGINE, EngineErrorKind::Asset, message)
}
