//! The thread that owns the network: like [`speech::worker`], but it takes all frames that wait at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use speech::{EngineError, EngineErrorKind, VadFrame, VadResult};
use tokio::sync::oneshot;

/// How long a thread that has just served several streams waits for more frames when few are there. At 1,000 streams
/// 31 frames come in a millisecond; with one stream nothing ever waits.
const GATHER: Duration = Duration::from_millis(1);

/// What can serve several frames at once.
pub(crate) trait Batched: 'static {
    /// The most frames that it is handed together.
    const MOST: usize;

    /// Fills in `probabilities` and makes the frames' memories those for their streams' next frames.
    fn run(&mut self, frames: &mut [VadFrame], probabilities: &mut [f32]) -> Result<(), EngineError>;
}

type Answer = oneshot::Sender<Result<VadResult, EngineError>>;

struct Job {
    frame: VadFrame,
    answer: Answer,
}

/// The handle of the thread, which ends when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Batcher {
    name: &'static str,
    jobs: SyncSender<Job>,
}

impl Batcher {
    /// Starts a thread named `name`, builds the engine on it with `build` (load and warm up there), and waits until
    /// it is ready. At most `queue` frames wait.
    ///
    /// # Errors
    /// Whatever `build` answers, or `Gone` when it panicked.
    pub(crate) fn start<E: Batched>(
        name: &'static str,
        queue: usize,
        build: impl FnOnce() -> Result<E, EngineError> + Send + 'static,
    ) -> Result<Self, EngineError> {
        let (jobs, waiting) = sync_channel(queue);
        let (report_ready, ready) = sync_channel(1);
        let work = move || match build() {
            Err(e) => drop(report_ready.send(Err(e))),
            Ok(mut engine) => {
                let _ = report_ready.send(Ok(()));
                serve(&mut engine, &waiting);
            }
        };
        let gone = |e| EngineError::new(name, EngineErrorKind::Gone, format!("no thread could be started: {e}"));
        thread::Builder::new().name(name.into()).spawn(work).map_err(gone)?;
        ready.recv().unwrap_or_else(|_| Err(ended(name)))?;
        Ok(Self { name, jobs })
    }

    /// Queues `frame` and waits for its answer.
    ///
    /// # Errors
    /// `Busy` at once when the queue is full; `Gone` when the engine panicked on this frame or has ended.
    pub(crate) async fn call(&self, frame: VadFrame) -> Result<VadResult, EngineError> {
        let (answer, answered) = oneshot::channel();
        self.jobs.try_send(Job { frame, answer }).map_err(|e| match e {
            TrySendError::Full(_) => {
                EngineError::new(self.name, EngineErrorKind::Busy, "too much work is waiting; try again")
            }
            TrySendError::Disconnected(_) => ended(self.name),
        })?;
        answered.await.unwrap_or_else(|_| Err(ended(self.name)))
    }
}

fn ended(name: &'static str) -> EngineError {
    EngineError::new(name, EngineErrorKind::Gone, "the engine's thread has ended; restart the server and see its log")
}

fn serve<E: Batched>(engine: &mut E, jobs: &Receiver<Job>) {
    let mut batch = Batch::default();
    let mut several = false;
    while let Ok(job) = jobs.recv() {
        batch.add(job);
        batch.fill(jobs, E::MOST);
        if several && batch.frames.len() < E::MOST / 2 {
            thread::sleep(GATHER);
            batch.fill(jobs, E::MOST);
        }
        several = batch.frames.len() > 1;
        batch.answer(engine);
    }
}

/// Frames that are served together; its room is used again and again.
#[derive(Default)]
struct Batch {
    frames: Vec<VadFrame>,
    probabilities: Vec<f32>,
    answers: Vec<Answer>,
}

impl Batch {
    /// Adds a job, unless nobody waits for it any more.
    fn add(&mut self, Job { frame, answer }: Job) {
        if !answer.is_closed() {
            self.frames.push(frame);
            self.answers.push(answer);
        }
    }

    fn fill(&mut self, jobs: &Receiver<Job>, most: usize) {
        while self.frames.len() < most
            && let Ok(job) = jobs.try_recv()
        {
            self.add(job);
        }
    }

