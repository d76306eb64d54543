//! What every store must do, run on each implementation.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use interview::Plan;
use session::{Event, EventLog, Record};
use store::{Interview, Sqlite, Status, Store};

fn plan() -> Plan {
    let yaml = "id: test\ntitle: T\nrole: R\nopening: O.\nclosing: C.\nquestions:\n  - {id: a, competency: C, text: T?, rephrase: R?}";
    Plan::from_yaml(yaml).unwrap()
}

fn interview(id: &str, created_unix_ms: i64) -> Interview {
    Interview { id: id.into(), plan: plan(), status: Status::Created, created_unix_ms }
}

fn record(seq: u64) -> Record {
    Record { seq, at_ms: seq * 10, event: Event::LineStarted { line: seq as u32 } }
}

async fn keeps_interviews(store: &dyn Store) {
    assert_eq!(store.interview("a").await.unwrap(), None);
    store.create(&interview("a", 1)).await.unwrap();
    store.create(&interview("b", 2)).await.unwrap();
    assert!(store.create(&interview("a", 3)).await.is_err(), "an id is used once");
    assert_eq!(store.interview("a").await.unwrap(), Some(interview("a", 1)));
    let latest: Vec<_> = store.latest(10).await.unwrap().into_iter().map(|i| i.id).collect();
    assert_eq!(latest, ["b", "a"]);
    assert_eq!(store.latest(1).await.unwrap().len(), 1);
}

async fn keeps_status(store: &dyn Store) {
    store.set_status("a", Status::Live).await.unwrap();
    assert_eq!(store.live().await.unwrap(), ["a"]);
    assert_eq!(store.status("a").await.unwrap(), Some(Status::Live));
    assert_eq!(store.status("nobody").await.unwrap(), None);
    assert!(store.interrupt("a").await.unwrap());
    assert_eq!(store.interview("a").await.unwrap().unwrap().status, Status::Interrupted);
    assert!(store.live().await.unwrap().is_empty());
    store.set_status("a", Status::Completed).await.unwrap();
    assert!(!store.interrupt("a").await.unwrap() && !store.interrupt("nobody").await.unwrap());
    assert_eq!(store.interview("a").await.unwrap().unwrap().status, Status::Completed, "what is over stays so");
    assert!(store.set_status("nobody", Status::Live).await.is_err());
}

async fn keeps_events_in_order_all_or_none(store: &dyn Store) {
    assert!(store.load("a").await.unwrap().is_empty());
    store.append("a", &[record(0), record(1)]).await.unwrap();
    store.append("a", &[record(2)]).await.unwrap();
    assert!(store.append("a", &[record(3), record(2)]).await.is_err(), "a place in the log is taken once");
    assert_eq!(store.load("a").await.unwrap(), [record(0), record(1), record(2)]);
    assert!(store.load("b").await.unwrap().is_empty());
    assert!(store.append("nobody", &[record(0)]).await.is_err());
}

async fn conforms(store: &dyn Store) {
    keeps_interviews(store).await;
    keeps_status(store).await;
    keeps_events_in_order_all_or_none(store).await;
}

#[tokio::test]
async fn sqlite_conforms_and_remembers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interviews.db");
    conforms(&Sqlite::open(&path).await.unwrap()).await;
    let again = Sqlite::open(&path).await.unwrap();
    assert_eq!(again.load("a").await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let error = Sqlite::open(Path::new("/nowhere/at/all.db")).await.err().unwrap().to_string();
    assert!(error.contains("/nowhere/at/all.db"), "{error}");
}
