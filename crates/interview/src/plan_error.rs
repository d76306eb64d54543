//! What can be wrong with a plan.

use thiserror::Error;

/// What is wrong with a plan, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    /// The YAML itself, an unknown or missing key, or a value of the wrong type; the text has line and column.
    #[error("not a valid plan: {0}")]
    Yaml(String),
    /// A field's value.
    #[error("{field} {problem}")]
    Field {
        /// Path of the field, for instance `questions[2].text`.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl PlanError {
    pub(crate) fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { field: field.into(), problem: problem.into() }
    }
}
