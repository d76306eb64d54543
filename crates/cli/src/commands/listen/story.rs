//! What is shown: stretches, pauses, words and moments, whatever they come from.

use assess::{CutIn, CutInKind, TurnLatency};
use interview::Expect;
use serde::Serialize;
use session::{Event, Record};
use turn::SilenceStage;

use super::heard::{FRAME_MS, Heard, ms};
use super::pauses::{Outcome, Pause, pauses};
use super::why;

/// A voice that comes back so soon after a turn was over would have been cut into, milliseconds.
const SOON_MS: u64 = 1000;

/// From when to when, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Span {
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
}

/// Whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Side {
    Candidate,
    Interviewer,
}

/// Words with their place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Said {
    pub(super) side: Side,
    #[serde(flatten)]
    pub(super) span: Span,
    pub(super) text: String,
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MomentKind {
    /// A voice began.
    Voice,
    /// The voice paused, and went on or did not count.
    Pause,
    /// A turn was over.
    TurnOver,
    /// Our voice answered.
    Reply,
    /// We began while the candidate's turn went on.
    CutIn,
    /// We were spoken over.
    SpokenOver,
    /// The candidate was silent for long.
    Silence,
    /// Something else of note.
    Other,
}

/// Something that happened or was decided, with its reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Moment {
    /// When, milliseconds.
    pub(super) at_ms: u64,
    /// What kind of thing.
    pub(super) kind: MomentKind,
    /// What, in a few words.
    pub(super) what: String,
    /// Why, in a sentence or two; may be empty.
    pub(super) why: String,
}

/// The whole.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Story {
    /// What it is called.
    pub(super) title: String,
    /// In which way it was listened to.
    pub(super) about: String,
    /// The part that is shown.
    #[serde(flatten)]
    pub(super) span: Span,
    /// Loudest sample of each 10 ms of the candidate's sound from time 0 on, -1..1.
    #[serde(skip)]
    pub(super) candidate: Vec<f32>,
    /// The same of the interviewer's.
    #[serde(skip)]
    pub(super) interviewer: Option<Vec<f32>>,
    /// Probability of a voice, a frame of [`FRAME_MS`].
    #[serde(skip)]
    pub(super) activity: Vec<f32>,
    /// Where the candidate's voice was heard.
    pub(super) stretches: Vec<Span>,
    /// The candidate's pauses.
    pub(super) pauses: Vec<Pause>,
    /// Words of both sides.
    pub(super) said: Vec<Said>,
    /// What happened, in order.
    pub(super) moments: Vec<Moment>,
    /// Numbers about the whole, each with its name.
    pub(super) figures: Vec<(String, String)>,
}

/// Milliseconds of a value of a waveform.
pub(super) const PEAK_MS: u64 = 10;

impl Story {
    /// Reads it off what was heard.
    pub(super) fn of(heard: &Heard) -> Self {
        let pauses = pauses(&heard.records, &heard.due_ms);
        let stretches = stretches(&heard.records);
        let mut moments: Vec<Moment> = heard.records.iter().filter_map(moment).collect();
        moments.extend(stretches.iter().map(|stretch| plain(stretch.from_ms, MomentKind::Voice, "A voice begins")));
        moments.extend(pauses.iter().map(of_pause));
        moments.extend(heard.replies.iter().filter_map(reply));
        match &heard.interviewer {
            Some(_) => moments.extend(heard.cut_ins.iter().map(cut_in)),
            None => moments.extend(pauses.iter().filter_map(|pause| would_cut_in(pause, &stretches))),
        }
        moments.sort_by_key(|moment| moment.at_ms);
        let heard_ms = ms(heard.candidate.len())
            .max(heard.activity.len() as u64 * FRAME_MS * u64::from(heard.interviewer.is_none()));
        let last_ms = moments.last().map_or(0, |moment| moment.at_ms);
        Self {
            title: heard.title.clone(),
            about: heard.about.clone(),
            span: Span { from_ms: 0, to_ms: ms(heard.candidate.len()).max(last_ms.min(heard_ms) + 500) },
            candidate: peaks(&heard.candidate),
            interviewer: heard.interviewer.as_deref().map(peaks),
            activity: heard.activity.clone(),
            stretches,
            pauses,
            said: said(&heard.records),
            moments,
            figures: heard.figures.clone(),
        }
    }

