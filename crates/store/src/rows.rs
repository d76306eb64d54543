//! Rows to types and back; the only place that knows how values are written down.

use session::Record;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::{Interview, Status, StoreError};

pub(crate) fn status_text(status: Status) -> &'static str {
    match status {
        Status::Created => "created",
        Status::Live => "live",
        Status::Interrupted => "interrupted",
        Status::Completed => "completed",
        Status::Declined => "declined",
        Status::Left => "left",
    }
}

pub(crate) fn interview(row: &SqliteRow) -> Result<Interview, StoreError> {
    let id: String = row.try_get("id")?;
    let corrupt = |e: serde_json::Error| StoreError::Corrupt { id: id.clone(), what: "plan", reason: e.to_string() };
    let plan = serde_json::from_str(row.try_get("plan")?).map_err(corrupt)?;
    let status = status(&id, row.try_get("status")?)?;
    Ok(Interview { id: id.clone(), plan, status, created_unix_ms: row.try_get("created_unix_ms")? })
}

pub(crate) fn status(id: &str, text: String) -> Result<Status, StoreError> {
    let corrupt = |e: serde_json::Error| StoreError::Corrupt { id: id.into(), what: "status", reason: e.to_string() };
    serde_json::from_value(text.into()).map_err(corrupt)
}

pub(crate) fn record(id: &str, row: &SqliteRow) -> Result<Record, StoreError> {
    let text: &str = row.try_get("record")?;
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt { id: id.into(), what: "event", reason: e.to_string() })
}

pub(crate) fn json<T: serde::Serialize>(id: &str, what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Corrupt { id: id.into(), what, reason: e.to_string() })
}
