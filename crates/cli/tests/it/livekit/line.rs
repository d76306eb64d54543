//! A full house, and a client of LiveKit's in line for it.

use serde_json::json;
use tokio::runtime::Runtime;

use super::{hold_and, python};
use crate::candidate::Candidate;
use crate::program::Server;

#[test]
fn a_client_in_line_knows_its_place_and_comes_in_by_itself() {
    let Some(python) = python() else { return };
    let server = Server::start_with(&[("INTERVIEWER_SERVER__MAX_SESSIONS", "1")]);
    let runtime = Runtime::new().unwrap();
    let mut seated = Some(runtime.block_on(async {
        let mut seated = Candidate::muted(&server, &server.create()).await;
        seated.kind("ready").await;
        seated
    }));
    let held = hold_and(&python, &server, "single", json!([]), None, |told| {
        if told["waiting"] == "1" {
            seated = None; // who was in goes
        }
    });
    let places: Vec<_> = held.all("waiting").filter_map(|told| told["waiting"].as_str()).collect();
    assert_eq!(places, ["1", ""], "{:#?}", held.told);
    let first = |what: &str| held.told.iter().position(|told| !told[what].is_null());
    assert!(first("waiting") < first("says"), "{:#?}", held.told);
    assert_eq!((held.last("disconnected"), server.status(&held.id)), (&json!("ROOM_DELETED"), json!("completed")));
}
