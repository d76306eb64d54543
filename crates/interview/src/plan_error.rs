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

    /// The YAML reader's error about `yaml`, in the words of someone who writes a plan and not of a programmer.
    pub(crate) fn yaml(yaml: &str, error: &serde_saphyr::Error) -> Self {
        let error = error.without_snippet();
        let place = error.location().map(|at| (number(at.line()), number(at.column())));
        let key = place.and_then(|(line, column)| key_before(yaml, line, column));
        let value = key.map_or_else(|| "the plan".to_owned(), |key| format!("`{key}`"));
        let said = match error {
            serde_saphyr::Error::Eof { .. } => return Self::Yaml("it is empty, or ends too early".to_owned()),
            serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => {
                format!("unknown key `{field}`; the keys here are {}", expected.join(", "))
            }
            // The place is the last key of those among which it is missing.
            serde_saphyr::Error::SerdeMissingField { field, .. } => format!("the key `{field}` is missing here"),
            serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
                format!("the key `{key}` is there twice")
            }
            serde_saphyr::Error::SerdeUnknownVariant { variant, expected, .. } => {
                format!("{value} is \"{variant}\"; must be one of {}", expected.join(", "))
            }
            serde_saphyr::Error::NullIntoString { .. } => format!("{value} must not be empty"),
            serde_saphyr::Error::InvalidScalar { ty: "u32", .. } => {
                format!("{value} must be a whole number that is not negative")
            }
            serde_saphyr::Error::Unexpected { expected: "sequence start", .. } => {
                format!("{value} must be a list, with a hyphen before each of its entries")
            }
            serde_saphyr::Error::Unexpected { expected: "mapping start", .. } => {
                format!("{value} must consist of keys and values, such as \"text: What did you do?\"")
            }
            serde_saphyr::Error::Unexpected { expected: "string scalar", .. } => format!("{value} must be text"),
            // Its own words end with the place.
            other => return Self::Yaml(other.to_string()),
        };
        Self::Yaml(place.map_or(said.clone(), |(line, column)| format!("line {line}, column {column}: {said}")))
    }
}

/// The key whose value stands at `line` and `column` (from 1) of `yaml`: the nearest before it, further left. Where a
/// value is missing, the place is that of the key's colon.
fn key_before(yaml: &str, line: usize, column: usize) -> Option<&str> {
    let lines: Vec<&str> = yaml.lines().take(line).collect();
    let (at, above) = lines.split_last()?;
    let before = at.char_indices().nth(column).map_or(*at, |(end, _)| &at[..end]);
    let is_outer = |text: &&&str| text.len() - text.trim_start_matches([' ', '-']).len() + 1 < column;
    std::iter::once(&before).chain(above.iter().rev().filter(is_outer)).find_map(|text| key(text))
}

/// The key that `text`, a line or its beginning, holds.
fn key(text: &str) -> Option<&str> {
    let (key, _) = text.trim_start_matches([' ', '-']).split_once(':')?;
    key.chars().all(|c| c.is_ascii_lowercase() || c == '_').then_some(key)
}

fn number(place: u64) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