    /// The part from one time to another, milliseconds.
    pub(super) fn between(mut self, from_ms: u64, to_ms: Option<u64>) -> Self {
        let from_ms = from_ms.min(self.span.to_ms);
        let to_ms = to_ms.unwrap_or(self.span.to_ms).clamp(from_ms, self.span.to_ms);
        let shown = |span: &Span| span.to_ms > from_ms && span.from_ms < to_ms;
        self.span = Span { from_ms, to_ms };
        self.stretches.retain(shown);
        self.pauses.retain(|pause| shown(&Span { from_ms: pause.since_ms, to_ms: pause.until_ms }));
        self.said.retain(|said| shown(&said.span));
        self.moments.retain(|moment| (from_ms..=to_ms).contains(&moment.at_ms));
        self
    }
}

/// The loudest sample of each 10 ms.
fn peaks(samples: &[f32]) -> Vec<f32> {
    let loudest = |frame: &[f32]| frame.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    samples.chunks(super::heard::sample(PEAK_MS)).map(loudest).collect()
}

fn stretches(records: &[Record]) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut began_ms = None;
    for record in records {
        match record.event {
            Event::VoiceStarted { from_ms } => began_ms = began_ms.or(Some(from_ms)),
            Event::VoicePaused { since_ms } => {
                found.extend(began_ms.take().map(|from_ms| Span { from_ms, to_ms: since_ms.max(from_ms) }));
            }
            Event::Disconnected => {
                found.extend(began_ms.take().map(|from_ms| Span { from_ms, to_ms: record.at_ms.max(from_ms) }));
            }
            _ => {}
        }
    }
    found
}

/// The words of the turns, and of our lines for as long as they were heard.
fn said(records: &[Record]) -> Vec<Said> {
    let turn = |record: &Record| match &record.event {
        Event::TurnOver { from_ms, to_ms, text, .. } if !text.is_empty() => {
            Some(Said { side: Side::Candidate, span: Span { from_ms: *from_ms, to_ms: *to_ms }, text: text.clone() })
        }
        _ => None,
    };
    let mut all: Vec<Said> = records.iter().filter_map(turn).collect();
    all.extend(session::heard_lines(records).into_iter().map(|line| Said {
        side: Side::Interviewer,
        span: Span { from_ms: line.start_ms, to_ms: line.end_ms },
        text: line.heard,
    }));
    all.sort_by_key(|said| said.span.from_ms);
    all
}

fn plain(at_ms: u64, kind: MomentKind, what: &str) -> Moment {
    Moment { at_ms, kind, what: what.to_owned(), why: String::new() }
}

