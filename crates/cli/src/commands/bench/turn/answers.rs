//! Answers that begin with a thought, and answers of a word.

use std::fmt::Write;
use std::sync::Arc;

use anyhow::{Context, Result};
use interview::QuestionKind;
use serde_json::{Value, json};
use simulator::score::Tally;
use simulator::{Half, Memory, plan, thoughts};
use turn::Profile;

use super::ends::{QUESTION, figures, held};

/// Turns that begin with "So ..." and four seconds of thought.
const THOUGHTS: usize = 100;
const SHORT_QUESTION: &str = "Have you worked with customers before?";

/// What came of them.
pub(super) struct Answers {
    thoughts: Tally,
    words: Tally,
}

pub(super) async fn measure(memory: &Memory, half: Half, profile: &str) -> Result<Answers> {
    let profile = Profile::named(profile).context("the profile has no numbers")?;
    let story = Arc::new(plan(QUESTION, QuestionKind::Story)?);
    let short = Arc::new(plan(SHORT_QUESTION, QuestionKind::Short)?);
    Ok(Answers {
        thoughts: held(memory, &thoughts::thoughts(memory, half, THOUGHTS).await?, &story, profile).await?,
        words: held(memory, &thoughts::words(memory, half).await?, &short, profile).await?,
    })
}

impl Answers {
    pub(super) fn json(&self) -> Value {
        json!({"so_and_a_thought": figures(&self.thoughts), "a_word": figures(&self.words)})
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for [name, cut, p50, p95] in self.rows() {
            let _ = write!(text, "\n{name}: {cut}; {p50}, {p95}");
        }
        text
    }

    pub(super) fn rows(&self) -> Vec<[String; 4]> {
        let row = |name: &str, tally: &Tally| {
            let (delay, cut) = (tally.delay_ms(), tally.all().1);
            let name = format!("{name} ({} turns)", tally.turns);
            [name, cut.to_string(), format!("{:.0} ms", delay.p50), format!("{:.0} ms", delay.p95)]
        };
        vec![
            row("\"So …\", 4 s of thought and an answer: turns cut into", &self.thoughts),
            row("\"Yes.\" to a question for a word", &self.words),
        ]
    }
}
