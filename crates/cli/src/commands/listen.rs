//! `interviewer listen`: a file through voice activity and turn-taking, on a simulated clock.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use audio::SAMPLE_RATE_HZ;
use serde_json::{Value, json};
use server::Settings;
use speech::{EndOfTurn, RecognitionRequest, Recognizer, VAD_FRAME_SAMPLES, VadFrame, VadMemory, VoiceActivity};
use turn::{Decision, Ending, Event, Expectation, ExpectationKind, Segment, Segmenter, TurnTaker, ending};

use crate::engines;
use crate::terminal::say;

/// Hear a file as a session would: voice, pauses, decisions.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The sound file.
    file: PathBuf,
    /// How patient to be: brisk, interview or patient.
    #[arg(long, default_value = "interview")]
    profile: String,
    /// What is listened for: an account (story) or a word or two (quick).
    #[arg(long, default_value = "story", value_parser = ["story", "quick"])]
    expect: String,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// How long recognition of a stretch is taken to last here, milliseconds; the clock is a simulated one.
const RECOGNITION_MS: u64 = 350;
/// How long judging a pause is taken to last, milliseconds.
const JUDGING_MS: u64 = 60;

pub(crate) fn run(args: Args) -> Result<()> {
    let mut settings = Settings::load(None)?;
    settings.turn.profile.clone_from(&args.profile);
    let profile = settings.profile()?;
    let samples: Arc<[f32]> = audio::decode::read_mono_16k(&args.file)?.into();
    let runtime = engines::runtime()?;
    let kind = if args.expect == "quick" { ExpectationKind::Quick } else { ExpectationKind::Story };
    let listener = Listener {
        samples,
        silero: engines::silero()?,
        smart_turn: engines::smart_turn(runtime)?,
        whisper: engines::whisper(&settings, engines::GREEDY)?,
        taker: TurnTaker::new(profile),
        segmenter: Segmenter::new(profile.pause_ms),
        expectation: Expectation::of(kind),
        answers: Vec::new(),
        json: args.json,
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(listener.listen())
}

struct Listener {
    samples: Arc<[f32]>,
    silero: silero::Silero,
    smart_turn: smart_turn::SmartTurn,
    whisper: whisper::Whisper,
    taker: TurnTaker,
    segmenter: Segmenter,
    expectation: Expectation,
    /// Answers of engines with the time, in milliseconds, at which they come.
    answers: Vec<(u64, Event)>,
    json: bool,
}

impl Listener {
    async fn listen(mut self) -> Result<()> {
        let mut memory = VadMemory::default();
        self.hear(Event::Listen(self.expectation), 0).await?;
        let frames = self.samples.len().div_ceil(VAD_FRAME_SAMPLES);
        // what follows the file is silence, for as long as the longest pause
        for frame in 0..frames + 160 {
            let from = frame * VAD_FRAME_SAMPLES;
            let frame = VadFrame { samples: self.slice(from, from + VAD_FRAME_SAMPLES), memory };
            let result = self.silero.detect(frame).await?;
            memory = result.memory;
            let (from_ms, to_ms) = (ms(from), ms(from + VAD_FRAME_SAMPLES));
            self.answer(to_ms).await?;
            if let Some(segment) = self.segmenter.push(result.probability, from_ms, to_ms) {
                self.show_segment(segment);
                let event = match segment {
                    Segment::Started(at_ms) => Event::VoiceStarted(at_ms),
                    Segment::Paused(since_ms) => Event::VoicePaused(since_ms),
                };
                self.hear(event, to_ms).await?;
            }
        }
        Ok(())
    }

    /// Hands over the engines' answers that have come by `now_ms`.
    async fn answer(&mut self, now_ms: u64) -> Result<()> {
        while let Some(i) = self.answers.iter().position(|(at_ms, _)| *at_ms <= now_ms) {
            let (at_ms, event) = self.answers.remove(i);
            Box::pin(self.hear(event, at_ms)).await?;
        }
        let due = self.taker.advance(now_ms);
        for (at_ms, decision) in due {
            self.decided(decision, at_ms).await?;
        }
        Ok(())
    }

    async fn hear(&mut self, event: Event, now_ms: u64) -> Result<()> {
        let mut decisions = self.taker.advance(now_ms);
        decisions.extend(self.taker.hear(event, now_ms).into_iter().map(|decision| (now_ms, decision)));
        decisions.extend(self.taker.advance(now_ms));
        for (at_ms, decision) in decisions {
            self.decided(decision, at_ms).await?;
        }
        Ok(())
    }

    async fn decided(&mut self, decision: Decision, at_ms: u64) -> Result<()> {
        match decision {
            Decision::Recognise { stretch, from_ms, to_ms, settled } => {
                let request = RecognitionRequest::new(self.slice(sample(from_ms), sample(to_ms)));
                let text = self.whisper.recognize(request).await?.text;
                let kept = if settled { "settled" } else { "so far" };
                self.show(at_ms, "words", json!({"from_ms": from_ms, "to_ms": to_ms, "state": kept, "text": text}));
                let count = text.split_whitespace().count() as u32;
                let event = Event::Recognised(stretch, count, if count == 0 { Ending::Open } else { ending(&text) });
                self.answers.push((at_ms + RECOGNITION_MS, event));
            }
            Decision::Judge { pause, from_ms, to_ms } => {
                let heard: Arc<[f32]> = self.slice(sample(from_ms), sample(to_ms)).into();
                let probability = self.smart_turn.probability(heard).await?;
                self.show(at_ms, "sounds finished", json!({"probability": probability}));
                self.answers.push((at_ms + JUDGING_MS, Event::Judged(pause, probability)));
            }
            Decision::Over { from_ms, to_ms, needed_ms, probability, .. } => {
                let about =
                    json!({"from_ms": from_ms, "to_ms": to_ms, "needed_ms": needed_ms, "probability": probability});
                self.show(at_ms, "turn over", about);
                self.taker.hear(Event::Listen(self.expectation), at_ms);
            }
            Decision::NothingSaid => self.show(at_ms, "no words", json!({})),
            Decision::Silence(stage) => self.show(at_ms, "silence", json!({"stage": stage})),
            Decision::Forget { .. } | Decision::Glimpse { .. } => {}
            Decision::Duck | Decision::Resume | Decision::Stop => {} // there is no voice of ours
        }
        Ok(())
    }

    fn show_segment(&self, segment: Segment) {
        match segment {
            Segment::Started(at_ms) => self.show(at_ms, "voice", json!({})),
            Segment::Paused(since_ms) => self.show(since_ms, "pause", json!({})),
        }
    }

    fn show(&self, at_ms: u64, what: &str, about: Value) {
        if self.json {
            say(&json!({"at_ms": at_ms, "what": what, "about": about}).to_string());
            return;
        }
        let fields = about.as_object().into_iter().flatten().map(|(name, value)| format!("{name} {value}"));
        say(&format!("{:>8.2} s  {what:<16} {}", at_ms as f64 / 1000.0, fields.collect::<Vec<_>>().join(", ")));
    }

    /// Samples from one place to another; silence outside the file.
    fn slice(&self, from: usize, to: usize) -> Vec<f32> {
        (from..to).map(|i| self.samples.get(i).copied().unwrap_or(0.0)).collect()
    }
}

fn ms(samples: usize) -> u64 {
    samples as u64 * 1000 / u64::from(SAMPLE_RATE_HZ)
}

fn sample(ms: u64) -> usize {
    (ms * u64::from(SAMPLE_RATE_HZ) / 1000) as usize
}
