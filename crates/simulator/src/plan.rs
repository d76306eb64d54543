//! The interview that is held.

use anyhow::Result;
use interview::{Plan, QuestionKind};

/// As many as a plan may hold.
const QUESTIONS: usize = 40;

/// A plan that asks `text` again and again, for answers of this kind, without probes.
///
/// # Errors
/// When the text cannot be a question.
pub fn plan(text: &str, kind: QuestionKind) -> Result<Plan> {
    let kind = serde_json::to_value(kind)?;
    let question = |number: usize| {
        serde_json::json!({
            "id": format!("q{number}"), "competency": "Speech", "text": text, "rephrase": text, "kind": kind,
            "time_s": 3600,
        })
    };
    let plan = serde_json::json!({
        "id": "simulated", "title": "Simulated", "role": "Speaker", "opening": "Let us begin.", "closing": "Goodbye.",
        "questions": (0..QUESTIONS).map(question).collect::<Vec<_>>(),
    });
    Ok(Plan::from_yaml(&plan.to_string())?)
}
