//! Ours and the peer on the same sound.

use std::time::Instant;

use anyhow::Result;
use serde::Deserialize;
use serde_json::json;
use server::Settings;
use speech::{RecognitionRequest, Recognizer, Word};
use tokio::runtime::Runtime;
use whisper::Whisper;

use crate::commands::bench::peer::{Lent, Peer};
use crate::engines;

const PEER: &str = include_str!("../../../../../../bench/peers/stt.py");

/// What one side made of a sound.
#[derive(Deserialize)]
pub(super) struct Heard {
    pub(super) text: String,
    /// Empty unless asked for.
    pub(super) words: Vec<Word>,
    /// From samples to words.
    pub(super) seconds: f64,
    /// Parts that were decoded again; ours alone says so.
    #[serde(default)]
    pub(super) fallbacks: u32,
}

/// What both made of a sound.
pub(super) struct Both {
    pub(super) ours: Heard,
    pub(super) theirs: Option<Heard>,
}

/// Both sides, on the same weights and as many threads.
pub(super) struct Pair {
    whisper: Whisper,
    runtime: Runtime,
    peer: Option<Peer>,
    /// Who begins; they change places with each sound.
    ours_first: bool,
}

impl Pair {
    pub(super) fn start(model: &str, threads: usize, with_peer: bool) -> Result<Self> {
        let mut settings = Settings::load(None)?;
        (settings.recognition.model, settings.recognition.threads) = (model.to_owned(), threads);
        settings.recognition.device = "cpu".into();
        let whisper = engines::whisper(&settings, engines::GREEDY)?;
        let folder = engines::asset_or_path(model)?.display().to_string();
        let peer = with_peer.then(|| Peer::start("stt.py", PEER, &[&folder, &threads.to_string()], threads));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { whisper, runtime, peer: peer.transpose()?, ours_first: true })
    }

    /// Our model and its numbers.
    pub(super) fn name(&self) -> &str {
        self.whisper.name()
    }

    /// The peer's packages, if it runs.
    pub(super) fn versions(&self) -> Option<&str> {
        self.peer.as_ref().map(Peer::versions)
    }

    /// Lets both hear `samples`.
    pub(super) fn hear(&mut self, samples: &[f32], words: bool) -> Result<Both> {
        let ours_first = self.ours_first;
        self.ours_first = !ours_first;
        if ours_first {
            let ours = self.ours(samples, words)?;
            return Ok(Both { ours, theirs: self.theirs(samples, words)? });
        }
        let theirs = self.theirs(samples, words)?;
        Ok(Both { ours: self.ours(samples, words)?, theirs })
    }

    /// Lets ours alone hear `samples`.
    pub(super) fn ours(&self, samples: &[f32], words: bool) -> Result<Heard> {
        let request = RecognitionRequest { word_times: words, ..RecognitionRequest::new(samples) };
        let started = Instant::now();
        let found = self.runtime.block_on(self.whisper.recognize(request))?;
        let seconds = started.elapsed().as_secs_f64();
        Ok(Heard { text: found.text, words: found.words, seconds, fallbacks: found.fallbacks })
    }

    fn theirs(&mut self, samples: &[f32], words: bool) -> Result<Option<Heard>> {
        let Some(peer) = &mut self.peer else { return Ok(None) };
        let lent = Lent::new(samples)?;
        peer.ask(&json!({"sound": lent.path(), "words": words})).map(Some)
    }
}
