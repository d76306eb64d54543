//! The interview plan: a YAML file that a reviewer writes; its JSON Schema is `docs/plan.schema.json`.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::PlanError;

/// The most that patience may be multiplied by.
pub const MOST_ACCOMMODATION: f32 = 4.0;

/// An interview, as planned: everyone who takes it is asked the same questions in the same order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Short name for links and files: lower-case letters, digits and hyphens.
    pub id: String,
    /// What the candidate sees as the heading.
    pub title: String,
    /// For a hiring interview the role; for research the topic. Spoken in the greeting.
    pub role: String,
    /// Decides the wording of the greeting and the closing.
    #[serde(default)]
    pub kind: PlanKind,
    /// ISO 639-1 language of the interview.
    #[serde(default = "english")]
    pub language: String,
    /// Said after consent and before the first question.
    pub opening: String,
    /// The questions, in order; at least one.
    #[schemars(length(min = 1, max = 40))]
    pub questions: Vec<Question>,
    /// What may be answered when the candidate asks at the end; everything else is noted for a person.
    #[serde(default)]
    pub answers: Vec<CandidateAnswer>,
    /// The last words.
    pub closing: String,
    /// What every patience with the candidate is multiplied by, as an accommodation; the server's setting when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4))]
    pub accommodation: Option<f32>,
    /// Names and terms that are likely to be said: company, product, tools. They help the recogniser.
    #[serde(default)]
    pub terms: Vec<String>,
    /// How words are said whose letters do not tell, names above all: a respelling (`neev`), or IPA between strokes
    /// (`/nˈiːv/`). The recogniser is told of the words too.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub lexicon: BTreeMap<String, String>,
}

/// What an interview is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// An interview for a job.
    #[default]
    Hiring,
    /// An interview for a study.
    Research,
}

/// One planned question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Short name, unique in the plan.
    pub id: String,
    /// What the question is meant to show, or the theme it explores.
    pub competency: String,
    /// The question, word for word as everyone hears it.
    pub text: String,
    /// The same question in other words, for "what do you mean?".
    pub rephrase: String,
    /// The question in a few words, for asking again after an interruption. When absent, the shorter of the text and
    /// its rephrasing.
    #[serde(default)]
    pub short: Option<String>,
    /// What kind of answer it asks for.
    #[serde(default)]
    pub kind: QuestionKind,
    /// Time planned for the answer and its probes, in seconds. When it is used up, no probe follows.
    #[serde(default = "three_minutes")]
    #[schemars(range(min = 10, max = 3600))]
    pub time_s: u32,
    /// How long a pause may last before the answer counts as finished even where it sounds unfinished, in
    /// milliseconds; the profile's budget when absent.
    #[serde(default)]
    #[schemars(range(min = 500, max = 30000))]
    pub pause_budget_ms: Option<u32>,
    /// How patient to be with the answer; as the interview is set when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    /// Follow-ups that may be used, tried in order; at most two are asked.
    #[serde(default)]
    #[schemars(length(max = 6))]
    pub probes: Vec<Probe>,
}

/// What kind of answer a question asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// An account of something; its first clause is rarely its end.
    #[default]
    Story,
    /// A word or a sentence.
    Short,
}

/// How patient to be: a turn-taking profile by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// Quick replies, for practised speakers.
    Brisk,
    /// Lets people think.
    Interview,
    /// Much time to think.
    Patient,
}

/// A neutral follow-up, worded ahead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// When it may be used.
    pub when: ProbeWhen,
    /// The follow-up, word for word.
    pub text: String,
}

/// What an answer lacks, so that a probe is in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeWhen {
    /// Few words.
    Thin,
    /// Nothing that the speaker did.
    NoAction,
    /// Nothing about how it turned out.
    NoResult,
    /// Always asked, of everyone (laddering in research interviews).
    Always,
}

/// A fact that the interviewer may give when the candidate asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateAnswer {
    /// Words of which any one in the candidate's question brings this answer.
    pub about: Vec<String>,
    /// The answer, word for word.
    pub text: String,
}

impl Plan {
    /// Reads and checks a plan.
    ///
    /// # Errors
    /// [`PlanError`] names the field, and the line and column where YAML tells them.
    pub fn from_yaml(yaml: &str) -> Result<Self, PlanError> {
        let plan: Self = serde_saphyr::from_str(yaml).map_err(|e| PlanError::yaml(yaml, &e))?;
        plan.check()?;
        Ok(plan)
    }

