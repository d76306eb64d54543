//! The recogniser on real weights and real speech.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests may fail as tests do

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use speech::wer::{WerCount, count, normalise};
use speech::{EngineErrorKind, Recognition, RecognitionRequest, Recognizer, Urgency};
use whisper::{Whisper, WhisperConfig};

const HOURS: Duration = Duration::from_secs(36_000);

fn asset(name: &str) -> PathBuf {
    let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
    cache.unwrap_or_else(home).join("assets").join(name)
}

fn base() -> &'static Whisper {
    static MODEL: OnceLock<Whisper> = OnceLock::new();
    MODEL.get_or_init(|| Whisper::load(WhisperConfig::new(asset("whisper-base"))).unwrap())
}

fn sample(name: &str) -> Vec<f32> {
    audio::decode::read_mono_16k(&asset("speech-samples").join(name)).unwrap()
}

async fn recognize(whisper: &Whisper, request: RecognitionRequest) -> Recognition {
    whisper.recognize(request).await.unwrap()
}

/// Words in order, within the sound, and the same as the text.
fn check_words(found: &Recognition, seconds: f64) {
    let joined: Vec<&str> = found.words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(normalise(&joined.join(" ")), normalise(&found.text));
    assert!(found.words.windows(2).all(|pair| pair[0].start_ms <= pair[1].start_ms), "{:?}", found.words);
    assert!(
        found.words.iter().all(|word| word.start_ms <= word.end_ms && word.end_ms as f64 <= seconds * 1000.0 + 1.0)
    );
    assert!(found.words.iter().all(|word| (0.0..=1.0).contains(&word.confidence)));
}

#[tokio::test]
async fn hears_the_opening_of_a_tale_of_two_cities() {
    let samples = sample("two_cities.wav");
    let seconds = samples.len() as f64 / 16_000.0;
    assert!(seconds > 28.0, "the sample is longer than one window");
    let found = recognize(base(), RecognitionRequest::new(samples)).await;
    let words = normalise(&found.text);
    let opening = "it was the best of times it was the worst of times it was the age of wisdom";
    assert_eq!(words[..18].join(" "), opening, "{}", found.text);
    assert_eq!(found.language, "en");
    check_words(&found, seconds);
}

#[tokio::test]
async fn hears_beckett_with_and_without_word_times() {
    let samples = sample("beckett.wav");
    let seconds = samples.len() as f64 / 16_000.0;
    let timed = recognize(base(), RecognitionRequest::new(samples.clone())).await;
    check_words(&timed, seconds);
    let plain = recognize(base(), RecognitionRequest { word_times: false, ..RecognitionRequest::new(samples) }).await;
    assert_eq!(plain.text, timed.text);
    assert!(plain.words.is_empty());
    let said = normalise(&plain.text).join(" ");
    assert!(said.contains("try again") && said.contains("fail better"), "{said}");
}

#[tokio::test]
async fn the_english_model_hears_too_and_knows_no_other_language() {
    let tiny = Whisper::load(WhisperConfig::new(asset("whisper-tiny.en"))).unwrap();
    assert_eq!(tiny.name(), "whisper-tiny.en int8");
    let request = RecognitionRequest { language: None, ..RecognitionRequest::new(sample("beckett.wav")) };
    let found = recognize(&tiny, request.clone()).await;
    assert!(normalise(&found.text).join(" ").contains("fail better"), "{}", found.text);
    let german = tiny.recognize(RecognitionRequest { language: Some("de".into()), ..request }).await.unwrap_err();
    assert_eq!(german.kind, EngineErrorKind::Input);
    assert!(german.message.contains("\"de\"") && german.message.contains("English only"), "{german}");
}

#[tokio::test]
async fn finds_the_language_and_takes_hints() {
    let samples = sample("beckett.wav");
    let request = RecognitionRequest { language: None, ..RecognitionRequest::new(samples) };
    assert_eq!(recognize(base(), request.clone()).await.language, "en");
    let hint = RecognitionRequest { prompt: Some("Samuel Beckett, Worstward Ho.".into()), ..request.clone() };
    assert!(normalise(&recognize(base(), hint).await.text).join(" ").contains("fail better"));
    let endless = RecognitionRequest { prompt: Some("Samuel Beckett. ".repeat(500)), ..request.clone() };
    assert!(base().recognize(endless).await.is_ok(), "a hint longer than the context is cut");
    let odd = RecognitionRequest { language: Some("<|en|>".into()), ..request };
    assert_eq!(base().recognize(odd).await.unwrap_err().kind, EngineErrorKind::Input);
}

