//! Interviews with LiveKit's Python SDK, as it comes from PyPI.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::program::{Server, interviewer};

const ANSWERS: [(&str, &str); 4] = [
    ("consent", "Yes, I agree."),
    ("1", "I built a small service that sends letters to customers, and it has been running for two years."),
    (
        "2",
        "The hardest fault was a clock that ran backwards on one of our machines, which we found by reading the logs.",
    ),
    ("questions", "No, thank you, I have no questions."),
];

/// The SDK's Python, or nothing where it is not installed.
fn python() -> Option<PathBuf> {
    let python = assets::cache_dir().unwrap().join("livekit/bin/python");
    if !python.is_file() {
        eprintln!("skipped: {} is missing; `scripts/livekit` installs it", python.display());
        return None;
    }
    Some(python)
}

/// What a candidate of the SDK's went through.
struct Held {
    told: Vec<Value>,
    folder: tempfile::TempDir,
    id: String,
}

/// An interview of two questions with a candidate of the SDK's.
fn hold(python: &Path, server: &Server, style: &str, script: Value) -> Held {
    let made = server.ask("POST", "/api/interviews", &json!({"plan": "quick", "questions": 2}).to_string()).json();
    let id = made["id"].as_str().unwrap().to_owned();
    let details = server.ask("POST", &format!("/api/interviews/{id}/livekit"), "").json();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in ANSWERS {
        let path = folder.path().join(format!("{name}.wav"));
        let ran = interviewer(&["speak", text, "--out", path.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    std::fs::write(folder.path().join("script.json"), script.to_string()).unwrap();
    let candidate = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/livekit/candidate.py");
    let mut child = Command::new(python)
        .arg(candidate)
        .args([details["serverUrl"].as_str().unwrap(), details["participantToken"].as_str().unwrap()])
        .arg(folder.path())
        .arg(style)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect::<Vec<Value>>();
    assert!(child.wait().unwrap().success(), "{told:#?}");
    server.is_well();
    Held { told, folder, id }
}

impl Held {
    fn all<'a>(&'a self, what: &'a str) -> impl Iterator<Item = &'a Value> {
        self.told.iter().filter(move |told| !told[what].is_null())
    }

    fn last<'a>(&'a self, what: &'a str) -> &'a Value {
        self.all(what).last().map_or(&Value::Null, |told| &told[what])
    }

    /// The final words of one side, segment by segment, as the SDK put them together.
    fn words(&self, of: &str) -> String {
        let all = self.all("transcript").filter(|told| told["of"] == of && told["final"] == "true");
        all.filter_map(|told| told["transcript"].as_str()).collect::<Vec<_>>().join(" ")
    }
}

fn holds_an_interview(style: &str) {
    let Some(python) = python() else { return };
    let server = Server::start();
    let held = hold(&python, &server, style, json!([]));
    let agent = held.all("participant").next().expect("the interviewer is there");
    assert_eq!((&agent["participant"], &agent["kind"]), (&json!("interviewer"), &json!(4)));
    assert_eq!(held.last("disconnected"), "ROOM_DELETED", "{:#?}", held.told);
    assert_eq!(server.status(&held.id), "completed");

    let states: Vec<_> = held.all("state").filter_map(|told| told["state"].as_str()).collect();
    let spoken_then_heard = states.windows(2).filter(|pair| *pair == ["speaking", "listening"]).count();
    assert!(spoken_then_heard >= 3 && states.contains(&"thinking"), "{states:?}");

    let ours = held.words("interviewer");
    for line in ["Let us begin.", "What did you build?", "Which fault was hard to find?", "Goodbye."] {
        assert!(ours.contains(line), "{line:?} in {ours:?}");
    }
    let identity = held.all("transcript").filter_map(|told| told["of"].as_str()).find(|of| *of != "interviewer");
    let theirs = held.words(identity.unwrap_or_default()).to_lowercase();
    for words in ["letters to customers", "clock", "no, thank you"] {
        assert!(theirs.contains(words), "{words:?} in {theirs:?}");
    }
    heard_again(&held, &ours);
}

/// What the SDK received is recognised again: it is what was said.
fn heard_again(held: &Held, said: &str) {
    let path = held.folder.path().join("heard.wav");
    let ran = interviewer(&["transcribe", "--json", path.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let heard: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    let wer = speech::wer::count(said, heard["text"].as_str().unwrap()).rate();
    assert!(wer <= 0.10, "{wer}: {said:?} and {heard}");
}

#[test]
fn livekits_python_sdk_holds_an_interview_on_one_connection() {
    holds_an_interview("single");
}

#[test]
fn livekits_python_sdk_holds_an_interview_on_two_connections() {
    holds_an_interview("dual");
}
