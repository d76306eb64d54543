//! A long answer, heard as a session hears it: voice activity, the turn taker and the recogniser on a simulated clock.

use std::path::PathBuf;

use silero::{Silero, SileroConfig};
use speech::wer::count;
use speech::{RecognitionRequest, Recognizer, VAD_FRAME_SAMPLES, VadFrame, VadMemory, VoiceActivity};
use turn::{Decision, Ending, Event, Expectation, ExpectationKind, Profile, Said, Segment, Segmenter, TurnTaker};
use whisper::{Whisper, WhisperConfig};

use crate::engines::asset;

const RATE: usize = 16_000;
/// How long recognition of a stretch is taken to last, milliseconds.
const RECOGNITION_MS: u64 = 1000;
/// Every pause sounds as if more were to come.
const UNFINISHED: f32 = 0.1;

/// A stretch that was asked for.
struct Asked {
    number: u32,
    from_ms: u64,
    to_ms: u64,
    settled: bool,
    answer_ms: u64,
    text: String,
}

/// `samples` as loud as somebody who speaks into a microphone (-23 dB of full scale), without the quiet before and after
/// the words but for a pause of 300 ms.
fn as_one_goes_on(samples: &[f32]) -> Vec<f32> {
    let level = (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).sqrt();
    let sound = |x: &f32| x.abs() > level / 2.0;
    let from = samples.iter().position(sound).unwrap_or(0);
    let to = samples.iter().rposition(sound).map_or(0, |last| last + 1);
    let pause = std::iter::repeat_n(0.0, RATE * 3 / 10);
    samples[from..to].iter().map(|x| x * 0.07 / level).chain(pause).collect()
}

/// An answer of at least 60 s from utterances of read speech, with its words.
fn answer() -> Option<(Vec<f32>, String)> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/speech");
    let folder = std::env::var_os("SPEECH_DATA").map_or_else(beside, PathBuf::from);
    let Ok(manifest) = std::fs::read_to_string(folder.join("manifest.tsv")) else {
        println!("skipped: no manifest.tsv in {} (set SPEECH_DATA)", folder.display());
        return None;
    };
    let (mut sound, mut truth) = (Vec::new(), String::new());
    for row in manifest.lines().filter(|row| row.starts_with("read/")) {
        let columns: Vec<&str> = row.split('\t').collect();
        sound.extend(as_one_goes_on(&audio::decode::read_mono_16k(&folder.join(columns[0])).unwrap()));
        truth = truth + " " + columns[7];
        if sound.len() >= 60 * RATE {
            break;
        }
    }
    assert!(sound.len() >= 60 * RATE, "there is too little read speech in {}", folder.display());
    Some((sound, truth))
}

struct Listener {
    taker: TurnTaker,
    whisper: Whisper,
    sound: Vec<f32>,
    asked: Vec<Asked>,
    over: Option<(u64, Vec<u32>)>,
}

impl Listener {
    async fn decided(&mut self, decisions: Vec<(u64, Decision)>) {
        for (at_ms, decision) in decisions {
            match decision {
                Decision::Recognise { stretch, from_ms, to_ms, settled } => {
                    let sample = |ms: u64| (ms as usize * RATE / 1000).min(self.sound.len());
                    let samples = self.sound[sample(from_ms)..sample(to_ms)].to_vec();
                    let text = self.whisper.recognize(RecognitionRequest::new(samples)).await.unwrap().text;
                    let answer_ms = at_ms + RECOGNITION_MS;
                    self.asked.push(Asked { number: stretch, from_ms, to_ms, settled, answer_ms, text });
                }
                Decision::Judge { pause, .. } => {
                    let more = self.taker.hear(Event::Judged(pause, UNFINISHED), at_ms);
                    assert!(more.is_empty());
                }
                Decision::Over { stretches, .. } if self.over.is_none() => self.over = Some((at_ms, stretches)),
                _ => {}
            }
        }
    }

