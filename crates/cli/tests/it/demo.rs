//! The demo's candidate as a client of LiveKit's, in real time against the real server.

use std::path::Path;
use std::process::Command;

use audio::opus::{Decoder, FRAME_SAMPLES};
use serde_json::Value;

use crate::program::{BINARY, ran};

const PLAN: &str = "
id: short
title: Short
role: tester
opening: Let us begin.
closing: Goodbye.
questions:
  - {id: first, competency: C, text: What did you build in your last job?, rephrase: What was it?}
  - {id: second, competency: C, text: Which fault was hard to find and how did you find it?, rephrase: Which one?}
";
const CANDIDATE: &str = r#"
voice: af_heart
consent: "Yes, that is fine with me."
answers:
  first:
    - {say: ["I built a small service that sends letters to customers."], think_ms: 900}
  second:
    - {say: ["The hardest fault was a clock that ran backwards on one of our machines."], think_ms: 900}
remarks:
  - {at: second, kind: interrupt}
questions: []
goodbye: "No, that is all. Thank you."
fallback:
  - {say: ["That is all there is to say about it."], think_ms: 900}
"#;

#[test]
fn the_demo_holds_an_interview_as_a_client_of_livekits_and_keeps_its_packets() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let out = folder.path().join("out");
    let mut command = Command::new(BINARY);
    command.args(["demo", "--transport", "livekit", "--json", "--out"]).arg(&out);
    command.arg("--plan").arg(file("plan.yaml", PLAN)).arg("--candidate").arg(file("candidate.yaml", CANDIDATE));
    let ran = ran(command.env("INTERVIEWER_RECORDING__KEEP_OPUS", "true"));
    assert_eq!(ran.code, 0, "{ran:?}");
    let told: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
    assert_eq!(told["transport"], "livekit");
    assert!(told["wer_pct"].as_f64().unwrap() <= 10.0, "{told}");
    assert!(told["as_heard"]["replies_ms"].as_array().unwrap().len() >= 2, "{told}");
    assert!(told["times_speaking"].as_u64().unwrap() >= 4, "{told}");
    assert!(told["spoken"].as_array().unwrap().iter().any(|spoken| spoken["interrupts"] == true), "{told}");
    for caption in ["interviewer: Let us begin.", "candidate: The hardest fault was a clock"] {
        assert!(ran.out.contains(caption), "{caption:?} in {}", ran.out);
    }
    the_packets_are_the_recording(&out);
}

/// What the candidate's packets sound like is what was recorded.
fn the_packets_are_the_recording(out: &Path) {
    let bytes = std::fs::read(out.join("candidate.opus")).unwrap();
    let stream = audio::ogg::read(&bytes).unwrap();
    let mut decoder = Decoder::new().unwrap();
    let skip = usize::from(stream.skip) / 3; // it is given at 48 kHz, and what is decoded has 16
    let decoded: Vec<f32> =
        stream.packets.iter().flat_map(|packet| decoder.decode(packet).unwrap()).skip(skip).collect();
    let recording = audio::decode::read(&out.join("recording.wav")).unwrap();
    let recorded = &recording.channels[0];
    let first_sound = recorded.iter().position(|sample| sample.abs() > 1e-3).unwrap();
    let before: f32 = decoded[..first_sound - FRAME_SAMPLES].iter().fold(0.0, |most, sample| most.max(sample.abs()));
    assert!(before < 1e-3, "nothing is kept of what was said before consent: {before}");
    let (mut power, mut difference) = (0.0f64, 0.0f64);
    for (decoded, recorded) in decoded.iter().zip(recorded) {
        power += f64::from(recorded * recorded);
        difference += f64::from((decoded - recorded).powi(2));
    }
    assert!(power > 0.0 && difference < 0.01 * power, "{} of the sound is another", difference / power);
}
