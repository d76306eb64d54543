//! The cache around a fake voice.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;
use crate::Lexicon;

/// A voice that counts how often it is asked and says one sample a character, one chunk every 10 ms; "fail" in a text
/// makes it fail at the end, "panic" makes it panic.
struct FakeVoice(VoiceInfo, Arc<AtomicU32>);

impl Voice for FakeVoice {
    fn info(&self) -> &VoiceInfo {
        &self.0
    }

    fn speak(&self, request: SpeechRequest) -> SpeechStream {
        self.1.fetch_add(1, Ordering::Relaxed);
        assert!(!request.text.contains("panic"), "as told");
        let (sender, stream) = mpsc::channel(1);
        tokio::spawn(async move {
            for chunk in vec![0.5; request.text.len()].chunks(4) {
                tokio::time::sleep(Duration::from_millis(10)).await;
                if sender.send(Ok(AudioChunk { samples: chunk.to_vec() })).await.is_err() {
                    return;
                }
            }
            if request.text.contains("fail") {
                let error = EngineError::new("fake", EngineErrorKind::Inference, "as told");
                let _ = sender.send(Err(error)).await;
            }
        });
        stream
    }
}

struct Set {
    voice: CachedVoice,
    asked: Arc<AtomicU32>,
    folder: tempfile::TempDir,
}

impl Set {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let asked = Arc::new(AtomicU32::new(0));
        Self { voice: voice(folder.path().into(), &asked, "1"), asked, folder }
    }

    /// A voice with an empty memory and the same folder.
    fn again(&self, fingerprint: &str) -> CachedVoice {
        voice(self.folder.path().into(), &self.asked, fingerprint)
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Waits until `count` lines are on disk.
    async fn kept(&self, count: usize) {
        while std::fs::read_dir(self.folder.path()).unwrap().filter(|e| name(e).ends_with(".speech")).count() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn name(entry: &io::Result<std::fs::DirEntry>) -> String {
    entry.as_ref().unwrap().file_name().to_string_lossy().into_owned()
}

fn voice(folder: PathBuf, asked: &Arc<AtomicU32>, fingerprint: &str) -> CachedVoice {
    let info = VoiceInfo { engine: "fake".into(), name: "f".into(), fingerprint: fingerprint.into() };
    let settings = CacheSettings { folder, disk_bytes: 1 << 20, memory_bytes: 1 << 20 };
    CachedVoice::new(Arc::new(FakeVoice(info, asked.clone())), &settings).unwrap()
}

/// How many samples were heard, and whether the stream ended well.
async fn hear(voice: &CachedVoice, request: SpeechRequest) -> (usize, bool) {
    let mut stream = voice.speak(request);
    let mut count = 0;
    while let Some(chunk) = stream.recv().await {
        match chunk {
            Ok(chunk) => count += chunk.samples.len(),
            Err(_) => return (count, false),
        }
    }
    (count, true)
}

async fn say(voice: &CachedVoice, text: &str) -> (usize, bool) {
    hear(voice, SpeechRequest::new(text)).await
}

#[tokio::test]
async fn what_was_said_once_is_not_synthesised_again_not_even_by_the_next_process() {
    let set = Set::new();
    assert_eq!(say(&set.voice, "hello there").await, (11, true));
    assert_eq!(say(&set.voice, "hello there").await, (11, true));
    set.kept(1).await;
    assert_eq!(say(&set.again("1"), "hello there").await, (11, true));
    assert_eq!(set.asked(), 1);
    assert_eq!(say(&set.again("2"), "hello there").await, (11, true));
    assert_eq!(set.asked(), 2);
}

#[tokio::test]
async fn a_damaged_file_is_made_anew() {
    let set = Set::new();
    say(&set.voice, "hello").await;
    set.kept(1).await;
    for entry in std::fs::read_dir(set.folder.path()).unwrap() {
        std::fs::write(entry.unwrap().path(), b"rubbish").unwrap();
    }
    assert_eq!(say(&set.again("1"), "hello").await, (5, true));
    assert_eq!(set.asked(), 2);
}

#[tokio::test]
async fn what_changes_the_sound_changes_the_key_and_writing_does_not() {
    let set = Set::new();
    let lexicon = |said: &str| Arc::new(Lexicon::new([("Niamh".to_owned(), said.to_owned())]));
    let base = SpeechRequest::new("Hello Niamh, 3 years");
    for request in [
        base.clone(),
        SpeechRequest { speed: 1.5, ..base.clone() },
        SpeechRequest { voice: Some("g".into()), ..base.clone() },
        SpeechRequest { lexicon: lexicon("neev"), ..base.clone() },
        SpeechRequest { lexicon: lexicon("neeve"), ..base.clone() },
    ] {
        hear(&set.voice, request).await;
    }
    assert_eq!(set.asked(), 5);
    say(&set.voice, "Hello  Niamh, three years").await;
    hear(&set.voice, SpeechRequest { voice: Some("f".into()), ..base }).await;
    assert_eq!(set.asked(), 5);
}

#[tokio::test]
async fn half_a_line_is_never_kept() {
    let set = Set::new();
    assert_eq!(say(&set.voice, "fail").await, (4, false));
    assert_eq!(say(&set.voice, "fail").await, (4, false));
    assert_eq!(set.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn those_who_ask_for_a_line_in_the_making_join_in_and_the_first_may_leave() {
    let set = Set::new();
    let mut first = set.voice.speak(SpeechRequest::new("a rather long line"));
    assert_eq!(first.recv().await.unwrap().unwrap().samples.len(), 4);
    let others: Vec<_> = (0..5)
        .map(|_| {
            let voice = set.voice.clone();
            tokio::spawn(async move { say(&voice, "a rather long line").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(5)).await;
    drop(first);
    for other in others {
        assert_eq!(other.await.unwrap(), (18, true));
    }
    assert_eq!(set.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_nobody_hears_to_its_end_is_given_up() {
    let set = Set::new();
    let mut only = set.voice.speak(SpeechRequest::new("a rather long line"));
    only.recv().await.unwrap().unwrap();
    drop(only);
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert!(set.voice.0.memory.get(&line_key(set.voice.info(), &SpeechRequest::new("a rather long line"))).is_none());
    assert_eq!(say(&set.voice, "a rather long line").await, (18, true));
    assert_eq!(set.asked(), 2);
}

#[tokio::test]
async fn a_voice_that_panics_leaves_nobody_waiting() {
    let set = Set::new();
    assert_eq!(say(&set.voice, "panic").await, (0, false));
    assert_eq!(say(&set.voice, "panic").await, (0, false));
    assert_eq!(say(&set.voice, "well").await, (4, true));
}

#[test]
fn samples_are_rounded_and_clipped_as_in_recordings() {
    let samples = [0.6, -0.6, 100.5, 1e9, -1e9].map(|s: f32| audio::wav::pcm16(s / 32_768.0));
    assert_eq!(floats(&samples)[..3], [1.0 / 32_768.0, -1.0 / 32_768.0, 101.0 / 32_768.0]);
    assert_eq!(samples[3..], [i16::MAX, i16::MIN]);
}
