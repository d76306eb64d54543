//! `interviewer.report`: its handler is where the program is put together, since it needs the interview's files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where an interview's event log lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordsRef {
    /// The Redis key of its bytes: one JSON record a line. Begins with `interviewer:payload:`.
    pub key: String,
}

/// What `interviewer.report` is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportRequest {
    /// The interview's id; its folder is `interviews/ID` in the data folder, which gateways and workers share.
    pub interview: String,
    /// The plan by which it was held.
    pub plan: Value,
    /// Its event log.
    pub records: RecordsRef,
}

/// What `interviewer.report` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportResult {
    /// The names of the files that were written.
    pub files: Vec<String>,
}
