//! How an interview by the quick plan begins, for tests of what happens later.

use serde_json::Value;

use crate::candidate::{Candidate, has};
use crate::program::Server;

/// An answer to the first question that finds no probe.
pub(crate) const ANSWER: &str = "I built a small service that sends letters to customers, and it worked well.";

/// Consents, hears the first question, and has the floor.
pub(crate) async fn asked(server: &Server, id: &str) -> Candidate {
    let mut candidate = Candidate::ready(server, id).await;
    assert_eq!(candidate.kind("ready").await["resumed"], false);
    candidate.consent(true);
    candidate.hears("What did you build?").await;
    candidate.floor().await;
    candidate
}

/// Says [`ANSWER`], as sound, until it is taken down; the caption.
pub(crate) async fn answers(candidate: &mut Candidate, answer: &[i16]) -> Value {
    candidate.say(answer);
    let turn = candidate.until("the turn", |m| m["speaker"] == "candidate" && m["final"] == true).await;
    assert!(has(&turn, "letters"), "no word is lost: {turn}");
    turn
}

/// Likewise at the first question, and has the floor at the second.
pub(crate) async fn answers_the_first(candidate: &mut Candidate, answer: &[i16]) {
    answers(candidate, answer).await;
    candidate.hears("Which fault was hard to find?").await;
    candidate.floor().await;
}