#[tokio::test]
async fn silence_and_nothing_say_nothing() {
    let faint: Vec<f32> = (0..48_000).map(|n| if n % 7 == 0 { 1e-4 } else { -1e-5 }).collect();
    for samples in [vec![], vec![0.0; 10], vec![0.0; 160_000], faint] {
        let found = recognize(base(), RecognitionRequest::new(samples)).await;
        assert_eq!((found.text.as_str(), found.words.len(), found.fallbacks), ("", 0, 0));
    }
}

#[tokio::test]
async fn every_length_is_taken() {
    let samples = sample("beckett.wav");
    // 1.6 s is 80 encoder positions, the number of mel bands, by which CTranslate2 tells pictures from sound.
    for length in [1, 160, 3200, 8000, 9600, 17_600, 25_600] {
        let found = recognize(base(), RecognitionRequest::new(&samples[..length])).await;
        check_words(&found, length as f64 / 16_000.0);
    }
}

#[tokio::test]
async fn bad_samples_and_cancelled_requests_are_refused() {
    let mut samples = sample("beckett.wav");
    samples[7] = f32::NAN;
    let error = base().recognize(RecognitionRequest::new(samples.clone())).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Input);
    assert!(error.message.contains("sample 7"), "{error}");
    samples[7] = 0.0;
    let request = RecognitionRequest::new(samples);
    request.cancel.cancel();
    assert_eq!(base().recognize(request).await.unwrap_err().kind, EngineErrorKind::Cancelled);
}

#[test]
fn a_missing_or_broken_model_says_how_to_fetch_it() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("whisper-base");
    let check = |file: &str| {
        let error = Whisper::load(WhisperConfig::new(&model)).err().unwrap();
        assert_eq!(error.kind, EngineErrorKind::Asset);
        assert!(
            error.message.contains(file) && error.message.contains("interviewer assets pull whisper-base"),
            "{error}"
        );
    };
    check("model.bin");
    std::fs::create_dir(&model).unwrap();
    for file in ["config.json", "tokenizer.json", "vocabulary.json"] {
        std::fs::copy(asset("whisper-base").join(file), model.join(file)).unwrap();
    }
    check("model.bin");
    std::fs::write(model.join("model.bin"), "").unwrap();
    check("model.bin");
    std::fs::write(model.join("model.bin"), "these are no weights, though they are some bytes").unwrap();
    check("model.bin");
    std::fs::write(model.join("config.json"), "{").unwrap();
    check("config.json");
}

#[tokio::test]
async fn doubtful_words_get_a_second_look_only_where_there_is_time() {
    let backwards: Vec<f32> = sample("two_cities.wav").into_iter().take(6 * 16_000).rev().collect();
    let request = RecognitionRequest::new(backwards);
    assert!(recognize(base(), request.clone()).await.fallbacks > 0, "speech that runs backwards is doubtful");
    for urgency in [Urgency::Glimpse, Urgency::By(Instant::now()), Urgency::By(Instant::now() + HOURS)] {
        let found = recognize(base(), RecognitionRequest { urgency, ..request.clone() }).await;
        let has_time = matches!(urgency, Urgency::By(deadline) if deadline > Instant::now());
        assert_eq!(found.fallbacks > 0, has_time, "{urgency:?}: {}", found.text);
    }
}

#[tokio::test]
async fn a_glimpse_makes_room_for_what_is_waiting() {
    let request = RecognitionRequest::new(sample("beckett.wav"));
    let glimpse = RecognitionRequest { urgency: Urgency::Glimpse, ..request.clone() };
    let whisper = Whisper::load(WhisperConfig::new(asset("whisper-tiny.en"))).unwrap();
    let (first, glimpsed, last) = tokio::join!(
        whisper.recognize(request.clone()),
        whisper.recognize(glimpse.clone()),
        whisper.recognize(request)
    );
    assert!(first.is_ok() && last.is_ok());
    assert_eq!(glimpsed.unwrap_err().kind, EngineErrorKind::Busy);
    assert!(whisper.recognize(glimpse).await.is_ok(), "nobody else waits");
}

