//! The embedded store: one SQLite file, in write-ahead mode, synced at every commit.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use session::{EventLog, LogError, Record};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, SqlitePool};

use crate::{Interview, Status, Store, StoreError, rows};

/// Each step takes the database from version i to i + 1.
const STEPS: &[&str] = &["
    CREATE TABLE interviews (
        id TEXT PRIMARY KEY,
        plan TEXT NOT NULL,
        status TEXT NOT NULL,
        created_unix_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE events (
        interview TEXT NOT NULL REFERENCES interviews (id) ON DELETE CASCADE,
        seq INTEGER NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (interview, seq)
    ) STRICT, WITHOUT ROWID;
"];

/// A store in one SQLite file.
#[derive(Clone)]
pub struct Sqlite {
    pool: SqlitePool,
}

impl Sqlite {
    /// Opens the database at `path`, makes it if it is not there, and brings it up to date.
    ///
    /// # Errors
    /// When it cannot be opened or was written by a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await;
        let pool = pool.map_err(|e| StoreError::Open { path: path.display().to_string(), reason: e.to_string() })?;
        let store = Self { pool };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let mut version = self.version().await?;
        let known = STEPS.len() as i64;
        if version > known {
            return Err(StoreError::TooNew { found: version, known });
        }
        while let Some(step) = STEPS.get(version as usize) {
            version += 1;
            let mut transaction = self.pool.begin().await?;
            sqlx::raw_sql(*step).execute(&mut *transaction).await?;
            let pragma = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {version}"));
            sqlx::raw_sql(pragma).execute(&mut *transaction).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn version(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("PRAGMA user_version").fetch_one(&self.pool).await?.try_get(0)?)
    }

    async fn append_all(&self, id: &str, records: &[Record]) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for record in records {
            let text = rows::json(id, "event", record)?;
            let insert = sqlx::query("INSERT INTO events (interview, seq, record) VALUES (?, ?, ?)");
            insert.bind(id).bind(record.seq as i64).bind(text).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn load_all(&self, id: &str) -> Result<Vec<Record>, StoreError> {
        let select = sqlx::query("SELECT record FROM events WHERE interview = ? ORDER BY seq");
        let found = select.bind(id).fetch_all(&self.pool).await?;
        found.iter().map(|row| rows::record(id, row)).collect()
    }
}

#[async_trait]
impl EventLog for Sqlite {
    async fn append(&self, interview: &str, records: &[Record]) -> Result<(), LogError> {
        Ok(self.append_all(interview, records).await?)
    }

    async fn load(&self, interview: &str) -> Result<Vec<Record>, LogError> {
        Ok(self.load_all(interview).await?)
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn create(&self, interview: &Interview) -> Result<(), StoreError> {
        let insert = sqlx::query("INSERT INTO interviews (id, plan, status, created_unix_ms) VALUES (?, ?, ?, ?)");
        let plan = rows::json(&interview.id, "plan", &interview.plan)?;
        let status = rows::status_text(interview.status);
        insert.bind(&interview.id).bind(plan).bind(status).bind(interview.created_unix_ms).execute(&self.pool).await?;
        Ok(())
    }

    async fn interview(&self, id: &str) -> Result<Option<Interview>, StoreError> {
        let select = sqlx::query("SELECT * FROM interviews WHERE id = ?");
        select.bind(id).fetch_optional(&self.pool).await?.as_ref().map(rows::interview).transpose()
    }

    async fn status(&self, id: &str) -> Result<Option<Status>, StoreError> {
        let select = sqlx::query_scalar("SELECT status FROM interviews WHERE id = ?").bind(id);
        let status: Option<String> = select.fetch_optional(&self.pool).await?;
        status.map(|status| rows::status(id, status)).transpose()
    }

    async fn latest(&self, limit: u32) -> Result<Vec<Interview>, StoreError> {
        let select = sqlx::query("SELECT * FROM interviews ORDER BY created_unix_ms DESC LIMIT ?");
        select.bind(limit).fetch_all(&self.pool).await?.iter().map(rows::interview).collect()
    }

    async fn set_status(&self, id: &str, status: Status) -> Result<(), StoreError> {
        let update = sqlx::query("UPDATE interviews SET status = ? WHERE id = ?");
        let done = update.bind(rows::status_text(status)).bind(id).execute(&self.pool).await?;
        if done.rows_affected() == 0 { Err(StoreError::Unknown(id.into())) } else { Ok(()) }
    }

    async fn live(&self) -> Result<Vec<String>, StoreError> {
        let select = sqlx::query_scalar("SELECT id FROM interviews WHERE status = 'live' ORDER BY id");
        Ok(select.fetch_all(&self.pool).await?)
    }

    async fn interrupt(&self, id: &str) -> Result<bool, StoreError> {
        let update = sqlx::query("UPDATE interviews SET status = 'interrupted' WHERE id = ? AND status = 'live'");
        Ok(update.bind(id).execute(&self.pool).await?.rows_affected() > 0)
    }
}
