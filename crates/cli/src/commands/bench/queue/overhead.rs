//! How long a recognition takes whose recogniser takes no time: in the process, and over Redis.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use queue::TaskQueue;
use queue::memory::MemoryQueue;
use queue::remote::{RemoteRecognizer, RemoteRecognizerSettings};
use queue::worker::WorkerSettings;
use speech::{RecognitionRequest, Recognizer};

use super::workers::{Kind, worker};

/// A worker of Celery's takes seconds to start.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// Milliseconds of each round, in order.
pub(super) struct Times {
    pub(super) in_process: Vec<f64>,
    /// Over Redis, by kind of worker.
    pub(super) by: Vec<Vec<f64>>,
}

/// Waits until a worker of `kind` answers.
pub(super) async fn warm_up(queue: &Arc<dyn TaskQueue>, kind: Kind) -> Result<()> {
    let recognizer = recognizer(queue.clone(), &kind.sounds());
    heard(&*recognizer, &sound(1, 1600)).await.map(drop)
}

/// Times `rounds` recognitions of `seconds` each, in the process and by each kind of worker, by turns.
pub(super) async fn measure(queue: &Arc<dyn TaskQueue>, kinds: &[Kind], rounds: u32, seconds: u16) -> Result<Times> {
    let memory: Arc<dyn TaskQueue> = Arc::new(MemoryQueue::default());
    let about = WorkerSettings { queues: vec!["here".into()], concurrency: 1, prefetch: 1, drain: Duration::ZERO };
    let here = tokio::spawn(worker(memory.clone(), about).run());
    let mut ways = vec![recognizer(memory, "here")];
    ways.extend(kinds.iter().map(|kind| recognizer(queue.clone(), &kind.sounds())));
    let mut times = vec![Vec::new(); ways.len()];
    for round in 0..rounds {
        let sound = sound(round, usize::from(seconds) * audio::SAMPLE_RATE_HZ as usize);
        for (way, times) in ways.iter().zip(&mut times) {
            times.push(heard(&**way, &sound).await?);
        }
    }
    here.abort();
    let in_process = times.remove(0);
    Ok(Times { in_process, by: times })
}

/// How long it took, milliseconds.
async fn heard(recognizer: &dyn Recognizer, sound: &Arc<[f32]>) -> Result<f64> {
    let began = Instant::now();
    let recognition = recognizer.recognize(RecognitionRequest::new(sound.clone())).await;
    let took_ms = began.elapsed().as_secs_f64() * 1e3;
    let text = recognition.context("a worker did not answer")?.text;
    ensure!(text == format!("{} samples", sound.len()), "a worker heard {text} of {}", sound.len());
    Ok(took_ms)
}

fn recognizer(queue: Arc<dyn TaskQueue>, name: &str) -> Box<dyn Recognizer> {
    // one worker is asked, however long it takes
    let about = RemoteRecognizerSettings {
        queue: name.to_owned(),
        slow_after: STARTS_WITHIN,
        deadline: STARTS_WITHIN,
        ..Default::default()
    };
    Box::new(RemoteRecognizer::new(queue, about, None))
}

/// Noise, each time another.
fn sound(round: u32, samples: usize) -> Arc<[f32]> {
    let mut state = round.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..samples).map(|_| next()).collect()
}
