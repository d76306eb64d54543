//! A sound file through voice activity, the engines and the turn taker, on a simulated clock: the log that a session
//! would have made of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use interview::Expect;
use server::Settings;
use session::{Event, Record, Source, WORDS_WITHIN};
use speech::{EndOfTurn, RecognitionRequest, Recognizer, Urgency, VAD_FRAME_SAMPLES, Word};
use turn::{Decision, Ending, Expectation, ExpectationKind, Profile, Segment, Segmenter, TurnTaker, ending};

use super::heard::{FRAME_MS, Heard, activity, ms, sample, slice};
use crate::engines;

/// How long recognition of a stretch is taken to last here, milliseconds; the clock is a simulated one.
const RECOGNITION_MS: u64 = 350;
/// How long judging a pause is taken to last, milliseconds.
const JUDGING_MS: u64 = 60;
/// So many frames of silence follow the file: more than the longest pause.
const SILENT_FRAMES: usize = 160;

/// Hears the file at `path`.
pub(super) async fn rehearse(path: &Path, profile_name: &str, expect: &str) -> Result<Heard> {
    let mut settings = Settings::load(None)?;
    settings.turn.profile = profile_name.to_owned();
    let profile = settings.profile()?;
    let samples: Arc<[f32]> = audio::decode::read_mono_16k(path)?.into();
    let activity = activity(&engines::silero()?, &samples, SILENT_FRAMES).await?;
    let rehearsal = Rehearsal {
        smart_turn: engines::smart_turn(engines::runtime()?)?,
        whisper: engines::whisper(&settings, engines::GREEDY)?,
        taker: TurnTaker::new(profile),
        quick: expect == "quick",
        samples: samples.clone(),
        answers: Vec::new(),
        texts: Vec::new(),
        records: Vec::new(),
        due_ms: Vec::new(),
        turns: 0,
    };
    let (records, due_ms) = rehearsal.run(profile, &activity).await?;
    let awaited = if expect == "quick" { "a word or a sentence" } else { "an account" };
    Ok(Heard {
        title: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        about: format!("Heard as a session would hear it: profile {profile_name}, {awaited} expected."),
        candidate: samples.to_vec(),
        interviewer: None,
        activity,
        records,
        due_ms,
        replies: Vec::new(),
        cut_ins: Vec::new(),
        figures: Vec::new(),
    })
}

struct Rehearsal {
    smart_turn: smart_turn::SmartTurn,
    whisper: whisper::Whisper,
    taker: TurnTaker,
    quick: bool,
    samples: Arc<[f32]>,
    /// Answers of engines with the time, in milliseconds, at which they come.
    answers: Vec<(u64, Event)>,
    /// The words of each stretch.
    texts: Vec<(u32, String, Vec<Word>)>,
    records: Vec<Record>,
    due_ms: Vec<Option<u64>>,
    turns: u32,
}

impl Rehearsal {
    async fn run(mut self, profile: Profile, activity: &[f32]) -> Result<(Vec<Record>, Vec<Option<u64>>)> {
        let mut segmenter = Segmenter::new(profile.pause_ms);
        self.note(0, Event::Connected { resumed: false, unix_ms: 0, profile, accommodation: 1.0 });
        self.listen(0);
        for (frame, probability) in activity.iter().enumerate() {
            let from_ms = ms(frame * VAD_FRAME_SAMPLES);
            let to_ms = from_ms + FRAME_MS;
            self.pass_time(to_ms).await?;
            match segmenter.push(*probability, from_ms, to_ms) {
                Some(Segment::Stirred(from_ms)) if self.taker.is_pausing() => {
                    self.happen(to_ms, Event::VoiceStirred { from_ms }).await?;
                }
                Some(Segment::Started(from_ms)) => self.happen(to_ms, Event::VoiceStarted { from_ms }).await?,
                Some(Segment::Paused(since_ms)) => self.happen(to_ms, Event::VoicePaused { since_ms }).await?,
                Some(Segment::Stirred(_)) | None => {}
            }
        }
        Ok((self.records, self.due_ms))
    }

    fn listen(&mut self, at_ms: u64) {
        let (kind, expect) = match self.quick {
            true => (ExpectationKind::Quick, Expect::Short { pause_budget_ms: None, pace: None }),
            false => (ExpectationKind::Story, Expect::Story { pause_budget_ms: None, pace: None }),
        };
        self.taker.hear(turn::Event::Listen(Expectation::of(kind)), at_ms);
        self.note(at_ms, Event::Listening { expect });
    }

