//! Interviews whose engines are elsewhere: workers over Redis, which die, are missing, or come late; and servers side by
//! side that hold each interview once.

use tokio::runtime::Runtime;

use crate::beginning::{ANSWER, answers, answers_the_first, asked};
use crate::candidate::{Candidate, has};
use crate::program::{Server, spoken};
use crate::workers::{Redis, Worker, redis_cli, until};

fn server(redis: &Redis, left_to_workers: &[&str]) -> Server {
    let settings = redis.settings(left_to_workers);
    Server::start_with(&settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>())
}

#[test]
fn an_interview_goes_on_when_a_worker_is_killed_in_the_middle_of_its_work() {
    let redis = Redis::start();
    let shared = tempfile::tempdir().unwrap();
    let queues = "stt,tts";
    let mut workers = vec![Worker::start(&redis, shared.path(), queues), Worker::start(&redis, shared.path(), queues)];
    let server = server(&redis, &["recognition", "voice"]);
    let id = server.create();
    let answer = spoken(ANSWER);
    Runtime::new().unwrap().block_on(async {
        let mut candidate = asked(&server, &id).await;
        candidate.say(&answer);
        let mut busy = None;
        until("a worker is busy", async || {
            busy = workers.iter().position(|worker| worker.is_busy(&redis));
            busy.is_some()
        })
        .await;
        workers.remove(busy.unwrap()).kill();
        let turn = candidate.until("the turn", |m| m["speaker"] == "candidate" && m["final"] == true).await;
        assert!(has(&turn, "letters"), "no word is lost: {turn}");
        candidate.hears("Which fault was hard to find?").await;
        candidate.floor().await;
        answers(&mut candidate, &answer).await;
        candidate.tell(serde_json::json!({"type": "leave"}));
        candidate.kind("closed").await;
    });
    assert_eq!(server.status(&id), "left");
    assert_eq!(server.file(&id, "report.html").status, 200);
    server.is_well();
}

#[test]
fn nobody_waits_in_silence_where_no_worker_answers_and_the_first_that_comes_is_asked() {
    let redis = Redis::start();
    let server = server(&redis, &["recognition"]);
    let id = server.create();
    let answer = spoken(ANSWER);
    Runtime::new().unwrap().block_on(async {
        let mut candidate = asked(&server, &id).await;
        candidate.say(&answer);
        candidate.until("that it takes a moment", |m| m["activity"] == "thinking").await;
        candidate.hears("One moment, please.").await;
        candidate.hears("Please say it again, or type it.").await;
        candidate.floor().await;
        let _worker = Worker::start(&redis, &server.data, "stt");
        answers_the_first(&mut candidate, &answer).await;
    });
    server.is_well();
}

#[test]
fn files_are_made_by_a_worker_that_shares_the_data() {
    let redis = Redis::start();
    let server = server(&redis, &["reports"]);
    let worker = Worker::start(&redis, &server.data, "reports");
    let id = server.create();
    Runtime::new().unwrap().block_on(async {
        let mut candidate = Candidate::muted(&server, &id).await;
        candidate.kind("ready").await;
        candidate.consent(true);
        candidate.hears("Let us begin.").await;
        candidate.tell(serde_json::json!({"type": "leave"}));
        candidate.kind("ended").await;
        candidate.kind("closed").await;
        until("the interview is over", async || server.status(&id) == "left").await;
    });
    for name in ["report.html", "transcript.json", "latency.json", "receipt.json"] {
        assert_eq!(server.file(&id, name).status, 200, "{name}");
    }
    let (_, metrics) = worker.get("/metrics");
    let done = "interviewer_tasks_total{task=\"interviewer.report\",outcome=\"done\"} 1";
    assert!(metrics.contains(done), "the worker made them: {metrics}");
    assert!(worker.terminate());
}

#[test]
fn an_interview_is_held_by_one_of_two_servers_and_taken_up_by_the_other() {
    let redis = Redis::start();
    let first = server(&redis, &["reports"]);
    let mut second = first.beside();
    let id = first.create();
    Runtime::new().unwrap().block_on(async {
        let mut candidate = Candidate::muted(&first, &id).await;
        candidate.kind("ready").await;
        candidate.consent(true);
        candidate.hears("What did you build?").await;
        let gateway = second.get(&format!("/api/interviews/{id}")).json()["gateway"].clone();
        assert!(gateway.as_str().is_some_and(|name| name.starts_with("gateway-")), "{gateway}");
        let kept = redis_cli(&redis, &["GET", &format!("interviewer:cache:plans:value:{id}")]);
        assert!(kept.contains("Which fault was hard to find?"), "its plan is there for the other: {kept}");
        let mut elsewhere = Candidate::muted(&second, &id).await;
        assert_eq!(candidate.error().await, "taken_over");
        candidate.kind("closed").await;
        assert_eq!(elsewhere.kind("ready").await["resumed"], true);
        elsewhere.hears("Welcome back").await;
        let now = first.get(&format!("/api/interviews/{id}")).json();
        assert!(now["connected"] == true && now["gateway"] != gateway, "{now}");
        let third = first.beside();
        assert_eq!(third.status(&id), "live", "a server that starts leaves alone what another one holds");
        drop(third);
        second.kill();
        until("its interview counts as interrupted", async || first.status(&id) == "interrupted").await;
        let mut back = Candidate::muted(&first, &id).await;
        assert_eq!(back.kind("ready").await["resumed"], true, "what the dead one held is free after a while");
        back.hears("What did you build?").await;
    });
    first.is_well();
}
