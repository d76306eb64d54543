//! The head of the page: how it stands, consent, latency, hashes.

use interview::ConsentReply;

use super::Report;
use super::clock::{date, minutes, seconds};
use crate::latency::Latency;
use crate::page::escape;
use crate::receipt::Receipt;
use crate::status::Status;

/// How the interview stands, in a sentence.
pub(super) fn status(report: &Report) -> &'static str {
    match report.transcript.status {
        Status::Completed => "Completed",
        Status::Left => "Ended early by the candidate",
        Status::Interrupted => "Interrupted: it broke off and can be resumed",
        Status::Declined => "No consent was given",
    }
}

/// When, how long, in what way.
pub(super) fn facts(report: &Report) -> String {
    let receipt = report.receipt;
    let reached = receipt.questions.iter().filter(|question| question.reached).count();
    let began = receipt.connections.first().map_or("unknown".to_owned(), |first| date(first.unix_ms));
    let breaks = receipt.connections.iter().filter(|connection| connection.resumed).count();
    let pacing = receipt.connections.last().map_or("unknown", |last| last.profile);
    let mut facts = vec![
        ("Held", began),
        ("Recorded", minutes(report.recorded_ms)),
        ("Questions", format!("{reached} of {} asked", receipt.questions.len())),
        ("Pacing", pacing.to_owned()),
    ];
    if breaks > 0 {
        facts.push(("Connection", format!("resumed {}", times(breaks))));
    }
    list(&facts)
}

/// What the candidate agreed to.
pub(super) fn consent(report: &Report) -> String {
    let granted = report.receipt.consent.iter().find(|consent| consent.reply == ConsentReply::Granted);
    match granted {
        Some(consent) => format!(
            "The candidate was told that the interviewer is an AI and that the conversation is recorded, and agreed at \
             {} ({}). Nothing that the candidate said before is kept.",
            minutes(consent.at_ms),
            date(consent.unix_ms)
        ),
        None => "The candidate has not agreed to a recording yet. Nothing of what they said is kept.".to_owned(),
    }
}

/// The latency in plain words.
pub(super) fn latency(latency: &Latency) -> String {
    let time = |ms: Option<u64>| ms.map_or("none".to_owned(), seconds);
    let delays = &latency.voice_to_voice_ms;
    let unanswered = latency.turns.iter().filter(|turn| !turn.answered).count();
    let mut rows = vec![
        ("Median reply", time(delays.p50)),
        ("95% within", time(delays.p95)),
        ("Longest", time(delays.max)),
        ("Cut in on the candidate", times(latency.cut_ins)),
        ("Spoken over", times(latency.barge_ins.len())),
        ("Fell silent within (median)", time(latency.barge_in_stop_ms.p50)),
    ];
    let wasted_pct = 100 * latency.work.wasted_ms / latency.work.recognised_ms.max(1);
    rows.push(("Recognised early for nothing", format!("{wasted_pct}% of the sound")));
    let counts = [("Candidate spoke again unanswered", unanswered), ("Replies not measured", latency.unmeasured_turns)];
    rows.extend(counts.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name, count.to_string())));
    list(&rows)
}

/// What the files can be checked against.
pub(super) fn hashes(receipt: &Receipt) -> String {
    let code = |text: &str| format!("<code>{}</code>", escape(text));
    let recording = receipt.hashes.recording_sha256.as_deref().unwrap_or("none");
    let rows = [
        ("Interview", code(&receipt.interview)),
        ("plan.json", code(&receipt.hashes.plan_sha256)),
        ("events.jsonl", code(&receipt.hashes.events_sha256)),
        ("recording.wav", code(recording)),
        ("Chain over the log", code(&receipt.chain.last)),
        ("Version", code(receipt.version)),
    ];
    rows.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>")).collect()
}

fn list(rows: &[(&str, String)]) -> String {
    rows.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(value))).collect()
}

fn times(count: usize) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}
