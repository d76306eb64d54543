//! A log replays to the same decisions, and one that was changed does not.

use serde_json::Value;
use tokio::runtime::Runtime;

use crate::candidate::Candidate;
use crate::program::{Ran, Server, interviewer, spoken};

/// The log and the plan of an interview with one spoken answer.
fn held(folder: &std::path::Path) -> Vec<Value> {
    let server = Server::start();
    let id = server.create();
    let answer = spoken("I built a small service that sends letters to customers, and it worked well.");
    Runtime::new().unwrap().block_on(async {
        let mut candidate = Candidate::ready(&server, &id).await;
        candidate.consent(true);
        candidate.hears("What did you build?").await;
        candidate.floor().await;
        candidate.say(&answer);
        candidate.until("the turn", |m| m["speaker"] == "candidate" && m["final"] == true).await;
        candidate.tell(serde_json::json!({"type": "leave"}));
        candidate.kind("closed").await;
    });
    std::fs::write(folder.join("plan.json"), server.file(&id, "plan.json").body).unwrap();
    let events = String::from_utf8(server.file(&id, "events.jsonl").body).unwrap();
    events.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_was_changed_in_a_log_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let log = held(folder.path());
    let path = folder.path().join("events.jsonl");
    let replay = |events: &[Value]| -> Ran {
        let lines: Vec<String> = events.iter().map(Value::to_string).collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
        interviewer(&["replay", path.to_str().unwrap()])
    };
    let changed = |change: &dyn Fn(&mut Value)| -> Ran {
        let mut events = log.clone();
        events.iter_mut().for_each(change);
        replay(&events)
    };
    let differs = |ran: &Ran, named: &str| {
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.out.contains("logged") && ran.out.contains("now") && ran.out.contains(named), "{ran:?}");
        assert!(ran.err.contains("the decisions differ"), "{ran:?}");
    };

    let whole = replay(&log);
    assert!(whole.code == 0 && whole.out.contains(" 0 different"), "{whole:?}");
    let judged = changed(&|event| {
        if event["type"] == "judged" {
            event["probability"] = (1.0 - event["probability"].as_f64().unwrap()).into();
        }
    });
    differs(&judged, "TurnOver");
    let words = changed(&|event| {
        if event["type"] == "recognised" && event["text"].is_string() {
            event["text"] = "I built a cathedral.".into();
        }
    });
    differs(&words, "cathedral");
    let without_answer: Vec<_> = log.iter().filter(|event| event["type"] != "turn_over").cloned().collect();
    differs(&replay(&without_answer), "TurnOver");
    let broken_off = replay(&log[..log.len() - 2]);
    assert!([0, 1].contains(&broken_off.code) && !broken_off.err.contains("panicked"), "{broken_off:?}");
}
