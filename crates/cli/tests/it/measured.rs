//! What the server measured while it held an interview is what the interview's recording tells.

use serde_json::Value;
use tokio::runtime::Runtime;

use crate::candidate::Candidate;
use crate::program::{Server, spoken};

/// Live figures may be so far from the recording's on average, seconds.
const TOLERANCE_S: f64 = 0.05;

/// Answers a question, speaks over the next one, and leaves.
async fn interview(server: &Server, id: &str) {
    let answer = spoken("I built a small service that sends letters to customers, and it worked well.");
    let mut candidate = Candidate::ready(server, id).await;
    candidate.consent(true);
    candidate.hears("What did you build?").await;
    candidate.floor().await;
    candidate.say(&answer);
    let begins = |m: &Value| m["speaker"] == "interviewer" && m["text"] == "Which fault was hard to find?";
    candidate.until("the second question", begins).await;
    candidate.say(&answer);
    candidate.until("a stop", |m| m["type"] == "speech" && m["event"] == "stop").await;
    candidate.until("the second turn", |m| m["speaker"] == "candidate" && m["final"] == true).await;
    candidate.floor().await;
    candidate.tell(serde_json::json!({"type": "leave"}));
    candidate.kind("closed").await;
}

/// The value of a metric without labels, or the sum over all labels.
fn metric(metrics: &str, name: &str) -> f64 {
    let of_name = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
    metrics.lines().filter(of_name).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// Compares a live histogram, in seconds, with measured milliseconds.
#[track_caller]
fn same(metrics: &str, name: &str, measured_ms: &[f64]) {
    let (count, sum) = (metric(metrics, &format!("{name}_count")), metric(metrics, &format!("{name}_sum")));
    let measured_s: f64 = measured_ms.iter().sum::<f64>() / 1000.0;
    assert_eq!(count, measured_ms.len() as f64, "{name}: {metrics}");
    assert!((sum - measured_s).abs() <= TOLERANCE_S * count, "{name}: {sum} live, {measured_s} on the recording");
}

#[test]
fn live_figures_are_those_of_the_recording() {
    let server = Server::start();
    let id = server.create();
    Runtime::new().unwrap().block_on(interview(&server, &id));
    let latency = server.file(&id, "latency.json").json();
    let metrics = String::from_utf8(server.get("/metrics").body).unwrap();
    let all = |list: &str, value: &str, counted: fn(&Value) -> bool| -> Vec<f64> {
        let items = latency[list].as_array().unwrap().iter().filter(|item| counted(item));
        items.map(|item| item[value].as_f64().unwrap()).collect()
    };
    let replies = all("turns", "voice_to_voice_ms", |turn| turn["cut_in"] == false);
    assert!(!replies.is_empty(), "{latency:#}");
    same(&metrics, "interviewer_voice_to_voice_seconds", &replies);
    same(&metrics, "interviewer_barge_in_stop_seconds", &all("barge_ins", "stop_ms", |_| true));
    assert_eq!(metric(&metrics, "interviewer_cut_ins_total"), latency["cut_ins"].as_f64().unwrap());
    let parts: f64 = metric(&metrics, "interviewer_reply_stage_seconds_sum");
    let answered = all("turns", "voice_to_voice_ms", |turn| turn["cut_in"] == false && turn["answered"] == true);
    assert!((parts - answered.iter().sum::<f64>() / 1000.0).abs() <= TOLERANCE_S * answered.len() as f64, "{metrics}");
}
