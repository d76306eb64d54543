//! An interview's names and terms, spoken by Kokoro, which says a sentence the same way each time (Piper draws its
//! tune by chance): Whisper writes them rightly when it was told of them.

use speech::{RecognitionRequest, Recognizer, SpeechRequest};
use whisper::{Whisper, WhisperConfig};

use crate::engines::{asset, hear, kokoro};

const SENTENCES: [(&str, &[&str]); 3] = [
    ("I was interviewed by Siobhan Kowalczyk from Zephyrix last week.", &["Siobhan", "Kowalczyk", "Zephyrix"]),
    ("We moved from Redis to Valkey and used Karpenter.", &["Valkey", "Karpenter"]),
    ("The team at Cygnus built Tessaly for Wojciech.", &["Cygnus", "Tessaly", "Wojciech"]),
];

/// How many of the sentences' terms are written as they should be.
async fn found(whisper: &Whisper, spoken: &[Vec<f32>], prompt: Option<&str>) -> usize {
    let mut found = 0;
    for (samples, (_, terms)) in spoken.iter().zip(SENTENCES) {
        let request = RecognitionRequest { prompt: prompt.map(Into::into), ..RecognitionRequest::new(samples.clone()) };
        let text = whisper.recognize(request).await.unwrap().text;
        found += terms.iter().filter(|term| text.contains(**term)).count();
    }
    found
}

#[tokio::test]
async fn names_that_were_told_are_written_as_they_are() {
    let (voice, whisper) = (kokoro(), Whisper::load(WhisperConfig::new(asset("whisper-base"))).unwrap());
    let mut spoken = Vec::new();
    for (sentence, _) in SENTENCES {
        spoken.push(hear(&voice, SpeechRequest::new(sentence)).await.unwrap());
    }
    let terms: Vec<&str> = SENTENCES.iter().flat_map(|(_, terms)| terms.iter().copied()).collect();
    let told = found(&whisper, &spoken, Some(&format!("{}.", terms.join(", ")))).await;
    let untold = found(&whisper, &spoken, None).await;
    assert!(told >= 7 && untold <= 3, "of {} terms {told} are right when told, {untold} when not", terms.len());
}
