//! What every voice does, whatever stands behind it: one suite for the engines and for their decorators.

use std::sync::Arc;

use speech::polish::PEAK;
use speech::{
    BreakerState, CacheSettings, CachedVoice, EngineErrorKind, FallbackVoice, GuardSettings, GuardedVoice, Lexicon,
    SpeechRequest, Voice,
};

use crate::engines::{hear, kokoro, piper};

const LINE: &str = "Thank you. What did you do in 2019?";

#[tokio::test]
async fn piper_conforms() {
    conforms(Arc::new(piper())).await;
}

#[tokio::test]
async fn kokoro_conforms() {
    conforms(Arc::new(kokoro())).await;
}

#[tokio::test]
async fn decorators_conform_and_hide_nothing_of_what_they_stand_before() {
    let folder = tempfile::tempdir().unwrap();
    let cache = CacheSettings { folder: folder.path().into(), disk_bytes: 1 << 24, memory_bytes: 1 << 24 };
    let guarded =
        Arc::new(GuardedVoice::new(Arc::new(piper()), GuardSettings { first_ms: 30_000, ..Default::default() }));
    conforms(guarded.clone()).await;
    let cached = Arc::new(CachedVoice::new(guarded.clone(), &cache).unwrap());
    conforms(cached.clone()).await;
    conforms(Arc::new(FallbackVoice::new(cached, guarded.clone()))).await;
    assert_eq!(guarded.breaker(), BreakerState::Closed);
}

async fn conforms(voice: Arc<dyn Voice>) {
    let info = voice.info();
    assert!(!info.engine.is_empty() && !info.name.is_empty() && !info.fingerprint.is_empty());
    it_speaks_at_a_common_level_and_pace(&*voice).await;
    it_says_names_as_the_lexicon_has_them(&*voice).await;
    it_refuses_what_it_cannot_speak(&*voice).await;
    it_stops_when_it_is_called_off(&*voice).await;
    it_serves_several_at_once(&voice).await;
}

async fn it_speaks_at_a_common_level_and_pace(voice: &dyn Voice) {
    let normal = hear(voice, SpeechRequest::new(LINE)).await.unwrap();
    let seconds = normal.len() as f32 / 16_000.0;
    assert!((1.5..5.5).contains(&seconds), "{seconds} s");
    assert!(normal.iter().all(|x| x.is_finite() && x.abs() <= PEAK));
    assert!((-22.0..-14.0).contains(&level(&normal)), "{} dBFS", level(&normal));
    let quick = hear(voice, SpeechRequest { speed: 1.6, ..SpeechRequest::new(LINE) }).await.unwrap();
    assert!((quick.len() as f32) < normal.len() as f32 * 0.85);
    assert!(hear(voice, SpeechRequest::new(" ... \n?! ")).await.unwrap().is_empty());
}

async fn it_says_names_as_the_lexicon_has_them(voice: &dyn Voice) {
    let long = "/ˈɑːɹbəɹiːtəm nˈoʊmɪnəm lˈɑːɹdʒəm mˈæksɪməm/".to_owned();
    let lexicon = Arc::new(Lexicon::new([("Xq".to_owned(), long)]));
    let spelled = hear(voice, SpeechRequest::new("I am Xq.")).await.unwrap();
    let named = hear(voice, SpeechRequest { lexicon, ..SpeechRequest::new("I am Xq.") }).await.unwrap();
    assert!(named.len() > spelled.len() * 5 / 4, "{} and {} samples", named.len(), spelled.len());
}

async fn it_refuses_what_it_cannot_speak(voice: &dyn Voice) {
    let hello = || SpeechRequest::new("Hello.");
    for request in [
        SpeechRequest { voice: Some("nobody".into()), ..hello() },
        SpeechRequest { speed: 0.1, ..hello() },
        SpeechRequest { speed: f32::NAN, ..hello() },
        SpeechRequest::new("Hello. ".repeat(5_000)),
    ] {
        let text: String = request.text.chars().take(20).collect();
        assert_eq!(hear(voice, request).await.unwrap_err().kind, EngineErrorKind::Input, "{text}");
    }
}

async fn it_stops_when_it_is_called_off(voice: &dyn Voice) {
    let request = SpeechRequest::new("This will never be heard.");
    request.cancel.cancel();
    assert_eq!(hear(voice, request).await.unwrap_err().kind, EngineErrorKind::Cancelled);
    let mut left = voice.speak(SpeechRequest::new("Nobody hears this. Nor does anyone hear that. It ends."));
    left.recv().await.unwrap().unwrap();
    drop(left);
    assert!(!hear(voice, SpeechRequest::new("Next.")).await.unwrap().is_empty());
}

async fn it_serves_several_at_once(voice: &Arc<dyn Voice>) {
    let texts = ["Go on.", "And then?", "Go on."];
    let asked = texts.map(|text| {
        let voice = voice.clone();
        tokio::spawn(async move { hear(&*voice, SpeechRequest::new(text)).await })
    });
    for asked in asked {
        assert!(asked.await.unwrap().unwrap().len() > 3_000);
    }
}

/// The level of 20 ms frames that are not pauses, in dBFS.
fn level(samples: &[f32]) -> f32 {
    let powers = samples.chunks(320).map(|f| f.iter().map(|x| x * x).sum::<f32>() / f.len() as f32);
    let loud: Vec<f32> = powers.filter(|&power| power > 1e-4).collect();
    10.0 * (loud.iter().sum::<f32>() / loud.len() as f32).log10()
}