    /// Hands over the words that have come by `now_ms`, and does what falls due.
    async fn pass(&mut self, now_ms: u64) {
        let came = |asked: &Asked| (now_ms - 32..now_ms).contains(&asked.answer_ms);
        let words: Vec<(u32, u32)> = self.asked.iter().filter(|asked| came(asked)).map(Asked::words).collect();
        for (number, words) in words {
            let decisions = self.taker.hear(Event::Recognised(number, Said::of(words, Ending::Open)), now_ms);
            self.decided(decisions.into_iter().map(|decision| (now_ms, decision)).collect()).await;
        }
        let due = self.taker.advance(now_ms);
        self.decided(due).await;
    }
}

impl Asked {
    fn words(&self) -> (u32, u32) {
        (self.number, self.text.split_whitespace().count() as u32)
    }
}

#[tokio::test]
async fn words_of_a_minute_are_final_while_it_lasts_and_only_the_last_stretch_is_left() {
    let Some((sound, truth)) = answer() else { return };
    let end_ms = sound.len() as u64 * 1000 / RATE as u64;
    let silero = Silero::start(SileroConfig { model: asset("silero-vad/silero_vad_16k_op15.onnx") }).unwrap();
    let whisper = Whisper::load(WhisperConfig::new(asset("whisper-base"))).unwrap();
    // With time to think: where the pauses in the recordings lie is not what this test is about.
    let mut taker = TurnTaker::new(Profile::INTERVIEW).accommodated(3.0);
    taker.hear(Event::Listen(Expectation::of(ExpectationKind::Story)), 0);
    let mut segmenter = Segmenter::new(Profile::INTERVIEW.pause_ms);
    let mut listener = Listener { taker, whisper, sound, asked: Vec::new(), over: None };
    let mut memory = VadMemory::default();
    let frames = (listener.sound.len() + 20 * RATE) / VAD_FRAME_SAMPLES;
    for frame in 0..frames {
        let (from_ms, to_ms) = (frame as u64 * 32, frame as u64 * 32 + 32);
        let from = (frame * VAD_FRAME_SAMPLES).min(listener.sound.len());
        let mut samples = listener.sound[from..(from + VAD_FRAME_SAMPLES).min(listener.sound.len())].to_vec();
        samples.resize(VAD_FRAME_SAMPLES, 0.0);
        let heard = silero.detect(VadFrame { samples, memory }).await.unwrap();
        memory = heard.memory;
        listener.pass(to_ms).await;
        let event = match segmenter.push(heard.probability, from_ms, to_ms) {
            Some(Segment::Stirred(ms)) => Event::Stirred(ms),
            Some(Segment::Started(ms)) => Event::VoiceStarted(ms),
            Some(Segment::Paused(ms)) => Event::VoicePaused(ms),
            None => continue,
        };
        let decisions = listener.taker.hear(event, to_ms);
        listener.decided(decisions.into_iter().map(|decision| (to_ms, decision)).collect()).await;
    }
    let (over_ms, stretches) = listener.over.expect("the answer is over once nobody speaks");
    assert!(over_ms >= end_ms - 1000, "it was taken for over after {over_ms} of {end_ms} ms");
    let turn: Vec<&Asked> = listener.asked.iter().filter(|asked| stretches.contains(&asked.number)).collect();
    let (last, before) = turn.split_last().unwrap();
    assert!(before.len() >= 2 && before.iter().all(|asked| asked.settled));
    assert!(before[0].answer_ms < end_ms / 2, "the first words were final after {} ms", before[0].answer_ms);
    assert!(before.iter().all(|asked| asked.answer_ms <= end_ms), "more than the last stretch was left at the end");
    assert!(last.to_ms - last.from_ms <= u64::from(Profile::INTERVIEW.longest_stretch_ms));
    let text: Vec<&str> = turn.iter().map(|asked| asked.text.as_str()).collect();
    let errors = count(&truth, &text.join(" "));
    assert!(errors.rate() < 0.2, "{errors:?}: {}", text.join(" | "));
}
