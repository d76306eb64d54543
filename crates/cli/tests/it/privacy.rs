//! What is said before consent is not kept, whatever follows.

use std::path::{Path, PathBuf};

use serde_json::json;
use tokio::runtime::Runtime;

use crate::candidate::Candidate;
use crate::program::{Server, spoken};

const SECRET: &str = "My grandmother collects purple submarines from Madagascar.";
const TYPED: &str = "Yesterday the zeppelin landed in Reykjavik.";
const WORDS: [&str; 7] = ["grandmother", "purple", "submarine", "madagascar", "zeppelin", "reykjavik", "collects"];

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

/// No file of the server's, database and log output included, holds any of the words.
fn none_is_kept(server: &Server) {
    let files = files_in(server.data.parent().unwrap());
    assert!(files.iter().any(|path| path.ends_with("interviews.db")), "{files:?}");
    for path in files {
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).to_lowercase();
        for word in WORDS {
            assert!(!text.contains(word), "{word} in {}", path.display());
        }
    }
}

/// Speaks and types what is to be forgotten, until the interviewer has dealt with it.
async fn talk_before_consent(candidate: &mut Candidate) {
    let secret = spoken(SECRET);
    candidate.hears("Is that all right with you?").await;
    candidate.floor().await;
    candidate.say(&secret);
    candidate.until("the end of it", |m| m["type"] == "hearing" && m["voice"] == false).await;
    candidate.until("an answer", |m| m["type"] == "speech" && m["event"] == "end").await;
    candidate.tell(json!({"type": "text", "text": TYPED}));
    candidate.until("an answer", |m| m["type"] == "speech" && m["event"] == "end").await;
    candidate.say(&secret);
    candidate.until("a voice", |m| m["type"] == "hearing" && m["voice"] == true).await;
}

fn nothing_was_shown(candidate: &Candidate) {
    let shown = candidate.seen.iter().map(|m| m.to_string().to_lowercase());
    shown.for_each(|shown| assert!(WORDS.iter().all(|word| !shown.contains(word)), "{shown}"));
}

#[test]
fn a_no_leaves_nothing() {
    let server = Server::start();
    let id = server.create();
    Runtime::new().unwrap().block_on(async {
        let mut candidate = Candidate::ready(&server, &id).await;
        talk_before_consent(&mut candidate).await;
        none_is_kept(&server);
        candidate.consent(false);
        assert_eq!(candidate.kind("ended").await["reason"], "declined");
        candidate.kind("closed").await;
        nothing_was_shown(&candidate);
    });
    assert_eq!(server.status(&id), "declined");
    none_is_kept(&server);
    for name in ["recording.pcm", "recording.wav", "report.html", "transcript.json", "scorecard.json", "latency.json"] {
        assert!(!server.folder(&id).join(name).exists(), "{name}");
    }
    for name in ["report.html", "recording.wav", "transcript.json"] {
        assert_eq!(server.file(&id, name).json()["code"], "not_ready", "{name}");
    }
    assert_eq!(server.file(&id, "receipt.json").status, 200);
    server.is_well();
}

#[test]
fn a_yes_keeps_only_what_follows_it() {
    let server = Server::start();
    let id = server.create();
    Runtime::new().unwrap().block_on(async {
        let mut candidate = Candidate::ready(&server, &id).await;
        talk_before_consent(&mut candidate).await;
        candidate.consent(true);
        candidate.hears("What did you build?").await;
        nothing_was_shown(&candidate);
        candidate.tell(json!({"type": "leave"}));
        candidate.kind("closed").await;
    });
    let events = String::from_utf8(server.file(&id, "events.jsonl").body).unwrap();
    let events: Vec<serde_json::Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let yes = events.iter().find(|event| event["type"] == "consent" && event["reply"] == "granted").unwrap();
    let before = (yes["at_ms"].as_u64().unwrap() as usize - 50) * 16;
    let sound = audio::decode::read(&server.folder(&id).join("recording.wav")).unwrap();
    assert!(sound.channels[0][..before].iter().all(|sample| *sample == 0.0), "the candidate is silent until the yes");
    assert!(sound.channels[1][..before].iter().any(|sample| *sample != 0.0), "the interviewer is not");
    let first_words = String::from_utf8(server.file(&id, "transcript.json").body).unwrap().to_lowercase();
    assert!(!first_words.contains("grandmother") && !first_words.contains("zeppelin"), "{first_words}");
    server.is_well();
}