    /// The JSON Schema of a plan file.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Plan).to_value()
    }

    /// The time planned, in minutes, rounded up; what a candidate is told.
    pub fn minutes(&self) -> u32 {
        let questions_s: u32 = self.questions.iter().map(|q| q.time_s).sum();
        (questions_s + 120).div_ceil(60)
    }

    /// The plan with its first `count` questions only.
    pub fn first_questions(mut self, count: usize) -> Self {
        self.questions.truncate(count.max(1));
        self
    }

    /// The plan for somebody to whom every patience is multiplied by `factor`.
    ///
    /// # Errors
    /// When the factor is less than 1 or more than [`MOST_ACCOMMODATION`].
    pub fn accommodated(self, factor: f32) -> Result<Self, PlanError> {
        let plan = Self { accommodation: Some(factor), ..self };
        plan.check_accommodation()?;
        Ok(plan)
    }

    fn check_accommodation(&self) -> Result<(), PlanError> {
        match self.accommodation {
            Some(factor) if !(1.0..=MOST_ACCOMMODATION).contains(&factor) => {
                Err(PlanError::field("accommodation", format!("is {factor}; must be 1 to {MOST_ACCOMMODATION}")))
            }
            _ => Ok(()),
        }
    }

    /// A sentence for the recogniser that holds the names and terms; `None` when there are none.
    pub fn recognition_prompt(&self) -> Option<String> {
        let names = self.lexicon.keys().filter(|name| !self.terms.contains(name));
        let all: Vec<&str> = self.terms.iter().chain(names).map(String::as_str).collect();
        (!all.is_empty()).then(|| format!("{}.", all.join(", ")))
    }

    fn check(&self) -> Result<(), PlanError> {
        check_id("id", &self.id)?;
        for (field, text) in
            [("title", &self.title), ("role", &self.role), ("opening", &self.opening), ("closing", &self.closing)]
        {
            check_text(field, text)?;
        }
        self.check_accommodation()?;
        if self.language != "en" {
            return Err(PlanError::field(
                "language",
                format!("\"{}\" is not spoken yet; the one that is: en", self.language),
            ));
        }
        if self.questions.is_empty() || self.questions.len() > 40 {
            return Err(PlanError::field("questions", "must hold 1 to 40 questions"));
        }
        for (i, answer) in self.answers.iter().enumerate() {
            answer.check(&format!("answers[{i}]"))?;
        }
        self.check_lexicon()?;
        self.check_questions()
    }

    fn check_lexicon(&self) -> Result<(), PlanError> {
        if self.lexicon.len() > 200 {
            return Err(PlanError::field("lexicon", "must hold at most 200 words"));
        }
        for (written, said) in &self.lexicon {
            let field = format!("lexicon.{written}");
            let unstroked = said.strip_prefix('/').map_or(Some(said.as_str()), |ipa| ipa.strip_suffix('/'));
            let Some(unstroked) = unstroked else {
                return Err(PlanError::field(field, "begins with a stroke; IPA stands between two: /nˈiːv/"));
            };
            if written.split_whitespace().count() > 4 || written.chars().count() > 64 {
                return Err(PlanError::field(field, "is too long for a name; at most 4 words"));
            }
            if unstroked.chars().count() > 64 || !unstroked.chars().any(char::is_alphabetic) {
                return Err(PlanError::field(
                    field,
                    "must say how it is said: 1 to 64 letters, or IPA between strokes",
                ));
            }
        }
        Ok(())
    }

    fn check_questions(&self) -> Result<(), PlanError> {
        let mut seen = HashSet::new();
        for (i, question) in self.questions.iter().enumerate() {
            let at = format!("questions[{i}]");
            question.check(&at)?;
            if !seen.insert(question.id.as_str()) {
                return Err(PlanError::field(format!("{at}.id"), format!("\"{}\" is used twice", question.id)));
            }
        }
        Ok(())
    }
}

impl Question {
    /// How the question is asked again after an interruption.
    pub fn short_text(&self) -> &str {
        let shorter = if self.rephrase.len() < self.text.len() { &self.rephrase } else { &self.text };
        self.short.as_deref().unwrap_or(shorter)
    }

    fn check(&self, at: &str) -> Result<(), PlanError> {
        check_id(&format!("{at}.id"), &self.id)?;
        for (field, text) in [("competency", &self.competency), ("text", &self.text), ("rephrase", &self.rephrase)] {
            check_text(&format!("{at}.{field}"), text)?;
        }
        check_range(&format!("{at}.time_s"), self.time_s, 10, 3600)?;
        if let Some(budget_ms) = self.pause_budget_ms {
            check_range(&format!("{at}.pause_budget_ms"), budget_ms, 500, 30_000)?;
        }
        if self.probes.len() > 6 {
            return Err(PlanError::field(format!("{at}.probes"), "must hold at most 6"));
        }
        for (i, probe) in self.probes.iter().enumerate() {
            check_text(&format!("{at}.probes[{i}].text"), &probe.text)?;
        }
        Ok(())
    }
}

impl CandidateAnswer {
    fn check(&self, at: &str) -> Result<(), PlanError> {
        check_text(&format!("{at}.text"), &self.text)?;
        if self.about.iter().all(|word| word.trim().is_empty()) {
            return Err(PlanError::field(format!("{at}.about"), "must hold at least one word"));
        }
        Ok(())
    }
}

fn check_id(field: &str, id: &str) -> Result<(), PlanError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > 64 || !id.chars().all(allowed) {
        return Err(PlanError::field(field, format!("\"{id}\" must be 1 to 64 lower-case letters, digits or hyphens")));
    }
    Ok(())
}

fn check_text(field: &str, text: &str) -> Result<(), PlanError> {
    match text.trim().chars().count() {
        0 => Err(PlanError::field(field, "must not be empty")),
        1..=1200 => Ok(()),
        n => Err(PlanError::field(field, format!("has {n} characters; at most 1200 can be spoken in one go"))),
    }
}

fn check_range(field: &str, value: u32, low: u32, high: u32) -> Result<(), PlanError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(PlanError::field(field, format!("is {value}; must be {low} to {high}")))
}

fn english() -> String {
    "en".into()
}

fn three_minutes() -> u32 {
    180
}
