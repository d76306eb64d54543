//! Fakes for the tests of the decorators: a voice that does as it is told, and a recorder that keeps metrics.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tokio::sync::mpsc;

use crate::{AudioChunk, EngineError, EngineErrorKind, SpeechRequest, SpeechStream, Voice, VoiceInfo};

/// What a letter lasts in the fakes' speech: 60 ms.
pub(crate) const LETTER_SAMPLES: usize = 960;

/// What a fake does with one request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Says it all, letter by letter.
    Speaks,
    /// Says so many letters, then fails with this.
    Fails(usize, EngineErrorKind),
    /// Says so many letters, then nothing more, and never ends.
    Hangs(usize),
    /// Says so many letters, then ends as if that were all.
    BreaksOff(usize),
    /// Says so many letters, then what is not a number.
    Raves(usize),
    /// Takes so many milliseconds before each letter.
    Slowly(u64),
    /// Its thread dies: the stream ends at once without a word.
    Dies,
}

/// A voice that does as it is told, one act a request and the last for all further ones. Its letters are samples of
/// `tone`.
pub(crate) struct FakeVoice {
    info: VoiceInfo,
    tone: f32,
    acts: Mutex<VecDeque<Act>>,
    asked: Mutex<Vec<String>>,
}

impl FakeVoice {
    pub(crate) fn new(engine: &str, tone: f32, acts: &[Act]) -> Arc<Self> {
        let info = VoiceInfo { engine: engine.into(), name: "f".into(), fingerprint: "1".into() };
        Arc::new(Self { info, tone, acts: Mutex::new(acts.iter().copied().collect()), asked: Mutex::default() })
    }

    /// The texts that it was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn act(&self) -> Act {
        let mut acts = self.acts.lock().unwrap();
        if acts.len() > 1 { acts.pop_front().unwrap() } else { acts[0] }
    }
}

impl Voice for FakeVoice {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        self.asked.lock().unwrap().push(request.text.clone());
        let (sender, stream) = mpsc::channel(4);
        let (act, tone) = (self.act(), self.tone);
        tokio::spawn(async move {
            let letters = request.text.chars().filter(|c| c.is_alphanumeric()).count();
            let said = match act {
                Act::Fails(most, _) | Act::Hangs(most) | Act::BreaksOff(most) | Act::Raves(most) => most.min(letters),
                Act::Speaks | Act::Slowly(_) => letters,
                Act::Dies => 0,
            };
            for _ in 0..said {
                if let Act::Slowly(ms) = act {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                }
                if sender.send(Ok(AudioChunk { samples: vec![tone; LETTER_SAMPLES] })).await.is_err() {
                    return;
                }
            }
            match act {
                Act::Fails(_, kind) => drop(sender.send(Err(EngineError::new("fake", kind, "as told"))).await),
                Act::Raves(_) => drop(sender.send(Ok(AudioChunk { samples: vec![f32::NAN; 100] })).await),
                Act::Hangs(_) => sender.closed().await,
                Act::Speaks | Act::BreaksOff(_) | Act::Slowly(_) | Act::Dies => {}
            }
        });
        stream
    }
}

/// All that was heard, and the error that it ended with.
pub(crate) async fn hear(voice: &dyn Voice, text: &str) -> (Vec<f32>, Option<EngineErrorKind>) {
    let mut stream = voice.speak(SpeechRequest::new(text));
    let mut samples = Vec::new();
    while let Some(chunk) = stream.recv().await {
        match chunk {
            Ok(chunk) => samples.extend(chunk.samples),
            Err(error) => return (samples, Some(error.kind)),
        }
    }
    (samples, None)
}

/// How many letters of `tone` are in `samples`, a faded end counted in part.
pub(crate) fn letters(samples: &[f32], tone: f32) -> usize {
    let of = |sample: &&f32| (**sample - tone).abs() < 1e-6;
    (samples.iter().filter(of).count() + LETTER_SAMPLES / 2) / LETTER_SAMPLES
}

/// Keeps what is counted on this thread while it lives.
#[derive(Clone, Default)]
pub(crate) struct Counts(Arc<Mutex<BTreeMap<String, Arc<AtomicU64>>>>);

impl Counts {
    /// The value of what was registered as `name{label=value,…}`, labels in the order in which the code has them.
    pub(crate) fn of(&self, name: &str) -> u64 {
        let counts = self.0.lock().unwrap();
        counts.get(name).map_or(0, |count| count.load(std::sync::atomic::Ordering::Relaxed))
    }

    /// The same for a gauge.
    pub(crate) fn gauge(&self, name: &str) -> f64 {
        f64::from_bits(self.of(name))
    }

    fn register(&self, key: &Key) -> Arc<AtomicU64> {
        let labels: Vec<String> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        self.0.lock().unwrap().entry(name).or_default().clone()
    }
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.register(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.register(key))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
