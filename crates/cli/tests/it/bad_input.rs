//! Whatever a client sends costs at most that message, and the next client is served.

use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::candidate::{Candidate, hello};
use crate::program::Server;

#[test]
fn sockets() {
    let server = Server::start();
    Runtime::new().unwrap().block_on(async {
        tokio::join!(before_hello(&server), after_hello(&server), quiet(&server), floods(&server));
        too_much(&server).await;
        let mut next = Candidate::ready(&server, &server.create()).await;
        assert_eq!(next.kind("ready").await["resumed"], false);
    });
    server.is_well();
}

async fn before_hello(server: &Server) {
    let mut candidate = Candidate::silent(server, &server.create()).await;
    for (text, code) in [
        ("good day", "bad_json"),
        ("", "bad_json"),
        ("[1, 2]", "bad_field"),
        (r#"{"type": 7}"#, "bad_field"),
        (r#"{"type": "dance"}"#, "unknown_type"),
        (r#"{"type": "hello"}"#, "bad_field"),
        (r#"{"type": "consent", "granted": true}"#, "hello_expected"),
    ] {
        candidate.send(Message::text(text));
        assert_eq!(candidate.error().await, code, "{text}");
    }
    candidate.send(Message::text("[".repeat(60_000)));
    assert_eq!(candidate.error().await, "bad_json");
    candidate.send(Message::binary(vec![0; 640]));
    assert_eq!(candidate.error().await, "hello_expected");
    for (wrong, code) in [
        (hello(2, 16_000, 1), "unsupported_version"),
        (hello(1, 11_025, 1), "unsupported_audio"),
        (hello(1, 0, 1), "unsupported_audio"),
        (hello(1, 16_000, 2), "unsupported_audio"),
    ] {
        candidate.tell(wrong);
        assert_eq!(candidate.error().await, code);
    }
    candidate.tell(hello(1, 44_100, 1));
    assert_eq!(candidate.kind("ready").await["audio"]["sample_rate_hz"], 16_000);
}

async fn after_hello(server: &Server) {
    let mut candidate = Candidate::muted(server, &server.create()).await;
    candidate.kind("ready").await;
    for (bytes, code) in [
        (641, "bad_audio_frame"),
        (1, "bad_audio_frame"),
        (0, "bad_audio_frame"),
        (100_000, "frame_too_large"),
        (10 << 20, "frame_too_large"),
    ] {
        candidate.send(Message::binary(vec![0; bytes]));
        assert_eq!(candidate.error().await, code, "{bytes} bytes");
    }
    for (text, code) in [
        ("x".repeat(10 << 20), "frame_too_large"),
        ("not JSON".into(), "bad_json"),
        (json!({"type": "dance"}).to_string(), "unknown_type"),
        (json!({"type": "consent", "granted": "yes"}).to_string(), "bad_field"),
        (json!({"type": "action", "action": "jump"}).to_string(), "bad_field"),
        (json!({"type": "text", "text": "  "}).to_string(), "bad_field"),
        (json!({"type": "text", "text": "a".repeat(8001)}).to_string(), "bad_field"),
        (hello(1, 16_000, 1).to_string(), "bad_field"),
    ] {
        candidate.send(Message::text(text.clone()));
        assert_eq!(candidate.error().await, code, "{:.60}", text);
    }
    candidate.send(Message::Ping(Bytes::from_static(b"there?")));
    candidate.tell(json!({"type": "playout", "utterance": 3}));
    candidate.tell(json!({"type": "ping", "id": {"any": "thing"}}));
    assert_eq!(candidate.kind("pong").await["id"]["any"], "thing");
    candidate.consent(true);
    candidate.hears("What did you build?").await;
}

/// Says nothing at all, or sends no sound.
async fn quiet(server: &Server) {
    let (id, mute) = (server.create(), server.create());
    let mut silent = Candidate::silent(server, &id).await;
    let mut muted = Candidate::muted(server, &mute).await;
    assert_eq!(muted.kind("error").await["code"], "no_audio");
    muted.hears("AI interviewer").await;
    assert_eq!(silent.error().await, "hello_expected");
    let closed = silent.kind("closed").await;
    assert_eq!(closed["error"], json!(null), "it is closed, not dropped");
    assert_eq!(server.status(&id), "created");
}

async fn floods(server: &Server) {
    let mut candidate = Candidate::muted(server, &server.create()).await;
    candidate.kind("ready").await;
    let loud: Vec<u8> = (0..3200i32).flat_map(|i| ((i * 7919 % 20_000 - 10_000) as i16).to_le_bytes()).collect();
    for _ in 0..200 {
        candidate.send(Message::binary(loud.clone()));
    }
    assert_eq!(candidate.error().await, "too_fast");
    tokio::time::sleep(Duration::from_millis(1200)).await; // a flood is complained about once a second
    for id in 0..2000 {
        candidate.tell(json!({"type": "ping", "id": id}));
    }
    assert_eq!(candidate.error().await, "too_fast");
    candidate.consent(true);
    loop {
        // what comes in the same second is dropped
        candidate.consent(true);
        let next = candidate.until("a line", |m| m["type"] == "error" || m["speaker"] == "interviewer").await;
        if next["text"].as_str().is_some_and(|text| text.contains("Let us begin")) {
            break;
        }
    }
}

async fn too_much(server: &Server) {
    let id = server.create();
    let mut candidate = Candidate::muted(server, &id).await;
    candidate.kind("ready").await;
    candidate.consent(true);
    candidate.hears("Let us begin.").await;
    candidate.send(Message::binary(vec![0; (16 << 20) + 2]));
    candidate.kind("closed").await;
    let mut again = Candidate::muted(server, &id).await;
    assert_eq!(again.kind("ready").await["resumed"], true);
}

#[test]
fn requests() {
    let server = Server::start();
    let id = server.create();
    let interview = format!("/api/interviews/{id}");
    let made = "/api/interviews";
    for (method, path, body, status, code, named) in [
        ("POST", made, r#"{"plan":"nothing"}"#, 404, "not_found", "software-engineer"),
        ("POST", made, "plan=quick", 422, "bad_request", ""),
        ("POST", made, "", 422, "bad_request", ""),
        ("POST", made, r#"{"plan":"quick","colour":"red"}"#, 422, "bad_request", "colour"),
        ("POST", made, r#"{"plan":"quick","questions":0}"#, 422, "bad_request", "questions"),
        ("POST", made, r#"{"plan":"quick","questions":-1}"#, 422, "bad_request", "questions"),
        ("POST", made, &format!("\"{}\"", "x".repeat(300_000)), 413, "too_large", ""),
        ("DELETE", "/api/plans", "", 405, "method_not_allowed", ""),
        ("GET", "/api/interviews/1", "", 404, "not_found", "link"),
        ("GET", "/api/interviews/%ff", "", 400, "bad_request", ""),
        ("GET", &format!("{made}/00000000-0000-4000-8000-000000000000"), "", 404, "not_found", "link"),
        ("GET", &format!("{interview}/files/transcript.json"), "", 409, "not_ended", "ended"),
        ("GET", &format!("{interview}/files/secrets.txt"), "", 404, "not_found", "transcript.json"),
        ("GET", &format!("{interview}/files/..%2F..%2F..%2Finterviews.db"), "", 404, "not_found", ""),
        ("GET", &format!("{interview}/files/../../../interviews.db"), "", 404, "not_found", ""),
        ("GET", "/assets/..%2F..%2Fetc%2Fpasswd", "", 404, "not_found", ""),
        ("GET", "/../../../../etc/passwd", "", 404, "not_found", ""),
        ("GET", &format!("{interview}/ws"), "", 400, "bad_request", ""),
        ("GET", "/api/nothing", "", 404, "not_found", ""),
        ("POST", "/", "", 405, "method_not_allowed", ""),
        ("POST", &format!("/i/{id}"), "{}", 405, "method_not_allowed", ""),
    ] {
        let answer = server.ask(method, path, body);
        let shown = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, status, "{method} {path} {body:.60}: {shown}");
        let problem = answer.json();
        assert_eq!(problem["code"], code, "{method} {path}: {shown}");
        assert!(problem["message"].as_str().is_some_and(|m| m.len() > 10 && m.contains(named)), "{path}: {shown}");
    }
    assert_eq!(server.status(&id), "created");
    server.is_well();
}
