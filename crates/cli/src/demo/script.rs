//! What the candidate says.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "../../assets/candidates"]
struct Shipped;

/// A candidate; the fields are explained in `assets/candidates/software-engineer.yaml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    pub(crate) voice: String,
    pub(crate) consent: String,
    pub(crate) answers: BTreeMap<String, Vec<Answer>>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) questions: Vec<String>,
    pub(crate) goodbye: String,
    pub(crate) fallback: Vec<Answer>,
}

/// An answer: stretches of speech with thinking pauses between.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) say: Vec<String>,
    #[serde(default = "one_second")]
    pub(crate) pause_ms: u64,
    pub(crate) think_ms: u64,
}

/// Something special at a question.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remark {
    pub(crate) at: String,
    pub(crate) kind: RemarkKind,
    #[serde(default)]
    pub(crate) say: Option<String>,
}

/// What is special.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RemarkKind {
    /// Asks for the question again, then answers.
    Repeat,
    /// Begins to answer before the question is over.
    Interrupt,
}

impl Answer {
    /// A short remark.
    pub(crate) fn remark(text: &str, think_ms: u64) -> Self {
        Self { say: vec![text.to_owned()], pause_ms: one_second(), think_ms }
    }
}

impl Script {
    /// The candidate that goes with a shipped plan, or the one that fits any.
    pub(crate) fn shipped(plan: &str) -> Result<Self> {
        let file = Shipped::get(&format!("{plan}.yaml")).or_else(|| Shipped::get("anyone.yaml"));
        let file = file.context("the binary holds no candidate")?;
        Self::parse(&String::from_utf8_lossy(&file.data), plan)
    }

    /// A candidate in a file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(&text, &path.display().to_string())
    }

    fn parse(text: &str, name: &str) -> Result<Self> {
        serde_saphyr::from_str(text).with_context(|| format!("{name}: not a candidate"))
    }

    /// Every stretch of speech.
    pub(crate) fn all_speech(&self) -> Vec<String> {
        let answers = self.answers.values().flatten().chain(&self.fallback).flat_map(|answer| answer.say.clone());
        let remarks = self.remarks.iter().filter_map(|remark| remark.say.clone());
        let rest = [self.consent.clone(), self.goodbye.clone()].into_iter().chain(self.questions.clone());
        answers.chain(remarks).chain(rest).collect()
    }
}

fn one_second() -> u64 {
    1000
}
