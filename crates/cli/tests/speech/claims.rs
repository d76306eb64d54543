//! Beginnings of sentences and listeners' noises, spoken by Kokoro, judged again and again while they begin, as a session does.

use speech::{CLAIM_LEAD_MS, EngineErrorKind, FloorClaim, SpeechRequest};
use whisper::{Claims, WhisperConfig};

use crate::engines::{asset, hear, kokoro};

const VOICES: [&str; 4] = ["af_heart", "am_michael", "bf_emma", "bm_george"];
const LISTENING: [&str; 4] = ["Mm-hm.", "Yeah.", "Okay.", "Right."];
const CLAIMING: [&str; 4] = [
    "Sorry, can I ask something about that?",
    "Wait, I did not get the last part.",
    "Could you repeat the question, please?",
    "I already told you about that.",
];
const SAMPLES_PER_MS: usize = 16;
/// How much of a voice is heard, look by look, milliseconds.
const LOOKS_MS: [usize; 6] = [128, 192, 256, 320, 384, 448];

fn start(model: &str) -> Claims {
    Claims::load(WhisperConfig { threads: 1, ..WhisperConfig::new(asset(model)) }).unwrap()
}

/// How many of the texts, by all voices, claim the floor.
async fn claiming(claims: &Claims, voice: &kokoro::Kokoro, texts: &[&str]) -> usize {
    let mut claiming = 0;
    for (name, text) in VOICES.iter().flat_map(|name| texts.iter().map(move |text| (*name, *text))) {
        let request = SpeechRequest { voice: Some(name.to_owned()), ..SpeechRequest::new(text) };
        let lead = vec![0.0; CLAIM_LEAD_MS as usize * SAMPLES_PER_MS];
        let heard = [lead, hear(voice, request).await.unwrap()].concat();
        let mut most = 0.0_f32;
        for ms in LOOKS_MS {
            let so_far = &heard[..heard.len().min((CLAIM_LEAD_MS as usize + ms) * SAMPLES_PER_MS)];
            most = most.max(claims.probability(so_far.into()).await.unwrap());
        }
        println!("{name}: {text} {most:.3}");
        claiming += usize::from(most >= 0.5);
    }
    claiming
}

#[tokio::test]
async fn beginnings_of_sentences_claim_the_floor_and_listeners_do_not() {
    let (claims, voice) = (start("whisper-base"), kokoro());
    let (theirs, listeners) = (claiming(&claims, &voice, &CLAIMING).await, claiming(&claims, &voice, &LISTENING).await);
    assert!(theirs >= 12 && listeners <= 1, "of 16 each, {theirs} sentences and {listeners} noises claim");
}

#[tokio::test]
async fn sound_without_a_voice_is_no_claim_and_another_model_is_refused() {
    let lead = vec![0.1; CLAIM_LEAD_MS as usize * SAMPLES_PER_MS];
    let refused = start("whisper-base").probability(lead.into()).await.unwrap_err();
    assert_eq!(refused.kind, EngineErrorKind::Input);
    let tiny = Claims::load(WhisperConfig::new(asset("whisper-tiny.en"))).err().unwrap();
    assert!(tiny.kind == EngineErrorKind::Asset && tiny.to_string().contains("Whisper base"), "{tiny}");
}
