//! What a receipt says of each question.

use interview::{Action, LineKind, Plan, Question};
use serde::Serialize;
use session::{Event, HeardLine, Record, Source, heard_lines};
use turn::{Profile, SilenceStage};

/// How a question was put, and how much time it had.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuestionReceipt {
    /// Its id in the plan.
    pub id: String,
    /// The question as planned.
    pub planned: String,
    /// Whether any of it was heard.
    pub reached: bool,
    /// Whether it was heard in the plan's words and to its end, at first or repeated.
    pub verbatim: bool,
    /// Everything that asked for an answer, in order.
    pub asked: Vec<Asked>,
    /// How many planned follow-ups.
    pub probes: usize,
    /// How often it was repeated.
    pub repeats: usize,
    /// How often it was rephrased.
    pub rephrasings: usize,
    /// Whether the candidate left it out by the button.
    pub skipped: bool,
    /// Gentle words because of a silence.
    pub nudges: usize,
    /// How often the candidate asked for a moment by the button.
    pub moments: usize,
    /// Time planned, seconds.
    pub time_given_s: u32,
    /// From the end of the question to the end of the last answer, milliseconds.
    pub time_used_ms: u64,
    /// Of it, between the first and the last sound of the candidate's turns, milliseconds.
    pub turns_ms: u64,
    /// The longest pause that was allowed before an answer counted as finished, milliseconds.
    pub pause_budget_ms: u32,
    /// The silence that was needed after each spoken turn, as decided; milliseconds.
    pub pauses_waited_ms: Vec<u32>,
    /// Turns that were typed.
    pub typed_turns: usize,
}

/// A line that asked for an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// Question, probe, repeat or rephrase.
    pub kind: LineKind,
    /// Index of the planned follow-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<usize>,
    /// What was heard.
    pub heard: String,
    /// Whether it is in the plan's words.
    pub planned_words: bool,
    /// Whether it was heard to its end.
    pub heard_fully: bool,
    /// When it began, milliseconds.
    pub at_ms: u64,
}

/// One receipt a question of the plan.
pub(super) fn receipts(plan: &Plan, records: &[Record]) -> Vec<QuestionReceipt> {
    let lines = heard_lines(records);
    plan.questions.iter().enumerate().map(|(index, question)| receipt(index, question, &lines, records)).collect()
}

fn receipt(index: usize, question: &Question, lines: &[HeardLine], records: &[Record]) -> QuestionReceipt {
    let asking: Vec<&HeardLine> = lines.iter().filter(|l| l.question == Some(index) && l.kind.asks()).collect();
    let asked: Vec<Asked> = asking.iter().map(|line| asked(question, line)).collect();
    let count = |kind| asked.iter().filter(|asked| asked.kind == kind).count();
    let during = during(index, records);
    let happened = |wanted: &dyn Fn(&Event) -> bool| during.iter().filter(|event| wanted(event)).count();
    let spans = turn_spans(index, records);
    let asked_ms = asking.iter().find(|line| line.heard_fully).or(asking.first()).map(|line| line.end_ms);
    let answered_ms = spans.iter().map(|(_, to_ms)| *to_ms).max();
    QuestionReceipt {
        id: question.id.clone(),
        planned: question.text.clone(),
        reached: !asked.is_empty(),
        verbatim: asking.iter().any(|line| line.heard_fully && line.text == question.text),
        probes: count(LineKind::Probe),
        repeats: count(LineKind::Repeat),
        rephrasings: count(LineKind::Rephrase),
        asked,
        skipped: happened(&|event| matches!(event, Event::ActionAsked { action: Action::Skip })) > 0,
        nudges: happened(&|event| matches!(event, Event::Silence { stage: SilenceStage::Nudge | SilenceStage::Offer })),
        moments: happened(&|event| matches!(event, Event::ActionAsked { action: Action::Moment })),
        time_given_s: question.time_s,
        time_used_ms: asked_ms.zip(answered_ms).map_or(0, |(asked, answered)| answered.saturating_sub(asked)),
        turns_ms: spans.iter().map(|(from_ms, to_ms)| to_ms.saturating_sub(*from_ms)).sum(),
        pause_budget_ms: question.pause_budget_ms.unwrap_or(profile(records).open_ms),
        pauses_waited_ms: turns(index, records).filter_map(|turn| turn.needed_ms).collect(),
        typed_turns: turns(index, records).filter(|turn| turn.source == Source::Typed).count(),
    }
}

fn asked(question: &Question, line: &HeardLine) -> Asked {
    let probe = line.probe.and_then(|index| question.probes.get(index)).map(|probe| probe.text.as_str());
    let planned = [Some(question.text.as_str()), Some(&question.rephrase), Some(question.short_text()), probe];
    let repeated_probe = question.probes.iter().any(|probe| line.kind == LineKind::Repeat && probe.text == line.text);
    Asked {
        kind: line.kind,
        probe: line.probe,
        heard: line.heard.clone(),
        planned_words: planned.contains(&Some(line.text.as_str())) || repeated_probe,
        heard_fully: line.heard_fully,
        at_ms: line.start_ms,
    }
}

/// What came while this question was the one being asked.
fn during(index: usize, records: &[Record]) -> Vec<&Event> {
    let mut current = None;
    let mut events = Vec::new();
    for Record { event, .. } in records {
        if let Event::Speak { kind: LineKind::Question | LineKind::Invitation | LineKind::Closing, question, .. } =
            event
        {
            current = *question;
        }
        if current == Some(index) {
            events.push(event);
        }
    }
    events
}

struct Turn {
    from_ms: u64,
    to_ms: u64,
    needed_ms: Option<u32>,
    source: Source,
}

fn turns(index: usize, records: &[Record]) -> impl Iterator<Item = Turn> {
    records.iter().filter_map(move |record| match record.event {
        Event::TurnOver { question: Some(of), from_ms, to_ms, needed_ms, source, .. } if of == index => {
            Some(Turn { from_ms, to_ms, needed_ms, source })
        }
        _ => None,
    })
}

fn turn_spans(index: usize, records: &[Record]) -> Vec<(u64, u64)> {
    turns(index, records).map(|turn| (turn.from_ms, turn.to_ms)).collect()
}

/// The profile of the last connection.
fn profile(records: &[Record]) -> Profile {
    let connected = records.iter().rev().find_map(|record| match record.event {
        Event::Connected { profile, .. } => Some(profile),
        _ => None,
    });
    connected.unwrap_or_default()
}
