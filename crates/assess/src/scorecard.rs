//! The scorecard: for each question, what was asked and the candidate's words as evidence. It holds no score.

use interview::{LineKind, Plan, Question};
use serde::Serialize;

use crate::quote::{Quote, find_in, quote_of};
use crate::tokens::{sentences, tokens};
use crate::transcript::{Entry, EntryKind, EntrySpeaker, Transcript};

/// Words of a lower mean confidence than this are no evidence for or against anyone.
pub(crate) const UNCERTAIN_BELOW: f32 = 0.5;

/// What `scorecard.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scorecard {
    /// Always `not scored`.
    pub status: &'static str,
    /// Why.
    pub reason: &'static str,
    /// The plan's questions, in order.
    pub questions: Vec<QuestionEvidence>,
}

/// A question and what was said to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuestionEvidence {
    /// Its id in the plan.
    pub id: String,
    /// What it is meant to show.
    pub competency: String,
    /// The question as planned.
    pub question: String,
    /// The question as it was first heard whole, or as much as was heard of it; `None` when it was not asked.
    pub asked: Option<String>,
    /// The probes that were asked, as heard.
    pub probes: Vec<String>,
    /// How many words were answered.
    pub answer_words: usize,
    /// The candidate's sentences.
    pub evidence: Vec<Evidence>,
}

/// A sentence of the candidate's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The sentence and where it stands.
    #[serde(flatten)]
    pub quote: Quote,
    /// Whether the recogniser was unsure of it: mean confidence below 0.5.
    pub uncertain: bool,
}

/// Lays out the evidence that a transcript holds for the plan's questions. Each quote has been found in it verbatim.
pub fn scorecard(plan: &Plan, transcript: &Transcript) -> Scorecard {
    let reason =
        "This file holds evidence only: the candidate's own words, question by question, for a person to judge.";
    let questions = plan.questions.iter().map(|question| question_evidence(question, transcript)).collect();
    Scorecard { status: "not scored", reason, questions }
}

fn question_evidence(question: &Question, transcript: &Transcript) -> QuestionEvidence {
    let of_question: Vec<&Entry> =
        transcript.entries.iter().filter(|entry| entry.question.as_deref() == Some(&question.id)).collect();
    let lines = |kind| of_question.iter().filter(move |entry| entry.kind == EntryKind::Line(kind));
    let whole = lines(LineKind::Question).find(|entry| entry.heard_fully == Some(true));
    let asked = whole.or_else(|| lines(LineKind::Question).next()).map(|entry| entry.text.clone());
    let answers: Vec<&Entry> =
        of_question.iter().filter(|entry| entry.speaker == EntrySpeaker::Candidate).copied().collect();
    QuestionEvidence {
        id: question.id.clone(),
        competency: question.competency.clone(),
        question: question.text.clone(),
        asked,
        probes: lines(LineKind::Probe).map(|entry| entry.text.clone()).collect(),
        answer_words: answers.iter().map(|entry| entry.text.split_whitespace().count()).sum(),
        evidence: answers.iter().flat_map(|entry| evidence(entry)).collect(),
    }
}

/// The sentences of a turn, each checked against the transcript.
fn evidence(entry: &Entry) -> Vec<Evidence> {
    let tokens = tokens(entry);
    let quotes = sentences(&tokens).filter_map(|sentence| quote_of(entry, sentence));
    let verified = quotes.filter(|quote| find_in(entry, &quote.quote).is_some());
    verified.map(|quote| Evidence { uncertain: is_uncertain(quote.confidence), quote }).collect()
}

/// Whether the recogniser was unsure; what was typed is certain.
pub(crate) fn is_uncertain(confidence: Option<f32>) -> bool {
    confidence.is_some_and(|confidence| confidence < UNCERTAIN_BELOW)
}
