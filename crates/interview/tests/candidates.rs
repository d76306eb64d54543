//! The demonstration's candidates fit the plans: each walks its interview to the end, and says all that it has to say.

#![allow(clippy::panic, clippy::unwrap_used)]

mod shipped;

use std::collections::BTreeMap;
use std::sync::Arc;

use interview::{Conductor, ConsentReply, EndReason, Heard, LineKind, Move, Phase, consent_reply, lines};
use serde::Deserialize;
use shipped::{PLANS, plan, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Candidate {
    voice: String,
    consent: String,
    answers: BTreeMap<String, Vec<Answer>>,
    remarks: Vec<Remark>,
    questions: Vec<String>,
    goodbye: String,
    fallback: Vec<Answer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    say: Vec<String>,
    #[serde(default)]
    pause_ms: Option<u32>,
    think_ms: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remark {
    at: String,
    kind: RemarkKind,
    #[serde(default)]
    say: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RemarkKind {
    Repeat,
    Interrupt,
}

fn candidate(name: &str) -> Candidate {
    serde_saphyr::from_str(&read(&format!("assets/candidates/{name}.yaml"))).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn says(moves: &[Move], kind: LineKind) -> bool {
    moves.iter().any(|m| matches!(m, Move::Say(line) if line.kind == kind))
}

/// Walks the interview, a minute of the session's clock for every two answers; panics where a scripted answer does not
/// find the question or probe that it was written for.
fn walk(name: &str) -> Vec<Move> {
    let (plan, candidate) = (Arc::new(plan(name)), candidate(name));
    let mut conductor = Conductor::new(plan.clone());
    conductor.hear(Heard::Start, 0);
    assert_eq!(consent_reply(&candidate.consent), ConsentReply::Granted);
    let mut moves = conductor.hear(Heard::Consent { reply: ConsentReply::Granted, spoken: true }, 0);
    let mut at_ms = 0;
    for (i, question) in plan.questions.iter().enumerate() {
        let answers = &candidate.answers[&question.id];
        for remark in candidate.remarks.iter().filter(|r| r.at == question.id && r.kind == RemarkKind::Repeat) {
            let moves = conductor.hear(Heard::Answer(remark.say.clone().unwrap()), at_ms);
            assert!(says(&moves, LineKind::Repeat), "{name}: {} is not asked again", question.id);
        }
        for (k, answer) in answers.iter().enumerate() {
            assert_eq!(conductor.question(), Some(i), "{name}: answer {k} to {} comes too late", question.id);
            assert_eq!(says(&moves, LineKind::Probe), k > 0, "{name}: answer {k} to {}", question.id);
            at_ms += 30_000;
            moves = conductor.hear(Heard::Answer(answer.say.join(" ")), at_ms);
        }
        assert!(!says(&moves, LineKind::Probe), "{name}: {} is probed once more", question.id);
    }
    assert_eq!(conductor.phase(), Phase::CandidateQuestions);
    for question in &candidate.questions {
        moves = conductor.hear(Heard::Answer(question.clone()), at_ms);
        assert!(says(&moves, LineKind::Reply), "{name}: {question}");
    }
    conductor.hear(Heard::Answer(candidate.goodbye), at_ms)
}

#[test]
fn every_candidate_walks_its_interview_to_the_end() {
    for name in PLANS {
        assert_eq!(walk(name).last(), Some(&Move::End(EndReason::Completed)), "{name}");
    }
}

#[test]
fn a_candidate_s_first_question_is_answered_and_its_second_noted() {
    for name in PLANS {
        let (plan, candidate) = (Arc::new(plan(name)), candidate(name));
        let mut conductor = Conductor::new(plan.clone());
        conductor.hear(Heard::Start, 0);
        conductor.hear(Heard::Consent { reply: ConsentReply::Granted, spoken: true }, 0);
        for _ in &plan.questions {
            conductor.hear(Heard::Action(interview::Action::Done), 0);
        }
        let noted = |question: &String, conductor: &mut Conductor| {
            let moves = conductor.hear(Heard::Answer(question.clone()), 0);
            moves.iter().any(|m| matches!(m, Move::Say(line) if line.text == lines::NOTED))
        };
        let all: Vec<bool> = candidate.questions.iter().map(|question| noted(question, &mut conductor)).collect();
        assert_eq!(all, [false, true], "{name}");
    }
}

#[test]
fn a_candidate_thinks_repeats_and_interrupts() {
    for name in PLANS {
        let (plan, candidate) = (plan(name), candidate(name));
        let count = |kind| candidate.remarks.iter().filter(|remark| remark.kind == kind).count();
        assert_eq!((count(RemarkKind::Repeat), count(RemarkKind::Interrupt)), (1, 1), "{name}");
        let known = |id: &str| plan.questions.iter().any(|question| question.id == id);
        assert!(candidate.remarks.iter().all(|remark| known(&remark.at)), "{name}");
        assert!(candidate.answers.keys().all(|id| known(id)), "{name}");
        let paused = candidate.answers.values().flatten().filter(|answer| answer.say.len() > 1).count();
        assert!((1..=2).contains(&paused), "{name}: {paused} answers with a pause");
    }
}

#[test]
fn what_candidates_say_can_be_held_against_recognition() {
    for name in PLANS.into_iter().chain(["anyone"]) {
        let candidate = candidate(name);
        assert!(!candidate.voice.is_empty() && !candidate.fallback.is_empty());
        for answer in candidate.answers.values().flatten().chain(&candidate.fallback) {
            let words: usize = answer.say.iter().map(|stretch| stretch.split_whitespace().count()).sum();
            assert!((5..=75).contains(&words), "{name}: {words} words: {:?}", answer.say);
            assert!((400..=2500).contains(&answer.think_ms), "{name}: {:?}", answer.say);
            assert_eq!(answer.pause_ms.is_some(), answer.say.len() > 1, "{name}: {:?}", answer.say);
            assert!(answer.pause_ms.is_none_or(|ms| (700..=1500).contains(&ms)), "{name}: {:?}", answer.say);
            let spelt = answer.say.concat().chars().all(|c| c.is_ascii_alphabetic() || " ,.".contains(c));
            assert!(spelt, "{name}: {:?}", answer.say);
        }
    }
}