    fn note(&mut self, at_ms: u64, event: Event) {
        self.records.push(Record { seq: self.records.len() as u64, at_ms, event });
        self.due_ms.push(self.taker.deadline_ms());
    }

    /// Hands over the engines' answers that have come by `now_ms`, and does what falls due.
    async fn pass_time(&mut self, now_ms: u64) -> Result<()> {
        self.answers.sort_by_key(|(at_ms, _)| *at_ms);
        while self.answers.first().is_some_and(|(at_ms, _)| *at_ms <= now_ms) {
            let (at_ms, event) = self.answers.remove(0);
            self.happen(at_ms, event).await?;
        }
        self.fall_due(now_ms).await
    }

    async fn fall_due(&mut self, now_ms: u64) -> Result<()> {
        for (at_ms, decision) in self.taker.advance(now_ms) {
            self.decided(decision, at_ms).await?;
        }
        Ok(())
    }

    async fn happen(&mut self, now_ms: u64, event: Event) -> Result<()> {
        self.fall_due(now_ms).await?;
        let Some(told) = told(&event) else { return Ok(()) };
        let decisions = self.taker.hear(told, now_ms);
        self.note(now_ms, event);
        for decision in decisions {
            self.decided(decision, now_ms).await?;
        }
        self.fall_due(now_ms).await
    }

    async fn decided(&mut self, decision: Decision, at_ms: u64) -> Result<()> {
        match decision {
            Decision::Recognise { stretch, from_ms, to_ms, settled } => {
                self.note(at_ms, Event::Recognise { stretch, from_ms, to_ms, settled });
                let heard = self.recognised(stretch, from_ms, to_ms).await?;
                self.answers.push((at_ms + RECOGNITION_MS, heard));
            }
            Decision::Judge { pause, from_ms, to_ms } => {
                self.note(at_ms, Event::Judge { pause, from_ms, to_ms });
                let heard: Arc<[f32]> = slice(&self.samples, sample(from_ms), sample(to_ms)).into();
                let probability = self.smart_turn.probability(heard).await?;
                self.answers.push((at_ms + JUDGING_MS, Event::Judged { pause, probability }));
            }
            Decision::Over { from_ms, to_ms, stretches, needed_ms, probability } => {
                self.turns += 1;
                let said = self.texts.iter().filter(|(stretch, ..)| stretches.contains(stretch));
                let text = said.clone().map(|(_, text, _)| text.as_str()).collect::<Vec<_>>().join(" ");
                let words = said.flat_map(|(.., words)| words.clone()).collect();
                let (turn, source, needed_ms) = (self.turns, Source::Spoken, Some(needed_ms));
                let over = Event::TurnOver {
                    turn,
                    question: None,
                    from_ms,
                    to_ms,
                    text,
                    words,
                    source,
                    needed_ms,
                    probability,
                };
                self.note(at_ms, over);
                self.listen(at_ms);
            }
            Decision::Silence(stage) => self.note(at_ms, Event::Silence { stage }),
            _ => {}
        }
        Ok(())
    }

    async fn recognised(&mut self, stretch: u32, from_ms: u64, to_ms: u64) -> Result<Event> {
        let samples = slice(&self.samples, sample(from_ms), sample(to_ms));
        let urgency = Urgency::By(Instant::now() + WORDS_WITHIN);
        let request = RecognitionRequest { urgency, ..RecognitionRequest::new(samples) };
        let recognition = self.whisper.recognize(request).await?;
        let later = |word: Word| Word { start_ms: word.start_ms + from_ms, end_ms: word.end_ms + from_ms, ..word };
        let words: Vec<Word> = recognition.words.into_iter().map(later).collect();
        let text = recognition.text;
        self.texts.push((stretch, text.clone(), words.clone()));
        let count = text.split_whitespace().count() as u32;
        let ending = if count == 0 { Ending::Open } else { ending(&text) };
        Ok(Event::Recognised { stretch, count, ending, listens: false, reply: None, text, words })
    }
}

/// What the turn taker is told of an event.
fn told(event: &Event) -> Option<turn::Event> {
    match event {
        Event::VoiceStirred { from_ms } => Some(turn::Event::Stirred(*from_ms)),
        Event::VoiceStarted { from_ms } => Some(turn::Event::VoiceStarted(*from_ms)),
        Event::VoicePaused { since_ms } => Some(turn::Event::VoicePaused(*since_ms)),
        Event::Judged { pause, probability } => Some(turn::Event::Judged(*pause, *probability)),
        Event::Recognised { stretch, count, ending, words, .. } => {
            Some(turn::Event::Recognised(*stretch, session::said(*count, *ending, words)))
        }
        _ => None,
    }
}
