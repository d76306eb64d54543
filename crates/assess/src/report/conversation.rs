//! The conversation, question by question.

use interview::LineKind;
use session::Source;

use super::Report;
use super::clock::minutes;
use crate::page::escape;
use crate::receipt::QuestionReceipt;
use crate::scorecard::is_uncertain;
use crate::tokens::{Token, sentences, tokens};
use crate::transcript::{Entry, EntryKind, EntrySpeaker};

/// A part of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Opening,
    /// Index of the question.
    Question(usize),
    Closing,
}

/// Links to the questions.
pub(super) fn contents(report: &Report) -> String {
    let questions = report.plan.questions.iter().zip(&report.receipt.questions).enumerate();
    let link = |(index, (question, receipt)): (usize, (&interview::Question, &QuestionReceipt))| {
        let name = escape(&question.competency);
        match receipt.reached {
            true => format!("<li><a href=\"#q{}\">{name}</a></li>", index + 1),
            false => format!("<li>{name} <small>not asked</small></li>"),
        }
    };
    questions.map(link).collect()
}

/// All parts with their entries, in the order in which they were said.
pub(super) fn conversation(report: &Report) -> String {
    let mut page = String::new();
    let mut part = None;
    let mut begun = Vec::new();
    for said in &report.transcript.entries {
        let next = part_of(report, said, part);
        if part != Some(next) {
            page += if part.is_some() { "</section>" } else { "" };
            page += &heading(report, next, begun.contains(&next));
            part = Some(next);
            begun.push(next);
        }
        page += &entry(report, said);
    }
    match part {
        Some(_) => page + "</section>",
        None => "<p class=\"empty\">Nothing was said.</p>".to_owned(),
    }
}

fn part_of(report: &Report, entry: &Entry, current: Option<Part>) -> Part {
    let question = || report.plan.questions.iter().position(|q| Some(&q.id) == entry.question.as_ref());
    match (entry.kind, question()) {
        (EntryKind::Line(LineKind::Greeting | LineKind::ConsentRequest | LineKind::Opening), _) => Part::Opening,
        (EntryKind::Line(LineKind::Invitation | LineKind::Reply | LineKind::Closing), _) => Part::Closing,
        (_, Some(index)) => Part::Question(index),
        (EntryKind::Answer, None) => Part::Closing,
        (_, None) => current.unwrap_or(Part::Opening),
    }
}

fn heading(report: &Report, part: Part, again: bool) -> String {
    let (id, title, note) = match part {
        Part::Opening => ("opening".to_owned(), "Greeting and consent".to_owned(), String::new()),
        Part::Closing => ("closing".to_owned(), "The candidate’s own questions".to_owned(), String::new()),
        Part::Question(index) => {
            let competency = escape(&report.plan.questions[index].competency);
            let note = report.receipt.questions.get(index).map(|receipt| note(report, receipt)).unwrap_or_default();
            (format!("q{}", index + 1), format!("<span class=\"number\">{}</span> {competency}", index + 1), note)
        }
    };
    match again {
        true => format!("<section class=\"part\"><h2>{title} <small>continued</small></h2>"),
        false => format!("<section class=\"part\" id=\"{id}\"><h2>{title}</h2>{note}"),
    }
}

/// How the question was put and how much was said to it.
fn note(report: &Report, receipt: &QuestionReceipt) -> String {
    let words: usize = answers(report, &receipt.id).map(|entry| entry.text.split_whitespace().count()).sum();
    let mut parts = vec![if receipt.verbatim { "asked word for word" } else { "not heard to its end" }.to_owned()];
    let counts = [
        (receipt.probes, "follow-up", "follow-ups"),
        (receipt.repeats, "repeat", "repeats"),
        (receipt.rephrasings, "rephrasing", "rephrasings"),
        (receipt.nudges, "gentle word", "gentle words"),
    ];
    let counted = counts.iter().filter(|(count, ..)| *count > 0);
    parts.extend(counted.map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many })));
    parts.extend(receipt.skipped.then(|| "skipped".to_owned()));
    parts.push(format!("{words} {}", if words == 1 { "word" } else { "words" }));
    let given_ms = u64::from(receipt.time_given_s) * 1000;
    parts.push(format!("{} of {}", minutes(receipt.time_used_ms), minutes(given_ms)));
    format!("<p class=\"note\">{}</p>", parts.join(" · "))
}