/// The table of real speech that `SPEECH_DATA` names; `../shared/speech` beside the repository is the default.
fn speech_data() -> Option<(PathBuf, String)> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/speech");
    let folder = std::env::var_os("SPEECH_DATA").map_or_else(beside, PathBuf::from);
    let Ok(manifest) = std::fs::read_to_string(folder.join("manifest.tsv")) else {
        println!("skipped: no manifest.tsv in {} (set SPEECH_DATA)", folder.display());
        return None;
    };
    Some((folder, manifest))
}

/// The first `count` utterances of read speech, each with its words.
fn read_speech(count: usize) -> Option<Vec<(Vec<f32>, String)>> {
    let (folder, manifest) = speech_data()?;
    let rows = manifest.lines().filter(|row| row.starts_with("read/")).take(count);
    let spoken = |row: &str| {
        let columns: Vec<&str> = row.split('\t').collect();
        (audio::decode::read_mono_16k(&folder.join(columns[0])).unwrap(), columns[7].to_owned())
    };
    Some(rows.map(spoken).collect())
}

#[tokio::test]
async fn few_words_of_read_speech_are_wrong() {
    let Some(utterances) = read_speech(20) else { return };
    let mut errors = WerCount::default();
    for (samples, truth) in utterances {
        let found = recognize(base(), RecognitionRequest::new(samples)).await;
        errors += count(&truth, &found.text);
    }
    assert!(errors.words > 200 && errors.rate() < 0.15, "{errors:?}");
}

/// `samples` as loud as somebody who speaks into a microphone: -23 dB of full scale.
fn levelled(samples: &[f32]) -> Vec<f32> {
    let level = (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).sqrt();
    samples.iter().map(|x| x * 0.07 / level).collect()
}

/// The utterances one after the other with half a second between them, and their words.
fn in_a_row(utterances: &[(Vec<f32>, String)]) -> (Vec<f32>, String) {
    let samples = utterances.iter().flat_map(|(samples, _)| samples.iter().copied().chain([0.0; 8000]));
    let words: Vec<&str> = utterances.iter().map(|(_, words)| words.as_str()).collect();
    (samples.collect(), words.join(" "))
}

/// What is wrong when each utterance is recognised by itself.
async fn errors_apart(utterances: &[(Vec<f32>, String)]) -> WerCount {
    let mut errors = WerCount::default();
    for (samples, words) in utterances {
        errors += count(words, &recognize(base(), RecognitionRequest::new(samples.clone())).await.text);
    }
    errors
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_at_the_seams_of_long_speech() {
    let Some(mut utterances) = read_speech(20) else { return };
    utterances.iter_mut().for_each(|(samples, _)| *samples = levelled(samples));
    let (long, truth) = in_a_row(&utterances);
    let apart = errors_apart(&utterances).await;
    let seconds = long.len() as f64 / 16_000.0;
    assert!(seconds > 120.0, "several stretches: {seconds} s");
    let found = recognize(base(), RecognitionRequest::new(long)).await;
    check_words(&found, seconds);
    let whole = count(&truth, &found.text);
    // Context helps or harms a word here and there; a lost or doubled phrase would be more.
    assert!(whole.deletions <= apart.deletions + 3 && whole.insertions <= apart.insertions + 3, "{whole:?} {apart:?}");
    assert!(whole.rate() < apart.rate() + 0.02, "{whole:?} {apart:?}");
}

/// Of these, one is loud and two are so soft that the decoder takes the sound after the first, and before the last, for
/// nothing, when it hears them together.
#[tokio::test]
async fn what_the_decoder_passes_over_is_heard_by_itself() {
    let Some(utterances) = read_speech(9) else { return };
    let utterances = &utterances[5..];
    let (long, truth) = in_a_row(utterances);
    let apart = errors_apart(utterances).await;
    for word_times in [true, false] {
        let found = recognize(base(), RecognitionRequest { word_times, ..RecognitionRequest::new(long.clone()) }).await;
        let whole = count(&truth, &found.text);
        assert!(whole.deletions <= apart.deletions + 3, "{whole:?} {apart:?}: {}", found.text);
        assert!(found.fallbacks > 0, "nothing was passed over");
        if word_times {
            check_words(&found, long.len() as f64 / 16_000.0);
        }
    }
}
