//! The guard around a fake voice; time is simulated.

use super::*;
use crate::fakes::{Act, Counts, FakeVoice, LETTER_SAMPLES, hear, letters};

const TEXT: &str = "abcdefghij";
const OPEN_MS: u64 = 5_000;

struct Set {
    fake: Arc<FakeVoice>,
    voice: GuardedVoice,
    counts: Counts,
    _recording: metrics::LocalRecorderGuard<'static>,
}

fn set(acts: &[Act]) -> Set {
    let counts = Counts::default();
    let recording = metrics::set_default_local_recorder(Box::leak(Box::new(counts.clone())));
    let fake = FakeVoice::new("fake", 0.5, acts);
    let voice = GuardedVoice::new(fake.clone(), GuardSettings::default());
    Set { fake, voice, counts, _recording: recording }
}

impl Set {
    /// How many letters were heard, and the error.
    async fn say(&self) -> (usize, Option<EngineErrorKind>) {
        let (samples, error) = hear(&self.voice, TEXT).await;
        (letters(&samples, 0.5), error)
    }

    fn requests(&self, outcome: &str) -> u64 {
        self.counts.of(&format!("interviewer_voice_requests_total{{engine=fake,outcome={outcome}}}"))
    }

    fn state(&self) -> (BreakerState, f64) {
        (self.voice.breaker(), self.counts.gauge("interviewer_voice_breaker_state{engine=fake}"))
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_engine_says_in_time_passes_unchanged() {
    let set = set(&[Act::Slowly(1_900)]);
    let (samples, error) = hear(&set.voice, TEXT).await;
    assert_eq!((samples, error), (vec![0.5; 10 * LETTER_SAMPLES], None));
    assert_eq!((set.requests("ok"), set.state()), (1, (BreakerState::Closed, 0.0)));
}

#[tokio::test(start_paused = true)]
async fn errors_before_the_first_sound_are_tried_again_and_later_ones_are_not() {
    let busy = Act::Fails(0, EngineErrorKind::Busy);
    let set =
        set(&[busy, Act::Fails(0, EngineErrorKind::Inference), Act::Speaks, Act::Fails(4, EngineErrorKind::Gone)]);
    assert_eq!(set.say().await, (10, None));
    assert_eq!((set.requests("busy"), set.requests("failed"), set.requests("ok")), (1, 1, 1));
    assert_eq!(set.counts.of("interviewer_voice_retries_total{engine=fake}"), 2);
    assert_eq!(set.say().await, (4, Some(EngineErrorKind::Gone)));
    assert_eq!(set.fake.asked().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn mistakes_of_who_asks_are_neither_tried_again_nor_held_against_the_engine() {
    let set = set(&[Act::Fails(0, EngineErrorKind::Input)]);
    for _ in 0..5 {
        assert_eq!(set.say().await, (0, Some(EngineErrorKind::Input)));
    }
    assert_eq!((set.fake.asked().len(), set.state().0), (5, BreakerState::Closed));
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_hangs_is_late_before_and_within_a_line() {
    let set = set(&[Act::Hangs(0), Act::Hangs(3), Act::Slowly(2_100)]);
    let began = Instant::now();
    assert_eq!(set.say().await, (0, Some(EngineErrorKind::Late)));
    assert_eq!(began.elapsed().as_millis(), 2_000);
    assert_eq!(set.say().await, (3, Some(EngineErrorKind::Late)));
    assert_eq!(set.say().await, (0, Some(EngineErrorKind::Late)));
    assert_eq!((set.requests("late"), set.state()), (3, (BreakerState::Open, 2.0)));
}

#[tokio::test(start_paused = true)]
async fn rubbish_and_sudden_ends_are_errors() {
    for (act, heard) in [(Act::Raves(4), 4), (Act::BreaksOff(1), 1), (Act::Dies, 0)] {
        let set = set(&[act]);
        assert_eq!(set.say().await, (heard, Some(EngineErrorKind::Rubbish)), "{act:?}");
        assert!(set.requests("rubbish") > 0, "{act:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_engine_is_left_alone_then_probed_and_taken_back() {
    let fails = Act::Fails(2, EngineErrorKind::Inference);
    let set = set(&[fails, fails, fails, fails, Act::Speaks]);
    for _ in 0..3 {
        assert_eq!(set.say().await, (2, Some(EngineErrorKind::Inference)));
    }
    assert_eq!(set.state(), (BreakerState::Open, 2.0));
    assert_eq!(set.say().await, (0, Some(EngineErrorKind::Unavailable)));
    assert_eq!((set.fake.asked().len(), set.requests("refused")), (3, 1));

    sleep(Duration::from_millis(OPEN_MS)).await;
    assert_eq!(set.say().await, (2, Some(EngineErrorKind::Inference)));
    assert_eq!(set.state(), (BreakerState::Open, 2.0));
    sleep(Duration::from_millis(OPEN_MS)).await;
    assert_eq!(set.say().await, (0, Some(EngineErrorKind::Unavailable)));

    sleep(Duration::from_millis(OPEN_MS)).await;
    assert_eq!(set.state().0, BreakerState::HalfOpen);
    assert_eq!(set.say().await, (10, None));
    assert_eq!(set.state(), (BreakerState::Closed, 0.0));
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_called_off_leaves_room_for_the_next() {
    let fails = Act::Fails(1, EngineErrorKind::Gone);
    let set = set(&[fails, fails, fails, Act::Slowly(500)]);
    for _ in 0..3 {
        set.say().await;
    }
    sleep(Duration::from_millis(OPEN_MS)).await;
    let mut probe = set.voice.speak(SpeechRequest::new(TEXT));
    assert!(probe.recv().await.unwrap().is_ok());
    assert_eq!(set.say().await, (0, Some(EngineErrorKind::Unavailable)));
    drop(probe);
    sleep(Duration::from_millis(10)).await;
    assert_eq!(set.requests("cancelled"), 1);
    assert_eq!(set.say().await, (10, None));
    assert_eq!(set.state().0, BreakerState::Closed);
}

#[test]
fn waits_double_and_vary() {
    assert_eq!((jittered(40, 0), jittered(40, 40), jittered(40, 41)), (20, 60, 20));
}