/// What a record says by itself.
fn moment(record: &Record) -> Option<Moment> {
    let at_ms = record.at_ms;
    let (kind, what, why) = match &record.event {
        Event::Hush { .. } => (MomentKind::SpokenOver, "We stop speaking".to_owned(), String::new()),
        Event::FalseAlarm => {
            (MomentKind::SpokenOver, "We go on".to_owned(), "What was heard over our line was no speech.".to_owned())
        }
        Event::Silence { stage } => (MomentKind::Silence, silence(*stage).to_owned(), String::new()),
        Event::Listening { expect } => {
            (MomentKind::Other, format!("Listening for {}", awaited(*expect)), String::new())
        }
        Event::Connected { resumed: true, .. } => (MomentKind::Other, "Connected again".to_owned(), String::new()),
        Event::Disconnected => (MomentKind::Other, "Connection lost".to_owned(), String::new()),
        Event::ActionAsked { action } => (MomentKind::Other, format!("Button: {action:?}"), String::new()),
        Event::Typed { .. } => (MomentKind::Other, "Typed".to_owned(), String::new()),
        Event::EngineFailed { message } => (MomentKind::Other, "An engine failed".to_owned(), message.clone()),
        Event::Unreached => {
            (MomentKind::Other, "No sound arrives".to_owned(), "Silence does not count meanwhile.".to_owned())
        }
        Event::Reached { lost_ms } => {
            (MomentKind::Other, "Sound arrives again".to_owned(), format!("{lost_ms} ms are lost."))
        }
        Event::EngineSlow => (MomentKind::Other, "An engine is slow".to_owned(), String::new()),
        Event::Unheard { .. } => (MomentKind::Other, "Nobody could make words of it".to_owned(), String::new()),
        Event::Ended { .. } => (MomentKind::Other, "The end".to_owned(), String::new()),
        _ => return None,
    };
    Some(Moment { at_ms, kind, what, why })
}

fn silence(stage: SilenceStage) -> &'static str {
    match stage {
        SilenceStage::Nudge => "Silent for long: a gentle word",
        SilenceStage::Offer => "Silent for longer: skipping is offered",
        SilenceStage::Gone => "Nobody seems to be there",
    }
}

fn awaited(expect: Expect) -> &'static str {
    match expect {
        Expect::Consent => "a yes or no",
        Expect::Short { .. } => "a word or a sentence",
        Expect::Story { .. } => "an account",
        Expect::Questions => "questions of the candidate's own",
    }
}

fn of_pause(pause: &Pause) -> Moment {
    let (at_ms, kind, what) = match pause.outcome {
        Outcome::Over => {
            let after = why::seconds(pause.until_ms - pause.since_ms);
            (pause.until_ms, MomentKind::TurnOver, format!("Turn over after {after} of silence"))
        }
        Outcome::WentOn => {
            let length = why::seconds(pause.until_ms - pause.since_ms);
            (pause.since_ms, MomentKind::Pause, format!("Pause of {length}"))
        }
        Outcome::Dropped => (pause.since_ms, MomentKind::Pause, "Voice ends".to_owned()),
    };
    Moment { at_ms, kind, what, why: why::pause(pause) }
}

fn reply(turn: &TurnLatency) -> Option<Moment> {
    let at_ms = turn.interviewer_start_ms?;
    let what = format!("We answer after {}", why::seconds(turn.voice_to_voice_ms));
    Some(Moment { at_ms, kind: MomentKind::Reply, what, why: String::new() })
}

fn cut_in(cut_in: &CutIn) -> Moment {
    let how = match cut_in.kind {
        CutInKind::OverVoice => "The candidate was still speaking when we began.".to_owned(),
        CutInKind::Resumed => {
            let after_ms = cut_in.candidate_start_ms.saturating_sub(cut_in.interviewer_start_ms);
            format!("The candidate went on {} after we had begun.", why::seconds(after_ms))
        }
    };
    Moment { at_ms: cut_in.interviewer_start_ms, kind: MomentKind::CutIn, what: "We cut in".to_owned(), why: how }
}

/// In a file nobody answers; but a voice that comes back right after the turn was over would have been cut into.
fn would_cut_in(pause: &Pause, stretches: &[Span]) -> Option<Moment> {
    let goes_on = |stretch: &&Span| (pause.until_ms..pause.until_ms + SOON_MS).contains(&stretch.from_ms);
    let stretch = (pause.outcome == Outcome::Over).then(|| stretches.iter().find(goes_on))??;
    let after = why::seconds(stretch.from_ms - pause.until_ms);
    Some(Moment {
        at_ms: stretch.from_ms,
        kind: MomentKind::CutIn,
        what: "A reply would have cut in".to_owned(),
        why: format!("The voice came back {after} after the turn had been taken to be over: see the line before."),
    })
}