fn answers<'a>(report: &Report<'a>, question: &'a str) -> impl Iterator<Item = &'a Entry> {
    let entries = report.transcript.entries.iter();
    entries.filter(move |e| e.speaker == EntrySpeaker::Candidate && e.question.as_deref() == Some(question))
}

fn entry(report: &Report, said: &Entry) -> String {
    let (class, who) = match said.speaker {
        EntrySpeaker::Interviewer => ("interviewer", "Interviewer"),
        EntrySpeaker::Candidate => ("candidate", "Candidate"),
    };
    let playable = report.has_sound() && said.source != Some(Source::Typed);
    let time = minutes(said.start_ms);
    let play = match playable {
        true => format!(
            "<button type=\"button\" class=\"play\" data-t=\"{}\" aria-label=\"Play from {time}, {who}\">{time}</button>",
            said.start_ms
        ),
        false => format!("<span class=\"play\">{time}</span>"),
    };
    let tag = tag(said).map(|tag| format!(" <span class=\"tag\">{tag}</span>")).unwrap_or_default();
    let text = text(said, playable);
    format!(
        "<article class=\"turn {class}\" id=\"{}\">{play}<div><h3>{who}{tag}</h3><p>{text}</p></div></article>",
        escape(&said.id)
    )
}

/// What there is to remark about an entry.
fn tag(said: &Entry) -> Option<&'static str> {
    match (said.kind, said.source, said.heard_fully) {
        (_, Some(Source::Typed), _) => Some("typed"),
        (_, Some(Source::CutOff), _) => Some("broken off"),
        (_, _, Some(false)) => Some("interrupted"),
        (EntryKind::Line(LineKind::Probe), ..) => Some("follow-up"),
        (EntryKind::Line(LineKind::Repeat), ..) => Some("repeated"),
        (EntryKind::Line(LineKind::Rephrase), ..) => Some("rephrased"),
        _ => None,
    }
}

/// The words: sentence by sentence to the keyboard, word by word to the mouse.
fn text(said: &Entry, playable: bool) -> String {
    let tokens = tokens(said);
    match (playable, said.speaker) {
        (false, _) => words(&tokens, false),
        (true, EntrySpeaker::Interviewer) => sentence(&tokens, &escape(&said.text), " line"),
        (true, EntrySpeaker::Candidate) => {
            let all: Vec<String> = sentences(&tokens).map(|s| sentence(s, &words(s, true), "")).collect();
            all.join(" ")
        }
    }
}

fn sentence(tokens: &[Token], inside: &str, class: &str) -> String {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return String::new() };
    format!(
        "<span class=\"s{class}\" role=\"button\" tabindex=\"0\" data-t=\"{}\" data-e=\"{}\">{inside}</span>",
        first.start_ms, last.end_ms
    )
}

fn words(tokens: &[Token], timed: bool) -> String {
    let word = |token: &Token| {
        let text = escape(&token.text);
        let unsure = if is_uncertain(token.confidence) { " unsure" } else { "" };
        match (timed, unsure) {
            (true, _) => format!(
                "<span class=\"w{unsure}\" data-t=\"{}\" data-e=\"{}\">{text}</span>",
                token.start_ms, token.end_ms
            ),
            (false, "") => text,
            (false, _) => format!("<span class=\"unsure\">{text}</span>"),
        }
    };
    tokens.iter().map(word).collect::<Vec<_>>().join(" ")
}
