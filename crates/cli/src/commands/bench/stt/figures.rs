//! What a run found, as JSON, text and a table.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use speech::wer::WerCount;

use super::confidence::Confidence;
use super::nothing::Nothing;
use super::pair::{Both, Heard, Pair};
use super::times::WordTimes;
use super::{seconds, sounds};
use crate::commands::bench::median;
use crate::commands::bench::page::Table;

/// Everything that was measured.
pub(super) struct Figures {
    model: String,
    versions: Option<String>,
    threads: u16,
    all: Tally,
    folders: BTreeMap<String, Tally>,
    pub(super) words: Option<WordTimes>,
    pub(super) confidence: Option<Confidence>,
    pub(super) nothing: Option<Nothing>,
}

/// Sums over utterances.
#[derive(Default)]
struct Tally {
    utterances: usize,
    audio_s: f64,
    ours: Side,
    theirs: Side,
    /// Ours in parts of theirs, of each utterance.
    ratios: Vec<f64>,
    fallbacks: u32,
}

#[derive(Default)]
struct Side {
    errors: WerCount,
    seconds: Vec<f64>,
}

impl Figures {
    pub(super) fn new(pair: &Pair, threads: u16) -> Self {
        let (all, folders) = (Tally::default(), BTreeMap::new());
        let versions = pair.versions().map(str::to_owned);
        Self {
            model: pair.name().into(),
            versions,
            threads,
            all,
            folders,
            words: None,
            confidence: None,
            nothing: None,
        }
    }

    pub(super) fn add(&mut self, folder: &str, samples: usize, truth: &str, heard: &Both) {
        let of_folder = self.folders.entry(folder.to_owned()).or_default();
        for tally in [&mut self.all, of_folder] {
            tally.add(seconds(samples), truth, heard);
        }
    }

    pub(super) fn json(&self) -> Value {
        let mut json = self.all.json();
        json["model"] = json!(self.model);
        json["threads"] = json!(self.threads);
        json["folders"] = self.folders.iter().map(|(name, tally)| (name.clone(), tally.json())).collect();
        json["peer"]["versions"] = json!(self.versions);
        let parts = [
            ("words", self.words.as_ref().map(WordTimes::json)),
            ("noise", self.confidence.as_ref().map(Confidence::json)),
            ("nothing", self.nothing.as_ref().map(Nothing::json)),
        ];
        for (name, part) in parts.into_iter().filter_map(|(name, part)| Some((name, part?))) {
            json[name] = part;
        }
        json
    }

    pub(super) fn text(&self) -> String {
        let mut lines: Vec<String> = self.folders.iter().map(|(name, tally)| tally.text(name)).collect();
        lines.push(self.all.text("all"));
        lines.extend(self.words.as_ref().map(WordTimes::text));
        lines.extend(self.confidence.as_ref().map(Confidence::text));
        lines.extend(self.nothing.as_ref().map(Nothing::text));
        lines.join("\n")
    }

    pub(super) fn table(&self) -> Table {
        let Tally { utterances, audio_s, .. } = self.all;
        let versions = self.versions.as_deref().unwrap_or("no peer");
        let folders: Vec<&str> = self.folders.keys().map(String::as_str).collect();
        let conditions = format!(
            "{} of {utterances} utterances ({audio_s:.0} s: {}), {} thread{} each, greedy; times and ratios are medians \
             over utterances; theirs {versions} from Python.",
            self.model,
            folders.join(", "),
            self.threads,
            if self.threads == 1 { "" } else { "s" },
        );
        let mut table = Table::against("faster-whisper", conditions);
        self.all.rows(&mut table);
        for (name, tally) in &self.folders {
            tally.row_of_errors(&mut table, name);
        }
        self.words.iter().for_each(|words| words.rows(&mut table));
        self.confidence.iter().for_each(|confidence| confidence.rows(&mut table));
        self.nothing.iter().for_each(|nothing| nothing.rows(&mut table));
        table
    }
}

impl Tally {
    fn add(&mut self, audio_s: f64, truth: &str, heard: &Both) {
        self.utterances += 1;
        self.audio_s += audio_s;
        self.fallbacks += heard.ours.fallbacks;
        self.ours.add(truth, &heard.ours);
        if let Some(theirs) = &heard.theirs {
            self.theirs.add(truth, theirs);
            self.ratios.push(heard.ours.seconds / theirs.seconds);
        }
    }

    fn peer(&self) -> Option<&Side> {
        (!self.ratios.is_empty()).then_some(&self.theirs)
    }

    fn ratio(&self) -> f64 {
        median(self.ratios.clone())
    }

    /// Of all times together, where doubtful utterances weigh most.
    fn ratio_of_sums(&self) -> f64 {
        self.ours.sum() / self.theirs.sum()
    }

    fn json(&self) -> Value {
        let mut json = self.ours.json();
        json["utterances"] = json!(self.utterances);
        json["audio_s"] = json!(self.audio_s);
        json["fallbacks"] = json!(self.fallbacks);
        if let Some(theirs) = self.peer() {
            json["peer"] = theirs.json();
            json["ratio_to_peer"] = json!(self.ratio());
            json["ratio_to_peer_of_sums"] = json!(self.ratio_of_sums());
        }
        json
    }

    fn text(&self, name: &str) -> String {
        let peer = self.peer().map_or(String::new(), |theirs| {
            format!(
                "; theirs {:.0} ms and {:.2} %; ours takes {:.3} of it ({:.3} of the sum)",
                theirs.median_ms(),
                theirs.percent(),
                self.ratio(),
                self.ratio_of_sums()
            )
        });
        format!(
            "{name}: {} utterances, {:.0} ms, {:.2} % of {} words wrong, {} decoded again{peer}",
            self.utterances,
            self.ours.median_ms(),
            self.ours.percent(),
            self.ours.errors.words,
            self.fallbacks,
        )
    }

    fn rows(&self, table: &mut Table) {
        let peer = self.peer();
        let shown = |side: &Side| format!("{:.0} ms", side.median_ms());
        let ratio = peer.map_or("–".into(), |_| format!("**{:.2}**", self.ratio()));
        table.row(["an utterance", &shown(&self.ours), &peer.map_or("–".into(), shown), &ratio]);
        table.compare("all utterances", self.ours.sum(), peer.map(Side::sum), "s");
        let again = format!("{} of {}", self.fallbacks, self.utterances);
        table.row(["decoded again", &again, "–", "–"]);
        self.row_of_errors(table, "all");
    }

    fn row_of_errors(&self, table: &mut Table, name: &str) {
        let shown = |side: &Side| format!("{:.2} %", side.percent());
        let theirs = self.peer().map_or("–".into(), shown);
        table.row([&format!("word error rate, {name}"), &shown(&self.ours), &theirs, ""]);
    }
}

impl Side {
    fn add(&mut self, truth: &str, heard: &Heard) {
        self.errors += sounds::errors(truth, &heard.text);
        self.seconds.push(heard.seconds);
    }

    fn sum(&self) -> f64 {
        self.seconds.iter().sum()
    }

    fn median_ms(&self) -> f64 {
        1000.0 * median(self.seconds.clone())
    }

    fn percent(&self) -> f64 {
        100.0 * self.errors.rate()
    }

    fn json(&self) -> Value {
        let WerCount { substitutions, insertions, deletions, words } = self.errors;
        json!({
            "wer": self.errors.rate(), "median_ms": self.median_ms(), "sum_s": self.sum(),
            "substitutions": substitutions, "insertions": insertions, "deletions": deletions, "words_said": words,
        })
    }
}
