//! Two guarded fakes, the second behind the first; time is simulated.

use super::*;
use crate::fakes::{Act, Counts, FakeVoice, LETTER_SAMPLES, hear, letters};
use crate::{BreakerState, GuardSettings, GuardedVoice};

const FIRST: f32 = 0.5;
const SECOND: f32 = 0.25;
const LINE: &str = "Thank you. Could you tell me about a time when you had to wait? Take your time.";
/// Letters of the three sentences.
const LETTERS: [usize; 3] = [8, 40, 12];

struct Set {
    first: Arc<FakeVoice>,
    second: Arc<FakeVoice>,
    guarded: GuardedVoice,
    voice: FallbackVoice,
    counts: Counts,
    _recording: metrics::LocalRecorderGuard<'static>,
}

fn set(first: &[Act], second: &[Act]) -> Set {
    let counts = Counts::default();
    let recording = metrics::set_default_local_recorder(Box::leak(Box::new(counts.clone())));
    let (first, second) = (FakeVoice::new("first", FIRST, first), FakeVoice::new("second", SECOND, second));
    let guarded = GuardedVoice::new(first.clone(), GuardSettings { retries: 0, ..GuardSettings::default() });
    let behind = GuardedVoice::new(second.clone(), GuardSettings::default());
    let voice = FallbackVoice::new(Arc::new(guarded.clone()), Arc::new(behind));
    Set { first, second, guarded, voice, counts, _recording: recording }
}

impl Set {
    /// Letters by the first and by the second voice, and the error.
    async fn say(&self) -> (usize, usize, Option<EngineErrorKind>) {
        let (samples, error) = hear(&self.voice, LINE).await;
        (letters(&samples, FIRST), letters(&samples, SECOND), error)
    }

    fn fallbacks(&self, at: &str) -> u64 {
        self.counts.of(&format!("interviewer_voice_fallbacks_total{{from=first,to=second,at={at}}}"))
    }

    fn requests(&self, engine: &str, outcome: &str) -> u64 {
        self.counts.of(&format!("interviewer_voice_requests_total{{engine={engine},outcome={outcome}}}"))
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_speaks_alone_while_it_can() {
    let set = set(&[Act::Speaks], &[Act::Speaks]);
    let (samples, error) = hear(&set.voice, LINE).await;
    assert_eq!((letters(&samples, FIRST), error), (LETTERS.iter().sum(), None));
    assert_eq!(samples.len(), LETTERS.iter().sum::<usize>() * LETTER_SAMPLES + 2 * pause_samples(Some('.')));
    assert!(set.second.asked().is_empty());
}

/// Killed, slowed or fed rubbish before the first sound: the second speaks it all.
#[tokio::test(start_paused = true)]
async fn a_first_that_gives_no_sound_is_replaced_from_the_start() {
    let failures = [
        (Act::Dies, "rubbish"),
        (Act::Fails(0, EngineErrorKind::Gone), "failed"),
        (Act::Fails(0, EngineErrorKind::Inference), "failed"),
        (Act::Fails(0, EngineErrorKind::Busy), "busy"),
        (Act::Hangs(0), "late"),
        (Act::Slowly(3_000), "late"),
        (Act::Raves(0), "rubbish"),
    ];
    for (act, outcome) in failures {
        let set = set(&[act], &[Act::Speaks]);
        assert_eq!(set.say().await, (0, LETTERS.iter().sum(), None), "{act:?}");
        assert_eq!((set.fallbacks("start"), set.requests("first", outcome)), (1, 1), "{act:?}");
        assert_eq!(set.requests("second", "ok"), 3, "{act:?}");
    }
}

/// Killed, slowed or fed rubbish in mid-sentence: the sentence is finished once.
#[tokio::test(start_paused = true)]
async fn a_first_that_breaks_off_is_taken_up_where_it_was() {
    let failures = [
        Act::Fails(25, EngineErrorKind::Gone),
        Act::Fails(25, EngineErrorKind::Inference),
        Act::Hangs(25),
        Act::Raves(25),
    ];
    for act in failures {
        let set = set(&[Act::Speaks, act], &[Act::Speaks]);
        let (samples, error) = hear(&set.voice, LINE).await;
        assert_eq!(error, None, "{act:?}");
        assert_eq!(set.first.asked(), ["Thank you.", "Could you tell me about a time when you had to wait?"]);
        assert_eq!(set.second.asked(), ["about a time when you had to wait?", "Take your time."], "{act:?}");
        assert_eq!(letters(&samples, FIRST), LETTERS[0] + 25, "{act:?}");
        assert_eq!(letters(&samples, SECOND), 26 + LETTERS[2], "{act:?}");
        assert_eq!(set.fallbacks("phrase"), 1, "{act:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_break_fades_out_and_is_followed_by_a_pause() {
    let set = set(&[Act::Fails(4, EngineErrorKind::Gone)], &[Act::Speaks]);
    let (samples, _) = hear(&set.voice, "abcdefgh").await;
    let cut = 4 * LETTER_SAMPLES;
    assert!(samples[cut - FADE_SAMPLES - 1] == FIRST && samples[cut - 1] == 0.0);
    assert!(samples[cut - FADE_SAMPLES..cut].is_sorted_by(|a, b| a >= b));
    assert!(samples[cut..cut + pause_samples(Some('.'))].iter().all(|sample| *sample == 0.0));
    assert_eq!(letters(&samples, SECOND), 8);
}

#[tokio::test(start_paused = true)]
async fn between_sentences_nothing_is_said_again() {
    let set = set(&[Act::Speaks, Act::Dies], &[Act::Speaks]);
    assert_eq!(set.say().await, (LETTERS[0], LETTERS[1] + LETTERS[2], None));
    assert_eq!(set.fallbacks("sentence"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_broken_first_is_not_asked_any_more_until_its_breaker_lets_it() {
    let set = set(&[Act::Hangs(0), Act::Hangs(0), Act::Hangs(0), Act::Speaks], &[Act::Speaks]);
    let all = LETTERS.iter().sum();
    for _ in 0..5 {
        assert_eq!(set.say().await, (0, all, None));
    }
    assert_eq!((set.first.asked().len(), set.guarded.breaker()), (3, BreakerState::Open));
    assert_eq!((set.requests("first", "late"), set.requests("first", "refused")), (3, 2));
    assert_eq!(set.counts.gauge("interviewer_voice_breaker_state{engine=first}"), 2.0);
    assert_eq!(set.fallbacks("start"), 5);
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(set.say().await, (all, 0, None));
    assert_eq!(set.guarded.breaker(), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn when_neither_can_speak_the_line_ends_with_an_error_soon() {
    let set = set(&[Act::Hangs(0)], &[Act::Hangs(0)]);
    let began = tokio::time::Instant::now();
    assert_eq!(set.say().await, (0, 0, Some(EngineErrorKind::Late)));
    assert!(began.elapsed().as_millis() <= 4_000);
}

#[tokio::test(start_paused = true)]
async fn mistakes_of_who_asks_and_lines_that_are_called_off_do_not_reach_the_second() {
    let set = set(&[Act::Fails(0, EngineErrorKind::Input)], &[Act::Speaks]);
    assert_eq!(set.say().await, (0, 0, Some(EngineErrorKind::Input)));
    let cancelled = SpeechRequest::new(LINE);
    cancelled.cancel.cancel();
    let mut stream = set.voice.speak(cancelled);
    assert_eq!(stream.recv().await.unwrap().unwrap_err().kind, EngineErrorKind::Input);
    assert!(set.second.asked().is_empty());
}