    /// A frame that makes the engine panic costs its own answer (the caller sees `Gone`): after a panic, or an error,
    /// each frame is served alone.
    fn answer(&mut self, engine: &mut impl Batched) {
        self.probabilities.clear();
        self.probabilities.resize(self.frames.len(), 0.0);
        let (frames, probabilities) = (&mut self.frames[..], &mut self.probabilities[..]);
        let together = catch_unwind(AssertUnwindSafe(|| engine.run(frames, probabilities)));
        let together = matches!(together, Ok(Ok(())));
        for ((mut frame, answer), mut probability) in
            self.frames.drain(..).zip(self.answers.drain(..)).zip(self.probabilities.drain(..))
        {
            let alone = || engine.run(std::slice::from_mut(&mut frame), std::slice::from_mut(&mut probability));
            let done = if together { Ok(Ok(())) } else { catch_unwind(AssertUnwindSafe(alone)) };
            if let Ok(done) = done {
                let _ = answer.send(done.map(|()| VadResult { probability, memory: frame.memory }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Answers a frame's first sample; panics at a negative one; waits to be let go at each run.
    struct Fake {
        go: mpsc::Receiver<()>,
        runs: mpsc::Sender<usize>,
    }

    impl Batched for Fake {
        const MOST: usize = 4;

        fn run(&mut self, frames: &mut [VadFrame], probabilities: &mut [f32]) -> Result<(), EngineError> {
            self.runs.send(frames.len()).unwrap();
            let _ = self.go.recv();
            for (frame, probability) in frames.iter().zip(probabilities) {
                assert!(frame.samples[0] >= 0.0, "rubbish");
                *probability = frame.samples[0];
            }
            Ok(())
        }
    }

    struct Held {
        batcher: Batcher,
        go: mpsc::Sender<()>,
        runs: mpsc::Receiver<usize>,
    }

    fn held() -> Held {
        let ((go, wait), (report, runs)) = (mpsc::channel(), mpsc::channel());
        let batcher = Batcher::start("fake", 4, move || Ok(Fake { go: wait, runs: report })).unwrap();
        Held { batcher, go, runs }
    }

    fn ask(held: &Held, sample: f32) -> tokio::task::JoinHandle<Result<VadResult, EngineError>> {
        let batcher = held.batcher.clone();
        let frame = VadFrame { samples: vec![sample], memory: speech::VadMemory::default() };
        tokio::spawn(async move { batcher.call(frame).await })
    }

    #[tokio::test]
    async fn waiting_frames_are_served_together_and_a_full_queue_says_so() {
        let held = held();
        let mut asked = vec![ask(&held, 0.0)];
        tokio::task::yield_now().await;
        assert_eq!(held.runs.recv().unwrap(), 1);
        asked.extend((1..6).map(|n| ask(&held, n as f32)));
        let busy = asked.pop().unwrap().await.unwrap().unwrap_err();
        assert_eq!(busy.kind, EngineErrorKind::Busy);
        held.go.send(()).unwrap();
        held.go.send(()).unwrap();
        for (n, asked) in asked.into_iter().enumerate() {
            assert_eq!(asked.await.unwrap().unwrap().probability, n as f32);
        }
        assert_eq!(held.runs.recv().unwrap(), 4);
    }

    #[tokio::test]
    async fn a_frame_that_panics_costs_only_its_own_answer() {
        let held = held();
        let first = ask(&held, 0.0);
        tokio::task::yield_now().await;
        held.runs.recv().unwrap();
        let [one, bad, two] = [1.0, -1.0, 2.0].map(|sample| ask(&held, sample));
        tokio::task::yield_now().await;
        (0..5).for_each(|_| held.go.send(()).unwrap());
        assert!(first.await.unwrap().is_ok());
        assert_eq!(one.await.unwrap().unwrap().probability, 1.0);
        assert_eq!(bad.await.unwrap().unwrap_err().kind, EngineErrorKind::Gone);
        assert_eq!(two.await.unwrap().unwrap().probability, 2.0);
    }

    #[tokio::test]
    async fn frames_that_nobody_waits_for_are_left_out() {
        let held = held();
        let first = ask(&held, 0.0);
        tokio::task::yield_now().await;
        held.runs.recv().unwrap();
        let (left, kept) = (ask(&held, 1.0), ask(&held, 2.0));
        tokio::task::yield_now().await;
        left.abort();
        assert!(left.await.is_err());
        (0..2).for_each(|_| held.go.send(()).unwrap());
        assert!(first.await.unwrap().is_ok() && kept.await.unwrap().is_ok());
        assert_eq!(held.runs.recv().unwrap(), 1);
    }

    #[test]
    fn an_engine_that_cannot_be_built_says_why() {
        let broken = || Err::<Fake, _>(EngineError::new("fake", EngineErrorKind::Asset, "no file"));
        assert_eq!(Batcher::start("fake", 1, broken).err().unwrap().kind, EngineErrorKind::Asset);
        let panics = || -> Result<Fake, EngineError> { panic!("at once") };
        assert_eq!(Batcher::start("fake", 1, panics).err().unwrap().kind, EngineErrorKind::Gone);
    }
}
