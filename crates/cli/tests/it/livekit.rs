//! Interviews with LiveKit's Python SDK, as it comes from PyPI.

mod bad_networks;
mod line;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use livekit::{Claims, Grants, Key};
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
    hold_and(python, server, style, script, None, |_| ())
}

/// Likewise, with a candidate who finds the server at the address `front`, if there is one; `watch` is told what happens as
/// it happens.
fn hold_and(
    python: &Path,
    server: &Server,
    style: &str,
    script: Value,
    front: Option<&str>,
    mut watch: impl FnMut(&Value),
) -> Held {
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
    let url = details["serverUrl"].as_str().unwrap().replace("127.0.0.1", front.unwrap_or("127.0.0.1"));
    let mut child = Command::new(python)
        .arg(candidate)
        .args([&url, details["participantToken"].as_str().unwrap()])
        .arg(folder.path())
        .arg(style)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told =
        lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).inspect(&mut watch).collect::<Vec<Value>>();
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

/// The first question is answered by a lost socket, the second time in writing; the second by a lost connection, then aloud.
#[test]
fn a_lost_socket_and_a_lost_connection_go_on_in_mid_question() {
    let Some(python) = python() else { return };
    let server = Server::start();
    let script = json!([
        {"at": "consent", "do": "rpc", "method": "interviewer.consent", "payload": "true"},
        {"at": "1", "do": "resume", "then": {"do": "type", "text": "I built a bridge between two ledgers."}},
        {"at": "2", "do": "rejoin"},
    ]);
    let held = hold(&python, &server, "single", script);
    assert_eq!(held.last("disconnected"), "ROOM_DELETED", "{:#?}", held.told);
    assert_eq!(held.last("rpc"), "ok");
    assert_eq!(held.all("reconnected").count(), 2, "{:#?}", held.told);
    assert_eq!(server.status(&held.id), "completed");
    let transcript = String::from_utf8(server.file(&held.id, "transcript.json").body).unwrap();
    for words in ["a bridge between two ledgers", "clock"] {
        assert!(transcript.contains(words), "{words:?} in {transcript}");
    }
    let events = String::from_utf8(server.file(&held.id, "events.jsonl").body).unwrap();
    let connected = events.matches("\"connected\"").count();
    assert_eq!(connected, 2, "the lost socket is no break, the lost connection is one");
    assert_eq!(held.words("interviewer").matches("Hello, and welcome").count(), 2, "told once, and shown again once");
}

fn token(change: impl FnOnce(&mut Claims), secret: &str) -> String {
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let video = Grants { room: "r".into(), room_join: true, ..Grants::default() };
    let mut claims = Claims { sub: "ada".into(), exp: now_s + 600, video, ..Claims::default() };
    change(&mut claims);
    Key::new("devkey", secret).sign(&claims).unwrap()
}

#[test]
fn what_a_token_does_not_open_stays_shut_and_says_why_and_no_more() {
    let server = Server::start();
    let none = {
        let good = token(|_| {}, "secret");
        let (_, rest) = good.split_once('.').unwrap();
        format!("eyJhbGciOiJub25lIn0.{rest}") // {"alg":"none"}
    };
    let refused = [
        ("token_missing", String::new(), ""),
        ("token_expired", token(|claims| claims.exp = 1_700_000_000, "secret"), ""),
        ("token_early", token(|claims| claims.nbf = claims.exp, "secret"), ""),
        ("token_invalid", token(|_| {}, "another secret"), ""),
        ("token_invalid", none, ""),
        ("not_granted", token(|claims| claims.video.room_join = false, "secret"), ""),
        ("not_granted", token(|claims| claims.video.can_subscribe = Some(false), "secret"), ""),
        ("not_granted", token(|_| {}, "secret"), "&room=another"),
    ];
    for path in ["/rtc/validate", "/rtc/v1/validate"] {
        for (code, token, more) in &refused {
            let answer = server.get(&format!("{path}?access_token={token}{more}"));
            assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some(*code)), "{answer:?}");
            let body = String::from_utf8(answer.body).unwrap();
            assert!(!body.contains("secret") && (token.is_empty() || !body.contains(token.as_str())), "{body}");
        }
        let good = server.get(&format!("{path}?access_token={}", token(|_| {}, "secret")));
        assert_eq!((good.status, good.body.as_slice()), (200, &b"success"[..]));
    }
    let agent = |name: &str| json!({"room_config": {"agents": [{"agent_name": name}]}}).to_string();
    assert_eq!(server.ask("POST", "/api/token", &agent("nobody")).status, 422);
    assert_eq!(server.ask("POST", "/api/token", "{").status, 422);
    let given = server.ask("POST", "/api/token", &agent("quick")).json();
    let path = format!("/rtc/validate?access_token={}", given["participantToken"].as_str().unwrap());
    assert_eq!(server.get(&path).status, 200);
    assert_eq!(server.get("/api/connection-details").status, 200);
    server.is_well();
}

#[test]
fn tokens_are_not_for_everybody_where_a_key_is_set() {
    let secret = "a secret of thirty-two characters!";
    let settings = [
        ("INTERVIEWER_LIVEKIT__KEY", "ours"),
        ("INTERVIEWER_LIVEKIT__SECRET", secret),
        ("INTERVIEWER_LIVEKIT__TCP_PORT", "0"),
    ];
    let server = Server::start_with(&settings);
    assert_eq!(server.ask("POST", "/api/token", "").json()["code"], "not_open");
    assert_eq!(server.get("/api/connection-details").status, 403);
    let stale = server.get(&format!("/rtc/validate?access_token={}", token(|_| {}, "secret")));
    assert_eq!(stale.json()["code"], "token_invalid", "the development key opens nothing");
    let id = server.create();
    let invited = server.ask("POST", &format!("/api/interviews/{id}/livekit"), "").json();
    assert_eq!(invited["roomName"], id);
    let path = format!("/rtc/validate?access_token={}", invited["participantToken"].as_str().unwrap());
    assert_eq!(server.get(&path).status, 200);
}
